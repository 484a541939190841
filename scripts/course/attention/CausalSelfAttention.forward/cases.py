"""What attention.CausalSelfAttention.forward is asked."""

import torch

from scripts.course.attention.shared import attend, context_of
from scripts.workshop.check.cases import case, draw, fill, small


@case("two query heads to a key/value head")
def grouped(package):
    return attend(package, small(), length=7)


@case("a key/value head for every query head")
def multi_head(package):
    return attend(package, small(n_kv_head=4), length=5)


@case("one key/value head for all")
def multi_query(package):
    return attend(package, small(n_kv_head=1), length=5)


@case("heads of another size than C/H")
def other_size(package):
    return attend(package, small(head_dim=10), length=5)


@case("as many tokens as heads")
def square(package):
    return attend(package, small(), length=4)


@case("as many tokens as heads, and as many heads as elements of a head")
def cube(package):
    return attend(package, small(n_kv_head=4, head_dim=4), length=4)


@case("positions from 3 on")
def later(package):
    return attend(package, small(), length=5, starts=(3,))


@case("sequences that stand at different positions")
def elsewhere(package):
    return attend(package, small(), length=4, starts=(5, 0, 2))


@case("a single token")
def single(package):
    report = attend(package, small(), length=1)
    # One token's weight is one, whatever its score: these two gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be. Torch's fused attention makes some, the reference makes none.
    del report["the gradient to q_proj.weight"], report["the gradient to k_proj.weight"]
    return report


@case("texts of different lengths, one after the other")
def lengths(package):
    config = small()
    module = fill(package.attention.CausalSelfAttention(config))
    contexts = {T: context_of(package, config.head_dim, 0, length=T) for T in (3, 6, 2)}
    return {
        f"the result for {T} tokens": module(draw(2, T, config.n_embd), context).detach()
        for T, context in contexts.items()
    }


@case("a cache, and a text in two parts", track="inference")
def cached(package):
    config = small()
    module, cache, report = (
        fill(package.attention.CausalSelfAttention(config)),
        package.decoding.cache.ContiguousCache(12),
        {},
    )
    for start, length in ((0, 4), (4, 2)):
        context = context_of(package, config.head_dim, start, start + 2, length=length, cache=cache)
        with torch.no_grad():
            report[f"the result from token {start} on"] = module(draw(2, length, config.n_embd, seed=start), context)
    return report


@case("weights so small that eps counts in the QK norm")
def small_weights(package):
    return attend(package, small(), length=5, spread=1 / 32)


@case("bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = fill(package.attention.CausalSelfAttention(small()))
    context = context_of(package, 6, 0, length=5)
    return {"the result": module(draw(2, 5, 24), context).detach()}
