"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

import torch


def load_balance_loss(probability, chosen):
    tokens, experts = probability.shape
    counts = torch.zeros(experts, dtype=probability.dtype)
    counts.scatter_add_(0, chosen.reshape(-1), torch.ones(chosen.numel(), dtype=probability.dtype))
    return torch.dot(counts, probability.sum(0)) * experts / tokens**2
