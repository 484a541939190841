"""What optimization.unit_weights.normalise_weights is asked."""

import torch
from torch import nn

from scripts.workshop.check.cases import case, draw


class Model(nn.Module):
    """The linear layers of a model by their names, square ones too, whose axes no shape tells apart."""

    def __init__(self, bias: bool = False):
        super().__init__()
        self.token_embedding = nn.Embedding(7, 4)
        self.blocks = nn.ModuleList()
        for _ in range(2):
            block = nn.Module()
            block.attn, block.mlp, block.norm = nn.Module(), nn.Module(), nn.LayerNorm(4)
            for name in ("q_proj", "o_proj"):
                setattr(block.attn, name, nn.Linear(4, 4, bias=bias))
            block.mlp.up_proj, block.mlp.down_proj = nn.Linear(4, 6, bias=bias), nn.Linear(6, 4, bias=bias)
            block.attn.kv_down_proj = nn.Linear(4, 3, bias=bias)
            self.blocks.append(block)
        self.lm_head = nn.Linear(4, 7, bias=bias)


def normalised(package, size: float = 1.0, change=None, **options) -> dict:
    model = Model(**options)
    with torch.no_grad():
        for seed, weight in enumerate(model.parameters()):
            weight.copy_(size * draw(*weight.shape, seed=seed))
        if change:
            change(model)
    before = {name: weight for name, weight in model.named_parameters()}
    package.optimization.unit_weights.normalise_weights(model)
    after = dict(model.named_parameters())
    return {
        "the same parameters": all(after[name] is weight for name, weight in before.items()),
        "want gradients": all(weight.requires_grad for weight in after.values()),
        "are leaves": all(weight.is_leaf for weight in after.values()),
        **{name: weight.detach().clone() for name, weight in after.items()},
    }


def with_zeros(model: Model) -> None:
    model.lm_head.weight[2] = 0
    model.blocks[1].mlp.down_proj.weight[:, 3] = 0


def tied(model: Model) -> None:
    model.lm_head.weight = model.token_embedding.weight


case("weights of any length")(normalised)


case("biases, and weights a thousand times as large")(lambda package: normalised(package, 1000.0, bias=True))


case("weights much smaller than one")(lambda package: normalised(package, 1 / 1024))


case("a row and a column of zeros")(lambda package: normalised(package, change=with_zeros))


case("a head that shares the embedding's weights")(lambda package: normalised(package, change=tied))


case("bfloat16 weights", dtype=torch.bfloat16)(lambda package: normalised(package))
