"""Clamped at zero; formulas by hand; in place where the hidden layer is nobody else's."""

import math

import torch


def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))
