"""As an einsum over the heads of a group and the spans."""

import torch


def selection_scores(weights, overlap, query_position, n_group, block_size):
    B, H, Tq, n = weights.shape
    grouped = weights.view(B, n_group, H // n_group, Tq, n)
    scores = torch.einsum("bghtn,nj->bgtj", grouped, overlap.to(weights.dtype))
    own = query_position.div(block_size, rounding_mode="floor").view(-1, 1, Tq, 1)
    block = torch.arange(overlap.shape[1], device=overlap.device)
    forced = block.eq(0) | block.eq(own) | block.eq(own - 1)
    return torch.where(forced, torch.full_like(scores, torch.inf), scores)
