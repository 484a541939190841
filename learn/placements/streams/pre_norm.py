"""What all blocks with several residual streams are made from."""

from reference.config import GPTConfig

from ...blocks import Block


class StreamBlock(Block):
    """The parts of a pre-norm block, for several residual streams. Raises `ValueError` where the configuration asks for
    another placement of the norms."""

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        for field, value in (("norm_position", "pre"), ("post_norm", False), ("attn_scale", False)):
            if (given := getattr(config, field)) != value:
                raise ValueError(
                    f"residual_stream = {config.residual_stream!r} with {field} = {given!r}: it goes with {value!r} "
                    "alone"
                )
