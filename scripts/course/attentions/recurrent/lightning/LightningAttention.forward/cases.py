"""What attentions.recurrent.lightning.LightningAttention.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome, small


def layer(package, **changes):
    return fill(package.attentions.recurrent.lightning.LightningAttention(small(head_dim=5, **changes), 0))


def forward(package, T: int, **changes) -> dict:
    module = layer(package, **changes)
    context = package.positions.Context(torch.arange(T))
    return outcome(lambda x: module(x, context), draw(2, T, 24), module=module)


case("six tokens")(lambda package: forward(package, 6))


case("a single token, and biases")(lambda package: forward(package, 1, bias=True))


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(forward(package, 5)["the result"].dtype)}


@case("a cache, and a text in parts")
def cached(package):
    module, cache, report = layer(package), package.attentions.recurrent.states.StateCache(rollback_window=1), {}
    for start, length in ((0, 4), (4, 2), (5, 1)):
        position = torch.arange(start, start + length).expand(2, -1)
        context = package.positions.Context(position, cache=cache)
        report[f"{length} tokens from {start} on"] = module(draw(2, length, 24, seed=start + length), context).detach()
    return report


@case("dropout of everything but a few")
def dropped(package):
    torch.manual_seed(0)
    module = layer(package, dropout=0.9)
    with torch.no_grad():
        out = module(draw(2, 6, 24), package.positions.Context(torch.arange(6)))
    return {"whether some elements are zero, and not all": bool((out == 0).any() and (out != 0).any())}
