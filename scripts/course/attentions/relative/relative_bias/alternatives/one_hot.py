"""The distance as a one-hot vector: a product instead of a look-up."""

import torch


def relative_bias(by_distance, query_position, key_position):
    distance = query_position.unsqueeze(-1) - key_position.unsqueeze(-2)
    hot = distance[..., None] == torch.arange(by_distance.size(-1))
    hot = hot.expand(by_distance.size(0), *hot.shape[-3:]).to(by_distance.dtype)
    return torch.einsum("bthe,btse->bhts", by_distance, hot)
