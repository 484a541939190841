"""What attentions.forgetting.ForgettingAttention.forward is asked."""

import torch

from scripts.course.attention.shared import context_of
from scripts.course.attentions.shared import WEIGHTED, by_distance
from scripts.workshop.check.cases import case, draw, fill, outcome, small


def made(package, config):
    return fill(package.attentions.forgetting.ForgettingAttention(config, 0))


def attend(package, config, length: int, starts: tuple[int, ...] = (0,), **told) -> dict:
    module = made(package, config)
    context = context_of(package, config.head_dim, *starts, length=length, **told)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)


@case("five tokens, and QK norms with weights after the rotation")
def grouped(package):
    return attend(package, small(**WEIGHTED), length=5)


@case("as many tokens as heads, sequences that stand at different positions, and QK norms before the rotation")
def elsewhere(package):
    return attend(package, small(qk_norm_after_rotary=False, **WEIGHTED), length=4, starts=(5, 0))


@case("a gate, sinks, a window of three, heads of another size than C/H, and positions that add a bias, too")
def everything(package):
    config = small(attention_gate=True, attention_sinks=True, attention_window="3", head_dim=10)
    return attend(package, config, length=5, bias=by_distance(4))


def read_in_parts(package, cache, config) -> dict:
    """Two sequences, of which one starts later, in three parts; a cache brings back what was read before."""
    module, report, read = made(package, config), {}, 0
    for part, length in enumerate((4, 1, 2), start=1):
        context = context_of(package, config.head_dim, read, read + 2, length=length, cache=cache)
        with torch.no_grad():
            report[f"the result for part {part}"] = module(draw(2, length, config.n_embd, seed=part), context)
        read += length
    return report


@case("a cache, and a text in three parts")
def cached(package):
    return read_in_parts(package, package.decoding.cache.ContiguousCache(12), small())


@case("a cache for a window of three, and a text in three parts")
def cached_window(package):
    return read_in_parts(package, package.decoding.cache.RollingCache(3), small(attention_window="3"))


@case("dropout, and nothing left of it in evaluation")
def dropout(package):
    torch.manual_seed(0)
    config = small(dropout=0.25)
    module, context = made(package, config), context_of(package, 6, 0, length=1)
    with torch.no_grad():
        trained = module.train()(draw(1, 1, 24).expand(2000, 1, 24), context)
        return {
            "how often numbers are dropped, in tenths": round(10 * (trained == 0).double().mean().item() - 0.3),
            "the result in evaluation": module.eval()(draw(2, 1, 24), context),
        }


@case("bfloat16 weights and inputs, and forty tokens", dtype=torch.bfloat16)
def bfloat16(package):
    module = made(package, small())
    return {"the result": module(draw(1, 40, 24), context_of(package, 6, 0, length=40)).detach()}
