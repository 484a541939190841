"""What decoding.sampling.top_p_filter is asked. Never with a top_p that a cumulative sum reaches exactly: whether one
more token is kept then is left open."""

import math

import torch
from torch import Tensor

from scripts.course.decoding.sampling.shared import TOP_P, eighths, filter_case, random_rows
from scripts.workshop.check.cases import draw


def half_filtered_out() -> Tensor:
    return draw(4, 11).masked_fill(draw(4, 11, seed=1) < 0, -math.inf).softmax(dim=-1)


filter_case(TOP_P, "top_p = 0.7", random_rows, 0.7)


filter_case(TOP_P, "top_p = 0.95", random_rows, 0.95)


filter_case(TOP_P, "top_p so small that only the most likely token is kept", random_rows, 0.01)


filter_case(TOP_P, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.6)


filter_case(TOP_P, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.6)


filter_case(TOP_P, "a little less than the most likely token has", eighths, 0.49, in_order=True)


filter_case(TOP_P, "a little more than the most likely token has", eighths, 0.51)


filter_case(TOP_P, "a little more than the two most likely tokens have", eighths, 0.76, in_order=True)


filter_case(TOP_P, "a little less than the two most likely tokens have", eighths, 0.74)


filter_case(TOP_P, "top_p = 1", eighths, 1.0)


filter_case(TOP_P, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 0.45, in_order=True)


filter_case(TOP_P, "tokens that have probability 0 already", half_filtered_out, 0.8)


filter_case(TOP_P, "bfloat16 probabilities", eighths, 0.7, dtype=torch.bfloat16)
