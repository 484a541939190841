import torch


def index_scores(query, key, weights):
    heads, size = query.shape[2:]
    query, key, weights = (each.float() if each.dtype == torch.bfloat16 else each for each in (query, key, weights))
    total = 0
    for head in range(heads):
        match = (query[:, :, head] @ key.transpose(1, 2) / size**0.5).clamp(min=0)
        total = total + weights[:, :, head, None] * match / heads**0.5
    return total
