"""Norms: a vector before and after, and what of the input the output still knows."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reference.norms import RMSNormNoParam

from ..entries import SEED, Axis, Entry
from .svg import Line, Panel, bars, curves, number

CHANNELS, EPS = 16, 1e-6
NOTHING = "nothing"  # what is learned by a norm without weights


def size(x: Tensor) -> float:
    return x.square().mean().sqrt().item()


def drawn_vector() -> Tensor:
    """Its mean is far from zero, so that one sees who takes it away."""
    return 2.0 * torch.randn(CHANNELS, generator=torch.Generator().manual_seed(SEED)) + 2.0


def first_weights(module: nn.Module) -> str:
    """What it can learn, and where that begins."""
    told: dict[bool, list[str]] = {False: [], True: []}
    for name, weight in module.named_parameters():
        told[len(weight) > 1].append(f"{name.replace('_', ' ')} {number(weight.mean().item())}")
    every = [" and ".join(told[True]) + " in each channel"] if told[True] else []
    return "; ".join([*told[False], *every]) or NOTHING


class Does(NamedTuple):
    """What a norm does to a vector, found by trying it."""

    centres: bool  # whether it takes the mean away
    divides_by: str
    weights: str
    grown: float  # the size of what leaves when the vector is 1,000 times as large, beside that before
    moved: float  # by how much of its size what leaves changes when a constant of 10 is added to every channel


@torch.no_grad()
def tried(norm: type[nn.Module]) -> Does:
    """Of a norm with its first weights."""
    module, x = norm(CHANNELS, EPS), drawn_vector()
    y = module(x)
    moved = size(module(x + 10) - y) / size(y)
    centres = moved < 1e-3
    read = x - x.mean() if centres else x
    by = read / y
    usual = {
        "the standard deviation" if centres else "the root mean square": size(read),
        "the length": read.norm().item(),
    }
    same = [name for name, value in usual.items() if torch.allclose(by, torch.full_like(by, value), rtol=1e-3)]
    one_number = torch.allclose(by, by.mean(), rtol=1e-3)
    divides_by = (same or ["one number" if one_number else "nothing: it bends every channel by itself"])[0]
    return Does(centres, divides_by, first_weights(module), size(module(1000 * x)) / size(y), moved)


@torch.no_grad()
def norm(entry: Entry, axis: Axis) -> list[Panel]:
    """With the weights that it begins with: any others would be seen in place of the norm."""
    module = entry.value(CHANNELS, EPS)
    x = drawn_vector()
    y = module(x)
    scales = [10 ** (power / 8) for power in range(-24, 25)]
    shifts = [step / 4 for step in range(33)]
    usual = size(y)
    return [
        bars(
            "A vector, before and after",
            [("", (before, after)) for before, after in zip(x.tolist(), y.tolist(), strict=True)],
            [
                f"{when}: mean {z.mean():.1f}, size {size(z):.1f}".replace("-0.0", "0.0")
                for when, z in (("before", x), ("after", y))
            ],
            f"{CHANNELS} channels of one token",
            note=f"learns: {first_weights(module)}",
        ),
        curves(
            "When the vector grows",
            [
                Line("after the norm", scales, [size(module(x * scale)) for scale in scales]),
                Line("without a norm", scales, [size(x * scale) for scale in scales]),
            ],
            "the input, times",
            "size of the output (root mean square)",
            log="xy",
        ),
        curves(
            "When a constant is added",
            [
                Line("after the norm", shifts, [size(module(x + shift) - y) / usual for shift in shifts]),
                Line("without a norm", shifts, [shift / size(x) for shift in shifts]),
            ],
            "added to every channel",
            "change of the output, over its size",
        ),
    ]


@torch.no_grad()
def qk_norm(entry: Entry, axis: Axis) -> list[Panel]:
    heads, dim = 6, 8
    module = entry.value(partial(RMSNormNoParam, eps=EPS), heads, dim)
    x = torch.randn(heads, dim, generator=torch.Generator().manual_seed(SEED)) * torch.logspace(-1, 1, heads)[:, None]
    y = module(x[None])[0]
    groups = [(f"head {head}", (size(x[head]), size(y[head]))) for head in range(heads)]
    scales = [10 ** (power / 8) for power in range(-16, 17)]
    scores = [(module(x[None] * scale)[0, 3] @ module(x[None])[0, 2]).item() for scale in scales]
    off = nn.Identity()
    plain = [(off(x[None] * scale)[0, 3] @ off(x[None])[0, 2]).item() for scale in scales]
    return [
        bars("Six heads of one token", groups, ("before", "after"), "size of a head's query (root mean square)"),
        curves(
            "A score, when the query grows",
            [
                Line("as it is here", scales, [abs(score) for score in scores]),
                Line("without a norm", scales, [abs(score) for score in plain]),
            ],
            "the query, times",
            "size of its score with a key",
            log="xy",
        ),
    ]
