"""What attentions.recurrent.lightning.decay_rates is asked."""

import torch

from scripts.workshop.check.cases import case


def rates(package, n_head: int, layer: int, n_layer: int) -> dict:
    return {"the rates": package.attentions.recurrent.lightning.decay_rates(n_head, layer, n_layer)}


case("the first layer of three")(lambda package: rates(package, 4, 0, 3))


case("the middle layer of three, and six heads")(lambda package: rates(package, 6, 1, 3))


case("the last layer")(lambda package: rates(package, 4, 2, 3))


case("the only layer")(lambda package: rates(package, 2, 0, 1))


case("bfloat16 as torch's default", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(package.attentions.recurrent.lightning.decay_rates(4, 1, 3).dtype)}
)
