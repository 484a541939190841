"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`; the head made first."""

from torch import nn


class GPT(nn.Module):
    @staticmethod
    def _init_weights(module):
        if isinstance(module, nn.Embedding):
            module.weight.data.normal_()
        if isinstance(module, nn.Linear):
            n_out, n_in = module.out_features, module.in_features
            module.weight.data.normal_(mean=0.0, std=min(1.0, (n_out / n_in) ** 0.5) / n_in**0.5)
            if module.bias is not None:
                module.bias.data.zero_()
