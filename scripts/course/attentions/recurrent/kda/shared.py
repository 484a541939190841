"""Cases for kda.py."""

from typing import Any

from torch import Tensor, nn

from scripts.course.attentions.recurrent.shared import delta_entries
from scripts.workshop.check.cases import draw, fill, small

# Heads that are not as wide as the stream, no two sizes alike.
SIZES = {
    "attention_type": "kda",
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 5,
    "linear_conv_kernel_dim": 3,
}


def channel_entries(T: int, decay: float = 0.5, **options: Any) -> dict[str, Tensor]:
    """Entries for the delta rule with a decay for every channel of the keys."""
    given = delta_entries(T, **options)
    return given | {"log_decay": -decay * draw(*given["key"].shape, seed=7).abs()}


def layer(package: Any, **changes: Any) -> nn.Module:
    return fill(package.attentions.recurrent.kda.KimiDeltaAttention(small(**SIZES | changes), 0))
