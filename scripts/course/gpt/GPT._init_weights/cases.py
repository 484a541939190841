"""What gpt.GPT._init_weights is asked."""

import torch
from torch import nn

from scripts.workshop.check.cases import SMALL, case, distribution, fill


def init_case(about: str, make, sigma: float) -> None:
    @case(about)
    def init_module(package):
        model = package.gpt.GPT(SMALL)
        module = fill(make(), std=3.0)
        weight = module.weight
        torch.manual_seed(0)
        model._init_weights(module)
        report = {f"the {kind} of the weight": value for kind, value in distribution(module.weight, sigma).items()}
        report["the weight is changed in place"] = module.weight is weight
        return report | ({"the bias": module.bias.detach()} if getattr(module, "bias", None) is not None else {})


init_case("a square layer", lambda: nn.Linear(128, 128, bias=False), sigma=128**-0.5)


init_case("a layer that widens, with a bias", lambda: nn.Linear(64, 256), sigma=64**-0.5)


init_case("a layer that narrows", lambda: nn.Linear(256, 64, bias=False), sigma=256**-0.5 / 2)


init_case("an embedding", lambda: nn.Embedding(200, 64), sigma=1.0)


@case("a module that is neither linear nor an embedding")
def leave_alone(package):
    module = fill(nn.LayerNorm(16))
    package.gpt.GPT(SMALL)._init_weights(module)
    return {"the weight": module.weight.detach(), "the bias": module.bias.detach()}
