"""Cases for blocks.py."""

from dataclasses import replace

import torch

from . import SMALL, attributes, case, draw, fill, outcome, parameters, rotary_tables


def pass_through(package, x: torch.Tensor) -> dict:
    module = fill(package.blocks.Block(SMALL))
    context = package.positions.Context(*rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


@case("blocks.Block.__init__", "another width and another eps")
def other_init(package):
    module = package.blocks.Block(replace(SMALL, n_embd=16, norm_eps=0.5))
    return {"the parameters": parameters(module), "the attributes": attributes(module, "norm_eps")}


@case("blocks.Block.__init__", "two query heads to a key/value head")
def init(package):
    module = package.blocks.Block(SMALL)
    report = {"the parameters": parameters(module), "the attributes": attributes(module, "norm_eps")}
    return report | pass_through(package, draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "an ordinary residual stream")
def ordinary(package):
    return pass_through(package, draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "a residual stream that has grown large")
def large(package):
    return pass_through(package, 20 * draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "a residual stream so small that eps counts")
def small(package):
    return pass_through(package, draw(2, 5, SMALL.n_embd) / 16)
