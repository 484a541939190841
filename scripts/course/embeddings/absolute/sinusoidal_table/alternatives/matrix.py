"""The table entry by entry, in plain Python."""

import math

import torch


def sinusoidal_table(length, dim):
    rows = []
    for t in range(length):
        angles = [t / 10000 ** (2 * i / dim) for i in range(dim // 2)]
        rows.append([number for angle in angles for number in (math.sin(angle), math.cos(angle))])
    return torch.tensor(rows)
