"""Einsums, and `torch.where` for the mask."""

import torch


def manual_attention(query, key, value, mask, scale):
    scores = torch.einsum("bhtd,bhsd->bhts", query * scale, key)
    scores = torch.where(mask, scores, torch.tensor(-torch.inf, dtype=scores.dtype))
    return torch.einsum("bhts,bhsd->bhtd", torch.softmax(scores, -1), value)
