"""A choice between two sides; experts as masks, and a softmax over the scores of the chosen alone."""

import torch


def gelu(x):
    return x * torch.special.ndtr(x)
