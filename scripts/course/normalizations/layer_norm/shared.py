"""Cases for normalizations/layer_norm.py."""

import operator

import torch

from scripts.workshop.check.cases import case_of, draw


def offset_case(piece: str, make) -> None:
    """bfloat16 numbers near 30 are an eighth apart: a mean that is rounded to one of them is off by half of what the
    elements are from each other."""

    @case_of(piece, "bfloat16 vectors far from zero: all elements near 30", dtype=torch.bfloat16)
    def offset(package):
        steps = draw(8, 64).round() + torch.arange(64) % 2
        return {"the result": make(operator.attrgetter(piece.removesuffix(".forward"))(package))(30 + steps / 8)}


def function_offset_case(piece: str) -> None:
    offset_case(piece, lambda function: lambda x: function(x, 1e-6))


def module_offset_case(norm: str) -> None:
    offset_case(f"{norm}.forward", lambda kind: lambda x: kind(64, 1e-6)(x).detach())
