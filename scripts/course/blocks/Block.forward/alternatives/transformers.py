"""As transformers: the residual kept beside, the context by its name."""

from torch import nn


class Block(nn.Module):
    def forward(self, x, context):
        residual = x
        hidden_states = self.attn_norm(x)
        hidden_states = self.attn(hidden_states, context=context)
        hidden_states = residual + hidden_states
        residual = hidden_states
        hidden_states = self.mlp_norm(hidden_states)
        hidden_states = self.mlp(hidden_states)
        return residual + hidden_states
