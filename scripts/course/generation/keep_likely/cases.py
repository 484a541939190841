"""What generation.keep_likely is asked."""

import torch

from scripts.course.generation.shared import LIKELY, eighths, keeping_case, spread_out
from scripts.workshop.check.cases import draw

keeping_case(LIKELY, "min_p = 0.1", spread_out, 0.1)


keeping_case(LIKELY, "min_p = 0.5", spread_out, 0.5)


keeping_case(LIKELY, "min_p so small that all stay", spread_out, 1e-6)


keeping_case(LIKELY, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.3)


keeping_case(LIKELY, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.3)


keeping_case(LIKELY, "tokens that are exactly half as likely", eighths, 0.5)


keeping_case(LIKELY, "tokens that are exactly a quarter as likely", eighths, 0.25)


keeping_case(LIKELY, "tokens that are hardly likely enough", eighths, 0.26)


keeping_case(LIKELY, "min_p = 1", eighths, 1.0)


keeping_case(LIKELY, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 1.0)


keeping_case(LIKELY, "bfloat16 probabilities", eighths, 0.5, dtype=torch.bfloat16)
