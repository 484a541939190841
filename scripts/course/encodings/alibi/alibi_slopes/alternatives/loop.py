"""Head by head, in a loop."""

import torch


def alibi_slopes(n_head):
    power = 1
    while 2 * power <= n_head:
        power *= 2
    slopes = torch.empty(n_head)
    for head in range(n_head):
        if head < power:
            slopes[head] = 0.5 ** (8 * (head + 1) / power)
        else:
            slopes[head] = 0.5 ** (4 * (2 * (head - power) + 1) / power)
    return slopes
