"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import math

import torch


def alibi_slopes(n_head):
    def series(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]

    def slopes(n):
        if math.log2(n).is_integer():
            return series(n)
        closest = 2 ** math.floor(math.log2(n))
        return series(closest) + slopes(2 * closest)[0::2][: n - closest]

    return torch.Tensor(slopes(n_head))
