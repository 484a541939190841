"""What feed_forward.MLP.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome, small


@case("inputs of both signs")
def both_signs(package):
    mlp = fill(package.feed_forward.MLP(small()))
    return outcome(mlp, draw(2, 5, 24), module=mlp)


@case("an input of one token")
def single(package):
    mlp = fill(package.feed_forward.MLP(small()), std=1.0)
    return outcome(mlp, draw(1, 1, 24, seed=5), module=mlp)


@case("bfloat16 weights and inputs", torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(fill(package.feed_forward.MLP(small()))(draw(2, 5, 24)).dtype)}
