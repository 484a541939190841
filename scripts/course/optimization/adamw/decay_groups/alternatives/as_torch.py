"""In the order of operations of torch's own: weights decay first, and the corrections go to step size and root. The
count is a tensor. The groups go through the modules once."""

from torch import nn


def decay_groups(model, weight_decay):
    embedded = set()
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            embedded.add(module.weight)
    yes, no = [], []
    for parameter in model.parameters():
        (no if parameter in embedded or parameter.dim() < 2 else yes).append(parameter)
    return [dict(params=yes, weight_decay=weight_decay), dict(params=no, weight_decay=0)]
