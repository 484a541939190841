"""Backends: several ways to compute the same attention. What differs is what they cost, and what they can do at all.

Each is a function of queries, keys and values with the heads in front, and of `Scores`, which says how a score comes
about and which of them count. What a backend cannot do, it says in its entry of `REFUSALS`, when the model is built.
"""

import contextlib
import importlib.util
import logging
import warnings
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from reference.config import GPTConfig, choose

from .flash import tiled_attention
from .norms import soft_cap
from .positions import POSITION_ENCODINGS, Context, visible_keys

try:  # torch 2.9 and newer
    from torch.nn.attention.flex_attention import AuxRequest, create_block_mask, flex_attention
except ImportError:
    flex_attention = None


class Scores(NamedTuple):
    """How the scores of queries and keys come about, and which of them count. What is None plays no part."""

    query_position: Int[Tensor, "*batch Tq"]
    key_position: Int[Tensor, "*batch Tk"]
    scale: float  # what products of queries and keys are multiplied by
    window: int | None = None  # how many keys a query sees at most
    softcap: float | None = None  # the scaled scores are squeezed into (-softcap, softcap), before the bias
    bias: Float[Tensor, "*batch H Tq Tk"] | None = None  # added to them
    sinks: Float[Tensor, " H"] | None = None  # for every head, the score of a key that is always seen and has no value
    dropout: float = 0.0  # the share of weights that is dropped

    @classmethod
    def of(cls, attention: nn.Module, context: Context, key_position: Int[Tensor, "*batch Tk"]) -> "Scores":
        """Those of a layer with a scale, a softcap, sinks and dropout, for the tokens of a context."""
        return cls(
            context.position,
            key_position,
            attention.scale,
            window=context.window,
            softcap=attention.softcap,
            bias=None if context.bias is None else context.bias(context.position, key_position),
            sinks=attention.sinks,
            dropout=attention.dropout.p if attention.training else 0.0,
        )

    def visible(self) -> Bool[Tensor, "B_or_1 1 Tq Tk"]:
        """Which scores count, with an axis for the sequences and one for the heads."""
        visible = visible_keys(self.query_position, self.key_position, self.window)
        return visible.view(-1, 1, *visible.shape[-2:])

    def from_a_cache(self) -> bool:
        """Whether there are other keys than those of the tokens at hand."""
        return self.key_position is not self.query_position

    def simply_causal(self) -> bool:
        """Whether every token at hand sees exactly those before it, and none from a cache."""
        return self.window is None and not self.from_a_cache()


def softmax_with_sinks(scores: Float[Tensor, "B H Tq Tk"], sinks: Float[Tensor, " H"]) -> Float[Tensor, "B H Tq Tk"]:
    r"""Softmax with one more score in the sum: a place for attention that no key deserves.

        weights[s] = exp(scores[s]) / (exp(sink) + sum over all s' of exp(scores[s']))

    scores: (B, H, Tq, Tk), minus infinity where a key is hidden; sinks: (H,), learned, one for each head. Returns the
    shape and dtype of scores; each row sums to less than one.

    gpt-oss (OpenAI 2025, arXiv:2508.10925), section 2; Xiao et al. 2023, attention sinks (arXiv:2309.17453).
    """
    # The sink as one more column, the same for every query of a head ...
    column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)
    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)
    # ... which takes its share and is then dropped: there is no value behind it.
    return weights[..., :-1]


def manual_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    scores: Scores,
) -> Float[Tensor, "B H Tq Dv"]:
    r"""Attention as the formula says it, with every score in memory.

        s[t, s] = q_t . k_s * scale        where visible, else -inf
        out[t]  = sum over s of softmax(s[t])[s] * v_s

    query: (B, H, Tq, D); key: (B, G, Tk, D); value: (B, G, Tk, Dv), where G divides H, and query head i reads key/value
    head floor(i * G / H): neighbouring query heads share one. `scores.visible()`, boolean, (1, 1, Tq, Tk) or
    (B, 1, Tq, Tk), says which keys a query may see; of the fields of scores, `scale` is always a number. With
    everything that may be asked for, in this order (nanochat asks for none of it):

        s   = soft_cap(s, scores.softcap)        where scores.softcap is a number
        s   = s + scores.bias        where there is one: (H, Tq, Tk) or (B, H, Tq, Tk)
        w   = softmax_with_sinks(s, scores.sinks)        instead of the softmax, where there are sinks
        out = dropout(w) v        each weight is dropped with the probability scores.dropout

    The bias may be of a wider dtype than the rest. Returns (B, H, Tq, Dv), in the dtype of value.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.2; grouped heads: Ainslie et al. 2023 (arXiv:2305.13245), section
    2; soft cap: Gemma 2 (arXiv:2408.00118), section 2.
    """
    # Each key/value head serves H/G neighbouring query heads. To it, they are just more queries: nothing is repeated.
    B, H, Tq, D = query.shape
    _, G, Tk, Dv = value.shape
    query = query.reshape(B, G, H // G * Tq, D)
    # How well each query fits each key, by content; with a soft cap, no score passes it however well they fit.
    fit = (query @ key.mT * scores.scale).view(B, H, Tq, Tk)
    if scores.softcap is not None:
        fit = soft_cap(fit, scores.softcap)
    # With a bias, by distance too.
    if scores.bias is not None:
        fit = fit + scores.bias
    # Hide what may not be seen: a weight of exactly zero needs a score of minus infinity, before the softmax.
    fit = fit.masked_fill(~scores.visible(), float("-inf"))
    weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)
    # Take the weighted mean of the values, again for all that share them at once; in training, forget some of what
    # was looked at.
    weights = weights.view(B, G, H // G * Tq, Tk)
    return (F.dropout(weights.to(value.dtype), scores.dropout) @ value).view(B, H, Tq, Dv)


def sdpa_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    scores: Scores,
) -> Float[Tensor, "B H Tq Dv"]:
    r"""Torch's own attention, `F.scaled_dot_product_attention`, which chooses among several kernels itself.

    query, key, value: as in `manual_attention`, with as few heads for keys and values. Of scores it has everything but
    softcap and sinks, which are refused when the model is built. Where `scores.simply_causal()`, and there is no bias,
    no mask is made. Else the mask is `scores.visible()`, or the bias, in the dtype of query, with minus infinity where
    nothing may be seen. The function's own `is_causal` aligns the first key with the first query: with a cache, it
    would hide all but the oldest keys.
    Returns (B, H, Tq, Dv), in the dtype of query.
    """
    # Only where queries and keys are of the same tokens may the kernel make up the mask itself, and save its memory.
    causal = scores.simply_causal() and scores.bias is None
    mask = None if causal else scores.visible()
    # A bias and a mask go in as one: what is hidden gets minus infinity.
    if scores.bias is not None:
        mask = scores.bias.to(query.dtype).masked_fill(~mask, float("-inf"))
    # Grouped heads are asked for only where there are some: for them, some kernels are not to be had.
    return F.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        dropout_p=scores.dropout,
        is_causal=causal,
        scale=scores.scale,
        enable_gqa=query.size(1) != key.size(1),
    )


@cache
def fused_flex_attention() -> Callable:
    """The kernel that torch makes of the functions which change the scores."""
    return torch.compile(flex_attention)


def flex_backend(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
    r"""Torch's flex attention (arXiv:2412.05496): a fused kernel, made from a function of a single score.

    Shapes as in `manual_attention`. A sink takes its share at the end: out * sigmoid(logsumexp - sink). On a GPU the
    kernel is compiled, and blocks of scores that nobody may see are skipped. On a CPU torch computes all scores, and
    has no backward pass.

    Raises `RuntimeError` where gradients are wanted on a CPU.
    """
    on_cpu = query.device.type == "cpu"
    if on_cpu and torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (query, key, value)):
        raise RuntimeError(
            "attention_backend = 'flex': torch's flex attention has no backward pass on a CPU. "
            "Train with manual, sdpa or tiled, or on a GPU"
        )
    B, Tq, Tk = query.size(0), query.size(2), key.size(2)
    query_position, key_position = scores.query_position.expand(B, -1), scores.key_position.expand(B, -1)
    bias = None if scores.bias is None else scores.bias.expand(B, -1, -1, -1)

    def visible(b, head, t, s):
        distance = query_position[b, t] - key_position[b, s]
        return distance >= 0 if scores.window is None else (distance >= 0) & (distance < scores.window)

    def changed(score, b, head, t, s):
        if scores.softcap is not None:
            score = soft_cap(score, scores.softcap)
        return score if bias is None else score + bias[b, head, t, s]

    def changed_and_hidden(score, b, head, t, s):
        return torch.where(visible(b, head, t, s), changed(score, b, head, t, s), float("-inf"))

    options = {"scale": scores.scale, "enable_gqa": query.size(1) != key.size(1), "return_aux": AuxRequest(lse=True)}
    if on_cpu:
        with contextlib.nullcontext() if torch.compiler.is_compiling() else warnings.catch_warnings():
            # That this is slow is known, and said above.
            if not torch.compiler.is_compiling():
                warnings.filterwarnings("ignore", message="flex_attention called without torch.compile")
            out, aux = flex_attention(query, key, value, score_mod=changed_and_hidden, **options)
    else:
        blocks = create_block_mask(visible, B, None, Tq, Tk, device=query.device)
        out, aux = fused_flex_attention()(query, key, value, score_mod=changed, block_mask=blocks, **options)
    if scores.sinks is not None:
        out = out * torch.sigmoid(aux.lse - scores.sinks[:, None])[..., None].to(out.dtype)
    return out


def tiled_backend(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
    """Flash attention in plain PyTorch, `flash.tiled_attention`. Shapes as in `manual_attention`."""
    return tiled_attention(query, key, value, scores.query_position, scores.key_position, scores.scale, scores.window)


said: set[str] = set()


def say_once(text: str) -> None:
    """A line for whoever runs this, the first time only; nothing while torch traces the model to compile it."""
    if not torch.compiler.is_compiling() and text not in said:
        said.add(text)
        logging.getLogger(__name__).warning(text)


def flash_backend(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
    r"""A fused flash kernel: that of the package flash-attn on a GPU, in float16 or bfloat16; else torch's own.

    Shapes as in `manual_attention`. The kernels want heads of one size: the smaller of keys and values are filled up
    with zeros, which change no score, and cut off again. They also want every sequence to start and end together, so
    with a cache torch's own attention computes, which chooses its kernel itself. Which one it is, it says once.

    Raises `RuntimeError` where there is none for this device and dtype.
    """
    if scores.from_a_cache():
        say_once("flash attention: with a cache, torch's scaled_dot_product_attention")
        return sdpa_attention(query, key, value, scores)
    # Zeros at the end of a query and a key add nothing to their product; at the end of a value they give zeros.
    size = -(-max(query.size(-1), value.size(-1)) // 8) * 8
    q, k, v = (x if x.size(-1) == size else F.pad(x, (0, size - x.size(-1))) for x in (query, key, value))
    on_gpu, half = query.device.type == "cuda", query.dtype in (torch.float16, torch.bfloat16)
    if on_gpu and half and size <= 256 and importlib.util.find_spec("flash_attn"):
        from flash_attn import flash_attn_func

        say_once("flash attention: the kernel of the package flash-attn")
        # Its layout has the tokens before the heads, and its window counts the keys before the query's own.
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        window = (-1, -1) if scores.window is None else (scores.window - 1, 0)
        out = flash_attn_func(q, k, v, softmax_scale=scores.scale, causal=True, window_size=window)
        return out.transpose(1, 2)[..., : value.size(-1)]
    if on_gpu and scores.window is not None:
        raise RuntimeError(
            "attention_backend = 'flash': on a GPU, torch's flash kernel has no window. "
            "Install flash-attn (pip install -e '.[flash]') and use float16 or bfloat16, or choose sdpa or flex"
        )
    say_once("flash attention: torch's own flash kernel")
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return sdpa_attention(q, k, v, scores)[..., : value.size(-1)]


BACKENDS = {
    "manual": manual_attention,
    "sdpa": sdpa_attention,
    "flex": flex_backend,
    "tiled": tiled_backend,
    "flash": flash_backend,
}

# What a backend cannot do, and why: by the field of the configuration that asks for it.
REFUSALS = {
    "sdpa": dict.fromkeys(("attention_softcap", "attention_sinks"), "torch's function has no place for it"),
    "flex": {"dropout": "torch's function cannot drop weights"},
    "tiled": dict.fromkeys(
        ("attention_softcap", "attention_sinks", "position_encoding", "dropout"),
        "its tiles are made of a scale and a window, nothing else",
    ),
    "flash": dict.fromkeys(
        ("attention_softcap", "attention_sinks", "position_encoding", "dropout"),
        "the kernels behind it do not all have it",
    ),
}


def wishes(config: GPTConfig) -> list[str]:
    """The fields of the configuration that ask for something out of the ordinary of whoever computes attention."""
    biased = any(
        choose(POSITION_ENCODINGS, "position_encoding", name).bias is not None for name in config.layer_positions
    )
    asked = {
        "attention_softcap": config.attention_softcap is not None,
        "attention_sinks": config.attention_sinks,
        "position_encoding": biased,
        "dropout": config.dropout > 0,
    }
    return [field for field, wanted in asked.items() if wanted]


def refusal(backend: str, config: GPTConfig) -> str | None:
    """Why this backend cannot compute what the configuration asks for; None where it can."""
    if backend == "flex" and flex_attention is None:
        return f"this torch, {torch.__version__}, has no flex_attention that gives a logsumexp; 2.9 and newer have"
    for field in wishes(config):
        reason = REFUSALS.get(backend, {}).get(field)
        if reason:
            return f"{field} = {getattr(config, field)!r}: {reason}"
    return None


def build_backend(config: GPTConfig) -> Callable[[Tensor, Tensor, Tensor, Scores], Tensor]:
    """The function that config.attention_backend names. Raises `ValueError` where it cannot do what the configuration
    asks for: nothing is ever computed by another one in silence."""
    backend = choose(BACKENDS, "attention_backend", config.attention_backend)
    reason = refusal(config.attention_backend, config)
    if reason:
        able = [name for name in BACKENDS if refusal(name, config) is None]
        raise ValueError(
            f"attention_backend = {config.attention_backend!r} cannot do {reason}. Choose {' or '.join(able)}"
        )
    return backend
