"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`; the head made first."""

from torch import nn

from reference.config import choose

from .initialization import INITS


class GPT(nn.Module):
    def init_weights(self):
        if self.config.init == "nanochat":
            for module in self.modules():
                self._init_weights(module)
            for name, parameter in self.named_parameters():
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    parameter.data.zero_()
            if self.lm_head.weight is not self.token_embedding.weight:
                self.lm_head.weight.data.zero_()
        else:
            choose(INITS, "init", self.config.init)(self)
