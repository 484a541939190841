"""Biases in some linear layers and not in others: those of queries, keys and values alone, say."""

import torch
from torch import nn

from reference.config import GPTConfig

from .registry import REFINEMENTS


def choose_biases(block: nn.Module, config: GPTConfig, biases: str) -> None:
    """A bias, zeros at first, in every linear layer of a block whose name is one of `biases`, and in no other.
    Raises `ValueError` where there is no layer of such a name.

    Qwen 2 (arXiv:2407.10671), section 2.2: queries, keys and values, for longer texts; Su 2023, kexue.fm/archives/9577.
    """
    names = biases.split(",")
    layers = {name: layer for name, layer in block.named_modules() if isinstance(layer, nn.Linear)}
    known = dict.fromkeys(name.rpartition(".")[2] for name in layers)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"biases = {biases!r}: no linear layer is called {unknown[0]}; {', '.join(known)} are")
    for name, layer in layers.items():
        wanted = name.rpartition(".")[2] in names
        layer.register_parameter("bias", nn.Parameter(torch.zeros(layer.out_features)) if wanted else None)


REFINEMENTS["biases"] = choose_biases
