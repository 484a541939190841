"""A function for one module; some weights drawn a second time or scaled afterwards; `.data` in place of no_grad."""

from torch import nn


def init_gpt2(model):
    def draw(module):
        if isinstance(module, nn.Linear):
            module.weight.data.normal_(mean=0.0, std=0.02)
            if module.bias is not None:
                module.bias.data.zero_()
        elif isinstance(module, nn.Embedding):
            module.weight.data.normal_(mean=0.0, std=0.02)

    model.apply(draw)
    for name, parameter in model.named_parameters():
        if name.endswith((".o_proj.weight", ".down_proj.weight")):
            # The bounds are a hundred standard deviations away.
            nn.init.trunc_normal_(parameter, mean=0.0, std=0.02 * (2 * model.config.n_layer) ** -0.5)
