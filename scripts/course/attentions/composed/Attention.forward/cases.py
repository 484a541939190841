"""What attentions.composed.Attention.forward is asked."""

import torch

from scripts.course.attentions.shared import WEIGHTED, attend, by_distance, context_of
from scripts.workshop.check.cases import (
    case,
    draw,
    fill,
    growth,
    outcome,
    share_of_zeros,
    small,
)


@case("two query heads to a key/value head")
def grouped(package):
    return attend(package, small(), length=7)


@case("a key/value head for every query head")
def multi_head(package):
    return attend(package, small(n_kv_head=4), length=5)


@case("one key/value head for all")
def multi_query(package):
    return attend(package, small(n_kv_head=1), length=5)


@case("QK norms with weights, after the rotation")
def norm_after(package):
    return attend(package, small(**WEIGHTED), length=5)


@case("QK norms with weights, before the rotation")
def norm_before(package):
    return attend(package, small(qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case("QK norms over the full width")
def full_width(package):
    return attend(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case("no QK norm, biases, and heads of another size than C/H")
def plain(package):
    return attend(package, small(qk_norm="off", bias=True, head_dim=10), length=5)


@case("a scale of its own")
def scaled(package):
    return attend(package, small(softmax_scale=0.7), length=5)


@case("positions that are told by a bias on the scores, and no rotation")
def biased(package):
    unrotated = package.encodings.base.no_rotation
    return attend(package, small(), length=5, cos=None, sin=None, rotation=unrotated, bias=by_distance(4))


@case("positions that are not told at all")
def untold(package):
    return attend(package, small(), length=5, cos=None, sin=None, rotation=package.encodings.base.no_rotation)


@case("rotary positions that pair neighbours")
def interleaved(package):
    return attend(package, small(), length=5, rotation=package.encodings.rotary.apply_rotary_interleaved)


@case("a window of three")
def windowed(package):
    return attend(package, small(attention_window="3"), length=5)


@case("sequences that stand at different positions")
def elsewhere(package):
    return attend(package, small(**WEIGHTED), length=4, starts=(5, 0, 2))


@case("a gate")
def gated(package):
    return attend(package, small(attention_gate=True), length=5)


@case("a gate with a bias, and heads of another size than C/H")
def gated_and_biased(package):
    return attend(package, small(attention_gate=True, bias=True, head_dim=10), length=5)


@case("sinks and a soft cap")
def sinks(package):
    return attend(package, small(attention_sinks=True, attention_softcap=1.5), length=5)


@case("torch's own attention to compute it")
def other_backend(package):
    return attend(package, small(attention_backend="sdpa"), length=5)


def read_in_parts(package, cache, config, **told) -> dict:
    """Two sequences, of which one starts later, in three parts; a cache brings back what was read before."""
    module, report, read = fill(package.attentions.composed.Attention(config, 0)), {}, 0
    for part, length in enumerate((4, 1, 2), start=1):
        context = context_of(package, config.head_dim, read, read + 2, length=length, cache=cache, **told)
        x = draw(2, length, config.n_embd, seed=part)
        with torch.no_grad():
            report[f"the result for part {part}"] = module(x, context)
        read += length
    kept = dict(zip(("keys", "values"), cache.slots, strict=False))
    return report | {f"the {name} in the cache": slots for name, slots in kept.items()}


@case("a cache, a text in three parts, a bias on the scores, and sinks")
def cached(package):
    return read_in_parts(
        package,
        package.decoding.cache.ContiguousCache(12),
        small(attention_sinks=True, **WEIGHTED),
        bias=by_distance(4),
    )


@case("a cache, and QK norms before the rotation")
def cached_normed_before(package):
    return read_in_parts(
        package,
        package.decoding.cache.ContiguousCache(12),
        small(qk_norm_after_rotary=False, attention_gate=True, **WEIGHTED),
    )


@case("a cache for a window of three, biases, and QK norms over the full width")
def cached_window(package):
    config = small(attention_window="3", bias=True, qk_norm="full", **WEIGHTED)
    return read_in_parts(package, package.decoding.cache.RollingCache(3), config)


@case("a kind of attention whose output has half as many heads of twice the size")
def other_kind(package):
    config = small(**WEIGHTED)
    module = fill(package.attentions.differential.DifferentialAttention(config, 1))
    context = context_of(package, config.head_dim, 0, length=5)
    return outcome(lambda x: module(x, context), draw(2, 5, config.n_embd), module=module)


@case("a single token")
def single(package):
    report = attend(package, small(), length=1)
    # One token's weight is one, whatever its score: these two gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be. Torch's fused attention makes some, the reference makes none.
    del report["the gradient to q_proj.weight"], report["the gradient to k_proj.weight"]
    return report


@case("as many tokens as heads")
def square(package):
    return attend(package, small(), length=4)


@case("texts of different lengths, one after the other")
def lengths(package):
    config = small()
    module = fill(package.attentions.composed.Attention(config, 0))
    contexts = {T: context_of(package, config.head_dim, 0, length=T) for T in (3, 6, 2)}
    return {
        f"the result for {T} tokens": module(draw(2, T, config.n_embd), context).detach()
        for T, context in contexts.items()
    }


@case("weights so small that eps counts in the QK norm")
def small_weights(package):
    return attend(package, small(), length=5, spread=1 / 32)


@case("dropout, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    module = fill(package.attentions.composed.Attention(small(n_head=1, n_kv_head=1, dropout=0.25), 0))
    x, context = (
        draw(2000, 1, 24),
        package.positions.Context(torch.arange(1), rotation=package.encodings.base.no_rotation),
    )
    with torch.no_grad():
        trained, evaluated = module.train()(x, context), module.eval()(x, context)
    left = trained[(trained != 0).any(dim=-1)]
    return {
        "the share of tokens that get nothing": share_of_zeros(trained.abs().sum(dim=-1), 0.25),
        "the share of numbers dropped of the others": share_of_zeros(left, 0.25),
        # Whatever is not dropped is enlarged by 4/3, twice.
        "what the rest is multiplied by": growth(trained, evaluated),
        "the result in evaluation": evaluated,
    }


@case("dropout, a gate, biases and a window, and the same two tokens again and again")
def dropout_of_two(package):
    # What the second token gets are both values, one of them, or none, and the bias; then it is dropped or not. More
    # would mean that something else is dropped.
    torch.manual_seed(0)
    config = small(n_head=1, n_kv_head=1, dropout=0.25, attention_gate=True, bias=True, attention_window="3")
    module = fill(package.attentions.composed.Attention(config, 0))
    x, context = (
        draw(1, 2, 24).expand(1000, 2, 24),
        package.positions.Context(torch.arange(2), rotation=package.encodings.base.no_rotation),
    )
    with torch.no_grad():
        found = module.train()(x, context)[:, 1, 0]
    return {
        "the share of numbers dropped": share_of_zeros(found, 0.25),
        "how many different numbers come out in the same place": len((100 * found).round().unique()),
    }


@case("bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = fill(package.attentions.composed.Attention(small(), 0))
    context = context_of(package, 6, 0, length=5)
    return {"the result": module(draw(2, 5, 24), context).detach()}


@case("bfloat16 weights and inputs, a float32 bias, a gate", dtype=torch.bfloat16)
def bfloat16_bias(package):
    module = fill(package.attentions.composed.Attention(small(attention_gate=True), 0))
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    bias = by_distance(4)
    context = package.positions.Context(
        torch.arange(5),
        rotation=package.encodings.base.no_rotation,
        bias=lambda *positions: bias(*positions).to(wide),
    )
    return {"the result": module(draw(2, 5, 24), context).detach()}
