"""Flash attention in plain PyTorch: exact attention that never holds more than one tile of the scores.

Attention over T tokens has T x T scores. Memory for all of them is what long texts run out of, and moving them in and
out of it is what takes the time. But a weighted mean can be kept up to date while the scores come by, tile by tile, if
the softmax is too. Fused kernels do the same in the fast memory of a GPU; here it can be read.

Dao et al. 2022, FlashAttention (arXiv:2205.14135); Dao 2023, FlashAttention-2 (arXiv:2307.08691).
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .debug import debug
from .positions import visible_keys


def merge_tile(
    maximum: Float[Tensor, "*rows 1"],
    total: Float[Tensor, "*rows 1"],
    out: Float[Tensor, "*rows Dv"],
    scores: Float[Tensor, "*rows keys"],
    value: Float[Tensor, "*heads keys Dv"],
) -> tuple[Float[Tensor, "*rows 1"], Float[Tensor, "*rows 1"], Float[Tensor, "*rows Dv"]]:
    r"""Online softmax: bring a running softmax up to date with the scores and values of further keys.

        maximum' = max(maximum, max over the keys of scores)
        total'   = total * e^(maximum - maximum') + sum over the keys of e^(scores - maximum')
        out'     = out   * e^(maximum - maximum') + sum over the keys of e^(scores - maximum') * value

    What has been seen so far, for every query, one in each row: maximum, the greatest score, minus infinity at first;
    total, the sum of all e^(score - maximum); out, the sum of the values, each times its e^(score - maximum). out/total
    is the attention over all keys seen. scores: (..., queries, keys), minus infinity where a key is hidden; value:
    (..., keys, Dv). A row may be all hidden, so far or in these scores: nothing in it may become NaN.
    Returns (maximum', total', out'), in the shapes and dtypes of the first three.

    Milakov and Gimelshein 2018 (arXiv:1805.02867), algorithm 3; FlashAttention-2, section 3.1.1.
    """
    debug("merge_tile", maximum=maximum, total=total, out=out, scores=scores, value=value)
    # Exponentials overflow unless the greatest is taken off first; a tile may bring a greater one.
    # Where nothing has been seen at all, minus infinity less itself would be no number. Any finite one will do.
    # What was summed against the old maximum is too large against the new one.
    # Then the new keys join the sums.
    raise NotImplementedError("TODO: bring the greatest score, the sum of weights and the sum of values up to date with another tile")


def tiles(length: int, size: int) -> Iterator[slice]:
    """0 ... length - 1 in pieces of `size`, the last one as long as what is left."""
    return (slice(start, min(start + size, length)) for start in range(0, length, size))


def tiled_forward(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
    scale: float,
    window: int | None = None,
    block_q: int = 64,
    block_k: int = 64,
) -> tuple[Float[Tensor, "B H Tq Dv"], Float[Tensor, "B H Tq"]]:
    r"""Attention, tile by tile: block_q queries by block_k keys at a time.

        s[t, s'] = q_t . k_s' * scale        where `visible_keys(query_position, key_position, window)`, else -inf
        out[t]   = sum over s' of softmax(s[t])[s'] * v_s'
        logsumexp[t] = log(sum over s' of e^(s[t, s']))

    query: (B, H, Tq, D); key: (B, G, Tk, D); value: (B, G, Tk, Dv), where query head i reads key/value head
    floor(i * G / H). Positions: (Tq,) and (Tk,), or (B, Tq) and (B, Tk). Every query sees one key at least. The lengths
    need not be multiples of the blocks. Tiles in which nothing is visible are skipped. Sums are kept in float32 at
    least, and no tensor is as large as a row of tiles of scores, (B, H, block_q, Tk).
    Returns (out, logsumexp): (B, H, Tq, Dv) in the dtype of query, and (B, H, Tq) in float32 at least.

    FlashAttention-2 (arXiv:2307.08691), algorithm 1.
    """
    debug(
        "tiled_forward",
        query=query,
        key=key,
        value=value,
        query_position=query_position,
        key_position=key_position,
        scale=scale,
        window=window,
        block_q=block_q,
        block_k=block_k,
    )
    # Query heads that share a key/value head stand together, (B, G, H/G, T, D): then nothing has to be repeated.
    # These queries have seen nothing yet.
    # Half of all tiles lie in the future, and most behind a window: they cost nothing.
    # The scores of this tile, and no others, are in memory now.
    # All keys have come by: now the sum of all weights is known, and with it the mean.
    # Two numbers in one, with which any weight can be computed again: e^(score - logsumexp).
    raise NotImplementedError("TODO: attention in tiles of queries by keys, with the softmax kept up to date as they come by")


def tiled_backward(
    d_out: Float[Tensor, "B H Tq Dv"],
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    out: Float[Tensor, "B H Tq Dv"],
    logsumexp: Float[Tensor, "B H Tq"],
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
    scale: float,
    window: int | None = None,
    block_q: int = 64,
    block_k: int = 64,
) -> tuple[Float[Tensor, "B H Tq D"], Float[Tensor, "B G Tk D"], Float[Tensor, "B G Tk Dv"]]:
    r"""The gradients to queries, keys and values. The weights were never kept: they are computed again, tile by tile.

        p  = e^(s - logsumexp)                     the weights
        dp = d_out v^T,   ds = p * (dp - delta)    delta[t] = d_out[t] . out[t]
        dq = ds k * scale,   dk = ds^T q * scale,   dv = p^T d_out        over all query heads of a key/value head

    d_out: the gradient to out, which with logsumexp is what `tiled_forward` returned for the same arguments. Tiles in
    which nothing is visible are skipped; sums are kept in float32 at least; no tensor is as large as a row of tiles.
    Returns (dq, dk, dv), each in the shape and dtype of what it is the gradient to.

    FlashAttention-2 (arXiv:2307.08691), algorithm 2.
    """
    debug(
        "tiled_backward",
        d_out=d_out,
        query=query,
        key=key,
        value=value,
        out=out,
        logsumexp=logsumexp,
        query_position=query_position,
        key_position=key_position,
        scale=scale,
        window=window,
        block_q=block_q,
        block_k=block_k,
    )
    # The same layout as in the forward pass: query heads that share a key/value head stand together.
    # The softmax's weights sum to one, so what all of them gain together is taken off each.
    # What was skipped on the way there is skipped on the way back.
    # The weights of this tile again, from the scores and one number for each query.
    # Back through the weighted mean, and through the softmax.
    # Every tile adds its part. A key's and value's gradients come from all query heads that read them.
    raise NotImplementedError("TODO: the gradients, from weights that are computed again, tile by tile")


class TiledAttention(torch.autograd.Function):
    """The two passes as one function that autograd knows. Between them only the output and the logsumexp are kept,
    besides what came in."""

    @staticmethod
    def forward(ctx, query, key, value, query_position, key_position, *options):
        """out; options are scale, window, block_q and block_k."""
        out, logsumexp = tiled_forward(query, key, value, query_position, key_position, *options)
        ctx.save_for_backward(query, key, value, out, logsumexp, query_position, key_position)
        ctx.options = options
        return out

    @staticmethod
    def backward(ctx, d_out):
        """The gradients to queries, keys and values, and None for the rest."""
        gradients = tiled_backward(d_out, *ctx.saved_tensors, *ctx.options)
        return *gradients, None, None, *(None for _ in ctx.options)


def tiled_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
    scale: float,
    window: int | None = None,
    block_q: int = 64,
    block_k: int = 64,
) -> Float[Tensor, "B H Tq Dv"]:
    """Attention, tile by tile, with gradients: see `tiled_forward`. Memory beyond inputs and output grows with T, not
    with its square."""
    return TiledAttention.apply(query, key, value, query_position, key_position, scale, window, block_q, block_k)
