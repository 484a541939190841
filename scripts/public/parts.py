"""Parts of families: what several of them read and write alike, beside settings that only have another name."""

from typing import Any

from reference.config import GPTConfig

from .family import BLOCK, Part, Rule
from .settings_of_theirs import Settings
from .shared_settings import read_rope, rope_fields, rope_of, shortest_pattern, write_rope

ROPE = Part(read_rope, write_rope)

LOCAL, GLOBAL = "sliding_attention", "full_attention"


def layer_types(settings: Settings, period: int, besides: tuple[str, ...] = ()) -> list[str]:
    """The type of every layer; where they are not given, each `period`-th sees everything. besides: further types."""
    layers = settings.of_kind("num_hidden_layers", int)
    if settings.get("layer_types") is not None:
        return settings.layers("layer_types", (LOCAL, GLOBAL, *besides))
    return [LOCAL if (layer + 1) % period else GLOBAL for layer in range(layers)]


def read_windows(settings: Settings, types: list[str]) -> dict[str, Any]:
    """Which layers have a window, by their types."""
    window = settings.of_kind("sliding_window", int | None)
    if LOCAL in types and window is None:
        raise ValueError(f"sliding_window = None: layers have the type {LOCAL}, and need a whole number greater than 0")
    return {"attention_window": shortest_pattern([str(window) if kind == LOCAL else "none" for kind in types])}


def write_windows(config: GPTConfig) -> dict[str, Any]:
    windows = sorted({window for window in config.layer_windows if window})
    if len(windows) > 1:
        raise ValueError(f"attention_window = {config.attention_window!r}: this family knows one window for all layers")
    return {
        "sliding_window": windows[0] if windows else config.max_seq_len,
        "layer_types": [LOCAL if window else GLOBAL for window in config.layer_windows],
    }


def read_window(settings: Settings) -> dict[str, Any]:
    window = settings.of_kind("sliding_window", int | None)
    return {"attention_window": "none" if window is None else str(window)}


def write_window(config: GPTConfig) -> dict[str, Any]:
    (window, *others) = dict.fromkeys(config.layer_windows)
    if others:
        raise ValueError(f"attention_window = {config.attention_window!r}: this family knows one for all layers")
    return {"sliding_window": window}


WINDOW = Part(read_window, write_window, ("attention_window",))  # the same in all layers, or none


def windows(period: int | None, first: bool = False) -> Part:
    """Windows by layer_types; where they are not given, each `period`-th layer sees everything, without a period none
    but where sliding_window is null. first: of each period the first one."""

    def read(settings: Settings) -> dict[str, Any]:
        if period is None and settings.get("layer_types") is None:
            return read_window(settings)
        if first and settings.get("layer_types") is None:
            count = range(settings.of_kind("num_hidden_layers", int))
            return read_windows(settings, [LOCAL if layer % period else GLOBAL for layer in count])
        return read_windows(settings, layer_types(settings, period or 1))

    return Part(read, write_windows, ("attention_window",))


def windows_from(name: str, default: int) -> Part:
    """Windows by layer_types; where they are not given, from the layer on whose number this setting says."""

    def read(settings: Settings) -> dict[str, Any]:
        first, windowed = settings.count(name, default), settings.get("sliding_window") is not None
        if settings.get("layer_types") is not None:
            return read_windows(settings, layer_types(settings, period=1))
        layers = range(settings.of_kind("num_hidden_layers", int))
        return read_windows(settings, [LOCAL if windowed and layer >= first else GLOBAL for layer in layers])

    return Part(read, write_windows, ("attention_window",))


def windows_with_rope(period: int, everywhere_without: bool = False) -> Part:
    """Windows by layer_types, and rotary positions in layers with a window, none in the others. everywhere_without:
    where sliding_window is null, all layers have rotary positions."""

    def read(settings: Settings) -> dict[str, Any]:
        types = layer_types(settings, settings.of_kind("sliding_window_pattern", int, period))
        if everywhere_without and settings.get("sliding_window") is None:
            return {"attention_window": "none", "position_encoding": "rope"}
        names = ["rope" if kind == LOCAL else "none" for kind in types]
        return {**read_windows(settings, types), "position_encoding": shortest_pattern(names)}

    return Part(read, write_windows, ("attention_window", "position_encoding"))


def read_partial_rope(settings: Settings) -> dict[str, Any]:
    rope = rope_of(settings)
    fraction = rope.of_kind("partial_rotary_factor", float, settings["partial_rotary_factor"])
    return {**rope_fields(rope, settings.of_kind("max_position_embeddings", int)), "rope_fraction": fraction}


def write_partial_rope(config: GPTConfig) -> dict[str, Any]:
    rope = write_rope(config)
    return {**rope, "rope_parameters": {**rope["rope_parameters"], "partial_rotary_factor": config.rope_fraction}}


PARTIAL_ROPE = Part(read_partial_rope, write_partial_rope, ("rope_fraction",))


def read_scale(settings: Settings) -> dict[str, Any]:
    return {"softmax_scale": settings.of_kind("query_pre_attn_scalar", int) ** -0.5}


def write_scale(config: GPTConfig) -> dict[str, Any]:
    scale = config.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale
    # Theirs takes whole numbers only.
    return {"query_pre_attn_scalar": round(scale**-2)}


SCALE = Part(read_scale, write_scale, ("softmax_scale",))


QUERIES_KEYS_VALUES = "q_proj,k_proj,v_proj"
ATTENTION = f"{QUERIES_KEYS_VALUES},o_proj"
GATED, DENSE = "gate_proj,up_proj,down_proj", "up_proj,down_proj"


def biases(*everything: str, **switches: str) -> Part:
    """Biases that switches of theirs turn on. switches: for each, the linear layers that have them then. everything:
    names that no switch is about."""
    names = [name for group in (*everything, *switches.values()) for name in group.split(",")]

    def read(settings: Settings) -> dict[str, Any]:
        groups = [group for switch, group in switches.items() if settings.of_kind(switch, bool)]
        found = ",".join(groups)
        if found.count(",") == len(names) - 1:
            return {"bias": True}
        return {"bias": False, "biases": found or None}

    def write(config: GPTConfig) -> dict[str, Any]:
        given = names if config.bias else []
        if config.biases is not None:
            given = config.biases.split(",")
        return {switch: set(group.split(",")) <= set(given) for switch, group in switches.items()}

    return Part(read, write, ("bias", "biases"), tuple(switches))


def read_logits_scaling(settings: Settings) -> dict[str, Any]:
    return {"logit_scale": 1 / settings.of_kind("logits_scaling", float)}


LOGITS_SCALING = Part(read_logits_scaling, lambda config: {"logits_scaling": 1 / config.logit_scale}, ("logit_scale",))


def read_renormalised(settings: Settings) -> dict[str, Any]:
    return {"ffn_type": "moe" if settings.of_kind("norm_topk_prob", bool) else "moe_softmax"}


RENORMALISED = Part(read_renormalised, lambda config: {"norm_topk_prob": config.ffn_type == "moe"}, ("ffn_type",))


def in_parallel(config: GPTConfig) -> bool:
    return config.norm_position == "parallel"


def with_two_norms(config: GPTConfig) -> bool:
    return config.norm_position == "parallel_two_norms"


def one_after_another(config: GPTConfig) -> bool:
    return config.norm_position == "pre"


def norms_where(applies, prefix: str, **names: str) -> tuple[Rule, ...]:
    return tuple(
        Rule((f"{BLOCK}{ours}",), (f"{prefix}.{{layer}}.{theirs}",), applies=applies) for ours, theirs in names.items()
    )
