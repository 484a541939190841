"""As nanochat: the logits by their own name."""

import torch


def soft_cap(x, cap):
    logits = x
    logits = cap * torch.tanh(logits / cap)
    return logits
