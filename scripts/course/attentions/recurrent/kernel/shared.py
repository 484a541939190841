"""Cases for kernel.py."""

from typing import Any

from torch import nn

from scripts.workshop.check.cases import fill, small


def layer(package: Any, **changes: Any) -> nn.Module:
    return fill(package.attentions.recurrent.kernel.LinearAttention(small(head_dim=5, **changes), 0))
