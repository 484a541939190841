"""One sequence and one head at a time, in two dimensions; everything filled up until the tiles fit, with keys that
nobody sees and queries that are cut off again. Which tiles to skip is told by the positions at their ends."""

import torch
from torch.nn import functional as F

FAR = 2**40


def visible_tiles(query_position, key_position, window, block_q, block_k):
    """For all tiles in which something is visible: the two slices and the mask."""
    for top in range(0, len(query_position), block_q):
        rows = slice(top, top + block_q)
        for left in range(0, len(key_position), block_k):
            columns = slice(left, left + block_k)
            ahead = key_position[columns] - query_position[rows, None]
            hidden = ahead > 0
            if window is not None:
                hidden = hidden.logical_or(ahead <= -window)
            if not hidden.all().item():
                yield rows, columns, hidden


def filled_up(x, size, value=0):
    """(T, ...), with as much behind it as is missing to a multiple of size."""
    missing = -len(x) % size
    return F.pad(x, (0, 0) * (x.ndim - 1) + (0, missing), value=value)


def by_heads(query, key):
    """For every sequence and head: the indices of its queries, and those of its keys and values."""
    for b in range(query.size(0)):
        for h in range(query.size(1)):
            yield (b, h), (b, h * key.size(1) // query.size(1))


def tiled_forward(query, key, value, query_position, key_position, scale, window=None, block_q=64, block_k=64):
    wide = torch.promote_types(query.dtype, torch.float32)
    B, _, Tq, _ = query.shape
    query_position, key_position = query_position.expand(B, -1), key_position.expand(B, -1)
    out = torch.empty(*query.shape[:-1], value.size(-1), dtype=query.dtype, device=query.device)
    logsumexp = torch.empty(query.shape[:-1], dtype=wide, device=query.device)
    for qs, ks in by_heads(query, key):
        q, k, v = filled_up(query[qs], block_q), filled_up(key[ks], block_k), filled_up(value[ks], block_k)
        m = q.new_full((len(q),), float("-inf"), dtype=wide)
        l, o = torch.zeros_like(m), v.new_zeros(len(q), v.size(-1), dtype=wide)
        positions = filled_up(query_position[qs[0]], block_q, -1), filled_up(key_position[ks[0]], block_k, FAR)
        for rows, columns, hidden in visible_tiles(*positions, window, block_q, block_k):
            scores = (q[rows].to(wide) @ k[columns].to(wide).T * scale).masked_fill(hidden, float("-inf"))
            m_new = torch.maximum(m[rows], scores.max(dim=1).values)
            m_safe = torch.where(torch.isinf(m_new), torch.zeros_like(m_new), m_new)
            p = (scores - m_safe[:, None]).exp()
            c = (m[rows] - m_safe).exp()
            l[rows] = l[rows] * c + p.sum(dim=1)
            o[rows] = o[rows] * c[:, None] + p @ v[columns].to(wide)
            m[rows] = m_new
        out[qs] = (o / l[:, None])[:Tq].to(out.dtype)
        logsumexp[qs] = (m + l.log())[:Tq]
    return out, logsumexp
