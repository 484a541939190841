"""Models whose attention is of another kind: windows, differences of heads, latents, keys as values."""

import json
import math
from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, Part, Rule, block, together
from ..layouts import by_head, concatenate, separate_by_head, split_latent
from ..parts import GLOBAL, LOCAL, layer_types, read_windows, write_windows
from ..settings_of_theirs import Settings
from ..shared_settings import rope_fields, rope_of, rope_settings, shortest_pattern, write_rope
from .llamas import (
    BASE,
    GEMMA_FIELDS,
    GEMMA_NORMS,
    LLAMA_DEFAULTS,
    LLAMA_ENDS,
    LLAMA_FIELDS,
    LLAMA_MLP,
    LLAMA_NORMS,
    OLMO2_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    TIED,
    UNTIED,
    llama_like,
    read_two_ropes,
)


def read_olmo3(settings: Settings) -> dict[str, Any]:
    types = layer_types(settings, period=4)
    # Whatever base the layers that see everything have, without one of their own the others have the class's.
    fields = {**read_windows(settings, types), **read_two_ropes(settings, OLMO3_BASE)}
    if fields["rope_scaling"] == "none" and fields["rope_theta"] == fields["rope_local_theta"]:
        return {name: value for name, value in fields.items() if name != "rope_local_theta"}
    names = ["rope_local" if kind == LOCAL else "rope" for kind in types]
    return fields | {"position_encoding": shortest_pattern(names)}


def write_olmo3(config: GPTConfig) -> dict[str, Any]:
    everywhere = rope_settings(config)
    local = everywhere
    if "rope_local" in config.layer_positions:
        local = {"rope_type": "default", "rope_theta": config.rope_local_theta}
    return {**write_windows(config), "rope_parameters": {GLOBAL: everywhere, LOCAL: local}}


def read_latent(settings: Settings) -> dict[str, Any]:
    heads = settings.get("num_key_value_heads")
    if heads not in (None, settings["num_attention_heads"]):
        raise ValueError(
            f"num_key_value_heads = {heads!r}: with latent attention it must be num_attention_heads = "
            f"{settings['num_attention_heads']!r}"
        )
    rotated = settings.get("head_dim", settings["qk_rope_head_dim"])
    if rotated != settings["qk_rope_head_dim"]:
        raise ValueError(f"head_dim = {rotated!r}: it must be qk_rope_head_dim = {settings['qk_rope_head_dim']!r}")
    rope = rope_of(settings)
    fields = rope_fields(rope, settings.of_kind("max_position_embeddings", int))
    if rope.get("mscale_all_dim") and fields["rope_factor"] > 1:
        size = settings.of_kind("qk_nope_head_dim", int) + settings.of_kind("qk_rope_head_dim", int)
        mscale = 0.1 * rope.of_kind("mscale_all_dim", float) * math.log(fields["rope_factor"]) + 1
        fields["softmax_scale"] = size**-0.5 * mscale**2
    return fields


def write_latent(config: GPTConfig) -> dict[str, Any]:
    settings = {
        **write_rope(config),
        "num_key_value_heads": config.n_head,
        "v_head_dim": config.value_head_dim or config.head_dim,
    }
    if config.softmax_scale is not None:
        rope = settings["rope_parameters"]
        mscale = math.sqrt(config.softmax_scale * math.sqrt(config.head_dim + config.rope_head_dim))
        if config.rope_scaling != "yarn" or config.rope_factor <= 1 or mscale <= 1:
            raise ValueError(
                f"softmax_scale = {config.softmax_scale}: with latent attention it is a part of YaRN's scaling there, "
                "and at least 1/sqrt(head_dim + rope_head_dim)"
            )
        rope["mscale_all_dim"] = (mscale - 1) / (0.1 * math.log(config.rope_factor))
        factor = config.rope_attention_factor
        rope["attention_factor"] = 0.1 * math.log(config.rope_factor) + 1 if factor is None else factor
    return settings


LATENT = Part(read_latent, write_latent, ("softmax_scale",))


def has_query_latent(config: GPTConfig) -> bool:
    return config.query_latent_rank is not None


THEIR_ATTENTION = "model.layers.{layer}.self_attn."
DEEPSEEK = {
    "rules": (
        *LLAMA_NORMS,
        *LLAMA_MLP,
        *LLAMA_ENDS,
        *block(
            "model.layers",
            attn__o_proj="self_attn.o_proj",
            attn__kv_down_norm="self_attn.kv_a_layernorm",
            attn__q_down_proj="self_attn.q_a_proj",
            attn__q_down_norm="self_attn.q_a_layernorm",
        ),
        Rule(
            (f"{BLOCK}attn.q_proj",),
            (f"{THEIR_ATTENTION}q_proj",),
            applies=lambda config: not has_query_latent(config),
        ),
        Rule((f"{BLOCK}attn.q_proj",), (f"{THEIR_ATTENTION}q_b_proj",), applies=has_query_latent),
        Rule(
            (f"{BLOCK}attn.kv_down_proj", f"{BLOCK}attn.k_rope_proj"),
            (f"{THEIR_ATTENTION}kv_a_proj_with_mqa",),
            concatenate,
            split_latent,
        ),
        Rule(
            (f"{BLOCK}attn.k_up_proj", f"{BLOCK}attn.v_up_proj"),
            (f"{THEIR_ATTENTION}kv_b_proj",),
            by_head,
            separate_by_head,
        ),
    ),
    "fields": {
        **{ours: theirs for ours, theirs in LLAMA_FIELDS.items() if ours != "n_kv_head"},
        "head_dim": "qk_nope_head_dim",
        "rope_head_dim": "qk_rope_head_dim",
        "value_head_dim": "v_head_dim",
        "latent_rank": "kv_lora_rank",
        "query_latent_rank": "q_lora_rank",
    },
    "defaults": {**UNTIED, **BASE},
    "without_effect": (
        # The sum of two others.
        "qk_head_dim",
        # Those of experts, which layers with dense feed-forwards do not have.
        "aux_loss_alpha",
        "ep_size",
        "moe_intermediate_size",
        "moe_layer_freq",
        "n_group",
        "n_routed_experts",
        "n_shared_experts",
        "norm_topk_prob",
        "num_experts_per_tok",
        "num_nextn_predict_layers",
        "routed_scaling_factor",
        "scoring_func",
        "seq_aux",
        "topk_group",
        "topk_method",
    ),
}
OLMO3_BASE = 500000.0

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

VARIANTS = {
    "olmo3": llama_like(
        "olmo3",
        "Olmo3ForCausalLM",
        OLMO2_NORMS,
        differs={**QK_NORM, "qk_norm": "full", "norm_position": "none", "post_norm": True},
        defaults={**LLAMA_DEFAULTS, "sliding_window": 4096, "rope_theta": OLMO3_BASE},
        read=read_olmo3,
        write=write_olmo3,
        free=("position_encoding", "attention_window"),
    ),
    "diffllama": llama_like(
        "diffllama",
        "DiffLlamaForCausalLM",
        LLAMA_NORMS
        + block(
            "model.layers",
            attn__lambda_q1="self_attn.lambda_q1",
            attn__lambda_k1="self_attn.lambda_k1",
            attn__lambda_q2="self_attn.lambda_q2",
            attn__lambda_k2="self_attn.lambda_k2",
        ),
        differs={"attention_type": "differential"},
        without_effect=("lambda_std_dev",),
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
