"""A choice between two sides; experts as masks, and a softmax over the scores of the chosen alone."""

import torch


def gelu_tanh(x):
    cubed = x.pow(3)
    inner = (2 / torch.pi) ** 0.5 * (x + 0.044715 * cubed)
    return x / 2 + x / 2 * inner.tanh()
