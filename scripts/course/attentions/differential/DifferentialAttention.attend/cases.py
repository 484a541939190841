"""What attentions.differential.DifferentialAttention.attend is asked."""

import torch
from torch import Tensor

from scripts.course.attentions.shared import LAMBDAS, by_distance
from scripts.workshop.check.cases import (
    case,
    draw,
    fill,
    outcome,
    share_of_zeros,
    small,
)

DIFFERENCE = "attentions.differential.DifferentialAttention.attend"


def split_up(module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values (B, T, heads, D), cut out of one tensor."""
    return x.split((module.n_head, module.n_kv_head, module.n_kv_head), dim=2)


def differential_case(
    about: str,
    length: int = 5,
    B: int = 2,
    size: float = 1.0,
    spread: float = 0.5,
    told: dict | None = None,
    layer: int = 1,
    **fields,
) -> None:
    @case(about)
    def difference(package):
        module = fill(package.attentions.differential.DifferentialAttention(small(**fields), layer), spread)
        H, G, D = module.n_head, module.n_kv_head, module.head_dim
        context = package.positions.Context(torch.arange(3, 3 + length), **(told or {}))
        x = size * draw(B, length, H + 2 * G, D)
        return outcome(lambda x: module.attend(*split_up(module, x), context), x, module=module)


differential_case("two query heads to a key/value head")


differential_case("a key/value head for every query head", n_kv_head=4)


differential_case("two heads in all", n_head=2, n_kv_head=2)


differential_case("three query heads to each of four key/value heads", n_head=12, n_kv_head=4)


differential_case("six key/value heads", n_head=6, n_kv_head=6, n_embd=36)


differential_case("the first layer", layer=0)


differential_case("the twelfth layer", layer=11, n_layer=12)


differential_case("as many sequences as tokens, heads and numbers of a head", length=4, B=4, n_kv_head=4, head_dim=4)


differential_case("heads of other sizes", head_dim=10)


differential_case("values so small that eps counts", size=1 / 16)


differential_case("another eps", norm_eps=0.5)


differential_case("vectors of lambda that are large", spread=1.0)


differential_case("a window of two", attention_window="2")


differential_case("a bias on the scores", told={"bias": by_distance(4)})


differential_case(
    "sinks, a soft cap, a window and a bias on the scores",
    attention_sinks=True,
    attention_softcap=1.5,
    attention_window="3",
    told={"bias": by_distance(4)},
)


differential_case("a scale of its own", softmax_scale=0.7)


@case("bfloat16 queries, keys and values", dtype=torch.bfloat16)
def bfloat16_difference(package):
    module = fill(package.attentions.differential.DifferentialAttention(small(), 1))
    with torch.no_grad():
        context = package.positions.Context(torch.arange(5))
        return {"the result": module.attend(*split_up(module, draw(2, 5, 8, 6)), context)}


@case("bfloat16, and a lambda that is the difference of two large exponentials", dtype=torch.bfloat16)
def near_each_other(package):
    module = fill(package.attentions.differential.DifferentialAttention(small(), 1))
    with torch.no_grad():
        # Products of 4.5 and a little less, which bfloat16 cannot tell apart; their exponentials differ by 0.7.
        for name in LAMBDAS:
            getattr(module, name).fill_(0.75 if "k" in name else 1.0)
        module.lambda_k2[0] -= 1 / 128
    context = package.positions.Context(torch.arange(5))
    with torch.no_grad():
        return {"the result": module.attend(*split_up(module, draw(2, 5, 8, 6)), context)}


@case("a lambda below zero")
def below_zero(package):
    module = fill(package.attentions.differential.DifferentialAttention(small(), 1))
    for name in ("lambda_q2", "lambda_k2"):
        torch.nn.init.constant_(getattr(module, name), 0.5)
    context = package.positions.Context(torch.arange(5))
    return outcome(lambda x: module.attend(*split_up(module, x), context), draw(2, 5, 8, 6), module=module)


@case("a single token")
def lonely(package):
    # The token gets its own values, whatever its score: from both halves the same.
    module = fill(package.attentions.differential.DifferentialAttention(small(), 1))
    with torch.no_grad():
        context = package.positions.Context(torch.arange(1))
        return {"the result": module.attend(*split_up(module, draw(2, 1, 8, 6)), context)}


@case("dropout, in training and in evaluation")
def dropout(package):
    # A single token: each half drops its weight of one or does not, and where both do, nothing is left.
    torch.manual_seed(0)
    module = fill(package.attentions.differential.DifferentialAttention(small(n_head=2, dropout=0.5), 1))
    context, x = package.positions.Context(torch.arange(1)), draw(1000, 1, 6, 6)
    with torch.no_grad():
        trained = module.train().attend(*split_up(module, x), context)
        evaluated = module.eval().attend(*split_up(module, x), context)
    return {
        "the share of tokens that get nothing": share_of_zeros(trained.abs().sum(dim=-1), 0.25),
        "the result in evaluation": evaluated,
    }


@case("a cache for a window of three, a bias on the scores, and a text in three parts")
def differential_cached(package):
    module, cache, report = (
        fill(package.attentions.differential.DifferentialAttention(small(attention_window="3"), 1)),
        package.decoding.cache.RollingCache(3),
        {},
    )
    for part, (start, length) in enumerate(((0, 4), (4, 1), (5, 2)), start=1):
        position = torch.arange(start, start + length).expand(2, -1)
        context = package.positions.Context(position, bias=by_distance(4), cache=cache)
        with torch.no_grad():
            x = draw(2, length, 8, 6, seed=part)
            report[f"the result for part {part}"] = module.attend(*split_up(module, x), context)
    return report
