"""One query and one key after the other, in plain Python."""

import torch


def sliding_window_mask(query_position, key_position, window):
    if query_position.ndim == 2:
        rows = zip(query_position, key_position, strict=True)
        return torch.stack([sliding_window_mask(queries, keys, window) for queries, keys in rows])
    keys = key_position.tolist()
    rows = [[key <= query < key + window for key in keys] for query in query_position.tolist()]
    return torch.tensor(rows, device=key_position.device)
