"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

from torch import nn

from .initialization import INITS


class GPT(nn.Module):
    def init_weights(self):
        if self.config.init in INITS:
            INITS[self.config.init](self)
        elif self.config.init == "nanochat":
            # The layers that shall be zero are not drawn at all.
            last = ("o_proj", "down_proj") if self.config.weight_tying else ("lm_head", "o_proj", "down_proj")
            for name, module in self.named_modules():
                if name.split(".")[-1] not in last:
                    GPT._init_weights(module)
            for name, module in self.named_modules():
                if name.split(".")[-1] in last:
                    nn.init.constant_(module.weight, 0.0)
                    if module.bias is not None:
                        nn.init.constant_(module.bias, 0.0)
        else:
            raise ValueError(self.config.init)
