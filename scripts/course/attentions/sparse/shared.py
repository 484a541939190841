"""Cases for the files of attentions/sparse/."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from scripts.workshop.check.cases import fill, small


@torch.no_grad()
def values(function: Callable[..., Tensor], *inputs: Any) -> dict[str, Any]:
    """What comes of a function through which nothing learns, and what its inputs look like afterwards."""
    report = {"the result": function(*inputs)}
    return report | {f"input {n} after the call": each for n, each in enumerate(inputs, 1) if isinstance(each, Tensor)}


def apart(report: dict[str, Any]) -> dict[str, Any]:
    """The same report, in which what is infinite stands apart from what is a number."""
    chosen = report["the result"].isposinf()
    return report | {"the result": report["the result"].masked_fill(chosen, 0.0), "what is chosen always": chosen}


NSA = {"attention_type": "nsa", "nsa_compress_size": 3, "nsa_compress_stride": 2, "nsa_block_size": 3, "nsa_topk": 3}


def nsa_layer(package, **changes: Any):
    """A layer in which every branch reads something else: the small model's, with a window of seven."""
    return fill(package.attentions.sparse.nsa.NSAAttention(small(nsa_window=7, **NSA | changes), 0))
