"""The modules by torch's own functions; nothing of the file that this goes into is used."""

import torch
from torch import nn
from torch.nn import functional as F


def layer_norm(x, eps):
    return F.layer_norm(x, x.shape[-1:], eps=eps)


def soft_cap(x, cap):
    y = nn.Tanh()(x.div(cap))
    return y.mul_(cap) if not y.requires_grad else y.mul(cap)


class LayerNorm(nn.Module):
    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * self.weight + self.bias


class LayerNormNoBias(nn.Module):
    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, eps=self.eps)


class LayerNormNoParam(nn.Module):
    def forward(self, x):
        deviation, mean = torch.std_mean(x.double(), dim=-1, correction=0, keepdim=True)
        return ((x - mean) / (deviation**2 + self.eps).sqrt()).to(x.dtype)


class RMSNorm(nn.Module):
    def forward(self, x):
        return self.weight * F.rms_norm(x, x.shape[-1:], eps=self.eps)


class RMSNormPlusOne(nn.Module):
    def forward(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        normed = F.rms_norm(x.to(wide), x.shape[-1:], eps=self.eps)
        return torch.addcmul(normed, normed, self.weight.to(wide)).to(x.dtype)


class DyT(nn.Module):
    def forward(self, x):
        return torch.addcmul(self.bias, x.mul(self.alpha).tanh(), self.weight)
