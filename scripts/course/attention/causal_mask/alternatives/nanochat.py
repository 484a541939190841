"""As nanochat writes the mask of new tokens behind cached ones, by their places; here by their positions."""

import torch


def causal_mask(query_position, key_position):
    q, k = query_position.unsqueeze(-1), key_position.unsqueeze(-2)
    attn_mask = torch.zeros(torch.broadcast_shapes(q.shape, k.shape), dtype=torch.bool, device=q.device)
    attn_mask[(k <= q).expand_as(attn_mask)] = True
    return attn_mask
