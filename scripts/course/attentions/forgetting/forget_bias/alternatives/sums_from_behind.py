"""Every gate between a key and a query, counted one by one."""

import torch


def forget_bias(log_f, query_position, key_position):
    query, key = query_position[..., :, None, None], key_position[..., None, :, None]
    between = (key < key_position[..., None, None, :]) & (key_position[..., None, None, :] <= query)
    between = between.expand(log_f.size(0), -1, -1, -1).to(log_f.dtype)
    return torch.einsum("btsi,bih->bhts", between, log_f)
