"""Flash attention, tile by tile, against torch's own attention in float64, and what it costs."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from reference.attentions.backends.flash import online_softmax_update, tiled_attention, tiled_forward
from scripts.training.memory import peak_memory

FAST = settings(max_examples=40)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def by_torch(query, key, value, query_position, key_position, scale, window):
    """Torch's attention, with a mask that is written down number by number."""
    visible = torch.tensor(
        [
            [s <= t and (window is None or t - s < window) for s in key_position.tolist()]
            for t in query_position.tolist()
        ]
    )
    return F.scaled_dot_product_attention(query, key, value, attn_mask=visible, scale=scale, enable_gqa=True)


@FAST
@given(
    G=st.sampled_from([1, 2, 3]),
    group=st.sampled_from([1, 2]),
    new=st.sampled_from([1, 2, 5, 13, 31]),
    earlier=st.sampled_from([0, 1, 7, 20]),
    blocks=st.tuples(st.sampled_from([1, 3, 8, 64]), st.sampled_from([1, 4, 7, 64])),
    window=st.sampled_from([None, 1, 2, 6, 100]),
    sizes=st.sampled_from([(4, 4), (6, 2), (2, 5)]),
)
def test_equals_torchs_attention_and_its_gradients(G, group, new, earlier, blocks, window, sizes):
    D, Dv = sizes
    T = earlier + new
    query, key, value = draw(2, G * group, new, D), draw(2, G, T, D, seed=1), draw(2, G, T, Dv, seed=2)
    positions = torch.arange(earlier, T), torch.arange(T)
    inputs = [tensor.requires_grad_() for tensor in (query, key, value)]
    ours = tiled_attention(*inputs, *positions, 0.7, window, *blocks)
    torchs = by_torch(*inputs, *positions, 0.7, window)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=1e-12)
    direction = draw(*torchs.shape, seed=3)
    our_gradients, torchs_gradients = (torch.autograd.grad(out, inputs, direction) for out in (ours, torchs))
    torch.testing.assert_close(our_gradients, torchs_gradients, rtol=0, atol=1e-11)


def test_the_gradients_are_those_of_finite_differences():
    inputs = [
        tensor.requires_grad_() for tensor in (draw(1, 4, 5, 3), draw(1, 2, 5, 3, seed=1), draw(1, 2, 5, 2, seed=2))
    ]
    position = torch.arange(5)
    assert torch.autograd.gradcheck(
        lambda *qkv: tiled_attention(*qkv, position, position, 0.5, 3, 2, 2), inputs, atol=1e-7
    )


def test_sequences_may_have_positions_of_their_own():
    query, key, value = draw(2, 2, 3, 4), draw(2, 2, 6, 4, seed=1), draw(2, 2, 6, 4, seed=2)
    # The second sequence stands elsewhere, and its last two slots hold nothing.
    query_position = torch.tensor([[3, 4, 5], [1, 2, 3]])
    key_position = torch.tensor([[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 2**30, 2**30]])
    out = tiled_attention(query, key, value, query_position, key_position, 0.5, None, 2, 4)
    for b in range(2):
        one = slice(b, b + 1)
        alone = by_torch(query[one], key[one], value[one], query_position[b], key_position[b], 0.5, None)
        torch.testing.assert_close(out[one], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_scores_that_would_overflow_do_not(dtype):
    # e^(+-400) is beyond float32 either way; a softmax only ever sees differences.
    query, key, value = (
        (40 * draw(1, 1, 9, 4)).to(dtype),
        (40 * draw(1, 1, 9, 4, seed=1)).to(dtype),
        draw(1, 1, 9, 4).to(dtype),
    )
    position = torch.arange(9)
    assert (query @ key.mT).abs().max() > 400
    out = tiled_attention(query, key, value, position, position, 1.0, None, 2, 2)
    exact = by_torch(query.double(), key.double(), value.double(), position, position, 1.0, None)
    assert out.dtype == dtype
    torch.testing.assert_close(out.double(), exact, rtol=0, atol=8 * torch.finfo(dtype).eps)


def test_the_logsumexp_is_that_of_all_visible_scores():
    query, key, value = draw(1, 2, 7, 4), draw(1, 1, 7, 4, seed=1), draw(1, 1, 7, 4, seed=2)
    position = torch.arange(7)
    _, logsumexp = tiled_forward(query, key, value, position, position, 0.5, 3, 2, 4)
    for h in range(2):
        for t in range(7):
            seen = [0.5 * (query[0, h, t] @ key[0, 0, s]).item() for s in range(max(0, t - 2), t + 1)]
            assert logsumexp[0, h, t].item() == pytest.approx(math.log(sum(map(math.exp, seen))), abs=1e-12)


def test_tiles_may_be_merged_in_any_order_and_cut():
    scores, value = draw(3, 10), draw(10, 2, seed=1)
    scores[0, :4] = float("-inf")  # a row that sees nothing in its first tile
    nothing = (
        torch.full((3, 1), float("-inf"), dtype=torch.float64),
        torch.zeros(3, 1).double(),
        torch.zeros(3, 2).double(),
    )
    for cuts in (
        [slice(0, 4), slice(4, 10)],
        [slice(7, 10), slice(0, 7)],
        [slice(0, 10)],
        [slice(i, i + 1) for i in range(10)],
    ):
        state = nothing
        for cut in cuts:
            state = online_softmax_update(*state, scores[:, cut], value[cut])
        m, l, acc = state
        torch.testing.assert_close(acc / l, scores.softmax(dim=-1) @ value, rtol=0, atol=1e-12)
        torch.testing.assert_close((m + l.log())[:, 0], scores.logsumexp(dim=-1), rtol=0, atol=1e-12)


class Recorder(TorchDispatchMode):
    """Remembers the largest tensor that any operation made, and counts matrix products."""

    def __init__(self):
        super().__init__()
        self.largest, self.products = 0, 0

    def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
        result = operation(*arguments, **(keywords or {}))
        self.products += operation in (torch.ops.aten.bmm.default, torch.ops.aten.mm.default)
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.largest = max(self.largest, tensor.numel())
        return result


def recorded(T: int, window: int | None = None) -> Recorder:
    inputs = [draw(1, 2, T, 4).float().requires_grad_() for _ in range(3)]
    position = torch.arange(T)
    with Recorder() as recorder:
        tiled_attention(*inputs, position, position, 0.5, window, 16, 16).sum().backward()
    return recorder


def test_no_tensor_has_as_many_numbers_as_there_are_scores():
    # The inputs are the largest that there is: heads * T * D, or a tile, heads * 16 * 16.
    assert recorded(256).largest == 2 * 256 * 4
    assert recorded(32).largest == 2 * 16 * 16


def test_what_nobody_sees_is_not_computed():
    tiles = 256 // 16
    products = recorded(256).products / (tiles * (tiles + 1) / 2)
    # 2 products a tile on the way there, 5 on the way back.
    assert products == 7
    # A window of one block reaches into two.
    assert recorded(256, window=16).products == 7 * (2 * tiles - 1)


def test_memory_grows_with_the_length_and_not_with_its_square():
    def peak(T: int) -> int:
        inputs = [draw(1, 2, T, 16).float().requires_grad_() for _ in range(3)]
        position = torch.arange(T)
        return peak_memory(lambda: tiled_attention(*inputs, position, position, 0.25).sum().backward())

    peak(64)  # what is only made once
    small, large = peak(512), peak(1024)
    assert 1.5 < large / small < 2.2
    # All scores in float32, once for every head; the gradients alone are a twelfth of this.
    assert large < 2 * 1024 * 1024 * 4 / 2
