"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is."""

import math

import torch
from torch import nn

from .norms import rms_norm
from .positions import apply_rotary


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, G, D = self.n_head, self.n_kv_head, self.head_dim
        query = rms_norm(apply_rotary(self.q_proj(x).reshape(B, T, H, D), *context), self.norm_eps)
        key = rms_norm(apply_rotary(self.k_proj(x).reshape(B, T, G, D), *context), self.norm_eps)
        value = self.v_proj(x).reshape(B, T, G, D)
        scores = torch.einsum("btgid,bsgd->bgits", query.view(B, T, G, H // G, D), key) / math.sqrt(D)
        position = torch.arange(T, device=x.device)
        lowest = torch.tensor(torch.finfo(scores.dtype).min)
        weights = torch.softmax(torch.where(position[None, :] > position[:, None], lowest, scores), dim=-1)
        return self.o_proj(torch.einsum("bgits,bsgd->btgid", weights, value).reshape(B, T, H * D))
