"""A function for one module; some weights drawn a second time or scaled afterwards; `.data` in place of no_grad."""

from torch import nn


def init_deepnorm(model):
    gain = (8 * model.config.n_layer) ** (-1 / 4)
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear):
            continue
        nn.init.xavier_normal_(module.weight)
        kind = name.rpartition(".")[2]
        if kind in ("v_proj", "v_up_proj", "o_proj", "up_proj", "gate_proj", "down_proj"):
            module.weight.data *= gain
        if module.bias is not None:
            nn.init.constant_(module.bias, 0.0)
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            module.weight.data = module.weight.new_empty(module.weight.shape).normal_(
                std=module.weight.shape[1] ** -0.5
            )
