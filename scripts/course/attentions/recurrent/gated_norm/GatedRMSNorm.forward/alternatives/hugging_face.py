"""As in transformers: everything in float32, step by step."""

import torch
from torch import nn
from torch.nn import functional as F


class GatedRMSNorm(nn.Module):
    def forward(self, hidden_states, gate):
        input_dtype = hidden_states.dtype
        wide = torch.promote_types(input_dtype, torch.float32)
        hidden_states = hidden_states.to(wide)
        variance = hidden_states.pow(2).mean(-1, keepdim=True)
        hidden_states = hidden_states * torch.rsqrt(variance + self.eps)
        hidden_states = self.weight * hidden_states.to(input_dtype)
        hidden_states = hidden_states * F.silu(gate.to(wide))
        return hidden_states.to(input_dtype)
