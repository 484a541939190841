"""Clamped at zero; formulas by hand; in place where the hidden layer is nobody else's."""


def silu(x):
    return x * x.sigmoid()
