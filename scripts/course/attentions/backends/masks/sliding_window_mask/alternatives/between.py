"""A key is visible from its own position on, for as many positions as the window is long."""

import torch


def sliding_window_mask(query_position, key_position, window):
    first = key_position.unsqueeze(-2)
    query = query_position.unsqueeze(-1)
    return torch.logical_and(first <= query, query <= first + window - 1)
