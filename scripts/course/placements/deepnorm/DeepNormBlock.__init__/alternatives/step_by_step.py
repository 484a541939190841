"""Every value with a name of its own, and the branch in front of the residual."""

import math


class DeepNormBlock(Block):
    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.alpha = math.sqrt(math.sqrt(2 * config.n_layer))
