"""Cases for normalizations/rms.py."""

import operator

import torch

from scripts.workshop.check.cases import case_of


def rounding_case(norm: str, weight: list[float]) -> None:
    """Vectors of length 3 times the root of 8: many of their normed elements are no bfloat16, but most of those times
    the factor are. So it shows which of the two is rounded."""

    @case_of(f"{norm}.forward", "bfloat16 numbers that show what is rounded, and when", dtype=torch.bfloat16)
    def rounded(package):
        module = operator.attrgetter(norm)(package)(8, 1e-6)
        with torch.no_grad():
            module.weight.copy_(torch.tensor(weight))
            # As a list: here every digit counts.
            return {"the result": module(torch.tensor([-1.0, -7.0, -3.0, 1.0, 1.0, 1.0, 1.0, 3.0])).tolist()}
