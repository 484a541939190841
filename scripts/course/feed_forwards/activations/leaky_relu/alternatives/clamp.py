"""Clamped at zero; formulas by hand; in place where the hidden layer is nobody else's."""


def leaky_relu(x):
    return x.clamp(min=0) + 0.01 * x.clamp(max=0)
