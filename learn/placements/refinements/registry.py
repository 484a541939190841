"""The registry of refinements, and how a linear layer is replaced by another kind of it."""

from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from reference.config import GPTConfig

# By the field that asks for it: a function of a block, which it changes, of the configuration, and of the value.
REFINEMENTS: dict[str, Callable[[nn.Module, GPTConfig, Any], None]] = {}


def linear_layers(block: nn.Module, names: tuple[str, ...]) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    """Every linear layer with one of these names in a block: the module that it is a part of, its name, itself."""
    for part in list(block.modules()):
        for name, layer in list(part.named_children()):
            if isinstance(layer, nn.Linear) and name in names:
                yield part, name, layer


def replace_linear(block: nn.Module, names: tuple[str, ...], field: str, kind: Callable[..., nn.Linear]) -> None:
    """Put another kind of linear layer in the place of those with these names. kind: makes it of the sizes, and of
    whether there is a bias. Raises `ValueError` where another refinement has done so already."""
    for part, name, layer in linear_layers(block, names):
        if type(layer) is not nn.Linear:
            raise ValueError(f"{field}: {name} is a {type(layer).__name__} already, and no public model has both")
        setattr(part, name, kind(layer.in_features, layer.out_features, bias=layer.bias is not None))
