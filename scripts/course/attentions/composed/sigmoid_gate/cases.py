"""What attentions.composed.sigmoid_gate is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome, small


def gated(package, *shape: int, size: float = 1.0, **changes) -> dict:
    config = small(attention_gate=True, **changes)
    layer = fill(package.attentions.composed.Attention(config, 0))
    x = size * draw(*shape, config.n_embd, seed=1)
    y = draw(*shape, config.n_head * config.head_dim)
    # Of the layer, only the gate's projection has a part in this.
    return outcome(lambda y, x: package.attentions.composed.sigmoid_gate(layer, y, x), y, x, module=layer.gate_proj)


@case("two sequences of five tokens")
def plain(package):
    return gated(package, 2, 5)


@case("a bias, and heads of another size than C/H")
def biased(package):
    return gated(package, 2, 5, bias=True, head_dim=10)


@case("a single token")
def single(package):
    return gated(package, 1, 1)


@case("gates that are nearly open or nearly closed")
def large(package):
    return gated(package, 2, 5, size=8.0)


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": gated(package, 2, 5)["the result"]}


@case("an eye on the gradient to x")
def gradient_to_x(package):
    config = small(attention_gate=True)
    layer = fill(package.attentions.composed.Attention(config, 0))
    y, x = draw(2, 5, config.n_head * config.head_dim), draw(2, 5, config.n_embd, seed=1)
    return outcome(lambda x, y: package.attentions.composed.sigmoid_gate(layer, y, x), x, y)
