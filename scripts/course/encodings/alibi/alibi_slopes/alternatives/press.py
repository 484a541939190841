"""As the authors write it: the series of a power of two by recursion."""

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
