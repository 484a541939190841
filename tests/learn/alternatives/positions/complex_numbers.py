"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import math

import torch
from torch import nn


def visible_keys(query_position, key_position, window=None):
    # A key is seen from its own position on, for as many positions as the window is long.
    first = key_position.unsqueeze(-2)
    query = query_position.unsqueeze(-1)
    last = torch.inf if window is None else first + window - 1
    return torch.logical_and(first <= query, query <= last)


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    frequencies = stretch / (theta ** (torch.arange(0, head_dim, 2)[: head_dim // 2].float() / head_dim))
    angles = torch.einsum("t,i->ti", torch.arange(length).float(), frequencies)
    turn = torch.polar(torch.ones_like(angles), angles)
    return turn.real, turn.imag


def apply_rotary(x, cos, sin):
    n = cos.shape[-1]
    turned = torch.complex(x[..., :n].float(), x[..., n : 2 * n].float()) * torch.complex(cos, sin)[..., None, :]
    return torch.cat((turned.real, turned.imag, x[..., 2 * n :]), dim=-1).type_as(x)


def apply_rotary_interleaved(x, cos, sin):
    n = cos.shape[-1]
    pairs = torch.view_as_complex(x[..., : 2 * n].float().unflatten(-1, (n, 2)).contiguous())
    turned = torch.view_as_real(pairs * torch.complex(cos, sin).unsqueeze(-2)).flatten(-2)
    return torch.cat((turned.type_as(x), x[..., 2 * n :]), dim=-1)


def linear_scaling(config, dim):
    return torch.ones(dim // 2) / config.rope_factor, 1.0


def ntk_scaling(config, dim):
    trained = config.max_seq_len if config.rope_original_seq_len is None else config.rope_original_seq_len
    growth = 1 + config.rope_factor * (config.max_seq_len / trained - 1)
    # A single pair has nothing to be spread over.
    base = config.rope_theta * growth ** (dim / max(dim - 2, 1))
    exponent = torch.arange(0, dim, 2) / dim
    return (config.rope_theta / base) ** exponent, 1.0


def yarn_scaling(config, dim):
    # As transformers writes it: the mix of two sets of frequencies, here divided by the first.
    trained = config.rope_original_seq_len or config.max_seq_len

    def correction_dim(rotations):
        return (dim * math.log(trained / (rotations * 2 * math.pi))) / (2 * math.log(config.rope_theta))

    low = max(math.floor(correction_dim(32)), 0)
    high = min(math.ceil(correction_dim(1)), dim - 1)
    if low == high:
        high += 0.001
    powers = config.rope_theta ** (torch.arange(0, dim, 2) / dim)
    extrapolated, interpolated = 1.0 / powers, 1.0 / (config.rope_factor * powers)
    factor = 1 - torch.clamp((torch.arange(dim // 2, dtype=torch.float32) - low) / (high - low), 0, 1)
    mixed = interpolated * (1 - factor) + extrapolated * factor
    magnitude = 1.0
    if config.rope_factor > 1:
        magnitude = 0.1 * math.log(config.rope_factor) + 1.0
    return mixed * powers, magnitude


def sinusoidal_table(length, dim):
    table = torch.zeros(length, dim)
    position = torch.arange(length).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    table[:, 0::2] = torch.sin(position * div_term)
    table[:, 1::2] = torch.cos(position * div_term)
    return table


def alibi_slopes(n_head):
    power = 1 << (n_head.bit_length() - 1)
    slopes = 2.0 ** (-8.0 / power * torch.arange(1, power + 1))
    more = 2.0 ** (-4.0 / power * torch.arange(1, 2 * (n_head - power) + 1, 2))
    return torch.cat((slopes, more))


class LearnedPositions(nn.Module):
    def embed(self, x, position):
        return nn.functional.embedding(position.expand(x.shape[:2]), self.embedding.weight) + x


class SinusoidalPositions(nn.Module):
    def embed(self, x, position):
        return x + self.table.to(x.dtype)[position]


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        ahead = (key_position.unsqueeze(-2) - query_position.unsqueeze(-1)).type_as(self.slopes)
        return torch.einsum("h,...ts->...hts", self.slopes, ahead)
