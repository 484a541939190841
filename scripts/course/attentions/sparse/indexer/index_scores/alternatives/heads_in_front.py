import torch


def index_scores(query, key, weights):
    H, D = query.shape[-2:]
    dtype = torch.promote_types(query.dtype, torch.float32)
    match = query.to(dtype).transpose(1, 2) @ key.to(dtype)[:, None].mT
    match = torch.relu(match * D**-0.5)
    return (weights.to(dtype).transpose(1, 2)[..., None] * match).sum(1) * H**-0.5
