"""What placements.streams.embedded_values.EmbeddedValues.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, fill, outcome, small


def added(package, embedded: torch.Tensor, heads: int = 2, std: float = 0.5) -> dict:
    module = fill(package.placements.streams.embedded_values.EmbeddedValues(small(n_kv_head=heads)), std)
    x = draw(*embedded.shape[:2], 24, seed=1).requires_grad_()
    report = outcome(lambda embedded: module(x, embedded), embedded, module=module)
    return report | {"the gradient to x": x.grad}


case("two key/value heads")(lambda package: added(package, draw(2, 5, 12)))


case("four key/value heads, as many as it has queries")(lambda package: added(package, draw(1, 3, 24), heads=4))


case("gates that are wide open, or closed")(lambda package: added(package, draw(2, 5, 12), std=4.0))


@case("float32 embeddings, where attention reads bfloat16", dtype=torch.bfloat16)
def narrow(package):
    return {"the dtype": bfloat16_dtype(added(package, draw(2, 5, 12).float()))["the dtype"]}
