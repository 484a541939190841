"""Torch's own, on a widened input."""

from torch.nn import functional as F


def rms_norm(x, eps):
    return F.rms_norm(x.float(), (x.size(-1),), eps=eps).type_as(x)
