"""What feed_forwards.xielu.XIELU.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome


def bent(package, x):
    module = fill(package.feed_forwards.xielu.XIELU())
    return outcome(module, x, module=module)


case("inputs of both signs")(lambda package: bent(package, draw(2, 3, 8)))
case("large inputs of both signs")(lambda package: bent(package, 8 * draw(3, 8)))
case("small inputs")(lambda package: bent(package, draw(3, 8) / 64))
case("inputs far from zero, on both sides")(lambda package: bent(package, torch.tensor([-200.0, -95.0, 95.0, 200.0])))


@case("another slope at zero")
def steeper(package):
    module = fill(package.feed_forwards.xielu.XIELU())
    module.beta.fill_(0.75)
    return outcome(module, draw(2, 3, 8), module=module)


@case("bfloat16 inputs and weights", dtype=torch.bfloat16)
def narrow(package):
    return {"the result": fill(package.feed_forwards.xielu.XIELU())(draw(4, 64)).detach()}


@case("bfloat16 inputs, weights in float32, as under autocast")
def mixed(package):
    result = fill(package.feed_forwards.xielu.XIELU())(draw(4, 8).bfloat16())
    return {"the dtype of the result": str(result.dtype)}
