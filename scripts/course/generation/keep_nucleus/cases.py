"""What generation.keep_nucleus is asked."""

import math

import torch
from torch import Tensor

from scripts.course.generation.shared import (
    NUCLEUS,
    eighths,
    keeping_case,
    spread_out,
)
from scripts.workshop.check.cases import draw


def half_ruled_out() -> Tensor:
    return draw(4, 11).masked_fill(draw(4, 11, seed=1) < 0, -math.inf).softmax(dim=-1)


keeping_case(NUCLEUS, "top_p = 0.7", spread_out, 0.7)


keeping_case(NUCLEUS, "top_p = 0.95", spread_out, 0.95)


keeping_case(NUCLEUS, "top_p so small that only the likeliest stays", spread_out, 0.01)


keeping_case(NUCLEUS, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.6)


keeping_case(NUCLEUS, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.6)


keeping_case(NUCLEUS, "exactly half, which the likeliest has already", eighths, 0.5, in_order=True)


keeping_case(NUCLEUS, "exactly three quarters, which the two likeliest have", eighths, 0.75)


keeping_case(NUCLEUS, "a little more than the two likeliest have", eighths, 0.76, in_order=True)


keeping_case(NUCLEUS, "a little less than the two likeliest have", eighths, 0.74)


keeping_case(NUCLEUS, "top_p = 1", eighths, 1.0)


keeping_case(NUCLEUS, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 0.5, in_order=True)


keeping_case(NUCLEUS, "tokens that are ruled out already", half_ruled_out, 0.8)


keeping_case(NUCLEUS, "bfloat16 probabilities", eighths, 0.75, dtype=torch.bfloat16)
