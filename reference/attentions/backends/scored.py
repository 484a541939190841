"""Attention by the formula with everything that public models do to scores: cap, bias, window, sinks, dropout."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ...norms import soft_cap
from ...positions import Context
from .masks import attention_mask


def with_bias(context: Context, bias: Callable[[Tensor, Tensor], Tensor]) -> Context:
    """The context with one more bias, a function of query and key positions, beside what the positions add."""
    if (first := context.bias) is None:
        return context._replace(bias=bias)
    return context._replace(bias=lambda query, key: first(query, key) + bias(query, key))


class ScoreMods(NamedTuple):
    """What is done to the scores of queries and keys, and which of them are hidden. None: nothing of the kind."""

    query_position: Int[Tensor, "*batch Tq"]
    key_position: Int[Tensor, "*batch Tk"]
    scale: float  # products of queries and keys are multiplied by it
    window: int | None = None  # a query attends to so many keys at most, its own token's among them
    softcap: float | None = None  # scaled scores are squeezed into (-softcap, softcap), before the bias
    bias: Float[Tensor, "*batch H Tq Tk"] | None = None  # added to them
    sinks: Float[Tensor, " H"] | None = None  # for every head, the score of one more key, which has no value
    dropout: float = 0.0  # the fraction of weights that is dropped

    @classmethod
    def of(cls, attention: nn.Module, context: Context, key_position: Int[Tensor, "*batch Tk"]) -> "ScoreMods":
        """Those of a layer with a scale, a window, a softcap, sinks and dropout, for the tokens of a context."""
        return cls(
            context.position,
            key_position,
            attention.scale,
            window=attention.window,
            softcap=attention.softcap,
            bias=None if context.bias is None else context.bias(context.position, key_position),
            sinks=attention.sinks,
            dropout=attention.dropout.p if attention.training else 0.0,
        )

    def mask(self) -> Bool[Tensor, "B_or_1 1 Tq Tk"]:
        """True where a query attends to a key, with an axis for the sequences and one for the heads."""
        mask = attention_mask(self.query_position, self.key_position, self.window)
        return mask.view(-1, 1, *mask.shape[-2:])

    def from_a_cache(self) -> bool:
        """Whether there are other keys than those of the queries' own tokens."""
        return self.key_position is not self.query_position

    def simply_causal(self) -> bool:
        """Whether every token attends to exactly those before it, and to none from a cache."""
        return self.window is None and not self.from_a_cache()


def softmax_with_sinks(scores: Float[Tensor, "B H Tq Tk"], sinks: Float[Tensor, " H"]) -> Float[Tensor, "B H Tq Tk"]:
    r"""Softmax with one more score in the sum: the null attention of gpt-oss.

        weights[s] = exp(scores[s]) / (exp(sink) + sum over all s' of exp(scores[s']))

    scores: (B, H, Tq, Tk), minus infinity where a key is hidden; sinks: (H,), learned, one for each head. Returns the
    shape and dtype of scores; each row sums to less than one.

    gpt-oss (OpenAI 2025, arXiv:2508.10925), section 2; Xiao et al. 2023, attention sinks (arXiv:2309.17453).
    """
    # Append the sink as one more column, the same for every query of a head.
    column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)
    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)
    # Drop it after the softmax: it has taken its part of the weight, and has no value.
    return weights[..., :-1]


def scored_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    mods: ScoreMods,
) -> Float[Tensor, "B H Tq Dv"]:
    r"""Attention by the formula, with every score in memory and everything that `ScoreMods` asks for, in this order.

        s   = mods.scale * query key^T
        s   = soft_cap(s, mods.softcap)                  where softcap is a number
        s   = s + mods.bias                              where there is one: (H, Tq, Tk) or (B, H, Tq, Tk)
        s   = s where mods.mask(), else -inf             the mask: (1, 1, Tq, Tk) or (B, 1, Tq, Tk)
        w   = softmax(s), or softmax_with_sinks(s, mods.sinks) where there are sinks
        out = dropout(w, mods.dropout) value

    G divides H, and query head i reads key/value head floor(i * G / H). Scores are computed in float32 at least. The
    bias may be of a wider dtype than the rest. Returns (B, H, Tq, Dv), in the dtype of value.

    Grouped heads: Ainslie et al. 2023 (arXiv:2305.13245), section 2; soft cap: Gemma 2 (arXiv:2408.00118), section 2.
    """
    # Treat the H/G query heads that read one key/value head as more queries to it: nothing is repeated.
    B, H, Tq, D = query.shape
    _, G, Tk, Dv = value.shape
    query = query.reshape(B, G, H // G * Tq, D)
    # Score every key for every query, in float32 at least, and cap the scores where a cap is given.
    wide = torch.promote_types(query.dtype, torch.float32)
    scores = (query.to(wide) @ key.to(wide).mT * mods.scale).view(B, H, Tq, Tk)
    if mods.softcap is not None:
        scores = soft_cap(scores, mods.softcap)
    # Add the bias.
    if mods.bias is not None:
        scores = scores + mods.bias
    # Hide the keys where the mask is false, then turn scores into weights.
    scores = scores.masked_fill(~mods.mask(), float("-inf"))
    weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)
    # Drop weights, then average the values, for all heads that share them at once.
    weights = weights.view(B, G, H // G * Tq, Tk)
    return (F.dropout(weights.to(value.dtype), mods.dropout) @ value).view(B, H, Tq, Dv)
