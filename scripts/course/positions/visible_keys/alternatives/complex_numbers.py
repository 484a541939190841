"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch


def visible_keys(query_position, key_position, window=None):
    # A key is seen from its own position on, for as many positions as the window is long.
    first = key_position.unsqueeze(-2)
    query = query_position.unsqueeze(-1)
    last = torch.inf if window is None else first + window - 1
    return torch.logical_and(first <= query, query <= last)
