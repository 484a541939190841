"""As the annotated transformer writes it: two assignments to every other column."""

import math

import torch


def sinusoidal_table(length, dim):
    table = torch.zeros(length, dim)
    position = torch.arange(length).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    table[:, 0::2] = torch.sin(position * div_term)
    table[:, 1::2] = torch.cos(position * div_term)
    return table
