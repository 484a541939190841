"""What each kind of attention reads of the configuration. What no layer reads changes nothing: it is refused.

Every mixer enters in `SETTINGS` the fields that it reads, of those that not all kinds do. What makes and refines blocks
goes by it, layer by layer: where kinds take turns, what one of them has concerns its own layers alone.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from itertools import chain
from typing import Any

from reference.config import GPTConfig

POSITIONS = (
    "position_encoding",
    "rope_theta",
    "rope_local_theta",
    "rope_interleaved",
    "rope_fraction",
    "rope_local_fraction",
    "rope_scaling",
    "rope_factor",
    "rope_original_seq_len",
    "rope_attention_factor",
    "rope_low_freq_factor",
    "rope_high_freq_factor",
    "rope_proportion",
    "rope_short_factors",
    "rope_long_factors",
)
SCORES = (
    *POSITIONS,
    "n_kv_head",
    "attention_window",
    "attention_softcap",
    "attention_sinks",
    "attention_gate",
    "qk_norm",
    "qk_normalization",
    "softmax_scale",
)
SOFTMAX = (*SCORES, "qk_norm_after_rotary", "query_scale_beta", "scalable_softmax", "head_gate", "clip_qkv")
STATE_SIZES = ("linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim")

SETTINGS: dict[str, tuple[str, ...]] = {}  # by config.attention_type

DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(GPTConfig)}
# Values that ask a layer for nothing, besides the default: what the embedding adds, attention is not told.
NOTHING = {"qk_norm": ("off",), "position_encoding": ("none", "learned_absolute", "sinusoidal")}


def reads(kind: str, field: str) -> bool:
    """Whether layers with an attention of this kind read a field: one of theirs, or one that is no kind's own. A kind
    that has entered nothing may read all of them."""
    return field in SETTINGS.get(kind, (field,)) or field not in chain(*SETTINGS.values())


def settings_of(config: GPTConfig) -> list[dict[str, Any]]:
    """The fields of every layer, by name: those that take turns with the layer's own value, and None where there is no
    window, or as many key/value heads as query heads."""
    layers = map(config.of_layer, range(config.n_layer))
    return [
        vars(own)
        | {"attention_window": window, "position_encoding": positions}
        | ({"n_kv_head": None} if own.n_kv_head == own.n_head else {})
        for own, window, positions in zip(layers, config.layer_windows, config.layer_positions, strict=True)
    ]


def unread(config: GPTConfig) -> list[str]:
    """The fields that are given and change nothing: no layer that reads them has another value than the default."""
    layers, found = settings_of(config), []
    for field in dict.fromkeys(chain(*SETTINGS.values())):
        default = None if field == "attention_window" else DEFAULTS[field]
        given = any(layer[field] not in (default, *NOTHING.get(field, ())) for layer in layers)
        if given and all(layer[field] == default for layer in layers if reads(layer["attention_type"], field)):
            found.append(field)
    return found


def as_read(config: GPTConfig, given: Collection[str] = ()) -> GPTConfig:
    """The same model without what no layer reads, but for fields that are given: those stay, to be refused."""
    return replace(config, **{field: DEFAULTS[field] for field in unread(config) if field not in given})


def refuse_unread(config: GPTConfig) -> None:
    """Raises `ValueError` naming a field that changes nothing, its value, and the kinds of attention that read it."""
    for field in unread(config):
        kinds = [kind for kind, names in SETTINGS.items() if field in names]
        mixed = ",".join(dict.fromkeys(config.in_turn(config.attention_type)))
        raise ValueError(
            f"{field} = {getattr(config, field)!r} with attention_type = {mixed!r}: it goes with "
            f"{' or '.join(map(repr, kinds[:3]))}{' and others' * (len(kinds) > 3)}; here no layer reads it"
        )
