"""Blocks of keys outside, blocks of queries inside: the running sums of all queries are kept, in einsums with repeated
heads. Online softmax written out where it is used."""

import torch

from .masks import attention_mask


def blocks(n, size):
    return [range(n)[i : i + size] for i in range(0, n, size)]


def tiled_forward(query, key, value, query_position, key_position, scale, window=None, block_q=64, block_k=64):
    wide = torch.float64 if query.dtype == torch.float64 else torch.float32
    B, H, Tq, _ = query.shape
    group = H // key.shape[1]
    m = torch.full((B, H, Tq), -torch.inf, dtype=wide, device=query.device)
    l = torch.zeros_like(m)
    o = torch.zeros(B, H, Tq, value.shape[-1], dtype=wide, device=query.device)
    for columns in blocks(key.shape[2], block_k):
        j = slice(columns.start, columns.stop)
        k, v = (x[:, :, j].repeat_interleave(group, dim=1).to(wide) for x in (key, value))
        for rows in blocks(Tq, block_q):
            i = slice(rows.start, rows.stop)
            mask = attention_mask(query_position[..., i], key_position[..., j], window)
            if not torch.any(mask):
                continue
            mask = mask.reshape(-1, 1, len(rows), len(columns))
            s = torch.einsum("bhid,bhjd->bhij", query[:, :, i].to(wide), k).mul_(scale)
            s = torch.where(mask, s, -torch.inf)
            new = torch.maximum(m[:, :, i], s.amax(-1))
            # A query without a key so far: its weights are to be zero, whatever is taken off.
            p = torch.where(mask, torch.exp(s - new[..., None]), 0.0)
            factor = torch.where(m[:, :, i] == -torch.inf, 0.0, torch.exp(m[:, :, i] - new))
            l[:, :, i] = factor * l[:, :, i] + p.sum(-1)
            o[:, :, i] = factor[..., None] * o[:, :, i] + torch.einsum("bhij,bhjv->bhiv", p, v)
            m[:, :, i] = new
    return (o / l[..., None]).type_as(query), m + torch.log(l)
