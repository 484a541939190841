"""A softmax of every tile by itself, and its logsumexp; tiles are then joined by their logsumexps, as flash decoding
does it."""

from itertools import pairwise

import torch

MINUS_INFINITY = float("-inf")


def tiles_of(length, size):
    edges = [*range(0, length, size), length]
    return [slice(a, b) for a, b in pairwise(edges)]


def may_see(query_position, key_position, window):
    distance = query_position.unsqueeze(-1) - key_position.unsqueeze(-2)
    mask = torch.ge(distance, 0)
    return mask if window is None else mask & torch.lt(distance, window)


def tiled_backward(
    d_out,
    query,
    key,
    value,
    out,
    logsumexp,
    query_position,
    key_position,
    scale,
    window=None,
    block_q=64,
    block_k=64,
):
    wide = torch.promote_types(query.dtype, torch.float32)
    groups = (key.size(1), query.size(1) // key.size(1))
    dq, dk, dv = torch.zeros_like(query).to(wide), torch.zeros_like(key).to(wide), torch.zeros_like(value).to(wide)
    for rows in tiles_of(query.size(2), block_q):
        q, o, d = (x[:, :, rows].to(wide).unflatten(1, groups) for x in (query, out, d_out))
        lse = logsumexp[:, :, rows].unflatten(1, groups)[..., None]
        # One more value, which is what came out: its product is delta.
        delta = torch.linalg.vecdot(o, d)[..., None]
        for columns in tiles_of(key.size(2), block_k):
            mask = may_see(query_position[..., rows], key_position[..., columns], window)
            if mask.sum() == 0:
                continue
            mask = mask.reshape(-1, 1, 1, *mask.shape[-2:])
            k, v = key[:, :, columns].to(wide), value[:, :, columns].to(wide)
            logits = torch.einsum("bgrid,bgjd->bgrij", q, k) * scale
            p = (logits - lse).where(mask, torch.full_like(logits, MINUS_INFINITY)).exp()
            ds = p * (torch.einsum("bgriv,bgjv->bgrij", d, v) - delta)
            dq[:, :, rows] += (torch.einsum("bgrij,bgjd->bgrid", ds, k) * scale).flatten(1, 2)
            dk[:, :, columns] += torch.einsum("bgrij,bgrid->bgjd", ds, q) * scale
            dv[:, :, columns] += torch.einsum("bgrij,bgriv->bgjv", p, d)
    return dq.to(query.dtype), dk.to(key.dtype), dv.to(value.dtype)
