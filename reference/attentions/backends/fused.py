"""Backends: several ways to compute the same attention. What differs is what they cost, and what they can do at all.

Each is a function of queries, keys and values with the heads in front, and of `ScoreMods`, which says how a score comes
about and which of them count. What a backend cannot do, it says in its entry of `UNSUPPORTED`, when the model is built.
"""

import contextlib
import importlib.util
import logging
import warnings
from collections.abc import Callable
from functools import cache, wraps

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from reference.config import GPTConfig, lookup

from ... import encodings  # noqa: F401, the kinds register themselves
from ...attention import ATTENTIONS
from ...norms import soft_cap
from ...positions import POSITION_ENCODINGS
from .flash import tiled_attention
from .scored import ScoreMods, scored_attention

try:  # torch 2.9 and newer
    from torch.nn.attention.flex_attention import AuxRequest, create_block_mask, flex_attention
except ImportError:
    flex_attention = None


Backend = Callable[[Tensor, Tensor, Tensor, ScoreMods], Tensor]


def without_autocast(backend: Backend) -> Backend:
    """The backend with its products in the dtypes that it chooses: autocast would round float32 scores to bfloat16."""

    @wraps(backend)
    def attend(query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
        with torch.autocast(query.device.type, enabled=False):
            return backend(query, key, value, mods)

    return attend


def sdpa_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B G Tk D"],
    value: Float[Tensor, "B G Tk Dv"],
    mods: ScoreMods,
) -> Float[Tensor, "B H Tq Dv"]:
    r"""Torch's own attention, `F.scaled_dot_product_attention`, which chooses among several kernels itself.

        out = softmax(scale * query key^T + mask) value

    query, key, value: as in `scored_attention`, with as few heads for keys and values. Of mods it has everything but
    softcap and sinks, which are refused when the model is built. Where `mods.simply_causal()`, and there is no bias,
    no mask is made. Else the mask is `mods.mask()`, or the bias, in the dtype of query, with minus infinity where
    nothing may be seen. The function's own `is_causal` aligns the first key with the first query: with a cache, it
    would hide all but the oldest keys.
    Returns (B, H, Tq, Dv), in the dtype of query.
    """
    # Only where queries and keys are of the same tokens may the kernel make up the mask itself, and save its memory.
    causal = mods.simply_causal() and mods.bias is None
    mask = None if causal else mods.mask()
    # A bias and a mask go in as one: what is hidden gets minus infinity.
    if mods.bias is not None:
        mask = mods.bias.to(query.dtype).masked_fill(~mask, float("-inf"))
    # Grouped heads are asked for only where there are some: for them, some kernels are not to be had.
    return F.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        dropout_p=mods.dropout,
        is_causal=causal,
        scale=mods.scale,
        enable_gqa=query.size(1) != key.size(1),
    )


def sdpa_backend(query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
    r"""Torch's own attention, `sdpa_attention`, as exact and as fast as it can be. Shapes as in `scored_attention`.

    With a bias, in its dtype: bfloat16 cannot tell a bias for 1000 tokens of distance from one for 1003. Where keys and
    values differ in size, torch has no kernel for grouped heads, and would copy every key for all heads that read it:
    there the queries of these heads are just more queries to it.
    """
    B, H, Tq, D = query.shape
    G, Dv, dtype = key.size(1), value.size(-1), value.dtype
    bias = mods.bias
    # Treat the H/G query heads that read one key as more queries to it, where torch would copy the key for each.
    if H != G and Dv != D:
        query = query.reshape(B, G, H // G * Tq, D)
        bias = bias if bias is None else bias.reshape(*bias.shape[:-3], G, H // G * Tq, -1)
        mods = mods._replace(query_position=torch.cat([mods.query_position] * (H // G), dim=-1), bias=bias)
    if bias is None:
        return sdpa_attention(query, key, value, mods).view(B, H, Tq, Dv)
    # Widen to the dtype of the bias, and narrow the result again.
    query, key, value = (x.to(torch.promote_types(x.dtype, bias.dtype)) for x in (query, key, value))
    return without_autocast(sdpa_attention)(query, key, value, mods).view(B, H, Tq, Dv).to(dtype)


@cache
def fused_flex_attention() -> Callable:
    """The kernel that torch makes of the functions which change the scores."""
    return torch.compile(flex_attention)


def flex_backend(query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
    r"""Torch's flex attention (arXiv:2412.05496): a fused kernel, made from a function of a single score.

    Shapes as in `scored_attention`. Sinks act at the end: out * sigmoid(logsumexp - sink). On a GPU the kernel is
    compiled, and blocks of scores that are hidden as a whole are skipped. On a CPU torch computes all scores, and has
    no backward pass.

    Raises `RuntimeError` where gradients are wanted on a CPU.
    """
    on_cpu = query.device.type == "cpu"
    if on_cpu and torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (query, key, value)):
        raise RuntimeError(
            "attention_backend = 'flex': torch's flex attention has no backward pass on a CPU. "
            "Train with manual, sdpa or tiled, or on a GPU"
        )
    B, Tq, Tk = query.size(0), query.size(2), key.size(2)
    query_position, key_position = mods.query_position.expand(B, -1), mods.key_position.expand(B, -1)
    bias = None if mods.bias is None else mods.bias.expand(B, -1, -1, -1)

    def visible(b, head, t, s):
        distance = query_position[b, t] - key_position[b, s]
        return distance >= 0 if mods.window is None else (distance >= 0) & (distance < mods.window)

    def changed(score, b, head, t, s):
        if mods.softcap is not None:
            score = soft_cap(score, mods.softcap)
        return score if bias is None else score + bias[b, head, t, s]

    def changed_and_hidden(score, b, head, t, s):
        return torch.where(visible(b, head, t, s), changed(score, b, head, t, s), float("-inf"))

    options: dict = {
        "scale": mods.scale,
        "enable_gqa": query.size(1) != key.size(1),
        "return_aux": AuxRequest(lse=True),
    }
    if on_cpu:
        with contextlib.nullcontext() if torch.compiler.is_compiling() else warnings.catch_warnings():
            # That this is slow is known, and said above.
            if not torch.compiler.is_compiling():
                warnings.filterwarnings("ignore", message="flex_attention called without torch.compile")
            out, aux = flex_attention(query, key, value, score_mod=changed_and_hidden, **options)
    else:
        blocks = create_block_mask(visible, B, None, Tq, Tk, device=query.device)
        out, aux = fused_flex_attention()(query, key, value, score_mod=changed, block_mask=blocks, **options)
    if mods.sinks is not None:
        out = out * torch.sigmoid(aux.lse - mods.sinks[:, None])[..., None].to(out.dtype)
    return out


def tiled_backend(query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
    """Flash attention in plain PyTorch, `flash.tiled_attention`. Shapes as in `scored_attention`."""
    return tiled_attention(query, key, value, mods.query_position, mods.key_position, mods.scale, mods.window)


said: set[str] = set()


def say_once(text: str) -> None:
    """Log a line, the first time only; nothing while torch traces the model to compile it."""
    if not torch.compiler.is_compiling() and text not in said:
        said.add(text)
        logging.getLogger(__name__).warning(text)


def flash_backend(query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
    r"""A fused flash kernel: that of the package flash-attn on a GPU, in float16 or bfloat16; else torch's own.

    Shapes as in `scored_attention`. The kernels want heads of one size: the smaller of keys and values are filled up
    with zeros, which change no score, and cut off again. They also want every sequence to start and end together, so
    with a cache torch's own attention computes, which chooses its kernel itself. Which one it is, it says once.

    Raises `RuntimeError` where there is none for this device and dtype.

    Dao 2023, FlashAttention-2 (arXiv:2307.08691).
    """
    if mods.from_a_cache():
        say_once("flash attention: with a cache, torch's scaled_dot_product_attention")
        return sdpa_backend(query, key, value, mods)
    # Zeros at the end of a query and a key add nothing to their product; at the end of a value they give zeros.
    size = -(-max(query.size(-1), value.size(-1)) // 8) * 8
    q, k, v = (x if x.size(-1) == size else F.pad(x, (0, size - x.size(-1))) for x in (query, key, value))
    on_gpu, half = query.device.type == "cuda", query.dtype in (torch.float16, torch.bfloat16)
    if on_gpu and half and size <= 256 and importlib.util.find_spec("flash_attn"):
        from flash_attn import flash_attn_func

        say_once("flash attention: the kernel of the package flash-attn")
        # Its layout has the tokens before the heads, and its window counts the keys before the query's own.
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        window = (-1, -1) if mods.window is None else (mods.window - 1, 0)
        out = flash_attn_func(q, k, v, softmax_scale=mods.scale, causal=True, window_size=window)
        return out.transpose(1, 2)[..., : value.size(-1)]
    if on_gpu and mods.window is not None:
        raise RuntimeError(
            "attention_backend = 'flash': on a GPU, torch's flash kernel has no window. "
            "Install flash-attn (pip install -e '.[flash]') and use float16 or bfloat16, or choose sdpa or flex"
        )
    say_once("flash attention: torch's own flash kernel")
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return sdpa_attention(q, k, v, mods)[..., : value.size(-1)]


BACKENDS: dict[str, Backend] = {
    "manual": without_autocast(scored_attention),
    "sdpa": sdpa_backend,
    "flex": flex_backend,
    "tiled": without_autocast(tiled_backend),
    "flash": flash_backend,
}

# What a backend cannot do, and why: by the field of the configuration that asks for it.
UNSUPPORTED = {
    "sdpa": dict.fromkeys(("attention_softcap", "attention_sinks"), "torch's function has no place for it"),
    "flex": {"dropout": "torch's function cannot drop weights"},
    "tiled": dict.fromkeys(
        ("attention_type", "attention_softcap", "attention_sinks", "position_encoding", "dropout"),
        "its tiles are made of a scale and a window, nothing else",
    ),
    "flash": dict.fromkeys(
        ("attention_type", "attention_softcap", "attention_sinks", "position_encoding", "dropout"),
        "the kernels behind it do not all have it",
    ),
}


def requested_features(config: GPTConfig) -> list[str]:
    """The fields of the configuration that ask a backend for more than plain causal attention."""
    kinds = [lookup(POSITION_ENCODINGS, "position_encoding", name) for name in config.layer_positions]
    biased = any(getattr(kind, "bias", None) is not None for kind in kinds)
    attentions = [ATTENTIONS.get(name) for name in config.in_turn(config.attention_type)]
    asked = {
        "attention_type": any(getattr(kind, "biased", False) for kind in attentions),
        "attention_softcap": config.attention_softcap is not None,
        "attention_sinks": config.attention_sinks,
        "position_encoding": biased,
        "dropout": config.dropout > 0,
    }
    return [field for field, wanted in asked.items() if wanted]


def why_unsupported(backend: str, config: GPTConfig) -> str | None:
    """Why this backend cannot compute what the configuration asks for; None where it can."""
    if backend == "flex" and flex_attention is None:
        return f"this torch, {torch.__version__}, has no flex_attention that gives a logsumexp; 2.9 and newer have"
    for field in requested_features(config):
        reason = UNSUPPORTED.get(backend, {}).get(field)
        if reason:
            return f"{field} = {getattr(config, field)!r}: {reason}"
    return None


def build_backend(config: GPTConfig) -> Backend:
    """The function that config.attention_backend names. Raises `ValueError` where it cannot do what the configuration
    asks for: nothing is ever computed by another one in silence."""
    backend = lookup(BACKENDS, "attention_backend", config.attention_backend)
    reason = why_unsupported(config.attention_backend, config)
    if reason:
        able = [name for name in BACKENDS if why_unsupported(name, config) is None]
        raise ValueError(
            f"attention_backend = {config.attention_backend!r} cannot do {reason}. Choose {' or '.join(able)}"
        )
    return backend
