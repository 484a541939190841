"""The root by the math module, and the configuration kept."""

import math


class ScaledBlock(Block):
    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.config = config
        self.attn_scale = 1 / math.sqrt(2 * config.n_layer)
