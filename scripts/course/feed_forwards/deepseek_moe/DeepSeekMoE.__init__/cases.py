"""What feed_forwards.deepseek_moe.DeepSeekMoE.__init__ is asked."""

import torch

from scripts.course.feed_forwards.deepseek_moe.shared import MIXTURE, mixture
from scripts.workshop.check.cases import attributes, case, draw, outcome, parameters, small

KEPT = (
    "num_experts_per_tok",
    "n_group",
    "topk_group",
    "norm_topk_prob",
    "routed_scaling_factor",
    "bias_update_speed",
)


def made(package, **changes) -> dict:
    module = package.feed_forwards.deepseek_moe.DeepSeekMoE(small(**MIXTURE | changes))
    bias = module.correction_bias
    return {
        "the parameters": parameters(module),
        "the state": {name: tuple(value.shape) for name, value in module.state_dict().items()},
        "the attributes": attributes(module, *KEPT),
        "the kinds of expert": [type(expert).__name__ for expert in (*module.experts, module.shared_expert)],
        "the correction bias": bias.double(),
        "it is at least float32": torch.finfo(bias.dtype).bits >= 32,
        "it has a gradient": bias.requires_grad,
    }


case("eight experts and a shared one as wide as two")(made)


case("biases, another number of groups, weights that are not divided")(
    lambda package: made(package, bias=True, n_group=2, topk_group=1, norm_topk_prob=False, num_experts_per_tok=2)
)


case("no shared expert, other numbers")(
    lambda package: made(package, n_shared_expert=0, n_expert=6, n_group=3, topk_group=3, bias_update_speed=0.25)
)


case("experts as wide as config.ffn_hidden says")(lambda package: made(package, expert_hidden=None, ffn_hidden=14))


case("experts of the width that a gated MLP has by itself")(
    lambda package: made(package, expert_hidden=None, n_shared_expert=3)
)


case("experts of their own width beside another for dense layers")(lambda package: made(package, ffn_hidden=14))


case("bfloat16", dtype=torch.bfloat16)(made)


@case("ten tokens to look at")
def looked_at(package):
    module = mixture(package)
    return outcome(module.eval(), draw(2, 5, 24), module=module.shared_expert)
