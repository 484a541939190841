"""From the least likely token on, with an ascending sort."""

import torch
from torch.nn import functional as F


def top_p_filter(p, top_p):
    # From the least likely on: it goes if it and all that are still less likely are not needed.
    ordered, order = torch.sort(p, dim=-1)
    ordered = ordered * (ordered.cumsum(dim=-1) > p.sum(dim=-1, keepdim=True) - top_p)
    return F.normalize(ordered.gather(-1, order.argsort(dim=-1)), p=1, dim=-1)
