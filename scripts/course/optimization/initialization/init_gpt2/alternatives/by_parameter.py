"""By the names of the parameters, not by the kinds of the modules; random numbers multiplied by hand."""

import math

import torch


def fill_normal(weight, std):
    weight.copy_(torch.randn(weight.shape) * std)


@torch.no_grad()
def init_gpt2(model):
    for name, parameter in model.named_parameters():
        owner = model.get_submodule(name.rpartition(".")[0])
        if parameter.ndim == 2:
            std = 0.02
            if ".o_proj." in name or ".down_proj." in name:
                std /= math.sqrt(2 * model.config.n_layer)
            fill_normal(parameter, std)
        elif isinstance(owner, torch.nn.Linear):
            parameter.fill_(0)
