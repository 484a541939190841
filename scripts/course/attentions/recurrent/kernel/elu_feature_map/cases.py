"""What attentions.recurrent.kernel.elu_feature_map is asked."""

import torch
from torch import Tensor

from scripts.workshop.check.cases import case, draw, outcome


def mapped(package, x: Tensor) -> dict:
    return outcome(package.attentions.recurrent.kernel.elu_feature_map, x)


case("ordinary numbers")(lambda package: mapped(package, 2 * draw(2, 3, 5)))


# e^200 has no float32: where it is not wanted, it must not reach the gradient either.
case("large numbers of both signs, and zero")(
    lambda package: mapped(package, torch.tensor([-200.0, -20.0, -1.0, 0.0, 1.0, 20.0, 200.0]))
)


@case("bfloat16 numbers", dtype=torch.bfloat16)
def bfloat16(package):
    found = mapped(package, torch.tensor([-8.0, -3.0, 0.5, 3.0]))["the result"]
    # In bfloat16 the first would be 0.
    return {"the dtype": str(found.dtype), "whether all are positive": bool((found > 0).all())}
