"""Blocks of keys outside, blocks of queries inside: the running sums of all queries are kept, in einsums with repeated
heads. Online softmax written out where it is used."""

import torch

from .masks import attention_mask


def blocks(n, size):
    return [range(n)[i : i + size] for i in range(0, n, size)]


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
    B, H, Tq, _ = query.shape
    G = key.shape[1]
    delta = torch.einsum("bhtv,bhtv->bht", d_out.to(wide), out.to(wide))
    dq = torch.zeros_like(query, dtype=wide)
    dk, dv = [], []
    for columns in blocks(key.shape[2], block_k):
        j = slice(columns.start, columns.stop)
        k, v = (x[:, :, j].repeat_interleave(H // G, dim=1).to(wide) for x in (key, value))
        dk_j, dv_j = torch.zeros_like(k), torch.zeros_like(v)
        for rows in blocks(Tq, block_q):
            i = slice(rows.start, rows.stop)
            mask = attention_mask(query_position[..., i], key_position[..., j], window)
            if not torch.any(mask):
                continue
            q, d = query[:, :, i].to(wide) * scale, d_out[:, :, i].to(wide)
            s = torch.einsum("bhid,bhjd->bhij", q, k)
            p = torch.exp(s - logsumexp[:, :, i, None])
            p = torch.where(mask.reshape(-1, 1, len(rows), len(columns)), p, 0.0)
            ds = p * torch.einsum("bhiv,bhjv->bhij", d, v) - p * delta[:, :, i, None]
            dq[:, :, i] += scale * torch.einsum("bhij,bhjd->bhid", ds, k)
            dk_j += torch.einsum("bhij,bhid->bhjd", ds, q)
            dv_j += torch.einsum("bhij,bhiv->bhjv", p, d)
        # Neighbouring query heads share a key/value head: their gradients meet there.
        dk.append(dk_j.view(B, G, H // G, len(columns), -1).sum(2))
        dv.append(dv_j.view(B, G, H // G, len(columns), -1).sum(2))
    return dq.type_as(query), torch.cat(dk, dim=2).type_as(key), torch.cat(dv, dim=2).type_as(value)
