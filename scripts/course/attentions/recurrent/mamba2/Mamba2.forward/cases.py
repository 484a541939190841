"""What attentions.recurrent.mamba2.Mamba2.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome, small

# Two value heads for each key head, no two sizes alike.
SIZES = {
    "attention_type": "mamba2",
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 3,
    "linear_value_head_dim": 5,
    "linear_conv_kernel_dim": 3,
}


def layer(package, **changes):
    return fill(package.attentions.recurrent.mamba2.Mamba2(small(**SIZES | changes), 0))


def forward(package, T: int, **changes) -> dict:
    module = layer(package, **changes)
    context = package.positions.Context(torch.arange(T))
    return outcome(lambda x: module(x, context), draw(2, T, 24), module=module)


case("six tokens")(lambda package: forward(package, 6))


case("a single token, one key head for each value head")(
    lambda package: forward(package, 1, linear_num_key_heads=4, linear_value_head_dim=3)
)


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(forward(package, 5)["the result"].dtype)}


@case("a cache, and a text in parts")
def cached(package):
    module, report = layer(package), {}
    cache = package.attentions.recurrent.states.StateCache(rollback_window=1, tail=2)
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
