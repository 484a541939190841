"""What all blocks with several residual streams are made from."""

from reference.config import GPTConfig

from ...blocks import Block


class StreamBlock(Block):
    """The parts of a pre-norm block, for several residual streams. Raises `ValueError` where the configuration asks for
    another placement of the norms."""

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        if config.norm_position != "pre" or config.post_norm or config.attn_scale:
            raise ValueError(
                f"residual_stream = {config.residual_stream!r} with norm_position = {config.norm_position!r}, "
                f"post_norm = {config.post_norm} and attn_scale = {config.attn_scale}: it goes with 'pre' alone"
            )
