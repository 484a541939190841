"""What attentions.recurrent.kda.KimiDeltaAttention.gates is asked."""

import torch

from scripts.course.attentions.recurrent.kda.shared import layer
from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def decayed(package, size: float = 1.0, **changes) -> dict:
    module = layer(package, **changes)
    report = ask(module.gates, {"x": size * draw(2, 3, 24, seed=1)})
    trained = ("A_log", "dt_bias", "f_a_proj.weight", "f_b_proj.weight", "b_proj.weight")
    return report | {f"the gradient to {name}": module.get_parameter(name).grad for name in trained}


case("ordinary tokens")(lambda package: decayed(package))


# The largest have no exponential in float32.
case("large tokens, and biases")(lambda package: decayed(package, size=64.0, bias=True))


case("as many channels in a head as heads")(
    lambda package: decayed(package, linear_num_key_heads=3, linear_key_head_dim=3)
)


case("bfloat16 weights and tokens", dtype=torch.bfloat16)(lambda package: decayed(package))
