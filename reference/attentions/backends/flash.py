"""Flash attention in plain PyTorch: exact attention that never holds more than one tile of the scores.

Attention over T tokens has T x T scores. Memory for all of them is what long texts run out of, and moving them in and
out of it is what takes the time. But softmax and weighted mean can be updated tile by tile ("online softmax"). Fused
kernels do the same in the fast memory of a GPU; here it can be read.

Dao et al. 2022, FlashAttention (arXiv:2205.14135); Dao 2023, FlashAttention-2 (arXiv:2307.08691).
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .masks import attention_mask


def online_softmax_update(
    m: Float[Tensor, "*rows 1"],
    l: Float[Tensor, "*rows 1"],
    acc: Float[Tensor, "*rows Dv"],
    scores: Float[Tensor, "*rows keys"],
    value: Float[Tensor, "*heads keys Dv"],
) -> tuple[Float[Tensor, "*rows 1"], Float[Tensor, "*rows 1"], Float[Tensor, "*rows Dv"]]:
    r"""Online softmax: update the running maximum m, sum l and output acc with the scores and values of a tile of keys.

        m'   = max(m, max over the keys of scores)
        l'   = l   * e^(m - m') + sum over the keys of e^(scores - m')
        acc' = acc * e^(m - m') + sum over the keys of e^(scores - m') * value

    One row for every query. m is minus infinity at first, l and acc are zero; acc / l is the attention over all keys so
    far. scores: (..., queries, keys), minus infinity where a key is hidden; value: (..., keys, Dv). A row may be all
    hidden, so far or in this tile: nothing in it may become NaN.
    Returns (m', l', acc'), in the shapes and dtypes of the first three.

    Milakov and Gimelshein 2018 (arXiv:1805.02867), algorithm 3; FlashAttention-2, section 3.1.1.
    """
    # Update the maximum: exponentials overflow unless it is subtracted, and this tile may bring a greater one.
    new_m = torch.maximum(m, scores.amax(dim=-1, keepdim=True))
    # Where no key has been seen at all, subtract zero instead: minus infinity minus itself would be NaN.
    shift = new_m.masked_fill(new_m == float("-inf"), 0.0)
    # Rescale from the old maximum to the new one.
    correction = torch.exp(m - shift)
    weights = torch.exp(scores - shift)
    # Add the new keys to both sums.
    l = l * correction + weights.sum(dim=-1, keepdim=True)
    return new_m, l, acc * correction + weights @ value


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

        s[t, s'] = q_t . k_s' * scale        where `attention_mask(query_position, key_position, window)`, else -inf
        out[t]   = sum over s' of softmax(s[t])[s'] * v_s'
        logsumexp[t] = log(sum over s' of e^(s[t, s']))

    query: (B, H, Tq, D); key: (B, G, Tk, D); value: (B, G, Tk, Dv), where query head i reads key/value head
    floor(i * G / H). Positions: (Tq,) and (Tk,), or (B, Tq) and (B, Tk). Every query sees one key at least. The lengths
    need not be multiples of the blocks. Tiles in which nothing is visible are skipped. Sums are kept in float32 at
    least, and no tensor is as large as a row of tiles of scores, (B, H, block_q, Tk).
    Returns (out, logsumexp): (B, H, Tq, Dv) in the dtype of query, and (B, H, Tq) in float32 at least.

    FlashAttention-2 (arXiv:2307.08691), algorithm 1.
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    # Group the query heads by the key/value head that they read, (B, G, H/G, T, D): nothing has to be repeated.
    query, key, value = query.unflatten(1, (key.size(1), -1)), key[:, :, None], value[:, :, None]
    out = query.new_empty(*query.shape[:-1], value.size(-1))
    logsumexp = query.new_empty(query.shape[:-1], dtype=wide)
    for rows in tiles(query.size(-2), block_q):
        # Start the running maximum, sum and output of these queries: no key seen yet.
        q = query[..., rows, :].to(wide) * scale
        m, l = torch.full_like(q[..., :1], float("-inf")), torch.zeros_like(q[..., :1])
        acc = q.new_zeros(*q.shape[:-1], value.size(-1))
        for columns in tiles(key.size(-2), block_k):
            # Skip tiles that are all hidden: half of all lie in the future, and most behind a window.
            visible = attention_mask(query_position[..., rows], key_position[..., columns], window)
            if not visible.any():
                continue
            # Compute the scores of this tile: no others are in memory.
            scores = q @ key[..., columns, :].to(wide).mT
            scores = scores.masked_fill(~visible[..., None, None, :, :], float("-inf"))
            m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))
        # Divide by the sum of all weights, now that every key has been seen.
        out[..., rows, :] = (acc / l).to(out.dtype)
        # Keep the logsumexp, from which the backward pass computes any weight again: e^(score - logsumexp).
        logsumexp[..., rows] = (m + l.log()).squeeze(-1)
    return out.flatten(1, 2), logsumexp.flatten(1, 2)


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
    wide = torch.promote_types(query.dtype, torch.float32)
    G, dtype = key.size(1), query.dtype
    # Group the query heads by the key/value head that they read, as in the forward pass.
    query, out, d_out = (x.unflatten(1, (G, -1)) for x in (query, out, d_out))
    key, value, logsumexp = key[:, :, None], value[:, :, None], logsumexp.unflatten(1, (G, -1))[..., None]
    dq, dk, dv = (torch.zeros_like(x, dtype=wide) for x in (query, key, value))
    # Compute what the softmax subtracts from every gradient, since its weights sum to one.
    delta = (d_out.to(wide) * out.to(wide)).sum(dim=-1, keepdim=True)
    for rows in tiles(query.size(-2), block_q):
        q, d = query[..., rows, :].to(wide), d_out[..., rows, :].to(wide)
        for columns in tiles(key.size(-2), block_k):
            # Skip the tiles that the forward pass skipped.
            visible = attention_mask(query_position[..., rows], key_position[..., columns], window)
            if not visible.any():
                continue
            k, v = key[..., columns, :].to(wide), value[..., columns, :].to(wide)
            # Compute the weights of this tile again, from the scores and the logsumexp of each query.
            scores = (q @ k.mT * scale).masked_fill(~visible[..., None, None, :, :], float("-inf"))
            weights = torch.exp(scores - logsumexp[..., rows, :])
            # Propagate back through the weighted mean, and through the softmax.
            d_scores = weights * (d @ v.mT - delta[..., rows, :])
            # Add this tile's part. A key's and value's gradients come from all query heads that read them.
            dq[..., rows, :] += d_scores @ k * scale
            dk[..., columns, :] += (d_scores.mT @ q * scale).sum(dim=2, keepdim=True)
            dv[..., columns, :] += (weights.mT @ d).sum(dim=2, keepdim=True)
    return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)


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
    r"""out = softmax(scale * query key^T) value, tile by tile, with gradients: see `tiled_forward`.

    Memory beyond inputs and output grows with T, not with its square. FlashAttention-2 (arXiv:2307.08691).
    """
    return TiledAttention.apply(query, key, value, query_position, key_position, scale, window, block_q, block_k)
