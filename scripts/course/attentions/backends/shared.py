"""Cases for the backends."""

from collections.abc import Callable

import torch
from torch import Tensor

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.attention.shared import raised
from scripts.workshop.check.cases import case_of, draw, gradient, growth, share_of_zeros

SCORED, SDPA = "attentions.backends.scored.scored_attention", "attentions.backends.fused.sdpa_attention"


def inputs(
    B: int, Tq: int, Tk: int, H: int = 4, G: int = 2, D: int = 6, Dv: int | None = None, height: float = 0.0
) -> dict[str, Tensor]:
    """Queries, keys and values as attention hands them over: views of (B, T, heads, D) with the heads in front. height:
    see `raised`."""
    query, key = raised(draw(B, Tq, H, D, seed=1), draw(B, Tk, G, D, seed=2), height)
    value = draw(B, Tk, G, Dv or D, seed=3)
    return {"query": query.transpose(1, 2), "key": key.transpose(1, 2), "value": value.transpose(1, 2)}


def backend_of(package, piece: str) -> Callable[..., Tensor]:
    *_, file, name = piece.split(".")
    return getattr(getattr(package.attentions.backends, file), name)


def attended(
    package,
    piece: str,
    query_position: Tensor,
    key_position: Tensor | None = None,
    scale: float = 0.6,
    bias: Callable[..., Tensor] | None = None,
    sinks: float | None = None,
    alone: bool = False,
    options: dict | None = None,
    **sizes,
) -> dict:
    """What comes out, the gradients to all that may be learned, and what the inputs look like afterwards.

    bias: a function of H, Tq and Tk. sinks: the number around which they lie. alone: every token sees itself only.
    """
    position = query_position.clone()
    key_position = position if key_position is None else key_position.clone()
    Tq, Tk = position.size(-1), key_position.size(-1)
    given = inputs(**{"B": position.size(0) if position.ndim == 2 else 2, "Tq": Tq, "Tk": Tk} | sizes)
    H = given["query"].size(1)
    if bias is not None:
        given["bias"] = bias(H, Tq, Tk)
    if sinks is not None:
        given["sinks"] = sinks + draw(H, seed=8)

    def attend(query, key, value, bias=None, sinks=None):
        mods = package.attentions.backends.scored.ScoreMods(
            position, key_position, scale, bias=bias, sinks=sinks, **(options or {})
        )
        return backend_of(package, piece)(query, key, value, mods)

    # Once on copies and without gradients: what was handed in must come out as it was.
    copies = {name: value.clone() for name, value in given.items()}
    with torch.no_grad():
        attend(**copies)
    for value in given.values():
        value.requires_grad_()
    result = attend(**given)
    report: dict = {"the result": result.detach() if isinstance(result, Tensor) else result}
    if isinstance(result, Tensor) and result.requires_grad:
        (result * draw(*result.shape, seed=99).to(result.dtype)).sum().backward()
    # A weight of one stays one, whatever the score: these gradients are zero up to rounding errors, and there is
    # nothing that would tell how large those may be.
    certain = {"query", "key", "bias"} if alone and sinks is None else set()
    report |= {f"the gradient to {name}": gradient(value) for name, value in given.items() if name not in certain}
    report |= {f"{name} after the call": value for name, value in copies.items()}
    return report | {"the positions after the call": torch.cat((position, key_position), dim=-1)}


def bias_of(seed: int = 7, height: float = 0.0, B: int | None = None) -> Callable[..., Tensor]:
    """A bias for every head, query and key; with B, for every sequence too."""
    return lambda *shape: height + draw(*([] if B is None else [B]), *shape, seed=seed)


def rows(*positions) -> Tensor:
    """Positions of several sequences, one row for each: (B, T)."""
    return torch.tensor([list(row) for row in positions])


def attention_case(piece: str, about: str, *positions: Tensor, dtype: torch.dtype = torch.float32, **settings) -> None:
    @case_of(piece, about, dtype)
    def attention(package):
        report = attended(package, piece, *positions, **settings)
        # In few digits, gradients depend too much on the order in which things are done.
        return report if dtype == torch.float32 else {"the result": report["the result"]}


def cases_for_both(piece: str) -> None:
    """What every backend is asked that computes attention with a bias."""

    def ask(about: str, *positions: Tensor, **settings) -> None:
        attention_case(piece, about, *positions, **settings)

    five = torch.arange(5)
    ask("a key/value head for every query head", five, H=3, G=3)
    ask("two query heads to a key/value head", five)
    ask("three query heads to a key/value head", five, H=6)
    ask("two query heads to each of three key/value heads", five, H=6, G=3)
    ask("one key/value head for all", five, G=1)
    ask("a single head", five, H=1, G=1)
    ask("values that are smaller than keys", five, Dv=3)
    ask("values that are larger than keys", five, Dv=10)
    ask("a single token", torch.arange(1), alone=True)
    ask("as many sequences as heads, tokens, and numbers of a head", torch.arange(4), B=4, G=4, D=4)
    ask("one over the root of the size of a head as the scale", five, scale=6**-0.5)
    ask("a scale of one", five, scale=1.0)
    ask("scores of which no exponential is finite", five, scale=1.0, height=4.5)
    # Attention to what a cache remembers.
    ask("three new tokens, and seven keys in a cache", rows(*[range(4, 7)] * 2), rows(*[range(7)] * 2))
    ask("one new token, and seven keys in a cache", rows([6], [6]), rows(*[range(7)] * 2))
    ask("the first tokens in a cache", rows(*[range(4)] * 2), rows(*[range(4)] * 2))
    ask("sequences of different lengths in a cache", rows([6], [2], [4]), rows(*[range(7)] * 3))
    ask(
        "keys in the order of a rolling cache, and slots that hold nothing",
        rows([6, 7], [2, 3]),
        rows([4, 5, 3, 6, 7], [0, EMPTY_SLOT, 1, 2, 3]),
        options={"window": 3},
    )
    ask("as many keys as queries, in another order", rows([4, 5, 6], [7, 8, 9]), rows([6, 4, 5], [6, 5, 7]))
    ask("sequences that stand at different positions", rows([0, 1, 2], [5, 7, 8]))
    # Windows.
    ask("a window of three", torch.arange(6), options={"window": 3})
    ask("a window of one", torch.arange(4), options={"window": 1}, alone=True)
    ask("a window longer than the text", torch.arange(4), options={"window": 9})
    ask("a window of two, from position 3 on", torch.arange(3, 8), options={"window": 2})
    # A bias.
    ask("a bias", five, bias=bias_of())
    ask("a bias, a large scale, and a key/value head for every query head", five, bias=bias_of(), scale=1.5, G=4)
    ask("a bias so large that no exponential is finite", five, bias=bias_of(height=100.0))
    ask("a bias, and scores from 13,824 below zero to as much above", five, bias=bias_of(), scale=1.0, height=-48.0)
    ask("a bias, with as many sequences as heads and tokens", torch.arange(4), bias=bias_of(), B=4)
    ask("a bias, and a window of three", torch.arange(6), bias=bias_of(), options={"window": 3})
    ask("a bias of its own for every sequence", five, bias=bias_of(B=2))
    ask(
        "a bias of its own for every sequence, and a cache",
        rows([5, 6], [2, 3]),
        rows(*[range(7)] * 2),
        bias=bias_of(B=2),
    )
    # Fewer digits.
    ask("bfloat16 queries, keys and values", five, dtype=torch.bfloat16)
    ask("bfloat16 queries, keys and values, and a window", five, options={"window": 2}, dtype=torch.bfloat16)

    @case_of(piece, "bfloat16 queries, keys and values, and a float32 bias", dtype=torch.bfloat16)
    def wide_bias(package):
        wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
        report = attended(package, piece, five, bias=lambda *shape: draw(*shape, seed=7).to(wide))
        return {"the result": report["the result"]}

    @case_of(piece, "texts of different lengths, one after the other")
    def lengths(package):
        return {
            f"the result for {T} tokens": attended(package, piece, torch.arange(T))["the result"] for T in (3, 6, 2)
        }

    def dropped(package, B: int, T: int, H: int = 1, share: float = 0.25, **options) -> tuple[Tensor, Tensor]:
        """The results of the same inputs with dropout and without, (B, H, T, Dv)."""
        torch.manual_seed(0)
        position, given = torch.arange(T), inputs(1, T, T, H, 1 if options else H)
        given = {name: value.expand(B, -1, -1, -1) for name, value in given.items()}
        settings = {"key_position": position, **options}
        mods = package.attentions.backends.scored.ScoreMods(position, scale=0.6, **settings)
        attend = backend_of(package, piece)
        return attend(**given, mods=mods._replace(dropout=share)), attend(**given, mods=mods)

    @case_of(piece, "dropout")
    def dropout(package):
        # A token that looks at itself only: its weight of one is dropped or not, and with it all numbers of the value.
        found, without = dropped(package, B=2000, T=1, H=2)
        nothing = found.abs().sum(dim=-1)
        return {
            "the share of tokens that get nothing": share_of_zeros(nothing, 0.25),
            "the share of tokens of which no head gets anything": share_of_zeros(nothing.sum(dim=1), 0.0625),
            "what the rest is multiplied by": growth(found, without),
            "the result without dropout": without,
        }

    @case_of(piece, "dropout of nearly everything, grouped heads, a window, a bias, and all else that there is")
    def most_dropped(package):
        # The positions of the keys are others than those of the queries, as with a cache.
        options = {"key_position": torch.arange(1), "window": 3, "bias": draw(2, 1, 1, seed=7)}
        if piece == SCORED:
            options |= {"softcap": 1.5, "sinks": draw(2, seed=8)}
        found, without = dropped(package, B=1000, T=1, H=2, share=0.9, **options)
        return {
            "the share of tokens that get nothing": share_of_zeros(found.abs().sum(dim=-1), 0.9),
            "what the rest is multiplied by": growth(found, without),
        }

    @case_of(piece, "dropout, the same two tokens again and again")
    def dropout_of_two(package):
        # What the second token gets are both values, one of them, or none. More would mean that the weights themselves
        # change.
        found, _ = dropped(package, B=500, T=2)
        return {
            "how many different numbers come out in the same place": len((100 * found[:, 0, 1, 0]).round().unique())
        }
