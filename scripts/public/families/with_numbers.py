"""Families of Llama's outlines with biases in some layers, or with numbers that embeddings, sublayers or logits are
multiplied by."""

import math
from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, Family, Part, Rule, block, together
from ..layouts import stack_experts, unstack_experts, unstack_halves
from ..parts import (
    ATTENTION,
    GATED,
    LOGITS_SCALING,
    PARTIAL_ROPE,
    QUERIES_KEYS_VALUES,
    ROPE,
    WINDOW,
    biases,
    windows,
)
from ..settings_of_theirs import Settings
from ..shared_settings import read_rope, rope_of, write_rope
from .kin_of_llama import FUSED_MLP, INTERLEAVED, MIXTURE, WITHOUT_HEAD_DIM
from .llamas import (
    BASE,
    BIASES,
    LLAMA_DEFAULTS,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    SAME_HEADS,
    UNTIED,
    llama_like,
)
from .other_attention import DEEPSEEK, LATENT

OF_GATED = f"o_proj,{GATED}"
GLM = {
    "differs": INTERLEAVED,
    "demands": {},
    "defaults": {**UNTIED, **BASE, "head_dim": 128, "attention_bias": True, "partial_rotary_factor": 0.5},
    **together(biases(OF_GATED, attention_bias=QUERIES_KEYS_VALUES), PARTIAL_ROPE),
    "near": {"biases": "k_proj,v_proj", "rope_interleaved": False, "rope_fraction": 1.0},
}
GLM_EXAMPLE = {"biases": QUERIES_KEYS_VALUES, "rope_fraction": 0.5}
# Two norms a sublayer: before it, and behind.
OUTER_NORMS = {
    "glm4": block(
        "model.layers",
        attn_norm="input_layernorm",
        attn_out_norm="post_self_attn_layernorm",
        mlp_norm="post_attention_layernorm",
        mlp_out_norm="post_mlp_layernorm",
    ),
    "hyperclovax": block("model.layers", attn_out_norm="post_norm1", mlp_out_norm="post_norm2"),
}
GRANITE_FIELDS = {
    "embedding_multiplier": "embedding_multiplier",
    "residual_multiplier": "residual_multiplier",
    "softmax_scale": "attention_multiplier",
}
GRANITE_NUMBERS = {
    "embedding_multiplier": 1.0,
    "residual_multiplier": 1.0,
    "attention_multiplier": 1.0,
    "logits_scaling": 1.0,
}
NUMBERS = {"embedding_multiplier": 3.0, "residual_multiplier": 0.5, "softmax_scale": 0.2, "logit_scale": 0.25}
ONE_STEP_AWAY = {"residual_multiplier": 1.0, "embedding_multiplier": 1.0, "softmax_scale": None, "logit_scale": 1.0}
STACKED_EXPERTS = (
    Rule(
        (f"{BLOCK}mlp.experts.{{expert}}.gate_proj", f"{BLOCK}mlp.experts.{{expert}}.up_proj"),
        ("model.layers.{layer}.block_sparse_moe.input_linear",),
        stack_experts,
        unstack_halves,
    ),
    Rule(
        (f"{BLOCK}mlp.experts.{{expert}}.down_proj",),
        ("model.layers.{layer}.block_sparse_moe.output_linear",),
        stack_experts,
        unstack_experts,
    ),
    *block("model.layers", mlp__router="block_sparse_moe.router.layer"),
)


def read_minicpm3(settings: Settings) -> dict[str, Any]:
    width, layers = settings.of_kind("hidden_size", int), settings.of_kind("num_hidden_layers", int)
    return {
        "logit_scale": settings.of_kind("dim_model_base", int) / width,
        "residual_multiplier": settings.of_kind("scale_depth", float) / math.sqrt(layers),
        "embedding_multiplier": float(settings.of_kind("scale_emb", float)),
    }


def write_minicpm3(config: GPTConfig) -> dict[str, Any]:
    return {
        "dim_model_base": round(config.logit_scale * config.n_embd),
        "scale_depth": config.residual_multiplier * math.sqrt(config.n_layer),
        "scale_emb": config.embedding_multiplier,
    }


def read_ministral3(settings: Settings) -> dict[str, Any]:
    rope = rope_of(settings)
    beta = float(rope.of_kind("llama_4_scaling_beta", float))
    original = rope.of_kind("original_max_position_embeddings", int)
    rope.get("max_position_embeddings")  # says what stands outside, and is left unread
    return {**read_rope(settings), "query_scale_beta": beta, "rope_original_seq_len": original}


def write_ministral3(config: GPTConfig) -> dict[str, Any]:
    rope = {
        **write_rope(config)["rope_parameters"],
        "llama_4_scaling_beta": config.query_scale_beta,
        "original_max_position_embeddings": config.rope_original_seq_len or config.max_seq_len,
    }
    return {"rope_parameters": rope}


# What the class takes where nothing is said of rotary positions.
ROPE_OF_APERTUS = {
    "rope_type": "llama3",
    "rope_theta": 12000000.0,
    "factor": 8.0,
    "original_max_position_embeddings": 8192,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
}


def read_apertus(settings: Settings) -> dict[str, Any]:
    if settings.get("rope_scaling") is None and settings.get("rope_parameters") is None:
        settings["rope_parameters"] = ROPE_OF_APERTUS
    return read_rope(settings)


GROWING_QUERIES = Part(read_ministral3, write_ministral3, ("query_scale_beta", "rope_original_seq_len"))

WITH_NUMBERS = {
    "qwen2": llama_like(
        "qwen2",
        "Qwen2ForCausalLM",
        LLAMA_NORMS,
        differs={"biases": QUERIES_KEYS_VALUES},
        fields=WITHOUT_HEAD_DIM,
        demands={"use_sliding_window": False},
        defaults={**UNTIED, **BASE, "num_key_value_heads": 32},
        without_effect=("sliding_window", "max_window_layers", "use_mrope", "layer_types"),
        near={"biases": "k_proj,v_proj"},
    ),
    "seed_oss": llama_like(
        "seed_oss",
        "SeedOssForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={
            **LLAMA_DEFAULTS,
            "attention_bias": True,
            "attention_out_bias": False,
            "head_dim": 128,
            "mlp_bias": False,
        },
        without_effect=("residual_dropout",),
        **together(biases(attention_bias=QUERIES_KEYS_VALUES, attention_out_bias="o_proj", mlp_bias=GATED), ROPE),
        example={"biases": QUERIES_KEYS_VALUES},
        near={"biases": "k_proj,v_proj"},
    ),
    "glm": llama_like("glm", "GlmForCausalLM", LLAMA_NORMS, (FUSED_MLP,), **GLM, example=GLM_EXAMPLE),
    "glm4": llama_like(
        "glm4",
        "Glm4ForCausalLM",
        OUTER_NORMS["glm4"],
        (FUSED_MLP,),
        **{**GLM, "differs": {**INTERLEAVED, "post_norm": True}},
        example=GLM_EXAMPLE,
    ),
    "cwm": llama_like(
        "cwm",
        "CwmForCausalLM",
        LLAMA_NORMS,
        demands={"mlp_bias": False, "attention_bias": False},
        defaults={**UNTIED, "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 1000000.0, "sliding_window": 8192},
        **together(windows(period=4, first=True), ROPE),
        wants_ids=("bos_token_id",),
        example={
            "attention_window": "none,7",
            "rope_scaling": "llama3",
            "rope_factor": 4.0,
            "rope_original_seq_len": 20,
        },
        near={"attention_window": "7,none", "rope_scaling": "none"},
    ),
    "ministral3": llama_like(
        "ministral3",
        "Ministral3ForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={**UNTIED, "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 1000000.0, "sliding_window": None},
        **together(WINDOW, GROWING_QUERIES),
        example={
            "query_scale_beta": 0.5,
            "rope_attention_factor": 1.0,
            "rope_factor": 4.0,
            "rope_original_seq_len": 10,
            "rope_scaling": "yarn",
        },
        near={"query_scale_beta": None, "rope_attention_factor": None},
    ),
    "apertus": llama_like(
        "apertus",
        "ApertusForCausalLM",
        QK_WEIGHTS
        + block(
            "model.layers",
            attn_norm="attention_layernorm",
            mlp_norm="feedforward_layernorm",
            mlp__activation__alpha_p="mlp.act_fn.alpha_p",
            mlp__activation__alpha_n="mlp.act_fn.alpha_n",
            mlp__activation__beta="mlp.act_fn.beta",
            mlp__activation__eps="mlp.act_fn.eps",
        ),
        differs={**QK_NORM, "ffn_type": "standard"},
        demands={},
        defaults={**UNTIED, **SAME_HEADS, "head_dim": None, "attention_bias": False, "rope_theta": 12000000.0},
        **together(biases(attention_bias=ATTENTION), Part(read_apertus, write_rope)),
        example={
            "activation": "xielu",
            "rope_scaling": "llama3",
            "rope_factor": 4.0,
            "rope_original_seq_len": 20,
        },
        near={"activation": "relu2", "qk_norm_after_rotary": True, "rope_scaling": "none"},
    ),
    "bitnet": llama_like(
        "bitnet",
        "BitNetForCausalLM",
        LLAMA_NORMS
        + block("model.layers", attn__o_proj__norm="self_attn.attn_sub_norm", mlp__down_proj__norm="mlp.ffn_sub_norm"),
        differs={"sub_norm": True},
        fields=WITHOUT_HEAD_DIM,
        demands={},
        defaults={**UNTIED, "num_key_value_heads": 5, "attention_bias": False, "rope_theta": 500000.0},
        **together(biases(GATED, attention_bias=ATTENTION), ROPE),
        example={"activation": "relu2"},
        near={"sub_norm": False, "activation": "relu"},
    ),
    "hunyuan_v1_dense": llama_like(
        "hunyuan_v1_dense",
        "HunYuanDenseV1ForCausalLM",
        LLAMA_NORMS
        + block("model.layers", attn__q_norm="self_attn.query_layernorm", attn__k_norm="self_attn.key_layernorm"),
        differs={**QK_NORM, "qk_norm_after_rotary": True},
        demands={},
        defaults={**LLAMA_DEFAULTS, "attention_bias": False},
        without_effect=("eod_token_id",),
        **together(biases(GATED, attention_bias=ATTENTION), ROPE),
        example={},
        near={"qk_norm_after_rotary": False},
    ),
    "granite": llama_like(
        "granite",
        "GraniteForCausalLM",
        LLAMA_NORMS,
        fields={**WITHOUT_HEAD_DIM, **GRANITE_FIELDS},
        demands={},
        defaults={**UNTIED, **BASE, **SAME_HEADS, **GRANITE_NUMBERS, "attention_bias": False, "mlp_bias": False},
        **together(LOGITS_SCALING, BIASES, ROPE),
        example=NUMBERS,
        near=ONE_STEP_AWAY,
    ),
    "granitemoe": llama_like(
        "granitemoe",
        "GraniteMoeForCausalLM",
        LLAMA_NORMS + STACKED_EXPERTS,
        differs={"ffn_type": "moe"},
        fields={
            **WITHOUT_HEAD_DIM,
            **GRANITE_FIELDS,
            "n_expert": "num_local_experts",
            "num_experts_per_tok": "num_experts_per_tok",
        },
        defaults={**UNTIED, **BASE, **SAME_HEADS, **GRANITE_NUMBERS, "attention_bias": False},
        **together(LOGITS_SCALING, ROPE),
        example={**NUMBERS, **MIXTURE},
        near={**ONE_STEP_AWAY, "num_experts_per_tok": 1},
    ),
    "hyperclovax": llama_like(
        "hyperclovax",
        "HyperCLOVAXForCausalLM",
        LLAMA_NORMS + OUTER_NORMS["hyperclovax"],
        fields={**LLAMA_FIELDS, **GRANITE_FIELDS, "post_norm": "use_post_norm", "logit_scale": "logits_scaling"},
        demands={},
        defaults={
            **LLAMA_DEFAULTS,
            **GRANITE_NUMBERS,
            "attention_bias": False,
            "mlp_bias": False,
            "use_post_norm": True,
            "attention_multiplier": None,
        },
        **together(BIASES, ROPE),
        example={**NUMBERS, "post_norm": True},
        near={**ONE_STEP_AWAY, "post_norm": False},
    ),
    "minicpm3": Family(
        "minicpm3",
        "MiniCPM3ForCausalLM",
        differs={"attention_type": "latent"},
        demands={"attention_bias": False, "mlp_bias": False},
        **{
            **DEEPSEEK,
            "defaults": {
                "tie_word_embeddings": True,
                **BASE,
                "scale_emb": 1,
                "scale_depth": 1.0,
                "dim_model_base": 1,
            },
        },
        **together(
            LATENT, Part(read_minicpm3, write_minicpm3, ("logit_scale", "residual_multiplier", "embedding_multiplier"))
        ),
        example={
            "weight_tying": True,
            "embedding_multiplier": 3.0,
            "residual_multiplier": 1.4 / 3**0.5,
            "logit_scale": 0.25,
            "query_latent_rank": 14,
        },
        near={"residual_multiplier": 1.0, "embedding_multiplier": 1.0, "logit_scale": 1.0, "rope_interleaved": True},
    ),
}
