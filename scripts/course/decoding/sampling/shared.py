"""Helpers for the cases of decoding/sampling.py."""

import torch
from torch import Tensor

from scripts.workshop.check.cases import case_of, draw

TOP_P, MIN_P = "decoding.sampling.top_p_filter", "decoding.sampling.min_p_filter"

# Halves, quarters and eighths: their sums are exact in every dtype.
EIGHTHS = [[0.125, 0.5, 0.125, 0.25], [0.25, 0.125, 0.5, 0.125], [0.0, 0.0, 1.0, 0.0], [0.125, 0.25, 0.0, 0.625]]


def filter_case(piece: str, about: str, p, limit: float, dtype: torch.dtype = torch.float32, in_order: bool = False):
    """in_order: which of several equally likely tokens are kept is left open."""

    @case_of(piece, about, dtype)
    def filtering(package):
        given = p()
        before = given.clone()
        result = getattr(package.decoding.sampling, piece.rpartition(".")[2])(given, limit)
        return {
            "the result": result.sort(dim=-1).values if in_order else result,
            "the probabilities are unchanged": torch.equal(given, before),
        }


def eighths() -> Tensor:
    return torch.tensor(EIGHTHS)


def random_rows() -> Tensor:
    return (1.5 * draw(4, 11)).softmax(dim=-1)
