"""Cases for attention.py."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from . import (
    attributes,
    case,
    distribution,
    draw,
    fill,
    growth,
    outcome,
    parameters,
    rotary_tables,
    share_of_zeros,
    small,
)

INIT, FORWARD = "attention.CausalSelfAttention.__init__", "attention.CausalSelfAttention.forward"

# QK norms with weights of their own, so that it shows whether they come before the rotation or after it.
WEIGHTED = {"qk_normalization": "rmsnorm"}


def context_of(package, head_dim: int, *starts: int, length: int, **further):
    """What a layer is told with rotary positions. starts: where each sequence starts, or one number for all."""
    tables = [rotary_tables(length, head_dim, start) for start in starts]
    positions = [torch.arange(start, start + length) for start in starts]
    if len(starts) == 1:
        return package.positions.Context(positions[0], *tables[0])._replace(**further)
    cos, sin = (torch.stack(rows) for rows in zip(*tables, strict=True))
    return package.positions.Context(torch.stack(positions), cos, sin)._replace(**further)


def attend(package, config, length: int, spread: float = 0.5, starts: tuple[int, ...] = (0,), **told) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = context_of(package, config.head_dim, *starts, length=length, **told)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)


def by_distance(n_head: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A bias on the scores, as positions tell it: for every head and distance another number."""

    def bias(query_position: Tensor, key_position: Tensor) -> Tensor:
        distance = query_position[..., None, :, None] - key_position[..., None, None, :]
        return draw(n_head, 13, seed=7)[torch.arange(n_head)[:, None, None], distance]

    return bias


def created(package, config) -> dict:
    module = package.attention.CausalSelfAttention(config)
    names = ("n_head", "n_kv_head", "head_dim", "scale", "qk_norm_after_rotary", "softcap")
    sinks, gate = (getattr(module, name, "not set") for name in ("sinks", "gate_proj"))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, *names),
        "the kinds of norm": [type(getattr(module, name, None)).__name__ for name in ("q_norm", "k_norm")],
        "the share that is dropped": getattr(getattr(module, "dropout", None), "p", "no dropout"),
        "the backend": getattr(getattr(module, "backend", None), "__name__", "no function"),
        "the sinks": sinks.detach() if isinstance(sinks, nn.Parameter) else repr(sinks),
        "the gate": type(gate).__name__,
    }


@case(INIT, "two query heads to a key/value head")
def grouped_init(package):
    return created(package, small())


@case(INIT, "a key/value head for every query head")
def multi_head_init(package):
    return created(package, small(n_kv_head=4))


@case(INIT, "heads of another size than C/H, biases, a scale, dropout")
def other_init(package):
    return created(package, small(head_dim=10, bias=True, score_scale=0.25, dropout=0.25))


@case(INIT, "no QK norm, heads of another size than C/H")
def init_without_norm(package):
    return created(package, small(qk_norm="off", head_dim=10))


@case(INIT, "QK norm over the full width, before the rotation")
def full_width_init(package):
    return created(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED))


@case(INIT, "sinks, a soft cap, and a gate")
def init_with_everything(package):
    config = small(attention_sinks=True, attention_softcap=5.0, attention_gate=True, head_dim=10)
    return created(package, config)


@case(INIT, "a gate and biases")
def init_with_gate(package):
    return created(package, small(attention_gate=True, bias=True))


@case(INIT, "torch's own attention to compute it")
def init_with_backend(package):
    return created(package, small(attention_backend="sdpa"))


@case(INIT, "a soft cap, and a backend that has none")
def init_refused(package):
    try:
        package.attention.CausalSelfAttention(small(attention_backend="sdpa", attention_softcap=5.0))
    except ValueError as error:
        return {"what is raised": "ValueError", "the soft cap is named": "attention_softcap" in str(error)}
    return {"what is raised": "nothing", "the soft cap is named": False}


@case(INIT, "five tokens to look at, sinks and a gate")
def init_and_forward_with_everything(package):
    return attend(package, small(attention_sinks=True, attention_gate=True, **WEIGHTED), length=5)


@case(INIT, "five tokens to look at")
def init_and_forward(package):
    return attend(package, small(**WEIGHTED), length=5)


@case(FORWARD, "two query heads to a key/value head")
def grouped(package):
    return attend(package, small(), length=7)


@case(FORWARD, "a key/value head for every query head")
def multi_head(package):
    return attend(package, small(n_kv_head=4), length=5)


@case(FORWARD, "one key/value head for all")
def multi_query(package):
    return attend(package, small(n_kv_head=1), length=5)


@case(FORWARD, "QK norms with weights, after the rotation")
def norm_after(package):
    return attend(package, small(**WEIGHTED), length=5)


@case(FORWARD, "QK norms with weights, before the rotation")
def norm_before(package):
    return attend(package, small(qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case(FORWARD, "QK norms over the full width")
def full_width(package):
    return attend(package, small(qk_norm="full", qk_norm_after_rotary=False, **WEIGHTED), length=5)


@case(FORWARD, "no QK norm, biases, and heads of another size than C/H")
def plain(package):
    return attend(package, small(qk_norm="off", bias=True, head_dim=10), length=5)


@case(FORWARD, "a scale of its own")
def scaled(package):
    return attend(package, small(score_scale=0.7), length=5)


@case(FORWARD, "positions that are told by a bias on the scores, and not by turning")
def biased(package):
    return attend(package, small(), length=5, cos=None, sin=None, bias=by_distance(4))


@case(FORWARD, "positions that are not told at all")
def untold(package):
    return attend(package, small(), length=5, cos=None, sin=None)


@case(FORWARD, "rotary positions that pair neighbours")
def interleaved(package):
    return attend(package, small(), length=5, interleaved=True)


@case(FORWARD, "a window of three")
def windowed(package):
    return attend(package, small(), length=5, window=3)


@case(FORWARD, "sequences that stand at different positions")
def elsewhere(package):
    return attend(package, small(**WEIGHTED), length=4, starts=(5, 0, 2))


@case(FORWARD, "a gate")
def gated(package):
    return attend(package, small(attention_gate=True), length=5)


@case(FORWARD, "a gate with a bias, and heads of another size than C/H")
def gated_and_biased(package):
    return attend(package, small(attention_gate=True, bias=True, head_dim=10), length=5)


@case(FORWARD, "sinks and a soft cap")
def sinks(package):
    return attend(package, small(attention_sinks=True, attention_softcap=1.5), length=5)


@case(FORWARD, "torch's own attention to compute it")
def other_backend(package):
    return attend(package, small(attention_backend="sdpa"), length=5)


def read_in_parts(package, cache, config, window: int | None = None, bias=None) -> dict:
    """Two sequences, of which one starts later, in three parts; a cache brings back what was read before."""
    module, report, read = fill(package.attention.CausalSelfAttention(config)), {}, 0
    for part, length in enumerate((4, 1, 2), start=1):
        context = context_of(
            package, config.head_dim, read, read + 2, length=length, cache=cache, window=window, bias=bias
        )
        x = draw(2, length, config.n_embd, seed=part)
        with torch.no_grad():
            report[f"the result for part {part}"] = module(x, context)
        read += length
    kept = dict(zip(("keys", "values"), cache.slots, strict=False))
    return report | {f"the {name} in the cache": slots for name, slots in kept.items()}


@case(FORWARD, "a cache, and a text in three parts")
def cached(package):
    return read_in_parts(package, package.cache.ContiguousCache(12), small(**WEIGHTED))


@case(FORWARD, "a cache, and QK norms before the rotation")
def cached_normed_before(package):
    return read_in_parts(
        package, package.cache.ContiguousCache(12), small(qk_norm_after_rotary=False, attention_gate=True, **WEIGHTED)
    )


@case(FORWARD, "a cache for a window of three")
def cached_window(package):
    return read_in_parts(package, package.cache.RollingCache(3), small(**WEIGHTED), window=3)


@case(FORWARD, "a kind of attention that finds half as many heads of twice the size")
def other_kind(package):
    config = small(**WEIGHTED)
    module = fill(package.attention.DifferentialAttention(config))
    context = context_of(package, config.head_dim, 0, length=5, layer=1)
    return outcome(lambda x: module(x, context), draw(2, 5, config.n_embd), module=module)


@case(FORWARD, "a single token")
def single(package):
    report = attend(package, small(), length=1)
    # One token's weight is one, whatever its score: these two gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be. Torch's fused attention makes some, the reference makes none.
    del report["the gradient to q_proj.weight"], report["the gradient to k_proj.weight"]
    return report


@case(FORWARD, "as many tokens as heads")
def square(package):
    return attend(package, small(), length=4)


@case(FORWARD, "texts of different lengths, one after the other")
def lengths(package):
    config = small()
    module = fill(package.attention.CausalSelfAttention(config))
    contexts = {T: context_of(package, config.head_dim, 0, length=T) for T in (3, 6, 2)}
    return {
        f"the result for {T} tokens": module(draw(2, T, config.n_embd), context).detach()
        for T, context in contexts.items()
    }


@case(FORWARD, "weights so small that eps counts in the QK norm")
def small_weights(package):
    return attend(package, small(), length=5, spread=1 / 32)


@case(FORWARD, "dropout, in training and in evaluation")
def dropout(package):
    # One head that looks at one token, whose weight is dropped or not; then a share of what comes out.
    torch.manual_seed(0)
    module = fill(package.attention.CausalSelfAttention(small(n_head=1, n_kv_head=1, dropout=0.25)))
    x, context = draw(2000, 1, 24), package.positions.Context(torch.arange(1))
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


@case(FORWARD, "dropout, the same two tokens again and again")
def dropout_of_two(package):
    # What the second token gets are both values, one of them, or none; then it is dropped or not. More would mean that
    # something else is dropped.
    torch.manual_seed(0)
    module = fill(package.attention.CausalSelfAttention(small(n_head=1, n_kv_head=1, dropout=0.25)))
    x, context = draw(1, 2, 24).expand(1000, 2, 24), package.positions.Context(torch.arange(2))
    with torch.no_grad():
        found = module.train()(x, context)[:, 1, 0]
    return {"how many different numbers come out in the same place": len((100 * found).round().unique())}


@case(FORWARD, "bfloat16 weights and inputs, float32 tables", dtype=torch.bfloat16)
def bfloat16(package):
    module = fill(package.attention.CausalSelfAttention(small()))
    context = context_of(package, 6, 0, length=5)
    return {"the result": module(draw(2, 5, 24), context).detach()}


@case(FORWARD, "bfloat16 weights and inputs, a float32 bias, a gate", dtype=torch.bfloat16)
def bfloat16_bias(package):
    module = fill(package.attention.CausalSelfAttention(small(attention_gate=True)))
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    bias = by_distance(4)
    context = package.positions.Context(torch.arange(5), bias=lambda *positions: bias(*positions).to(wide))
    return {"the result": module(draw(2, 5, 24), context).detach()}


def norm_together(package, x, eps: float = 1e-6) -> dict:
    heads, head_dim = x.shape[-2:]
    module = fill(package.attention.FullWidthNorm(package.norms.RMSNorm(heads * head_dim, eps)))
    return outcome(module, x, module=module)


@case("attention.FullWidthNorm.forward", "heads of different sizes")
def full_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) * torch.tensor([1.0, 8.0, 0.25])[:, None])


@case("attention.FullWidthNorm.forward", "as many heads as tokens and numbers per head")
def square_norm(package):
    return norm_together(package, draw(4, 4, 4, 4))


@case("attention.FullWidthNorm.forward", "vectors so small that eps counts")
def small_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) / 64, eps=1e-3)


@case("attention.FullWidthNorm.forward", "bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16_norm(package):
    return norm_together(package, draw(2, 5, 3, 4))


DIFFERENTIAL_INIT = "attention.DifferentialAttention.__init__"
SHARES = ("share_q1", "share_k1", "share_q2", "share_k2")


def created_differential(package, config) -> dict:
    module = package.attention.DifferentialAttention(config)
    names = ("n_head", "n_kv_head", "head_dim", "scale", "softcap", "norm_eps")
    return {"the parameters": parameters(module), "the attributes": attributes(module, *names)}


@case(DIFFERENTIAL_INIT, "two query heads to a key/value head")
def differential_init(package):
    return created_differential(package, small())


@case(DIFFERENTIAL_INIT, "heads of another size than C/H, biases, sinks, and another eps")
def other_differential_init(package):
    config = small(n_kv_head=4, head_dim=10, bias=True, attention_sinks=True, norm_eps=0.25, score_scale=0.5)
    return created_differential(package, config)


@case(DIFFERENTIAL_INIT, "heads of six hundred numbers")
def drawn_shares(package):
    torch.manual_seed(0)
    module = package.attention.DifferentialAttention(small(n_head=2, n_kv_head=2, n_embd=4, head_dim=600))
    report: dict = {}
    for name in SHARES:
        share = getattr(module, name)
        report |= {f"the {kind} of {name}": value for kind, value in distribution(share, 0.1).items()}
    firsts = {round(getattr(module, name)[0].item(), 9) for name in SHARES}
    return report | {"how many of the four are different": len(firsts)}


@case(DIFFERENTIAL_INIT, "an odd number of key/value heads")
def odd_heads(package):
    report = {}
    for n_kv_head in (1, 3):
        try:
            package.attention.DifferentialAttention(small(n_head=6, n_kv_head=n_kv_head))
        except ValueError as error:
            raised, named = "ValueError", str(n_kv_head) in str(error)
        else:
            raised, named = "nothing", False
        report |= {f"what is raised for {n_kv_head}": raised, f"the number {n_kv_head} is named": named}
    return report


@case(DIFFERENTIAL_INIT, "five tokens to look at")
def differential_init_and_forward(package):
    module = fill(package.attention.DifferentialAttention(small()))
    context = context_of(package, 6, 0, length=5, layer=2)
    return outcome(lambda x: module(x, context), draw(2, 5, 24), module=module)


DIFFERENCE = "attention.DifferentialAttention.attend"


def shared_out(module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values (B, T, heads, D), cut out of one tensor."""
    return x.split((module.n_head, module.n_kv_head, module.n_kv_head), dim=2)


def differential_case(
    about: str,
    length: int = 5,
    B: int = 2,
    size: float = 1.0,
    spread: float = 0.5,
    told: dict | None = None,
    **fields,
) -> None:
    @case(DIFFERENCE, about)
    def difference(package):
        module = fill(package.attention.DifferentialAttention(small(**fields)), spread)
        H, G, D = module.n_head, module.n_kv_head, module.head_dim
        context = package.positions.Context(torch.arange(3, 3 + length), **{"layer": 1} | (told or {}))
        x = size * draw(B, length, H + 2 * G, D)
        return outcome(lambda x: module.attend(*shared_out(module, x), context), x, module=module)


differential_case("two query heads to a key/value head")
differential_case("a key/value head for every query head", n_kv_head=4)
differential_case("two heads in all", n_head=2, n_kv_head=2)
differential_case("three query heads to each of four key/value heads", n_head=12, n_kv_head=4)
differential_case("six key/value heads", n_head=6, n_kv_head=6, n_embd=36)
differential_case("the first layer", told={"layer": 0})
differential_case("the twelfth layer", told={"layer": 11})
differential_case("as many sequences as tokens, heads and numbers of a head", length=4, B=4, n_kv_head=4, head_dim=4)
differential_case("heads of other sizes", head_dim=10)
differential_case("values so small that eps counts", size=1 / 16)
differential_case("another eps", norm_eps=0.5)
differential_case("vectors of the share that are large", spread=1.0)
differential_case("a window of two", told={"window": 2})
differential_case("a bias on the scores", told={"bias": by_distance(4)})
differential_case("sinks and a soft cap", attention_sinks=True, attention_softcap=1.5)
differential_case("a scale of its own", score_scale=0.7)


@case(DIFFERENCE, "bfloat16 queries, keys and values", dtype=torch.bfloat16)
def bfloat16_difference(package):
    module = fill(package.attention.DifferentialAttention(small()))
    with torch.no_grad():
        context = package.positions.Context(torch.arange(5), layer=1)
        return {"the result": module.attend(*shared_out(module, draw(2, 5, 8, 6)), context)}


@case(DIFFERENCE, "bfloat16, and a share that is the difference of two large exponentials", dtype=torch.bfloat16)
def near_each_other(package):
    module = fill(package.attention.DifferentialAttention(small()))
    with torch.no_grad():
        # Products of 4.5 and a little less, which bfloat16 cannot tell apart; their exponentials differ by 0.7.
        for name in SHARES:
            getattr(module, name).fill_(0.75 if "k" in name else 1.0)
        module.share_k2[0] -= 1 / 128
    context = package.positions.Context(torch.arange(5), layer=1)
    with torch.no_grad():
        return {"the result": module.attend(*shared_out(module, draw(2, 5, 8, 6)), context)}


@case(DIFFERENCE, "a single token")
def lonely(package):
    # The token gets its own values, whatever its score: from both halves the same.
    module = fill(package.attention.DifferentialAttention(small()))
    with torch.no_grad():
        context = package.positions.Context(torch.arange(1), layer=1)
        return {"the result": module.attend(*shared_out(module, draw(2, 1, 8, 6)), context)}


@case(DIFFERENCE, "a cache, and a text in three parts")
def differential_cached(package):
    module, cache, report = (
        fill(package.attention.DifferentialAttention(small())),
        package.cache.ContiguousCache(12),
        {},
    )
    for part, (start, length) in enumerate(((0, 4), (4, 1), (5, 2)), start=1):
        position = torch.arange(start, start + length).expand(2, -1)
        context = package.positions.Context(position, layer=1, cache=cache)
        with torch.no_grad():
            x = draw(2, length, 8, 6, seed=part)
            report[f"the result for part {part}"] = module.attend(*shared_out(module, x), context)
    return report
