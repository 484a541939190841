"""What attentions.cross_layer.CrossLayerAttention.forward is asked."""

import torch

from scripts.course.attention.shared import context_of
from scripts.course.attentions.shared import WEIGHTED, by_distance
from scripts.workshop.check.cases import case, draw, fill, gradient, growth, outcome, share_of_zeros, small


def handed(package, config, position, cache=None, seed: int = 5):
    """What an earlier layer hands on of the tokens at these positions, and its keys and values of them."""
    entries = [draw(2, position.size(-1), config.n_kv_head, config.head_dim, seed=seed + i) for i in range(2)]
    on = package.decoding.shared_keys.HandedOn(cache)
    on.update(position, *entries)
    return on, entries


def attend(package, config, length: int = 5, spread: float = 0.5, **told) -> dict:
    module = fill(package.attentions.cross_layer.CrossLayerAttention(config, 1), spread)
    context = context_of(package, config.head_dim, 0, length=length, **told)
    on, (key, value) = handed(package, config, context.position)
    key.requires_grad_(), value.requires_grad_()
    context = context._replace(cache=on)
    report = outcome(lambda x: module(x, context), draw(2, length, config.n_embd), module=module)
    return report | {"the gradient to the keys": gradient(key), "the gradient to the values": gradient(value)}


@case("two query heads to a key/value head, QK norms with weights after the rotation")
def grouped(package):
    return attend(package, small(**WEIGHTED))


@case("QK norms before the rotation, a gate, biases, heads of another size than C/H")
def norm_before(package):
    config = small(qk_norm_after_rotary=False, attention_gate=True, bias=True, head_dim=10, **WEIGHTED)
    return attend(package, config)


@case("a key/value head for every query head, QK norms over the full width, a window of three")
def full_width(package):
    return attend(package, small(n_kv_head=4, qk_norm="full", attention_window="3", **WEIGHTED), length=7)


@case("positions that are told by a bias on the scores, a scale, sinks and a soft cap")
def biased(package):
    config = small(qk_norm="off", softmax_scale=0.7, attention_sinks=True, attention_softcap=1.5)
    unrotated = package.encodings.base.no_rotation
    return attend(package, config, cos=None, sin=None, rotation=unrotated, bias=by_distance(4))


@case("as many tokens as heads, and torch's own attention to compute it")
def square(package):
    return attend(package, small(attention_backend="sdpa"), length=4)


def read_in_parts(package, cache, config) -> dict:
    """Two sequences, of which one starts later, in three parts; the earlier layer's cache brings back what was read."""
    module = fill(package.attentions.cross_layer.CrossLayerAttention(config, 1))
    report, read = {}, 0
    for part, length in enumerate((4, 1, 2), start=1):
        context = context_of(package, config.head_dim, read, read + 2, length=length)
        on, _ = handed(package, config, context.position, cache, seed=10 * part)
        with torch.no_grad():
            report[f"the result for part {part}"] = module(
                draw(2, length, config.n_embd, seed=part), context._replace(cache=on)
            )
        read += length
    kept = dict(zip(("keys", "values"), cache.slots, strict=False))
    return report | {f"the {name} in the cache": slots for name, slots in kept.items()}


@case("a cache, and a text in three parts")
def cached(package):
    return read_in_parts(package, package.decoding.cache.ContiguousCache(12), small(**WEIGHTED))


@case("a rolling cache for a window of three, and a gate")
def cached_window(package):
    config = small(attention_window="3", attention_gate=True)
    return read_in_parts(package, package.decoding.cache.RollingCache(3), config)


@case("dropout, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    config = small(n_head=1, n_kv_head=1, dropout=0.25)
    module = fill(package.attentions.cross_layer.CrossLayerAttention(config, 1))
    context = package.positions.Context(torch.arange(1), rotation=package.encodings.base.no_rotation)
    on = package.decoding.shared_keys.HandedOn(None)
    on.update(context.position, *[draw(2000, 1, 1, config.head_dim, seed=seed) for seed in (1, 2)])
    context, x = context._replace(cache=on), draw(2000, 1, 24)
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


@case("bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": attend(package, small(attention_gate=True))["the result"]}
