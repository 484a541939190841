"""What optimization.initialization.init_gpt2 is asked."""

import math

from scripts.course.optimization.initialization.shared import init_cases


def gpt2_sigma(config, name: str, weight) -> float | None:
    if weight.ndim == 1:
        return None
    return 0.02 / math.sqrt(2 * config.n_layer) if name.endswith((".o_proj.weight", ".down_proj.weight")) else 0.02


init_cases("init_gpt2", gpt2_sigma)
