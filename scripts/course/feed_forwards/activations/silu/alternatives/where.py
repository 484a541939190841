"""A choice between two sides; experts as masks, and a softmax over the scores of the chosen alone."""

import torch


def silu(x):
    return torch.sigmoid(x).mul(x)
