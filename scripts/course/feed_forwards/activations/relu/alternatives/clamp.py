"""Clamped at zero; formulas by hand; in place where the hidden layer is nobody else's."""


def relu(x):
    return x.clamp(min=0)
