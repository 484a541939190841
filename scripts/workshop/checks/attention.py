"""Cases for attention.py."""

from dataclasses import replace

import torch

from . import SMALL, attributes, case, draw, fill, outcome, parameters, rotary_tables

INIT, FORWARD = "attention.CausalSelfAttention.__init__", "attention.CausalSelfAttention.forward"


def attend(package, config, length: int, spread: float = 0.5) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = package.positions.Context(*rotary_tables(length))
    return outcome(lambda x: module(x, context), draw(2, length, config.n_embd), module=module)


def created(package, config) -> dict:
    module = package.attention.CausalSelfAttention(config)
    sizes = attributes(module, "n_head", "n_kv_head", "head_dim", "norm_eps")
    return {"the parameters": parameters(module), "the attributes": sizes}


@case(INIT, "two query heads to a key/value head")
def grouped_init(package):
    return created(package, SMALL)


@case(INIT, "a key/value head for every query head")
def multi_head_init(package):
    return created(package, replace(SMALL, n_kv_head=4))


@case(INIT, "five tokens to look at")
def init_and_forward(package):
    return attend(package, SMALL, length=5)


@case(FORWARD, "two query heads to a key/value head")
def grouped(package):
    return attend(package, SMALL, length=7)


@case(FORWARD, "a key/value head for every query head")
def multi_head(package):
    return attend(package, replace(SMALL, n_kv_head=4), length=5)


@case(FORWARD, "one key/value head for all")
def multi_query(package):
    return attend(package, replace(SMALL, n_kv_head=1), length=5)


@case(FORWARD, "a single token")
def single(package):
    report = attend(package, SMALL, length=1)
    # One token's weight is one, whatever its score: these two gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be. Torch's fused attention makes some, the reference makes none.
    del report["the gradient to q_proj.weight"], report["the gradient to k_proj.weight"]
    return report


@case(FORWARD, "as many tokens as heads")
def square(package):
    return attend(package, SMALL, length=4)


@case(FORWARD, "sequences of different lengths, one after the other")
def lengths(package):
    module, Context = fill(package.attention.CausalSelfAttention(SMALL)), package.positions.Context
    return {
        f"the result for {T} tokens": module(draw(2, T, SMALL.n_embd), Context(*rotary_tables(T))).detach()
        for T in (3, 6, 2)
    }


@case(FORWARD, "weights so small that eps counts in the QK norm")
def small_weights(package):
    return attend(package, SMALL, length=5, spread=1 / 32)


@case(FORWARD, "bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = fill(package.attention.CausalSelfAttention(SMALL))
    context = package.positions.Context(*rotary_tables(5))
    return {"the result": module(draw(2, 5, SMALL.n_embd), context).detach()}
