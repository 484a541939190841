"""Families whose layers with a window differ from the others in more than that: in heads, sinks, positions, values."""

import json
from typing import Any

from reference.config import GPTConfig

from .deepseeks_router import MIXTURE, NEAR_GROUPS, OF_DEEPSEEK, UNREAD, by_type, routed
from .family import Family, Part, block, together
from .llamas import LLAMA_FIELDS, LLAMA_NORMS, UNTIED, llama_like, read_two_ropes
from .parts import GATED, GLOBAL, LOCAL, QUERIES_KEYS_VALUES, biases, layer_types, read_windows, write_windows
from .settings_of_theirs import Settings
from .shared_settings import rope_settings, shortest_pattern

MIMOS_BASES = 5000000.0, 10000.0
MIMOS_PART = 0.334


def read_mimo(settings: Settings) -> dict[str, Any]:
    layers, heads = (settings.of_kind(name, int) for name in ("num_hidden_layers", "num_key_value_heads"))
    types = [LOCAL if layer and (layer + 1) % 6 else GLOBAL for layer in range(layers)]
    if settings.get("layer_types") is not None:
        types = layer_types(settings, period=1)
    ropes = settings.block("rope_parameters")
    parts = {ropes.block(name).of_kind("partial_rotary_factor", float, MIMOS_PART) for name in (GLOBAL, LOCAL)}
    if len(parts) > 1:
        raise ValueError(
            f"{ropes.name}: partial_rotary_factor is {' and '.join(map(str, parts))}: it must be one number"
        )
    return {
        **read_windows(settings, types),
        **read_two_ropes(settings, MIMOS_BASES[1]),
        "position_encoding": shortest_pattern(["rope_local" if kind == LOCAL else "rope" for kind in types]),
        "rope_fraction": parts.pop(),
        "routed_scaling_factor": float(settings.of_kind("routed_scaling_factor", float | None) or 1.0),
        "windowed": json.dumps({"n_kv_head": 2 * heads, "attention_sinks": True}),
    }


def write_mimo(config: GPTConfig) -> dict[str, Any]:
    everywhere, part = rope_settings(config), {"partial_rotary_factor": config.rope_fraction}
    local = {"rope_type": "default", "rope_theta": config.rope_local_theta}
    return {
        **write_windows(config),
        "rope_parameters": {GLOBAL: everywhere | part, LOCAL: local | part},
        "routed_scaling_factor": config.routed_scaling_factor,
    }


MIMO = Part(
    read_mimo,
    write_mimo,
    ("attention_window", "position_encoding", "rope_fraction", "routed_scaling_factor", "windowed"),
    ("layer_types",),
)

WITH_WINDOWS: dict[str, Family] = {
    "mimo_v2_flash": llama_like(
        "mimo_v2_flash",
        "MiMoV2FlashForCausalLM",
        LLAMA_NORMS + routed() + block("model.layers", attn__sinks="self_attn.attention_sink_bias"),
        differs={"attention_type": "values", "n_shared_expert": 0, "keys_are_values": False, "value_norm": None},
        fields={
            **LLAMA_FIELDS,
            **{
                ours: theirs
                for ours, theirs in OF_DEEPSEEK.items()
                if ours not in ("n_shared_expert", "routed_scaling_factor")
            },
            "value_head_dim": "v_head_dim",
            "value_scale": "attention_value_scale",
        },
        demands={},
        defaults={
            **UNTIED,
            "attention_bias": False,
            "attention_value_scale": 0.707,
            "rope_theta": MIMOS_BASES[0],
            "routed_scaling_factor": 1.0,
            "sliding_window": 129,
        },
        **together(biases(f"o_proj,{GATED}", attention_bias=QUERIES_KEYS_VALUES), by_type(shared=None), MIMO),
        without_effect=(*UNREAD, "first_k_dense_replace"),
        example={
            **MIXTURE,
            "n_shared_expert": 0,
            "attention_window": "none,7,7",
            "position_encoding": "rope,rope_local,rope_local",
            "rope_fraction": 0.5,
            "rope_local_theta": 50.0,
            "value_head_dim": 10,
            "value_scale": 0.7,
            "windowed": '{"n_kv_head": 4, "attention_sinks": true}',
            "n_group": 3,
            "topk_group": 2,
        },
        near={
            **NEAR_GROUPS,
            "value_scale": 1.0,
            "rope_local_theta": 500.0,
            "attention_window": "none,8,8",
        },
    ),
}
