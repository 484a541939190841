"""What was asked of d12_post_norm when it was invented: d12 stays as it was, both norms act, it trains, and it is known
what the two added norms cost. The measurements are printed: `pytest -s tests/reference/test_post_norm.py`."""

import math

import pytest
import torch
from torch.nn import functional as F

from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.presets import preset


def model_of(name: str, **overrides) -> GPT:
    torch.manual_seed(0)
    model = GPT(preset(name, **{"n_layer": 4, "max_seq_len": 32} | overrides))
    initialise(model)
    return model


def text(batch: int = 8, length: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = torch.randint(27, (batch, length + 1), generator=torch.Generator().manual_seed(0))
    return tokens[:, :-1], tokens[:, 1:]


def rmsnorm(x: torch.Tensor) -> torch.Tensor:
    """As it was written down: weightless, in float32, eps 1e-6."""
    return (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6)).type_as(x)


@pytest.mark.parametrize(("name", "hybrid"), [("d12_tiny", False), ("d12_post_norm_tiny", True)])
def test_the_block_is_the_one_that_was_written_down(name, hybrid):
    model = model_of(name)
    context = model.positions(torch.arange(32))[0]
    x = torch.randn(2, 32, 64)
    for block in model.blocks:
        attended, scale = block.attn(rmsnorm(x), context), 1 / math.sqrt(2 * 4)
        y = x + scale * (rmsnorm(attended) if hybrid else attended)
        thought = block.mlp(rmsnorm(y))
        expected = y + (rmsnorm(thought) if hybrid else thought)
        torch.testing.assert_close(block(x, context), expected, rtol=0, atol=1e-5)


def test_d12_is_gelu_rotary_and_tied_and_has_no_biases():
    model = model_of("d12_tiny")
    assert model.head.lm_head.weight is model.embedding.token_embedding.weight
    assert not any(name.endswith("bias") or "norm" in name for name, _ in model.named_parameters())
    block, x = model.blocks[0], torch.randn(1, 3, 64)
    expected = block.mlp.down_proj(F.gelu(block.mlp.up_proj(x)))
    torch.testing.assert_close(block.mlp(x), expected)


@pytest.mark.parametrize("sublayer", ["attn", "mlp"])
def test_both_norms_are_applied(sublayer):
    model = model_of("d12_post_norm_tiny")
    seen = {"read": [], "given": []}
    for block in model.blocks:
        getattr(block, sublayer).register_forward_pre_hook(lambda _, inputs: seen["read"].append(inputs[0]))
        getattr(block, f"{sublayer}_out_norm").register_forward_hook(lambda *call: seen["given"].append(call[2]))
    model(text()[0])
    for vectors in seen.values():
        assert len(vectors) == 4
        for x in vectors:
            # Every vector has a root mean square of one, but for what eps takes from a small one.
            root_mean_square = x.pow(2).mean(-1).sqrt()
            assert (root_mean_square <= 1 + 1e-5).all()
            assert root_mean_square.mean() > 0.9


def gradient_norms(model: GPT) -> list[float]:
    """The norm of each block's gradient, on one batch."""
    model(*text()).backward()
    return [torch.nn.utils.get_total_norm([p.grad for p in block.parameters()]).item() for block in model.blocks]


def test_gradient_norms_of_both_are_finite_and_of_a_size_in_every_layer():
    for name in ("d12_tiny", "d12_post_norm_tiny"):
        norms = gradient_norms(model_of(name, n_layer=12))
        print(f"\n{name:20} gradient norm by layer:", " ".join(f"{norm:.3f}" for norm in norms))
        assert all(math.isfinite(norm) and norm > 0 for norm in norms)
        assert max(norms) < 20 * min(norms)


def test_the_hybrid_trains():
    model = model_of("d12_post_norm_tiny")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = model(*text())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(math.log(27), abs=0.2)
    assert losses[-1] < 0.5 * losses[0]


def bytes_saved_for_backward(model: GPT) -> int:
    """All memory that autograd holds on to between forward and backward, each piece of it counted once."""
    held = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(*text()).backward()
    return sum(held.values())


def test_what_the_added_norms_cost_in_memory():
    plain, hybrid = (bytes_saved_for_backward(model_of(name)) for name in ("d12_tiny", "d12_post_norm_tiny"))
    # Two norms a layer, each of which keeps a few tensors of the residual stream's size: B * T * C numbers of 4 bytes.
    stream = 8 * 32 * 64 * 4
    added = (hybrid - plain) / (4 * stream)
    print(f"\nheld for backward: d12 {plain:,} bytes, with post-norm {hybrid:,} ({hybrid / plain - 1:+.1%}): ", end="")
    print(f"{added:.2f} residual streams more per layer")
    assert 0 < added <= 2 * 3.1
