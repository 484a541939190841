"""One pair of blocks after the other."""

import torch


def block_mask(mask, query_size, key_size):
    rows = [
        torch.stack([block.flatten(-2).any(-1) for block in queries.split(key_size, dim=-1)], dim=-1)
        for queries in mask.split(query_size, dim=-2)
    ]
    return torch.stack(rows, dim=-2)
