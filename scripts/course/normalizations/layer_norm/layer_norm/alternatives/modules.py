"""The modules by torch's own functions; nothing of the file that this goes into is used."""

from torch.nn import functional as F


def layer_norm(x, eps):
    return F.layer_norm(x, x.shape[-1:], eps=eps)
