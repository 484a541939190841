"""As nanochat writes it (nanochat/gpt.py, November 2025), with the names used here."""

from torch import nn


class GPT(nn.Module):
    def get_device(self):
        return self.embedding.token_embedding.weight.device
