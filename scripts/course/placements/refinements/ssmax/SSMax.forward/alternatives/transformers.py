"""As Mistral Large 4's in transformers, for positions of both shapes."""

from torch import nn


class SSMax(nn.Module):
    def forward(self, query, position):
        log_pos = (position + 1).float().log()
        log_pos, scale, bias = (x.to(query.dtype) for x in (log_pos, self.scale, self.bias))
        scale = scale[None, :] * log_pos.unsqueeze(-1) + bias[None, :]
        return query * scale.unsqueeze(-1)
