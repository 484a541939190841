"""Families whose layers with a window differ from the others in more than that: in heads, sinks, positions, values."""

import json
from typing import Any

from reference.config import GPTConfig

from ..family import Family, Part, block, together
from ..parts import GATED, GLOBAL, LOCAL, QUERIES_KEYS_VALUES, biases, layer_types, read_windows, write_windows
from ..settings_of_theirs import Settings
from ..shared_settings import rope_settings, shortest_pattern
from .deepseeks_router import MIXTURE, NEAR_GROUPS, OF_DEEPSEEK, UNREAD, by_type, routed
from .llamas import (
    GEMMA_FIELDS,
    GEMMA_NORMS,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    TIED,
    UNTIED,
    llama_like,
    read_two_ropes,
)

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

# What the class takes where nothing is said of rotary positions.
ROPES_OF_GEMMA4 = {
    GLOBAL: {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1000000.0},
    LOCAL: {"rope_type": "default", "rope_theta": 10000.0},
}


def read_gemma4(settings: Settings) -> dict[str, Any]:
    """Heads of layers that see everything have another size, and another number where keys are values: so published
    files say it, while transformers writes per_layer_config."""
    types = layer_types(settings, period=6)
    if settings.get("rope_parameters") is None:
        settings["rope_parameters"] = ROPES_OF_GEMMA4
    heads, size = (settings.of_kind(name, int) for name in ("num_key_value_heads", "head_dim"))
    shared = settings.of_kind("attention_k_eq_v", bool)
    fewer = settings.get("num_global_key_value_heads")  # has no effect where keys are not values
    everywhere = {
        "head_dim": settings.of_kind("global_head_dim", int, 512),
        "num_key_value_heads": heads if fewer is None or not shared else fewer,
    }
    if (by_layer := settings.get("per_layer_config")) is not None:
        wanted = {str(layer) for layer, kind in enumerate(types) if kind == GLOBAL}
        given = list(by_layer.values()) if isinstance(by_layer, dict) and set(by_layer) == wanted else []
        alike = given and isinstance(given[0], dict) and all(each == given[0] for each in given)
        if not alike or given[0].keys() - everywhere.keys():
            raise ValueError(
                f"per_layer_config = {by_layer!r}: the reference has one head_dim and one num_key_value_heads for all "
                f"layers with full_attention: {', '.join(sorted(wanted))}"
            )
        everywhere = {"head_dim": size, "num_key_value_heads": heads} | given[0]
    names = ["rope_local" if kind == LOCAL else "rope" for kind in types]
    return {
        **read_windows(settings, types),
        **read_two_ropes(settings, ROPES_OF_GEMMA4[LOCAL]["rope_theta"]),
        "position_encoding": shortest_pattern(names),
        "head_dim": everywhere["head_dim"],
        "n_kv_head": everywhere["num_key_value_heads"],
        "keys_are_values": shared,
        "windowed": json.dumps({"head_dim": size, "n_kv_head": heads, "keys_are_values": False}),
    }


def write_gemma4(config: GPTConfig) -> dict[str, Any]:
    local = config.of_layer(next((layer for layer, window in enumerate(config.layer_windows) if window), 0))
    return {
        **write_windows(config),
        "head_dim": local.head_dim,
        "num_key_value_heads": local.n_kv_head,
        "global_head_dim": config.head_dim,
        "num_global_key_value_heads": config.n_kv_head,
        "attention_k_eq_v": config.keys_are_values,
        "rope_parameters": {
            GLOBAL: rope_settings(config),
            LOCAL: {"rope_type": "default", "rope_theta": config.rope_local_theta},
        },
    }


GEMMA4 = Part(
    read_gemma4,
    write_gemma4,
    ("attention_window", "position_encoding", "head_dim", "n_kv_head", "keys_are_values", "windowed"),
    (
        "layer_types",
        "head_dim",
        "global_head_dim",
        "num_key_value_heads",
        "num_global_key_value_heads",
        "attention_k_eq_v",
        "per_layer_config",
    ),
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
    "gemma4": llama_like(
        "gemma4_text",
        "Gemma4ForCausalLM",
        GEMMA_NORMS + QK_WEIGHTS + block("model.layers", layer_scalar="layer_scalar"),
        differs={
            **QK_NORM,
            "post_norm": True,
            "embedding_scale": True,
            "softmax_scale": 1.0,
            "attention_type": "values",
            "value_head_dim": None,
            "value_norm": "rmsnorm_noparam",
            "value_scale": 1.0,
            "layer_scalar": True,
        },
        fields={
            **{ours: theirs for ours, theirs in GEMMA_FIELDS.items() if ours not in ("n_kv_head", "head_dim")},
            "logit_softcap": "final_logit_softcapping",
        },
        demands={
            "attention_bias": False,
            "enable_moe_block": False,
            "hidden_size_per_layer_input": 0,
            "num_kv_shared_layers": 0,
            "use_double_wide_mlp": False,
        },
        defaults={
            **TIED,
            "attention_k_eq_v": False,
            "final_logit_softcapping": None,
            "head_dim": 256,
            "num_key_value_heads": 4,
            "rope_theta": 1000000.0,
            "sliding_window": 512,
        },
        without_effect=("moe_intermediate_size", "num_experts", "top_k_experts", "vocab_size_per_layer_input"),
        **together(GEMMA4),
        whole=False,  # no embeddings by layer, no mixtures, no keys of an earlier layer
        example={
            "activation": "gelu_tanh",
            "attention_window": "7,7,none",
            "head_dim": 24,
            "keys_are_values": True,
            "logit_softcap": 3.0,
            "n_kv_head": 1,
            "position_encoding": "rope_local,rope_local,rope",
            "rope_local_theta": 50.0,
            "rope_proportion": 0.5,
            "rope_scaling": "proportional",
            "weight_tying": True,
            "windowed": '{"head_dim": 16, "n_kv_head": 2, "keys_are_values": false}',
        },
        near={
            "rope_proportion": 0.25,
            "rope_scaling": "none",
            "value_norm": None,
            "softmax_scale": None,
            "logit_softcap": None,
        },
    ),
}
