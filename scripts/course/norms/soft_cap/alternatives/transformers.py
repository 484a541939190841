"""As transformers' Gemma 2: three steps."""

import torch


def soft_cap(x, cap):
    logits = x / cap
    logits = torch.tanh(logits)
    return logits * cap
