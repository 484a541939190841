"""As MoBA's own code: an einsum over repeated heads, and the own block put above all others."""

import torch


def block_scores(query, means, query_position, size):
    dtype = torch.promote_types(query.dtype, torch.float32)
    repeated = means.repeat_interleave(query.shape[1] // means.shape[1], dim=1)
    gate = torch.einsum("bhtd,bhnd->bhtn", query.to(dtype), repeated.to(dtype))
    block = torch.arange(means.shape[2], device=query.device)
    own = query_position.div(size, rounding_mode="floor").view(-1, 1, query.shape[2], 1).eq(block)
    return torch.where(own, torch.tensor(torch.inf, dtype=dtype), gate)
