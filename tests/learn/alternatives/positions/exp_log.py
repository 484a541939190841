"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import math

import torch
from torch import nn


def visible_keys(query_position, key_position, window=None):
    distance = query_position[..., None].sub(key_position[..., None, :])
    # Clamped to where nothing is hidden, only what is seen stays the same.
    return distance.eq(distance.clamp(0, None if window is None else window - 1))


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    exponent = torch.arange(0, head_dim, 2) * (-math.log(theta) / head_dim)
    angle = torch.arange(length).unsqueeze(1) * (torch.exp(exponent) * stretch)
    return torch.cos(angle), torch.sin(angle)


def rotate_half(x):
    x1, x2 = x.split(x.shape[-1] // 2, dim=-1)
    return torch.cat((-x2, x1), dim=-1)


def apply_rotary(x, cos, sin):
    cos, sin = (torch.cat((table, table), dim=-1).unsqueeze(-2) for table in (cos, sin))
    turned, rest = x[..., : cos.shape[-1]], x[..., cos.shape[-1] :]
    turned = (turned * cos + rotate_half(turned) * sin).to(x.dtype)
    return torch.cat((turned, rest), dim=-1)


def rotate_every_two(x):
    return torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)


def apply_rotary_interleaved(x, cos, sin):
    cos, sin = (table.repeat_interleave(2, dim=-1).unsqueeze(-2) for table in (cos, sin))
    turned, rest = x.tensor_split((cos.shape[-1],), dim=-1)
    return torch.cat(((turned * cos + rotate_every_two(turned) * sin).to(x.dtype), rest), dim=-1)


def linear_scaling(config, dim):
    return torch.tensor([1 / config.rope_factor] * (dim // 2)), 1


def ntk_scaling(config, dim):
    original = config.rope_original_seq_len or config.max_seq_len
    growth = config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)
    return torch.exp(torch.linspace(0, -math.log(growth), dim // 2)), 1.0


def yarn_scaling(config, dim):
    # By how often a pair turns, number by number.
    factor, original = config.rope_factor, config.rope_original_seq_len or config.max_seq_len
    scale = dim / (2 * math.log(config.rope_theta))
    first, last = (scale * (math.log(original) - math.log(2 * math.pi * turns)) for turns in (32, 1))
    first, last = max(math.floor(first), 0), min(math.ceil(last), dim - 1)
    last = first + 0.001 if last == first else last
    stretch = []
    for i in range(dim // 2):
        squeezed = min(max((i - first) / (last - first), 0.0), 1.0)
        stretch.append(1 - squeezed + squeezed / factor)
    return torch.tensor(stretch), 1 + 0.1 * math.log(max(factor, 1.0))


def sinusoidal_table(length, dim):
    cos, sin = precompute_rotary_tables(dim, length, 10000.0)
    table = torch.empty(length, dim)
    table[:, ::2], table[:, 1::2] = sin, cos
    return table


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


class LearnedPositions(nn.Module):
    def embed(self, x, position):
        return x + self.embedding.weight[position]


class SinusoidalPositions(nn.Module):
    def embed(self, x, position):
        rows = torch.index_select(self.table, 0, position.flatten()).view(*position.shape, -1)
        return (x.to(rows.dtype) + rows.expand_as(x)).type_as(x)


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        # What lies ahead is hidden, so that its bias may be anything, zero for one.
        behind = (query_position.unsqueeze(-1) - key_position.unsqueeze(-2)).clamp(min=0)
        return torch.stack([-slope * behind for slope in self.slopes], dim=-3)
