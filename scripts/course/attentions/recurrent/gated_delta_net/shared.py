"""Cases for gated_delta_net.py."""

from typing import Any

from torch import nn

from scripts.workshop.check.cases import fill, small

# Two value heads for each key head, no two sizes alike.
SIZES = {
    "attention_type": "delta",
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 3,
    "linear_value_head_dim": 5,
    "linear_conv_kernel_dim": 3,
}


def layer(package: Any, **changes: Any) -> nn.Module:
    return fill(package.attentions.recurrent.gated_delta_net.GatedDeltaNet(small(**SIZES | changes), 0))
