"""By the names of the parameters, not by the kinds of the modules; random numbers multiplied by hand."""

import math

import torch


def fill_normal(weight, std):
    weight.copy_(torch.randn(weight.shape) * std)


@torch.no_grad()
def init_deepnorm(model):
    beta = 1 / (8 * model.config.n_layer) ** 0.25
    scaled = ("v_proj", "v_up_proj", "o_proj", "attn.gate_proj")
    for name, parameter in model.named_parameters():
        path, _, kind = name.rpartition(".")
        owner = model.get_submodule(path)
        if isinstance(owner, torch.nn.Embedding):
            fill_normal(parameter, 1 / math.sqrt(parameter.shape[1]))
        elif isinstance(owner, torch.nn.Linear) and kind == "weight":
            std = math.sqrt(2 / sum(parameter.shape))
            adds = path.endswith(scaled) or (".mlp." in path and not path.endswith("router"))
            fill_normal(parameter, std * beta if adds else std)
        elif isinstance(owner, torch.nn.Linear):
            parameter.zero_()
