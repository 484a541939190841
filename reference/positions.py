"""Positions: how attention learns where a token stands. Attention alone would see a sentence as a bag of words."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Context(NamedTuple):
    """What every layer is given besides the residual stream: the rotary tables, cut to the sequence at hand."""

    cos: Float[Tensor, "T half"]
    sin: Float[Tensor, "T half"]


def precompute_rotary_tables(
    head_dim: int, length: int, theta: float
) -> tuple[Float[Tensor, "length half"], Float[Tensor, "length half"]]:
    r"""The cosines and sines of every angle that rotary positions turn by.

        angle[t, i] = t * theta^(-2i / head_dim)        in radians, for i = 0 ... head_dim/2 - 1

    head_dim: D, even. length: how many positions. theta: the base, 10000 in the paper.
    Returns (cos, sin), each (length, D/2), in torch's default dtype.

    Su et al. 2021, RoFormer (arXiv:2104.09864), section 3.2.2.
    """
    # One frequency for each pair of numbers in a head. The first pair turns a full radian per position and tells
    # neighbours apart; the last hardly turns over a whole sequence and tells far from near.
    frequency = theta ** -(torch.arange(0, head_dim, 2) / head_dim)
    # The angle of every pair at every position, counted from position 0.
    angle = torch.outer(torch.arange(length, dtype=frequency.dtype), frequency)
    # Both tables once, so that the forward pass only looks them up.
    return angle.cos(), angle.sin()


def apply_rotary(
    x: Float[Tensor, "B T heads D"], cos: Float[Tensor, "T D//2"], sin: Float[Tensor, "T D//2"]
) -> Float[Tensor, "B T heads D"]:
    r"""Turn each pair of numbers in a head by the angle of its position.

        [y1]   [cos  -sin] [x1]
        [y2] = [sin   cos] [x2]        where x1 is the first half of the head and x2 the second half

    x: (B, T, heads, D), queries or keys; cos, sin: (T, D/2). Returns the shape and dtype of x.

    Number i is paired with number i + D/2 ("half-split", as Llama does), and the turn is counter-clockwise, by +angle.
    A query's product with a key then depends on the distance between the two positions only: turning both by the same
    angle changes nothing. (nanochat turns by -angle instead. The two differ by a relabelling of the rows of the
    projections, so neither is better, but weights cannot be exchanged without it.)

    Su et al. 2021, RoFormer (arXiv:2104.09864), section 3.2, equation 34.
    """
    # The tables know positions and pairs; give them an axis that every head shares.
    cos, sin = cos[:, None, :], sin[:, None, :]
    # Pair the first half of each head with its second half.
    x1, x2 = x.chunk(2, dim=-1)
    # Turn each pair. Float32 tables would widen a bfloat16 x, so narrow the result again.
    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).to(x.dtype)
