"""A gate for every head: a token says how much of each head's output it takes."""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from ...debug import debug
from .registry import REFINEMENTS


def sigmoid(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""1 / (1 + exp(-x)): so much of a head is let through, from nothing to all. Qiu et al. 2025 (arXiv:2505.06708)."""
    return torch.sigmoid(x)


def softplus(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""ln(1 + exp(x)): above zero, and without an upper end: a head may also be made louder. Laguna."""
    return F.softplus(x)


HEAD_GATES: dict[str, Callable[[Tensor], Tensor]] = {"sigmoid": sigmoid, "softplus": softplus}


def gate_heads(
    activation: Callable[[Tensor], Tensor],
    layer: nn.Module,
    y: Float[Tensor, "B T HD"],
    x: Float[Tensor, "B T C"],
) -> Float[Tensor, "B T HD"]:
    r"""y[h] * activation(layer.head_gate_proj(x))[h], for every head h: one factor for all of its elements.

    y: the heads' outputs, concatenated; x: what this attention reads. The factors, (B, T, H), are computed in float32
    at least; the result is in the dtype of y.

    Qiu et al. 2025 (arXiv:2505.06708), headwise; softplus: Laguna.
    """
    debug("gate_heads", activation=activation, layer=layer, y=y, x=x)
    # Compute a factor for every head, from what attention reads, in float32 at least.
    # Scale each head's output by its own, and concatenate the heads again.
    raise NotImplementedError("TODO: multiply each head's output by one factor, an activation of a projection of x")


def give_heads_gates(block: nn.Module, config: GPTConfig, name: str) -> None:
    """The slot for the gate, filled with this one. Raises `ValueError` where it is taken."""
    activation = lookup(HEAD_GATES, "head_gate", name)
    if config.attention_gate:
        raise ValueError(f"head_gate = {name!r} with attention_gate = True: no attention has two gates; leave out one")
    block.attn.head_gate_proj = nn.Linear(config.n_embd, config.n_head, bias=config.bias)
    block.attn.gate = partial(gate_heads, activation)


REFINEMENTS["head_gate"] = give_heads_gates
