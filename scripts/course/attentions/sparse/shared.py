"""Cases for the files of attentions/sparse/."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


@torch.no_grad()
def values(function: Callable[..., Tensor], *inputs: Any) -> dict[str, Any]:
    """What comes of a function through which nothing learns, and what its inputs look like afterwards."""
    report = {"the result": function(*inputs)}
    return report | {f"input {n} after the call": each for n, each in enumerate(inputs, 1) if isinstance(each, Tensor)}
