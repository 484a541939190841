"""As DeepSeek's modules: one linear map, then slices."""

import torch.nn.functional as F


class ManifoldConnection(nn.Module):
    def forward(self, streams):
        n = self.n_stream
        x = streams.flatten(2)
        x = x.to(torch.promote_types(x.dtype, torch.float32))
        x = F.rms_norm(x, (x.size(-1),), eps=self.norm_eps)
        x = F.linear(x, self.weight.to(x.dtype))
        scale, bias = self.scale.to(x.dtype), self.bias.to(x.dtype)
        pre = torch.sigmoid(x[..., :n] * scale[0] + bias[:n]) + EPS
        post = torch.sigmoid(x[..., n : 2 * n] * scale[1] + bias[n : 2 * n]) * 2
        comb = (x[..., 2 * n :] * scale[2] + bias[2 * n :]).view(*x.shape[:2], n, n)
        return pre, post, sinkhorn(comb, self.iters)
