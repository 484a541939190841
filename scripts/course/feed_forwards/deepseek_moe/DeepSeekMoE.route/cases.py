"""What feed_forwards.deepseek_moe.DeepSeekMoE.route is asked."""

import torch

from scripts.course.feed_forwards.deepseek_moe.shared import mixture
from scripts.workshop.check.cases import case, draw, outcome


def routed(package, sureness: float = 1.0, **changes) -> dict:
    """The weights as a row for each token, with zeros for all that it did not choose: in whichever order they came."""
    module = mixture(package, **changes)
    with torch.no_grad():
        module.router.weight *= sureness
    kinds = []

    def dense(tokens):
        weight, chosen = module.route(tokens)
        kinds[:] = [str(weight.dtype), str(chosen.dtype), tuple(chosen.shape)]
        return torch.zeros(len(tokens), len(module.experts), dtype=weight.dtype).scatter(-1, chosen, weight)

    report = outcome(dense, draw(9, 24), module=module.router)
    return report | {"dtypes and shape": kinds, "the correction bias after the call": module.correction_bias.clone()}


case("three of eight experts, from two of four groups")(lambda package: routed(package))


case("three of eight experts, no groups")(lambda package: routed(package, n_group=1, topk_group=1))


case("three of eight experts, from one of two groups")(lambda package: routed(package, n_group=2, topk_group=1))


case("weights that are not divided by their sum")(lambda package: routed(package, norm_topk_prob=False))


case("a single expert to a token, and no scaling")(
    lambda package: routed(package, num_experts_per_tok=1, routed_scaling_factor=1.0)
)


case("a router that is very sure: some scores are as good as zero")(lambda package: routed(package, sureness=16.0))


case("bfloat16 weights and tokens", dtype=torch.bfloat16)(lambda package: routed(package, sureness=4.0))


@case("bfloat16 by autocast")
def under_autocast(package):
    with torch.autocast("cpu", torch.bfloat16):
        return routed(package)
