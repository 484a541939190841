"""Families with a mixture of experts whose router is a softmax, its weights renormalised or not; and MiMo's."""

import json
from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, QUERY_KEY_VALUE, Family, Part, Rule, block, renamed, together
from ..layouts import (
    concatenate,
    concatenate_transposed_each,
    split_experts,
    split_experts_transposed,
    split_query_key_value,
)
from ..parts import (
    GATED,
    GLOBAL,
    LOCAL,
    QUERIES_KEYS_VALUES,
    RENORMALISED,
    ROPE,
    biases,
    layer_types,
    read_windows,
    write_windows,
)
from ..settings_of_theirs import Settings
from ..shared_settings import activation_of_ours, rope_settings, shortest_pattern
from . import deepseeks_router as deepseek
from .kin_of_llama import EXPERTS, MIXTURE, WITHOUT_HEAD_DIM
from .llamas import (
    BASE,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    OLMO2_NORMS,
    QK_NORM,
    SAME_HEADS,
    UNTIED,
    llama_like,
    read_two_ropes,
)

OLMOE_FIELDS = {**WITHOUT_HEAD_DIM, "n_expert": "num_experts", "num_experts_per_tok": "num_experts_per_tok"}
OF_DBRX = "transformer.blocks.{layer}."
EXPERTS_OF_DBRX = tuple(
    Rule(
        (f"{BLOCK}mlp.experts.{{expert}}.{ours}",),
        (f"{OF_DBRX}ffn.experts.mlp.{theirs}",),
        concatenate_transposed_each if ours == "down_proj" else concatenate,
        split_experts_transposed if ours == "down_proj" else split_experts,
        bare=True,
    )
    for ours, theirs in {"gate_proj": "w1", "up_proj": "v1", "down_proj": "w2"}.items()
)


def read_dbrx(settings: Settings) -> dict[str, Any]:
    attention, experts = settings.block("attn_config"), settings.block("ffn_config")
    # Where the rotary settings look for these two.
    settings.setdefault("rope_theta", attention.get("rope_theta", 10000.0))
    settings["max_position_embeddings"] = settings["max_seq_len"]
    if (power := experts.get("moe_normalize_expert_weights", 1.0)) != 1:
        raise ValueError(f"ffn_config: moe_normalize_expert_weights = {power!r}: the reference has 1.0 only")
    for name in ("moe_loss_weight", "moe_jitter_eps", "hidden_size"):
        experts.get(name)
    clip = attention.get("clip_qkv")
    return {
        "n_kv_head": attention.of_kind("kv_n_heads", int, 1),
        "clip_qkv": None if clip is None else float(attention.of_kind("clip_qkv", float)),
        "ffn_hidden": experts.of_kind("ffn_hidden_size", int, 3584),
        "n_expert": experts.of_kind("moe_num_experts", int, 4),
        "num_experts_per_tok": experts.of_kind("moe_top_k", int, 1),
        "activation": activation_of_ours("ffn_act_fn", experts.block("ffn_act_fn").get("name", "silu")),
    }


def write_dbrx(config: GPTConfig) -> dict[str, Any]:
    return {
        "attn_config": {
            "clip_qkv": config.clip_qkv,
            "kv_n_heads": config.n_kv_head,
            "rope_theta": config.rope_theta,
        },
        "ffn_config": {
            "ffn_act_fn": {"name": config.activation},
            "ffn_hidden_size": config.ffn_hidden,
            "moe_num_experts": config.n_expert,
            "moe_top_k": config.num_experts_per_tok,
            "moe_normalize_expert_weights": 1.0,
        },
    }


OF_DBRX_ALONE = Part(
    read_dbrx,
    write_dbrx,
    ("n_kv_head", "clip_qkv", "ffn_hidden", "n_expert", "num_experts_per_tok", "activation"),
    ("attn_config", "ffn_config"),
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

WITH_ROUTERS = {
    "olmoe": llama_like(
        "olmoe",
        "OlmoeForCausalLM",
        LLAMA_NORMS
        + EXPERTS
        + block("model.layers", attn__q_norm__norm="self_attn.q_norm", attn__k_norm__norm="self_attn.k_norm"),
        differs={**QK_NORM, "qk_norm": "full"},
        fields=OLMOE_FIELDS,
        # It would clip what the norms have made.
        demands={"attention_bias": False, "clip_qkv": None},
        defaults={**UNTIED, **BASE, **SAME_HEADS, "norm_topk_prob": False},
        aliases={"num_local_experts": "num_experts"},
        **together(RENORMALISED, ROPE),
        example={**MIXTURE, "ffn_type": "moe_softmax"},
        near={"ffn_type": "moe", "num_experts_per_tok": 1},
    ),
    "flex_olmo": llama_like(
        "flex_olmo",
        "FlexOlmoForCausalLM",
        OLMO2_NORMS + EXPERTS,
        differs={**QK_NORM, "qk_norm": "full", "norm_position": "none", "post_norm": True},
        fields=OLMOE_FIELDS,
        defaults={**UNTIED, **SAME_HEADS, "norm_topk_prob": False, "rope_theta": 500000.0},
        aliases={"num_local_experts": "num_experts"},
        **together(RENORMALISED, ROPE),
        example={**MIXTURE, "ffn_type": "moe_softmax"},
        near={"ffn_type": "moe", "num_experts_per_tok": 1},
    ),
    "dbrx": Family(
        "dbrx",
        "DbrxForCausalLM",
        differs={"normalization": "layernorm_nobias", "norm_eps": 1e-5, "ffn_type": "moe"},
        fields={
            "vocab_size": "vocab_size",
            "max_seq_len": "max_seq_len",
            "n_layer": "n_layers",
            "n_head": "n_heads",
            "n_embd": "d_model",
            "weight_tying": "tie_word_embeddings",
        },
        rules=(
            Rule(QUERY_KEY_VALUE, (f"{OF_DBRX}norm_attn_norm.attn.Wqkv",), concatenate, split_query_key_value),
            *block(
                "transformer.blocks",
                attn__o_proj="norm_attn_norm.attn.out_proj",
                attn_norm="norm_attn_norm.norm_1",
                mlp_norm="norm_attn_norm.norm_2",
                mlp__router="ffn.router.layer",
            ),
            *EXPERTS_OF_DBRX,
            *renamed(
                {
                    "embedding.token_embedding": "transformer.wte",
                    "head.norm": "transformer.norm_f",
                    "head.lm_head": "lm_head",
                }
            ),
        ),
        defaults=UNTIED,
        without_effect=("emb_pdrop", "num_key_value_heads", "resid_pdrop"),
        aliases={"max_position_embeddings": "max_seq_len"},
        **together(OF_DBRX_ALONE, ROPE),
        example={**MIXTURE, "n_kv_head": 2, "ffn_hidden": 56, "clip_qkv": 0.25, "activation": "silu"},
        near={"clip_qkv": None, "num_experts_per_tok": 1},
    ),
    "mimo_v2_flash": llama_like(
        "mimo_v2_flash",
        "MiMoV2FlashForCausalLM",
        LLAMA_NORMS + deepseek.routed() + block("model.layers", attn__sinks="self_attn.attention_sink_bias"),
        differs={"attention_type": "values", "n_shared_expert": 0, "keys_are_values": False, "value_norm": None},
        fields={
            **LLAMA_FIELDS,
            **{
                ours: theirs
                for ours, theirs in deepseek.OF_DEEPSEEK.items()
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
        **together(biases(f"o_proj,{GATED}", attention_bias=QUERIES_KEYS_VALUES), deepseek.by_type(shared=None), MIMO),
        without_effect=(*deepseek.UNREAD, "first_k_dense_replace"),
        example={
            **deepseek.MIXTURE,
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
            **deepseek.NEAR_GROUPS,
            "value_scale": 1.0,
            "rope_local_theta": 500.0,
            "attention_window": "none,8,8",
        },
    ),
}
