"""What optimization.initialization.init_deepnorm is asked."""

import math

from scripts.course.optimization.initialization.shared import init_cases


def deepnorm_sigma(config, name: str, weight) -> float | None:
    if weight.ndim == 1:
        return None
    if "embedding" in name:
        return config.n_embd**-0.5
    narrow = (".v_proj", ".v_up_proj", ".o_proj", ".up_proj", ".gate_proj", ".down_proj")
    gain = (8 * config.n_layer) ** -0.25 if name.removesuffix(".weight").endswith(narrow) else 1.0
    return gain * math.sqrt(2 / sum(weight.shape))


init_cases("init_deepnorm", deepnorm_sigma)
