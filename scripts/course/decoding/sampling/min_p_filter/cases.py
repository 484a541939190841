"""What decoding.sampling.min_p_filter is asked."""

import torch

from scripts.course.decoding.sampling.shared import MIN_P, eighths, filter_case, random_rows
from scripts.workshop.check.cases import draw

filter_case(MIN_P, "min_p = 0.1", random_rows, 0.1)


filter_case(MIN_P, "min_p = 0.5", random_rows, 0.5)


filter_case(MIN_P, "min_p so small that all tokens are kept", random_rows, 1e-6)


filter_case(MIN_P, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.3)


filter_case(MIN_P, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.3)


filter_case(MIN_P, "tokens exactly half as likely as the most likely one", eighths, 0.5)


filter_case(MIN_P, "tokens exactly a quarter as likely as the most likely one", eighths, 0.25)


filter_case(MIN_P, "tokens just below the threshold", eighths, 0.26)


filter_case(MIN_P, "min_p = 1", eighths, 1.0)


filter_case(MIN_P, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 1.0)


filter_case(MIN_P, "bfloat16 probabilities", eighths, 0.5, dtype=torch.bfloat16)
