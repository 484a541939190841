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


def tiled_forward(query, key, value, query_position, key_position, scale, window=None, block_q=64, block_k=64):
    wide = torch.promote_types(query.dtype, torch.float32)
    group = query.size(1) // key.size(1)
    outs, logsumexps = [], []
    for rows in tiles_of(query.size(2), block_q):
        mean, lse = 0.0, torch.tensor(MINUS_INFINITY, dtype=wide, device=query.device)
        # From the newest keys to the oldest.
        for columns in reversed(tiles_of(key.size(2), block_k)):
            mask = may_see(query_position[..., rows], key_position[..., columns], window)
            if mask.sum() == 0:
                continue
            k, v = (x[:, :, columns].repeat_interleave(group, 1).to(wide) for x in (key, value))
            scores = torch.matmul(query[:, :, rows].to(wide), k.transpose(-1, -2)) * scale
            scores = scores.masked_fill(mask.logical_not().unsqueeze(-3), MINUS_INFINITY)
            tile_lse = scores.logsumexp(dim=-1, keepdim=True)
            tile_mean = scores.softmax(-1).nan_to_num(0.0) @ v
            joint = torch.logaddexp(lse, tile_lse)
            mean = mean * (lse - joint).exp().nan_to_num(0.0) + tile_mean * (tile_lse - joint).exp().nan_to_num(0.0)
            lse = joint
        outs.append(mean.to(query.dtype))
        logsumexps.append(lse.squeeze(-1))
    return torch.cat(outs, dim=2), torch.cat(logsumexps, dim=2)
