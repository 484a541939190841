"""What placements.refinements.head_gate.gate_heads is asked."""

import torch
from torch import nn
from torch.nn import functional as F

from scripts.workshop.check.cases import case, draw, fill, outcome


def gated(package, activation, B: int, T: int, H: int, D: int, bias: bool = False, swapped: bool = False) -> dict:
    layer = nn.Module()
    layer.head_gate_proj = nn.Linear(7, H, bias=bias)
    fill(layer)
    y, x = draw(B, T, H * D), draw(B, T, 7, seed=1)
    gate = package.placements.refinements.head_gate.gate_heads
    if swapped:
        return outcome(lambda x, y: gate(activation, layer, y, x), x, y)
    return outcome(lambda y, x: gate(activation, layer, y, x), y, x, module=layer)


@case("sigmoid gates, and a bias")
def sigmoid(package):
    return gated(package, torch.sigmoid, 2, 5, H=4, D=6, bias=True)


@case("softplus gates")
def softplus(package):
    return gated(package, F.softplus, 2, 5, H=4, D=6)


@case("as many sequences and tokens as heads, and as many heads as elements of each")
def square(package):
    return gated(package, torch.sigmoid, 4, 4, H=4, D=4)


@case("an eye on the gradient to x")
def gradient_to_x(package):
    return gated(package, F.softplus, 1, 3, H=3, D=2, swapped=True)


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": gated(package, torch.sigmoid, 2, 5, H=4, D=6)["the result"]}
