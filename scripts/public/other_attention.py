"""Models whose attention is of another kind: windows, differences of heads, gates, latents."""

from typing import Any

from reference.config import GPTConfig

from .family import BLOCK, Family, Rule, Settings, block
from .layouts import by_head, concatenate, separate_by_head, split_latent
from .llamas import (
    GLOBAL,
    LLAMA_DEFAULTS,
    LLAMA_ENDS,
    LLAMA_FIELDS,
    LLAMA_MLP,
    LLAMA_NORMS,
    LOCAL,
    OLMO2_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    layer_types,
    llama_like,
    read_windows,
    write_windows,
)
from .shared_settings import read_rope, rope_fields, rope_of, rope_settings, shortest_pattern, write_rope


def read_olmo3(settings: Settings) -> dict[str, Any]:
    longest = settings["max_position_embeddings"]
    types = layer_types(settings, period=4)
    fields = read_windows({**settings, "layer_types": types})
    rope = settings.get("rope_parameters") or {GLOBAL: rope_of({"rope_theta": 500000.0, **settings})}
    # Older versions keep one set for all layers; frequencies are only ever scaled in those without a window.
    everywhere = rope.get(GLOBAL, rope)
    local = rope.get(LOCAL) or {"rope_theta": everywhere["rope_theta"], "rope_type": "default"}
    fields |= rope_fields({"rope_type": "default", **everywhere}, longest)
    if dict(local) == dict(everywhere):
        return fields
    if local.get("rope_type", "default") != "default":
        raise ValueError("rotary settings that scale the frequencies of layers with a window: the reference has none")
    names = ["rope_local" if kind == LOCAL else "rope" for kind in types]
    return fields | {"rope_local_theta": float(local["rope_theta"]), "position_encoding": shortest_pattern(names)}


def write_olmo3(config: GPTConfig) -> dict[str, Any]:
    everywhere = rope_settings(config)
    local = everywhere
    if "rope_local" in config.layer_positions:
        local = {"rope_type": "default", "rope_theta": config.rope_local_theta}
    return {**write_windows(config), "rope_parameters": {GLOBAL: everywhere, LOCAL: local}}


def read_qwen3_next(settings: Settings) -> dict[str, Any]:
    layers = settings["num_hidden_layers"]
    if settings["layer_types"] != [GLOBAL] * layers or settings["mlp_only_layers"] != list(range(layers)):
        raise ValueError("of a qwen3_next the reference has layers with full attention and a dense feed-forward only")
    rope = rope_of(settings)
    fraction = rope.pop("partial_rotary_factor", settings.get("partial_rotary_factor", 0.25))
    return {**rope_fields(rope, settings["max_position_embeddings"]), "rope_fraction": fraction}


def write_qwen3_next(config: GPTConfig) -> dict[str, Any]:
    rope = {**rope_settings(config), "partial_rotary_factor": config.rope_fraction}
    return {
        "rope_parameters": rope,
        "layer_types": [GLOBAL] * config.n_layer,
        "mlp_only_layers": list(range(config.n_layer)),
    }


def read_deepseek(settings: Settings) -> dict[str, Any]:
    if settings["first_k_dense_replace"] < settings["num_hidden_layers"]:
        raise ValueError("of a DeepSeek model the reference has dense feed-forwards only, in all layers")
    return read_rope(settings)


def write_deepseek(config: GPTConfig) -> dict[str, Any]:
    return {
        **write_rope(config),
        "num_key_value_heads": config.n_head,
        "v_head_dim": config.value_head_dim or config.head_dim,
        "first_k_dense_replace": config.n_layer,
    }


def read_deepseek_v3(settings: Settings) -> dict[str, Any]:
    return {**read_deepseek(settings), "rope_interleaved": settings["rope_interleave"]}


def write_deepseek_v3(config: GPTConfig) -> dict[str, Any]:
    return {**write_deepseek(config), "rope_interleave": config.rope_interleaved, "num_nextn_predict_layers": 0}


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
    "defaults": {"tie_word_embeddings": False},
}

VARIANTS = {
    "olmo3": llama_like(
        "olmo3",
        "Olmo3ForCausalLM",
        OLMO2_NORMS,
        differs={**QK_NORM, "qk_norm": "full", "norm_position": "none", "post_norm": True},
        defaults={**LLAMA_DEFAULTS, "sliding_window": 4096},
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
        fields={**LLAMA_FIELDS, "head_dim": "head_dim"},
    ),
    "qwen3_next": llama_like(
        "qwen3_next",
        "Qwen3NextForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        rules_of_attention=(
            Rule(
                (f"{BLOCK}attn.q_proj", f"{BLOCK}attn.gate_proj"),
                (f"{THEIR_ATTENTION}q_proj",),
                by_head,
                separate_by_head,
            ),
        ),
        differs={
            **QK_NORM,
            "normalization": "rmsnorm_plus_one",
            "qk_normalization": "rmsnorm_plus_one",
            "attention_gate": True,
        },
        fields={**LLAMA_FIELDS, "head_dim": "head_dim"},
        read=read_qwen3_next,
        write=write_qwen3_next,
        free=("rope_fraction",),
    ),
    "deepseek_v2": Family(
        "deepseek_v2",
        "DeepseekV2ForCausalLM",
        differs={"attention_type": "latent", "rope_interleaved": True},
        demands={"attention_bias": False, "mlp_bias": False},
        read=read_deepseek,
        write=write_deepseek,
        **DEEPSEEK,
    ),
    "deepseek_v3": Family(
        "deepseek_v3",
        "DeepseekV3ForCausalLM",
        differs={"attention_type": "latent"},
        demands={"attention_bias": False},
        read=read_deepseek_v3,
        write=write_deepseek_v3,
        free=("rope_interleaved",),
        **{**DEEPSEEK, "defaults": {**DEEPSEEK["defaults"], "rope_interleave": True}},
    ),
}
