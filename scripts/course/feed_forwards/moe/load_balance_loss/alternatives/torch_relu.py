"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch.nn.functional as F


def load_balance_loss(probability, chosen):
    E = probability.shape[1]
    share = F.one_hot(chosen, E).sum(dim=1).to(probability.dtype).mean(dim=0)
    return E * share @ probability.mean(dim=0)
