"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import math

import torch
from torch import nn


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    pairs = head_dim // 2
    stretches = stretch.tolist() if isinstance(stretch, torch.Tensor) else [stretch] * pairs
    angles = [[t * theta ** (-2 * i / head_dim) * stretches[i] for i in range(pairs)] for t in range(length)]
    cos = torch.tensor([[math.cos(angle) for angle in row] for row in angles])
    sin = torch.tensor([[math.sin(angle) for angle in row] for row in angles])
    return cos, sin


def apply_rotary(x, cos, sin):
    turn = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos))))
    whole = 2 * cos.size(-1)
    pairs = x[..., :whole].unflatten(-1, (2, -1)).to(cos.dtype)
    turned = torch.einsum("acti,bthci->bthai", turn, pairs).flatten(-2).to(x.dtype)
    return torch.cat((turned, x[..., whole:]), dim=-1)


def apply_rotary_interleaved(x, cos, sin):
    turn = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos))))
    whole = 2 * cos.size(-1)
    pairs = x[..., :whole].unflatten(-1, (-1, 2)).to(cos.dtype)
    turned = torch.einsum("acti,bthic->bthia", turn, pairs).flatten(-2).to(x.dtype)
    return torch.cat((turned, x[..., whole:]), dim=-1)


def sinusoidal_table(length, dim):
    rows = []
    for t in range(length):
        angles = [t / 10000 ** (2 * i / dim) for i in range(dim // 2)]
        rows.append([number for angle in angles for number in (math.sin(angle), math.cos(angle))])
    return torch.tensor(rows)


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


class LearnedPositions(nn.Module):
    def embed(self, x, position):
        one_hot = nn.functional.one_hot(position, self.embedding.num_embeddings).to(x.dtype)
        return x + one_hot @ self.embedding.weight


class SinusoidalPositions(nn.Module):
    def embed(self, x, position):
        return torch.stack([sequence + self.table[position] for sequence in x]).to(x.dtype)


class ALiBi(nn.Module):
    def forward(self, position):
        bias = self.slopes.view(-1, 1, 1) * (position.view(1, 1, -1) - position.view(1, -1, 1))
        return Context(bias=bias)  # noqa: F821, the reference's
