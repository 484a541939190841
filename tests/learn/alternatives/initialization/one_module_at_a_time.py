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
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            # The bounds are a hundred standard deviations away.
            nn.init.trunc_normal_(parameter, mean=0.0, std=0.02 * (2 * model.config.n_layer) ** -0.5)


def init_deepnorm(model):
    gain = (8 * model.config.n_layer) ** (-1 / 4)
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear):
            continue
        nn.init.xavier_normal_(module.weight)
        kind = name.rpartition(".")[2]
        if kind in ("v_proj", "v_from_latent", "o_proj", "up_proj", "gate_proj", "down_proj"):
            module.weight.data *= gain
        if module.bias is not None:
            nn.init.constant_(module.bias, 0.0)
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            module.weight.data = module.weight.new_empty(module.weight.shape).normal_(
                std=module.weight.shape[1] ** -0.5
            )
