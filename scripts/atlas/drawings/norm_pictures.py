"""Norms: a vector before and after, and what of the input the output still knows."""

from functools import partial

import torch
from torch import Tensor, nn

from reference.norms import RMSNormNoParam

from ..entries import SEED, Axis, Entry
from .svg import Line, Panel, bars, curves

CHANNELS, EPS = 16, 1e-6


def seen(module: nn.Module) -> nn.Module:
    """With weights between 0.2 and 0.8, the same in every norm: so one sees what they are for."""
    with torch.no_grad():
        for index, weight in enumerate(module.parameters()):
            weight.uniform_(0.2, 0.8, generator=torch.Generator().manual_seed(SEED + index))
    return module


def size(x: Tensor) -> float:
    return x.square().mean().sqrt().item()


def drawn_vector() -> Tensor:
    return 2.0 * torch.randn(CHANNELS, generator=torch.Generator().manual_seed(SEED)) + 1.0


@torch.no_grad()
def norm(entry: Entry, axis: Axis) -> list[Panel]:
    module = seen(entry.value(CHANNELS, EPS))
    x = drawn_vector()
    y = module(x)
    scales = [10 ** (power / 8) for power in range(-24, 25)]
    shifts = [step / 4 for step in range(33)]
    usual = size(y)
    return [
        bars(
            "A vector, before and after",
            [("", (before, after)) for before, after in zip(x.tolist(), y.tolist(), strict=True)],
            ("before", "after"),
            f"{CHANNELS} channels of one token",
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
