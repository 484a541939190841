"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

from torch import nn


def silu(x):
    return nn.SiLU()(x)
