"""Cases for feed_forwards/deepseek_moe.py."""

import torch

from scripts.workshop.check.cases import fill, small

MIXTURE = {
    "n_expert": 8,
    "num_experts_per_tok": 3,
    "n_group": 4,
    "topk_group": 2,
    "expert_hidden": 10,
    "n_shared_expert": 2,
    "activation": "silu",
    "routed_scaling_factor": 2.5,
    "bias_update_speed": 0.125,
}
BIAS = [0.75, -0.5, 0.25, -1.25, 0.0, 0.5, -0.25, 0.125]  # so large that it decides who is chosen


def mixture(package, **changes):
    module = fill(package.feed_forwards.deepseek_moe.DeepSeekMoE(small(**MIXTURE | changes)))
    module.correction_bias.copy_(torch.tensor(BIAS[: len(module.experts)]))
    return module
