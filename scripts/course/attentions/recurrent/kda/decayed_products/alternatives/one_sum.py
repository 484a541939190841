"""All three in one sum over the channels."""

import torch


def decayed_products(a, b, log_decay):
    total = log_decay.cumsum(2)
    between = total[:, :, :, None] - total[:, :, None]
    future = torch.triu(torch.ones_like(between[..., 0]), diagonal=1).bool()
    decays = torch.exp(between.masked_fill(future[..., None], -torch.inf))
    return torch.einsum("bhtk,bhsk,bhtsk->bhts", a, b, decays)
