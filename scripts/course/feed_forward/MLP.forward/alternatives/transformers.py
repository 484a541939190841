"""As transformers writes it: the layers around a function of the activation."""

import torch
from torch import nn


def act_fn(hidden_states):
    return torch.square(nn.functional.relu(hidden_states))


class MLP(nn.Module):
    def forward(self, hidden_states):
        return self.down_proj(act_fn(self.up_proj(hidden_states)))
