"""Query block by query block, as MoBA's readable version: gates with infinities, then top-k, then keys."""

import torch


class MoBAAttention(Attention):
    def mask(self, query, key, query_position, key_position):
        (B, H), Tk, size = query.shape[:2], key.size(2), self.block_size
        key = repeat_kv(key, H)
        starts = range(0, Tk, size)
        means = torch.stack([key[:, :, start : start + size].mean(dim=2) for start in starts], dim=2)
        gate = query.double() @ means.double().mT
        own = (query_position // size).expand(B, -1)[:, None, :, None]
        block = torch.arange(len(starts))
        gate = gate.masked_fill(block > own, float("-inf")).masked_fill(block == own, float("inf"))
        best = gate.topk(min(self.topk, len(starts)), dim=-1)
        chosen = torch.zeros_like(gate).scatter(-1, best.indices, (best.values > float("-inf")).to(gate.dtype)) > 0
        chosen = chosen.repeat_interleave(size, dim=-1)[..., :Tk]
        return chosen & (key_position.expand(B, -1)[:, None, None] <= query_position.expand(B, -1)[:, None, :, None])
