"""New means and new weights are made, and copied into the memory of the old. The groups are told apart by name."""

from torch import nn


def decay_groups(model, weight_decay):
    tables = [name + ".weight" for name, module in model.named_modules() if isinstance(module, nn.Embedding)]
    # The first name of a weight that has two is that of the embedding.
    groups = {True: [], False: []}
    for name, weight in model.named_parameters():
        groups[len(weight.shape) > 1 and name not in tables].append(weight)
    return [{"weight_decay": decay, "params": groups[decays]} for decays, decay in ((True, weight_decay), (False, 0.0))]
