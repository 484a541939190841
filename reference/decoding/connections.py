"""What layers have to do with each other besides the stream: keys that they share, or a loop that they are in."""

from typing import Any

from reference.config import GPTConfig


def connect(positions: Any, config: GPTConfig) -> None:
    """Have the contexts that `positions` returns connect the layers as the configuration asks. Raises `ValueError`."""
    if "shared" in config.in_turn(config.attention_type):
        from .shared_keys import share_keys

        share_keys(positions, config)
    if config.n_loop > 1:
        from ..placements.looped import loop_positions

        loop_positions(positions, config)
