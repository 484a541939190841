"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

from torch import nn


def leaky_relu(x):
    return nn.LeakyReLU(0.01)(x)
