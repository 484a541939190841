"""A choice between two sides; experts as masks, and a softmax over the logits of the chosen alone."""

import torch


def load_balance_loss(probability, chosen):
    experts = torch.arange(probability.shape[1])
    share = (chosen[:, :, None] == experts).any(dim=1).double().mean(dim=0).to(probability.dtype)
    return len(experts) * torch.sum(share * probability.mean(dim=0))
