"""Every placement of the norms against its formula, written out with torch's own norms in float64."""

import pytest
import torch
from torch.nn import functional as F

from reference.blocks import Block
from reference.config import GPTConfig
from reference.placements import BLOCKS, SCALED_BLOCKS, build_block
from reference.positions import Context, precompute_rotary_tables

C, L, EPS = 12, 3, 0.5  # an eps of this size tells a norm that uses the configuration's from one that does not
CONTEXT = Context(torch.arange(5), *(table.double()[:, None, :] for table in precompute_rotary_tables(6, 5, 100.0)))
S, A = (2 * L) ** -0.5, (2 * L) ** 0.25


@pytest.fixture
def block(randomised):
    """A function that makes a block with layer norms whose weights and biases are all different."""

    def build(placement: str, **changes) -> torch.nn.Module:
        config = GPTConfig(
            n_layer=L, n_head=2, n_kv_head=1, n_embd=C, norm_eps=EPS, normalization="layernorm", **changes
        )
        return randomised(build_block(GPTConfig(**{**vars(config), "norm_position": placement}), 0)).double()

    return build


@pytest.fixture
def x() -> torch.Tensor:
    return 3 * torch.randn(2, 5, C, dtype=torch.float64)


def normed(norm, x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, (C,), norm.weight, norm.bias, EPS)


def pre(b, x, s=1.0):
    x = x + s * b.attn(normed(b.attn_norm, x), CONTEXT)
    return x + b.mlp(normed(b.mlp_norm, x))


def post(b, x):
    x = normed(b.attn_norm, x + b.attn(x, CONTEXT))
    return normed(b.mlp_norm, x + b.mlp(x))


def none(b, x):
    x = x + b.attn(x, CONTEXT)
    return x + b.mlp(x)


def sandwich(b, x, s=1.0):
    x = x + s * normed(b.attn_out_norm, b.attn(normed(b.attn_norm, x), CONTEXT))
    return x + normed(b.mlp_out_norm, b.mlp(normed(b.mlp_norm, x)))


def output(b, x):
    x = x + normed(b.attn_norm, b.attn(x, CONTEXT))
    return x + normed(b.mlp_norm, b.mlp(x))


def parallel(b, x):
    return x + b.attn(normed(b.norm, x), CONTEXT) + b.mlp(normed(b.norm, x))


def parallel_two_norms(b, x):
    return x + b.attn(normed(b.attn_norm, x), CONTEXT) + b.mlp(normed(b.mlp_norm, x))


def deepnorm(b, x):
    x = normed(b.attn_norm, A * x + b.attn(x, CONTEXT))
    return normed(b.mlp_norm, A * x + b.mlp(x))


FORMULAS = [pre, post, none, sandwich, output, parallel, parallel_two_norms, deepnorm]


def test_every_placement_has_its_formula_here():
    assert {formula.__name__ for formula in FORMULAS} == set(BLOCKS)


@pytest.mark.parametrize("formula", FORMULAS)
def test_follows_its_formula(block, x, formula):
    module = block(formula.__name__)
    torch.testing.assert_close(module(x, CONTEXT), formula(module, x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("formula", [pre, sandwich])
def test_attn_scale_scales_what_attention_adds(block, x, formula):
    module = block(formula.__name__, attn_scale=True)
    torch.testing.assert_close(module(x, CONTEXT), formula(module, x, S), rtol=0, atol=1e-12)


@pytest.mark.parametrize("placement", sorted(BLOCKS.keys() - SCALED_BLOCKS.keys()))
def test_attn_scale_is_refused_where_no_public_model_has_it(block, placement):
    with pytest.raises(ValueError, match=f"attn_scale = True with norm_position = '{placement}': no public model"):
        block(placement, attn_scale=True)


def test_no_two_placements_are_the_same(block, x):
    results = [block(name)(x, CONTEXT) for name in BLOCKS]
    for i, result in enumerate(results):
        assert all((result - other).abs().max() > 1e-3 for other in results[:i])


@pytest.mark.parametrize(("placement", "made"), [("pre", "SandwichNormBlock"), ("none", "OutputNormBlock")])
def test_post_norm_adds_a_norm_inside_the_residual(placement, made):
    config = GPTConfig(norm_position=placement, post_norm=True)
    assert type(build_block(config, 0)).__name__ == made


@pytest.mark.parametrize("placement", ["pre", "none", "parallel", "parallel_two_norms"])
def test_output_projections_of_zero_make_it_the_identity(block, x, placement):
    module = block(placement)
    for projection in (module.attn.o_proj, module.mlp.down_proj):
        torch.nn.init.zeros_(projection.weight)
    assert torch.equal(module(x, CONTEXT), x)


@pytest.mark.parametrize("placement", ["post", "deepnorm"])
@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_what_leaves_a_post_norm_block_is_no_larger_than_one(block, x, placement, size):
    module = block(placement)
    norm = module.mlp_norm
    back = (module(size * x, CONTEXT) - norm.bias) / norm.weight
    assert (back.pow(2).mean(-1) <= 1).all()


def test_weightless_norms_have_no_weights():
    module = Block(GPTConfig(n_head=2, n_embd=C), 0)
    assert {name.split(".")[0] for name, _ in module.named_parameters()} == {"attn", "mlp"}
