"""What concerns all layers together: keys that they share, a loop that they are in, settings that none reads."""

from typing import Any

from reference.config import GPTConfig

from ..attentions.settings_read import refuse_unread


def connect(positions: Any, config: GPTConfig) -> None:
    """Have the contexts that `positions` returns connect the layers as the configuration asks. Raises `ValueError`."""
    refuse_unread(config)
    if "shared" in config.in_turn(config.attention_type):
        from .shared_keys import share_keys

        share_keys(positions, config)
    if config.n_loop > 1:
        from ..placements.looped import loop_positions

        loop_positions(positions, config)
