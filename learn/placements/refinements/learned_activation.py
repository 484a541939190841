"""Activations with weights: every feed-forward gets one of its own."""

from torch import nn

from reference.config import GPTConfig

from .registry import REFINEMENTS


def make_activations(block: nn.Module, config: GPTConfig, activation: str) -> None:
    """Where the entry of ACTIVATIONS is a class and no function, an instance of it for each feed-forward."""
    for part in list(block.modules()):
        if isinstance(made := getattr(part, "activation", None), type):
            part.activation = made()


REFINEMENTS["activation"] = make_activations
