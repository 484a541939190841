"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import torch


def visible_keys(query_position, key_position, window=None):
    if query_position.ndim == 2:
        rows = zip(query_position, key_position, strict=True)
        return torch.stack([visible_keys(queries, keys, window) for queries, keys in rows])
    keys = key_position.tolist()
    rows = [
        [key <= query and (not window or query < key + window) for key in keys] for query in query_position.tolist()
    ]
    return torch.tensor(rows, device=key_position.device)
