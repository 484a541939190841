"""What attentions.backends.scored.scored_attention is asked."""

import torch
from torch import Tensor

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.attentions.backends.shared import SCORED, attention_case, bias_of, cases_for_both, inputs, rows
from scripts.workshop.check.cases import case, draw

cases_for_both(SCORED)


def scored(about: str, *positions: Tensor, **settings) -> None:
    attention_case(SCORED, about, *positions, **settings)


FOUR, CAP = torch.arange(4), {"softcap": 1.5}


scored("a soft cap", FOUR, options=CAP)


scored("a soft cap of 20, and scores beyond", FOUR, scale=9.0, options={"softcap": 20.0})


scored("a soft cap, and a bias beyond it", FOUR, bias=bias_of(height=5.0), options=CAP)


scored("a soft cap, and a window of two", FOUR, options=CAP | {"window": 2})


scored("sinks", FOUR, sinks=0.0)


scored("sinks, and as many sequences as heads, tokens, and numbers of a head", FOUR, B=4, G=4, D=4, sinks=0.0)


scored("sinks, and a single token", torch.arange(1), sinks=1.0)


scored("sinks, and a window of one", FOUR, sinks=0.0, options={"window": 1})


scored("sinks, and scores of which no exponential is finite", FOUR, scale=1.0, height=4.5, sinks=120.0)


scored("sinks, and scores from 13,824 below zero to as much above", FOUR, scale=1.0, height=-48.0, sinks=-13824.0)


EVERYTHING = {"bias": bias_of(B=2), "sinks": 0.0, "options": CAP | {"window": 3}}


scored("soft cap, bias, sinks and window together", rows(range(5), range(3, 8)), **EVERYTHING)


scored(
    "soft cap, bias, sinks and window together, and sequences of different lengths in a cache",
    rows([5, 6], [2, 3]),
    rows([4, EMPTY_SLOT, 3, 2, 5, 6], [0, 1, 2, 3, EMPTY_SLOT, EMPTY_SLOT]),
    **EVERYTHING,
)


scored("bfloat16 inputs, a soft cap and sinks", FOUR, sinks=0.0, options=CAP, dtype=torch.bfloat16)


scored("everything together in bfloat16", rows(range(5), range(3, 8)), **EVERYTHING, dtype=torch.bfloat16)


@case("bfloat16 queries, keys and values, and a float32 bias of a thousand", dtype=torch.bfloat16)
def far_back(package):
    # As of ALiBi, for keys that lie far back: numbers of which bfloat16 tells only every eighth apart.
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    bias = draw(4, 5, 5, seed=7).to(wide) - 1030
    mods = package.attentions.backends.scored.ScoreMods(torch.arange(5), torch.arange(5), scale=0.6, bias=bias)
    return {"the result": package.attentions.backends.scored.scored_attention(*inputs(2, 5, 5).values(), mods)}


def narrow(about: str, dtype: torch.dtype) -> None:
    @case(about, dtype=dtype)
    def large_products(package):
        # Whole numbers around 200, which both dtypes hold: products of 240,000, which float16 does not, and scores
        # around 234 that differ by less than bfloat16 can tell there.
        query, key, value = inputs(2, 5, 5).values()
        query, key = (200 + (2 * each).round() for each in (query, key))
        mods = package.attentions.backends.scored.ScoreMods(torch.arange(5), torch.arange(5), scale=2.0**-10)
        return {"the result": package.attentions.backends.scored.scored_attention(query, key, value, mods)}


narrow("float16 inputs whose products float16 cannot hold", torch.float16)


narrow("bfloat16 inputs with scores of hundreds", torch.bfloat16)
