"""Cases for blocks.py."""

from dataclasses import replace

import torch

from . import SMALL, case, draw, fill, outcome, parameters, rotary_tables


def pass_through(package, x: torch.Tensor) -> dict:
    # Norms with weights, so that it shows which norm is used where.
    module = fill(package.blocks.Block(replace(SMALL, normalization="rmsnorm")))
    context = package.positions.Context(*rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


@case("blocks.Block.__init__", "another width, and norms with weights")
def other_init(package):
    module = package.blocks.Block(replace(SMALL, n_embd=16, normalization="layernorm", norm_eps=0.5))
    return {"the parameters": parameters(module), "the eps of both norms": [module.attn_norm.eps, module.mlp_norm.eps]}


@case("blocks.Block.__init__", "two query heads to a key/value head")
def init(package):
    module = package.blocks.Block(SMALL)
    return {"the parameters": parameters(module)} | pass_through(package, draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "an ordinary residual stream")
def ordinary(package):
    return pass_through(package, draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "a residual stream that has grown large")
def large(package):
    return pass_through(package, 20 * draw(2, 5, SMALL.n_embd))


@case("blocks.Block.forward", "a residual stream so small that eps counts")
def small(package):
    return pass_through(package, draw(2, 5, SMALL.n_embd) / 16)
