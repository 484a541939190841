"""What attentions.sparse.nsa.NSAAttention.forward is asked."""

import torch

from scripts.course.attention.shared import context_of
from scripts.course.attentions.shared import WEIGHTED
from scripts.course.attentions.sparse.shared import nsa_layer
from scripts.workshop.check.cases import case, draw, outcome


def attend(package, T: int, **changes) -> dict:
    module = nsa_layer(package, **changes)
    context = context_of(package, module.head_dim, 0, length=T)
    return outcome(lambda x: module(x, context), draw(2, T, 24), module=module)


case("eleven tokens, and QK norms with weights before the rotation")(
    lambda package: attend(package, 11, qk_norm_after_rotary=False, **WEIGHTED)
)


case("as many tokens as heads, a gate of the heads' outputs, biases, and heads of another size than C/H")(
    lambda package: attend(package, 4, attention_gate=True, bias=True, head_dim=10, **WEIGHTED)
)


@case("a cache, and a text in two parts")
def cached(package):
    module, report = nsa_layer(package), {}
    cache = package.decoding.cache.ContiguousCache(12)
    for start, length in ((0, 8), (8, 2)):
        context = context_of(package, 6, start, start, length=length, cache=cache)
        with torch.no_grad():
            report[f"tokens from {start} on"] = module(draw(2, length, 24, seed=start), context)
    return report


@case("dropout of nearly everything")
def dropped(package):
    torch.manual_seed(0)
    module = nsa_layer(package, dropout=0.9)
    with torch.no_grad():
        out = module(draw(2, 6, 24), context_of(package, 6, 0, length=6))[:, 2:]
    # Some span has ended by now, whose weights stay whole: what is zero was dropped behind the projection.
    return {"whether some elements are zero, and not all": bool((out == 0).any() and (out != 0).any())}


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    module = nsa_layer(package)
    return {"the result": module(draw(2, 3, 24), context_of(package, 6, 0, length=3)).detach()}
