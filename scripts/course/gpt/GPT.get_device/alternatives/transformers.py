"""As transformers writes it (modeling_llama.py), with the names used here."""

from torch import nn


class GPT(nn.Module):
    def get_device(self):
        return next(param.device for param in self.parameters())
