"""Llama and what came after it: RMS norms, rotary positions, gated feed-forwards."""

from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, SIZES, Family, Rule, block, renamed, together
from ..layouts import swap_halves
from ..parts import (
    ATTENTION,
    GATED,
    GLOBAL,
    LOCAL,
    ROPE,
    SCALE,
    biases,
    layer_types,
    read_windows,
    windows,
    write_windows,
)
from ..settings_of_theirs import Settings
from ..shared_settings import read_rope, rope_fields, rope_settings, shortest_pattern, with_base, write_rope

LLAMA_ENDS = renamed(
    {"embedding.token_embedding": "model.embed_tokens", "head.norm": "model.norm", "head.lm_head": "lm_head"}
)
LLAMA_ATTENTION = block(
    "model.layers",
    attn__q_proj="self_attn.q_proj",
    attn__k_proj="self_attn.k_proj",
    attn__v_proj="self_attn.v_proj",
    attn__o_proj="self_attn.o_proj",
)
LLAMA_MLP = block(
    "model.layers",
    mlp__gate_proj="mlp.gate_proj",
    mlp__up_proj="mlp.up_proj",
    mlp__down_proj="mlp.down_proj",
)
LLAMA_BLOCK = LLAMA_ATTENTION + LLAMA_MLP + LLAMA_ENDS
LLAMA_NORMS = block("model.layers", attn_norm="input_layernorm", mlp_norm="post_attention_layernorm")

GROUPED = {**SIZES, "n_kv_head": "num_key_value_heads", "head_dim": "head_dim"}
LLAMA_FIELDS = {**GROUPED, "norm_eps": "rms_norm_eps"}
# What the classes themselves take where config.json says nothing. What differs from class to class must be given.
TIED, UNTIED = {"tie_word_embeddings": True}, {"tie_word_embeddings": False}
BASE = {"rope_theta": 10000.0}
SAME_HEADS = {"num_key_value_heads": None}  # as many as for queries
DIVIDED_WIDTH = {"head_dim": None}  # what the heads make of the width
LLAMA_DEFAULTS = {**UNTIED, **BASE, **SAME_HEADS, **DIVIDED_WIDTH}


def llama_like(
    model_type: str, architecture: str, rules: tuple[Rule, ...], rules_of_attention: tuple[Rule, ...] = (), **changes
) -> Family:
    """A family whose class of transformers has the outlines of Llama's. rules_of_attention come before those of Llama,
    and may take weights that those would take otherwise."""
    settings = {
        "differs": {},
        "fields": LLAMA_FIELDS,
        "demands": {"attention_bias": False},
        "defaults": LLAMA_DEFAULTS,
        **together(ROPE),
    }
    return Family(model_type, architecture, rules=rules_of_attention + LLAMA_BLOCK + rules, **{**settings, **changes})


def read_smollm3(settings: Settings) -> dict[str, Any]:
    layers = settings.of_kind("num_hidden_layers", int)
    period = settings.of_kind("no_rope_layer_interval", int, 4)
    turned = [int((layer + 1) % period != 0) for layer in range(layers)]
    if settings.get("no_rope_layers") is not None:
        turned = settings.layers("no_rope_layers", (0, 1))
    names = ["rope" if layer else "none" for layer in turned]
    return {"position_encoding": shortest_pattern(names), **read_without_windows(settings)}


def write_smollm3(config: GPTConfig) -> dict[str, Any]:
    if set(config.layer_positions) - {"rope", "none"}:
        raise ValueError(f"position_encoding = {config.position_encoding!r}: a smollm3 knows rope and none")
    return {"no_rope_layers": [int(name == "rope") for name in config.layer_positions], **write_rope(config)}


def read_without_windows(settings: Settings) -> dict[str, Any]:
    """Rotary settings of a class whose windows are off."""
    if settings.get("layer_types") is not None:
        settings.layers("layer_types", (GLOBAL,))
    return read_rope(settings)


def read_gemma3(settings: Settings) -> dict[str, Any]:
    types = layer_types(settings, period=settings.of_kind("sliding_window_pattern", int, 6))
    names = ["rope_local" if kind == LOCAL else "rope" for kind in types]
    return {
        **SCALE.read(settings),
        **read_windows(settings, types),
        **read_two_ropes(settings, settings["rope_local_base_freq"]),
        "position_encoding": shortest_pattern(names),
    }


def read_two_ropes(settings: Settings, local_theta: object) -> dict[str, Any]:
    """Rotary settings of layers that see everything, and of those with a window, whose frequencies are never scaled.
    Older versions kept the first alone, flat, beside the other's base."""
    ropes = settings.block("rope_parameters")
    everywhere, local = ropes.block(GLOBAL), ropes.block(LOCAL)
    older = settings.block("rope_scaling")
    if older and everywhere:
        raise ValueError("rope_scaling and rope_parameters are both given: they are two names of one thing, keep one")
    everywhere = older or everywhere
    if "type" in everywhere and "rope_type" not in everywhere:
        raise ValueError(f"{everywhere.name}: type: transformers leaves it unread here, call it rope_type")
    with_base(everywhere, "rope_theta", settings["rope_theta"])
    with_base(local, "rope_local_base_freq", local_theta)
    longest = settings.of_kind("max_position_embeddings", int)
    of_local = rope_fields(local, longest)
    if of_local["rope_scaling"] != "none":
        raise ValueError(f"{local.name}: rope_type = {local['rope_type']!r}: the reference has 'default' only")
    return {**rope_fields(everywhere, longest), "rope_local_theta": of_local["rope_theta"]}


def write_gemma3(config: GPTConfig) -> dict[str, Any]:
    local = {"rope_type": "default", "rope_theta": config.rope_local_theta}
    return {
        **SCALE.write(config),
        **write_windows(config),
        "rope_parameters": {GLOBAL: rope_settings(config), LOCAL: local},
    }


GEMMA_NORMS = block(
    "model.layers",
    attn_norm="input_layernorm",
    attn_out_norm="post_attention_layernorm",
    mlp_norm="pre_feedforward_layernorm",
    mlp_out_norm="post_feedforward_layernorm",
)
GEMMA_FIELDS = {**LLAMA_FIELDS, "activation": "hidden_activation"}
GEMMA_DEFAULTS = {**TIED, **BASE, "sliding_window": 4096}
GEMMA_WITHOUT_EFFECT = ("hidden_act", "sliding_window_size")  # which hidden_activation and sliding_window say
GEMMA = {"normalization": "rmsnorm_plus_one", "post_norm": True, "embedding_scale": True}
QK_NORM = {"qk_norm": "head", "qk_normalization": "rmsnorm", "qk_norm_after_rotary": False}
QK_WEIGHTS = block("model.layers", attn__q_norm="self_attn.q_norm", attn__k_norm="self_attn.k_norm")
OLMO2_NORMS = block(
    "model.layers",
    attn_norm="post_attention_layernorm",
    mlp_norm="post_feedforward_layernorm",
    attn__q_norm__norm="self_attn.q_norm",
    attn__k_norm__norm="self_attn.k_norm",
)

BIASES = biases(attention_bias=ATTENTION, mlp_bias=GATED)

LLAMAS = {
    "llama": llama_like(
        "llama",
        "LlamaForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={**LLAMA_DEFAULTS, "attention_bias": False, "mlp_bias": False},
        **together(BIASES, ROPE),
    ),
    "qwen3": llama_like(
        "qwen3",
        "Qwen3ForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        differs=QK_NORM,
        demands={"attention_bias": False, "use_sliding_window": False},
        defaults={**UNTIED, **BASE},
        without_effect=("sliding_window", "max_window_layers"),  # where use_sliding_window is false
        read=read_without_windows,
    ),
    "smollm3": llama_like(
        "smollm3",
        "SmolLM3ForCausalLM",
        LLAMA_NORMS,
        demands={"attention_bias": False, "mlp_bias": False, "use_sliding_window": False},
        defaults={**TIED, **DIVIDED_WIDTH, "rope_theta": 2000000.0},
        without_effect=("sliding_window", "max_window_layers"),
        read=read_smollm3,
        write=write_smollm3,
        free=("position_encoding",),
    ),
    "olmo": llama_like(
        "olmo",
        "OlmoForCausalLM",
        (),
        differs={"normalization": "layernorm_noparam", "norm_eps": 1e-5},
        fields={**GROUPED, "clip_qkv": "clip_qkv"},
        defaults={**LLAMA_DEFAULTS, "clip_qkv": None},
    ),
    "olmo2": llama_like(
        "olmo2",
        "Olmo2ForCausalLM",
        OLMO2_NORMS,
        differs={**QK_NORM, "qk_norm": "full", "norm_position": "none", "post_norm": True},
    ),
    "gemma2": llama_like(
        "gemma2",
        "Gemma2ForCausalLM",
        GEMMA_NORMS,
        differs=GEMMA,
        fields={
            **GEMMA_FIELDS,
            "logit_softcap": "final_logit_softcapping",
            "attention_softcap": "attn_logit_softcapping",
        },
        demands={"attention_bias": False},
        defaults={**GEMMA_DEFAULTS, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
        without_effect=GEMMA_WITHOUT_EFFECT,
        **together(SCALE, windows(period=2), ROPE),
    ),
    "gemma3": llama_like(
        "gemma3_text",
        "Gemma3ForCausalLM",
        GEMMA_NORMS + QK_WEIGHTS,
        differs={**GEMMA, **QK_NORM, "qk_normalization": "rmsnorm_plus_one"},
        fields=GEMMA_FIELDS,
        demands={"attention_bias": False, "attn_logit_softcapping": None, "final_logit_softcapping": None},
        defaults={**GEMMA_DEFAULTS, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0},
        without_effect=(*GEMMA_WITHOUT_EFFECT, "_sliding_window_pattern"),
        read=read_gemma3,
        write=write_gemma3,
        free=("softmax_scale", "position_encoding", "attention_window"),
    ),
    "cohere": llama_like(
        "cohere",
        "CohereForCausalLM",
        block("model.layers", norm="input_layernorm"),
        differs={"normalization": "layernorm_nobias", "norm_position": "parallel", "rope_interleaved": True},
        fields={**GROUPED, "norm_eps": "layer_norm_eps", "logit_scale": "logit_scale"},
        demands={"attention_bias": False, "use_qk_norm": False},
        defaults={**LLAMA_DEFAULTS, **TIED, "rope_theta": 500000.0},
    ),
    "nanochat": Family(
        "nanochat",
        "NanoChatForCausalLM",
        differs={
            "normalization": "rmsnorm_noparam",
            "embedding_norm": True,
            "qk_norm": "head",
            "qk_normalization": "rmsnorm_noparam",
            "ffn_type": "standard",
        },
        fields={**LLAMA_FIELDS, "logit_softcap": "final_logit_softcapping"},
        rules=tuple(
            Rule((f"{BLOCK}attn.{name}",), (f"model.layers.{{layer}}.self_attn.{name}",), swap_halves, swap_halves)
            for name in ("q_proj", "k_proj")
        )
        + block(
            "model.layers",
            attn__v_proj="self_attn.v_proj",
            attn__o_proj="self_attn.o_proj",
            mlp__up_proj="mlp.fc1",
            mlp__down_proj="mlp.fc2",
        )
        + LLAMA_ENDS,
        demands={"attention_bias": False},
        defaults=LLAMA_DEFAULTS,
        **together(ROPE),
    ),
    "mixtral": llama_like(
        "mixtral",
        "MixtralForCausalLM",
        LLAMA_NORMS
        + block(
            "model.layers",
            mlp__router="block_sparse_moe.gate",
            mlp__experts__EXPERT__gate_proj="block_sparse_moe.experts.EXPERT.w1",
            mlp__experts__EXPERT__up_proj="block_sparse_moe.experts.EXPERT.w3",
            mlp__experts__EXPERT__down_proj="block_sparse_moe.experts.EXPERT.w2",
        ),
        differs={"ffn_type": "moe"},
        fields={
            **LLAMA_FIELDS,
            "n_expert": "num_local_experts",
            "num_experts_per_tok": "num_experts_per_tok",
        },
        demands={"sliding_window": None},
        defaults={**UNTIED, **DIVIDED_WIDTH, "rope_theta": 1000000.0},
    ),
}
