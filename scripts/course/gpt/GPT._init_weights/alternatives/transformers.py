"""As transformers writes it (modeling_llama.py), with the names used here."""

from torch import nn


class GPT(nn.Module):
    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            std = min(module.in_features, module.out_features) ** 0.5 / module.in_features
            module.weight.data.normal_(mean=0.0, std=std)
            if module.bias is not None:
                module.bias.data.zero_()
        elif isinstance(module, nn.Embedding):
            module.weight.data.normal_(mean=0.0, std=1.0)
