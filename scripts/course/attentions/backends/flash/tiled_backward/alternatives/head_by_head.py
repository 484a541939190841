"""One sequence and one head at a time, in two dimensions; everything filled up until the tiles fit, with keys that
nobody sees and queries that are cut off again. Which tiles to skip is told by the positions at their ends."""

import torch


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


def by_heads(query, key):
    """For every sequence and head: the indices of its queries, and those of its keys and values."""
    for b in range(query.size(0)):
        for h in range(query.size(1)):
            yield (b, h), (b, h * key.size(1) // query.size(1))


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
    B = query.size(0)
    query_position, key_position = query_position.expand(B, -1), key_position.expand(B, -1)
    dq, dk, dv = (torch.zeros(x.shape, dtype=wide, device=x.device) for x in (query, key, value))
    for qs, ks in by_heads(query, key):
        positions = query_position[qs[0]], key_position[ks[0]]
        for rows, columns, hidden in visible_tiles(*positions, window, block_q, block_k):
            q, k, v = query[qs][rows].to(wide), key[ks][columns].to(wide), value[ks][columns].to(wide)
            d, o = d_out[qs][rows].to(wide), out[qs][rows].to(wide)
            p = (q @ k.T * scale - logsumexp[qs][rows, None]).masked_fill(hidden, float("-inf")).exp()
            # delta is folded into the product: what a value differs from the mean that came out.
            ds = p * (d @ v.T - (d * o).sum(1, keepdim=True)) * scale
            dq[qs][rows] += ds @ k
            dk[ks][columns] += ds.T @ q
            dv[ks][columns] += p.T @ d
    return dq.to(query.dtype), dk.to(key.dtype), dv.to(value.dtype)
