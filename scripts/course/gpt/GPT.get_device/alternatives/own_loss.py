"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

from torch import nn


class GPT(nn.Module):
    def get_device(self):
        return self.blocks[-1].attn.o_proj.weight.device
