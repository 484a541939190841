"""Flash attention as a GPU kernel, in Triton: the forward pass of `flash.tiled_forward`, one program for each tile of
queries.

Not a piece: it needs Triton, which is large and wants a GPU to be of use. Without one it runs, slowly, in Triton's
interpreter (the environment variable TRITON_INTERPRET=1, set before this is imported). Only the forward pass.

Tillet et al. 2019, Triton (doi.org/10.1145/3315508.3329973); Dao 2023, FlashAttention-2 (arXiv:2307.08691), section 3.
"""

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor


@triton.jit
def flash_kernel(
    query,
    key,
    value,
    out,
    logsumexp,
    T,
    scale,
    window,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
    BLOCK_Q: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """The attention of BLOCK_Q queries of one head. Tensors lie as (B, heads, T, D), without gaps; logsumexp (B, H, T).
    window: how many keys a query attends to at most. D, BLOCK_Q and BLOCK_K: powers of two, 16 at least."""
    # Which tile of which head of which sequence this program is about, and where its elements lie.
    tile, head = tl.program_id(0), tl.program_id(1)
    sequence, key_head = head // H, (head % H) * G // H
    rows = tile * BLOCK_Q + tl.arange(0, BLOCK_Q)
    features = tl.arange(0, D)
    query_at = query + (head * T + rows[:, None]) * D + features
    keys_from = (sequence * G + key_head) * T * D
    q = tl.load(query_at, mask=rows[:, None] < T, other=0.0)
    # Nothing has been seen yet. All sums stay on the chip, in float32.
    maximum = tl.full((BLOCK_Q,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_Q,), tl.float32)
    sums = tl.zeros((BLOCK_Q, D), tl.float32)
    # From the first tile of keys that the first query's window reaches, to the one with the last query itself.
    first = tl.maximum(0, tile * BLOCK_Q - window + 1) // BLOCK_K * BLOCK_K
    last = tl.minimum(T, (tile + 1) * BLOCK_Q)
    for start in range(first, last, BLOCK_K):
        columns = start + tl.arange(0, BLOCK_K)
        keys_at = keys_from + columns[:, None] * D + features
        k = tl.load(key + keys_at, mask=columns[:, None] < T, other=0.0)
        v = tl.load(value + keys_at, mask=columns[:, None] < T, other=0.0)
        # The scores of this tile, and no others, exist now.
        distance = rows[:, None] - columns[None, :]
        scores = tl.dot(q, tl.trans(k)).to(tl.float32) * scale
        scores = tl.where((distance >= 0) & (distance < window), scores, float("-inf"))
        # Online softmax, as in `flash.online_softmax_update`. A row that has seen nothing yet is held against zero.
        new_maximum = tl.maximum(maximum, tl.max(scores, 1))
        reference = tl.where(new_maximum == float("-inf"), 0.0, new_maximum)
        correction = tl.exp(maximum - reference)
        weights = tl.exp(scores - reference[:, None])
        total = total * correction + tl.sum(weights, 1)
        sums = sums * correction[:, None] + tl.dot(weights.to(v.dtype), v)
        maximum = new_maximum
    # All keys have come by: from sums to means.
    tl.store(out + (head * T + rows[:, None]) * D + features, sums / total[:, None], mask=rows[:, None] < T)
    tl.store(logsumexp + head * T + rows, maximum + tl.log(total), mask=rows < T)


def triton_forward(
    query: Float[Tensor, "B H T D"],
    key: Float[Tensor, "B G T D"],
    value: Float[Tensor, "B G T D"],
    scale: float,
    window: int | None = None,
    block_q: int = 64,
    block_k: int = 64,
) -> tuple[Float[Tensor, "B H T D"], Float[Tensor, "B H T"]]:
    """What `flash.tiled_forward` returns for T tokens that follow each other, computed by the kernel above.

    Raises `ValueError` where D or a block is not a power of two of at least 16, or T differs between the tensors.
    """
    B, H, T, D = query.shape
    if any(size < 16 or size & (size - 1) for size in (D, block_q, block_k)) or key.size(2) != T:
        raise ValueError(
            f"D = {D}, block_q = {block_q}, block_k = {block_k}: powers of two of at least 16 are needed, and as many "
            f"keys as queries ({key.size(2)} and {T})"
        )
    query, key, value = query.contiguous(), key.contiguous(), value.contiguous()
    out = torch.empty_like(query)
    logsumexp = query.new_empty(B, H, T, dtype=torch.float32)
    reach = T if window is None else window
    flash_kernel[(triton.cdiv(T, block_q), B * H)](
        query, key, value, out, logsumexp, T, scale, reach, H, key.size(1), D, block_q, block_k
    )
    return out, logsumexp
