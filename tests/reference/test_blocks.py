import pytest
import torch
from torch.nn import functional as F

from reference.blocks import Block
from reference.config import GPTConfig
from reference.positions import Context, precompute_rotary_tables

C, EPS = 12, 0.5  # an eps of this size tells a norm that uses the configuration's from one that does not
CONTEXT = Context(*(table.double() for table in precompute_rotary_tables(6, 5, 100.0)))


@pytest.fixture
def block(randomised) -> Block:
    return randomised(Block(GPTConfig(n_head=2, n_kv_head=1, n_embd=C, norm_eps=EPS))).double()


@pytest.fixture
def x() -> torch.Tensor:
    return 3 * torch.randn(2, 5, C, dtype=torch.float64)


def normed(x: torch.Tensor) -> torch.Tensor:
    return F.rms_norm(x, (C,), eps=EPS)


def silence(projection: torch.nn.Linear) -> None:
    torch.nn.init.zeros_(projection.weight)


def assert_equal(actual: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-12)


def test_without_the_mlp_it_is_x_plus_attention_of_the_normed_x(block, x):
    silence(block.mlp.down_proj)
    assert_equal(block(x, CONTEXT), x + block.attn(normed(x), CONTEXT))


def test_without_attention_it_is_x_plus_the_mlp_of_the_normed_x(block, x):
    silence(block.attn.o_proj)
    assert_equal(block(x, CONTEXT), x + block.mlp(normed(x)))


def test_the_mlp_reads_what_attention_has_written(block, x):
    attended = x + block.attn(normed(x), CONTEXT)
    together = block(x, CONTEXT)
    assert_equal(together, attended + block.mlp(normed(attended)))
    in_parallel = attended + block.mlp(normed(x))
    assert (together - in_parallel).abs().max() > 0.1


def test_output_projections_of_zero_make_it_the_identity(block, x):
    silence(block.attn.o_proj)
    silence(block.mlp.down_proj)
    assert torch.equal(block(x, CONTEXT), x)


def test_the_norms_have_no_weights(block):
    assert {name.split(".")[0] for name, _ in block.named_parameters()} == {"attn", "mlp"}
