"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import math

import torch
from torch import nn


def visible_keys(query_position, key_position, window=None):
    if query_position.ndim == 2:
        rows = zip(query_position, key_position, strict=True)
        return torch.stack([visible_keys(queries, keys, window) for queries, keys in rows])
    keys = key_position.tolist()
    rows = [
        [key <= query and (not window or query < key + window) for key in keys] for query in query_position.tolist()
    ]
    return torch.tensor(rows, device=key_position.device)


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
    turned = torch.einsum("ac...ti,...thci->...thai", turn, pairs).flatten(-2).to(x.dtype)
    return torch.cat((turned, x[..., whole:]), dim=-1)


def apply_rotary_interleaved(x, cos, sin):
    turn = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos))))
    whole = 2 * cos.size(-1)
    pairs = x[..., :whole].unflatten(-1, (-1, 2)).to(cos.dtype)
    turned = torch.einsum("ac...ti,...thic->...thia", turn, pairs).flatten(-2).to(x.dtype)
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
        rows = zip(x, position.expand(x.shape[:2]), strict=True)
        return torch.stack([sequence + self.table[own] for sequence, own in rows]).to(x.dtype)


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        # One product for the queries, one for the keys; as whole numbers in float64 nothing is lost.
        slopes = self.slopes.view(-1, 1, 1).double()
        bias = slopes * key_position[..., None, None, :] - slopes * query_position[..., None, :, None]
        return bias.to(self.slopes.dtype)
