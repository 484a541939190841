"""Settings that several families share: what they call activations, and how they tell rotary positions."""

from collections.abc import Mapping, Sequence
from typing import Any

from reference.config import GPTConfig
from scripts.project import some

Settings = Mapping[str, Any]

# Our activations under their names; theirs have several names for the same.
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_tanh": "gelu_pytorch_tanh",
    "silu": "silu",
    "relu": "relu",
    "leaky_relu": "leaky_relu",
    "relu2": "relu2",
}
SYNONYMS = {"gelu_new": "gelu_tanh", "gelu_fast": "gelu_tanh", "swish": "silu"}


def activation_of_ours(name: str) -> str:
    known = {theirs: ours for ours, theirs in ACTIVATIONS.items()} | SYNONYMS
    if name not in known:
        raise ValueError(f"activation {name!r}: the reference knows {', '.join(known)}")
    return known[name]


SCALINGS = {"none": "default", "linear": "linear", "ntk": "dynamic", "yarn": "yarn"}


def rope_of(settings: Settings) -> dict[str, Any]:
    """The rotary settings, which older versions kept in other places."""
    rope = dict(settings.get("rope_parameters") or settings.get("rope_scaling") or {})
    rope.setdefault("rope_theta", settings.get("rope_theta", settings.get("rotary_emb_base", 10000.0)))
    rope.setdefault("rope_type", rope.pop("type", "default"))
    return rope


def read_rope(settings: Settings) -> dict[str, Any]:
    return rope_fields(rope_of(settings), settings["max_position_embeddings"])


def rope_fields(rope: Settings, longest: int) -> dict[str, Any]:
    kinds = {theirs: ours for ours, theirs in SCALINGS.items()}
    kind = kinds.get(rope["rope_type"])
    known = {"rope_type", "rope_theta", "factor", "original_max_position_embeddings", "partial_rotary_factor"}
    if kind is None:
        raise ValueError(f"rope_type = {rope['rope_type']!r}: the reference knows {', '.join(kinds)}")
    if rope.keys() - known:
        raise ValueError(f"rotary settings that the reference does not have: {some(rope.keys() - known)}")
    fields = {"rope_theta": float(rope["rope_theta"]), "rope_scaling": kind}
    if kind != "none":
        original = rope.get("original_max_position_embeddings") or longest
        fields |= {"rope_factor": float(rope["factor"]), "rope_original_seq_len": original}
    if kind == "ntk":
        # Theirs names the length of the training and lets a text outgrow it.
        fields["max_seq_len"] = int(longest * fields["rope_factor"])
    return fields


def rope_settings(config: GPTConfig) -> dict[str, Any]:
    rope: dict[str, Any] = {"rope_type": SCALINGS[config.rope_scaling], "rope_theta": config.rope_theta}
    if config.rope_scaling != "none":
        rope["factor"] = config.rope_factor
    if config.rope_scaling == "yarn":
        rope["original_max_position_embeddings"] = config.rope_original_seq_len or config.max_seq_len
    return rope


def write_rope(config: GPTConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {"rope_parameters": rope_settings(config)}
    if config.rope_scaling == "ntk":
        settings["max_position_embeddings"] = config.rope_original_seq_len or config.max_seq_len
    return settings


def shortest_pattern(names: Sequence[str]) -> str:
    """The names of all layers, as the part that repeats."""
    for period in range(1, len(names)):
        if all(name == names[layer % period] for layer, name in enumerate(names)):
            return ",".join(names[:period])
    return ",".join(names)
