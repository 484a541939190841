"""What attention.manual_attention is asked."""

import torch
from torch import Tensor

from scripts.course.attention.shared import raised
from scripts.workshop.check.cases import case, draw, gradient


def inputs(B: int, H: int, Tq: int, Tk: int, D: int, height: float = 0.0) -> list[Tensor]:
    """Queries, keys and values as attention hands them over: views of (B, T, H, D) with the heads in front. height: see
    `raised`."""
    query, key = raised(draw(B, Tq, H, D, seed=Tq), draw(B, Tk, H, D, seed=Tk + 1), height)
    return [each.transpose(1, 2) for each in (query, key, draw(B, Tk, H, D, seed=3))]


def attention_case(
    about: str, *mask: Tensor, B: int = 2, H: int = 3, D: int = 6, scale: float = 0.6, height: float = 0.0
) -> None:
    """mask: for all sequences together, or one for each."""

    @case(about)
    def attention(package):
        visible = torch.stack(mask)[:, None]
        Tq, Tk = visible.shape[-2:]
        given = inputs(B, H, Tq, Tk, D, height)
        # Once on copies and without gradients: what was handed in must come out as it was.
        copies = [each.clone() for each in (*given, visible)]
        with torch.no_grad():
            package.attention.manual_attention(*copies, scale)
        result = package.attention.manual_attention(*(each.requires_grad_() for each in given), visible, scale)
        report = {"the result": result.detach() if isinstance(result, Tensor) else result}
        if isinstance(result, Tensor) and result.requires_grad:
            (result * draw(*result.shape, seed=99).to(result.dtype)).sum().backward()
        # A weight of one stays one, whatever the score: these gradients are zero up to rounding errors.
        names = ("query", "key", "value")
        certain = {"query", "key"} if (visible.sum(-1) == 1).all() else set()
        report |= {
            f"the gradient to the {name}": gradient(each)
            for name, each in zip(names, given, strict=True)
            if name not in certain
        }
        return report | {
            f"the {name} after the call": each for name, each in zip((*names, "mask"), copies, strict=True)
        }


def causal(Tq: int, Tk: int | None = None) -> Tensor:
    """Queries of the last Tq of Tk tokens."""
    Tk = Tk or Tq
    return torch.ones(Tq, Tk, dtype=torch.bool).tril(Tk - Tq)


attention_case("five tokens", causal(5))


attention_case("a single head", causal(5), H=1)


attention_case("a single token", causal(1))


attention_case("as many sequences as heads, tokens and elements of a head", causal(4), B=4, H=4, D=4)


attention_case("one over the root of the size of a head as the scale", causal(5), scale=6**-0.5)


attention_case("a scale of one", causal(5), scale=1.0)


attention_case("scores of which no exponential is finite", causal(5), scale=1.0, height=4.5)


# A hidden key that is told from a visible one by -10,000 only, put in place of its score or added to it, gets all the
# weight here.
attention_case("scores from 13,824 below zero to as much above", causal(5), scale=1.0, height=-48.0)


attention_case("three queries and seven keys", causal(3, 7))


attention_case("one query and seven keys", causal(1, 7))


attention_case("a mask of each sequence's own", causal(4)[[3, 1, 0, 2]], causal(4))


attention_case(
    "a mask of each sequence's own, and as many sequences as heads", causal(3, 5).flip(0, 1), causal(3, 5), H=2
)


@case("texts of different lengths, one after the other")
def lengths(package):
    return {
        f"the result for {T} tokens": package.attention.manual_attention(
            *inputs(2, 3, T, T, 6), causal(T)[None, None], 0.6
        )
        for T in (3, 6, 2)
    }


@case("bfloat16 queries, keys and values", dtype=torch.bfloat16)
def bfloat16(package):
    return {
        "the result": package.attention.manual_attention(*inputs(2, 3, 5, 5, 6), causal(5)[None, None], 6**-0.5),
    }
