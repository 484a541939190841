"""Families that Llama's outlines describe, but for what each entry says."""

from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, QUERY_KEY_VALUE, Rule, block, together
from ..layouts import concatenate, halves, split_query_key_value
from ..parts import PARTIAL_ROPE, RENORMALISED, ROPE, SCALE, WINDOW, Part, windows, windows_with_rope
from ..settings_of_theirs import Settings
from ..shared_settings import rope_of, write_rope
from .llamas import (
    BASE,
    DIVIDED_WIDTH,
    GEMMA,
    GEMMA_DEFAULTS,
    GEMMA_FIELDS,
    GEMMA_WITHOUT_EFFECT,
    GROUPED,
    LLAMA_DEFAULTS,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    SAME_HEADS,
    TIED,
    UNTIED,
    llama_like,
    read_without_windows,
)

LAYER = "model.layers.{layer}."
WITHOUT_HEAD_DIM = {ours: theirs for ours, theirs in LLAMA_FIELDS.items() if ours != "head_dim"}
INTERLEAVED = {"rope_interleaved": True}
FUSED_MLP = Rule((f"{BLOCK}mlp.gate_proj", f"{BLOCK}mlp.up_proj"), (f"{LAYER}mlp.gate_up_proj",), concatenate, halves)
FUSED = (
    Rule(QUERY_KEY_VALUE, (f"{LAYER}self_attn.qkv_proj",), concatenate, split_query_key_value),
    FUSED_MLP,
)
EXPERTS = block(
    "model.layers",
    mlp__router="mlp.gate",
    mlp__experts__EXPERT__gate_proj="mlp.experts.EXPERT.gate_proj",
    mlp__experts__EXPERT__up_proj="mlp.experts.EXPERT.up_proj",
    mlp__experts__EXPERT__down_proj="mlp.experts.EXPERT.down_proj",
)
WITHOUT_WINDOWS = Part(read_without_windows, write_rope)
MIXTURE = {"n_expert": 5, "num_experts_per_tok": 2}  # in examples


def read_tanh(settings: Settings) -> dict[str, Any]:
    return {"activation": "gelu_tanh"} if settings.get("hidden_act") == "gelu" else {}


# The first Gemma says gelu, and means its approximation.
TANH = Part(read_tanh, lambda config: {})


def read_phi3_rope(settings: Settings) -> dict[str, Any]:
    """Rotary settings, for which the original length stands outside, and yarn means LongRoPE."""
    original = settings.of_kind("original_max_position_embeddings", int)
    rope = rope_of(settings)
    if rope.get("rope_type", rope.get("type")) in ("su", "yarn", "longrope"):
        rope |= {"rope_type": "longrope", "original_max_position_embeddings": original}
    return PARTIAL_ROPE.read(settings)


def write_phi3_rope(config: GPTConfig) -> dict[str, Any]:
    original = config.rope_original_seq_len or config.max_seq_len
    return {**PARTIAL_ROPE.write(config), "original_max_position_embeddings": original}


PHI3_ROPE = Part(read_phi3_rope, write_phi3_rope, PARTIAL_ROPE.free)

KIN_OF_LLAMA = {
    "mistral": llama_like(
        "mistral",
        "MistralForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={**LLAMA_DEFAULTS, "num_key_value_heads": 8, "sliding_window": 4096},
        **together(WINDOW, ROPE),
        example={"attention_window": "7"},
        near={"attention_window": "8"},
    ),
    "ministral": llama_like(
        "ministral",
        "MinistralForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={**LLAMA_DEFAULTS, "num_key_value_heads": 8, "sliding_window": 4096},
        **together(windows(period=None), ROPE),
        example={"attention_window": "7,none"},
        near={"attention_window": "none,7"},
    ),
    "gemma": llama_like(
        "gemma",
        "GemmaForCausalLM",
        LLAMA_NORMS,
        differs={"normalization": "rmsnorm_plus_one", "embedding_scale": True},
        defaults={**TIED, **BASE, "head_dim": 256},
        without_effect=("hidden_activation",),
        **together(ROPE, TANH),
        example={"activation": "gelu_tanh", "weight_tying": True},
        near={"normalization": "rmsnorm", "embedding_scale": False},
    ),
    "vaultgemma": llama_like(
        "vaultgemma",
        "VaultGemmaForCausalLM",
        block("model.layers", attn_norm="input_layernorm", mlp_norm="pre_feedforward_layernorm"),
        differs={**GEMMA, "post_norm": False},
        fields={
            **GEMMA_FIELDS,
            "logit_softcap": "final_logit_softcapping",
            "attention_softcap": "attn_logit_softcapping",
        },
        defaults={**GEMMA_DEFAULTS, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
        without_effect=GEMMA_WITHOUT_EFFECT,
        **together(SCALE, windows(period=2), ROPE),
        example={
            "activation": "gelu_tanh",
            "softmax_scale": 24**-0.5,
            "attention_window": "7,none",
            "attention_softcap": 2.0,
            "logit_softcap": 3.0,
        },
        near={"attention_window": "none,7", "softmax_scale": None, "attention_softcap": None},
    ),
    "ernie4_5": llama_like(
        "ernie4_5",
        "Ernie4_5ForCausalLM",
        LLAMA_NORMS,
        differs=INTERLEAVED,
        fields={**LLAMA_FIELDS, "bias": "use_bias"},
        demands={},
        defaults={**TIED, **DIVIDED_WIDTH, "rope_theta": 500000.0, "use_bias": False},
        example={"bias": True, "weight_tying": True},
        near={"rope_interleaved": False},
    ),
    "helium": llama_like(
        "helium",
        "HeliumForCausalLM",
        LLAMA_NORMS,
        differs=INTERLEAVED,
        demands={"attention_bias": False, "mlp_bias": False},
        defaults={**UNTIED, "head_dim": 128, "rope_theta": 100000.0},
        example={"head_dim": 12},
        near={"rope_interleaved": False},
    ),
    "exaone4": llama_like(
        "exaone4",
        "Exaone4ForCausalLM",
        block("model.layers", attn_norm="post_attention_layernorm", mlp_norm="post_feedforward_layernorm") + QK_WEIGHTS,
        differs={**QK_NORM, "norm_position": "none", "post_norm": True},
        demands={},
        defaults={**LLAMA_DEFAULTS, "sliding_window": 4096},
        **together(windows_with_rope(period=4, everywhere_without=True), ROPE),
        example={"attention_window": "7,7,none", "position_encoding": "rope,rope,none"},
        near={"position_encoding": "rope", "attention_window": "none", "qk_norm_after_rotary": True},
    ),
    "cohere2": llama_like(
        "cohere2",
        "Cohere2ForCausalLM",
        block("model.layers", norm="input_layernorm"),
        differs={"normalization": "layernorm_nobias", "norm_position": "parallel", "rope_interleaved": True},
        fields={**GROUPED, "norm_eps": "layer_norm_eps", "logit_scale": "logit_scale"},
        demands={"attention_bias": False},
        defaults={**LLAMA_DEFAULTS, **TIED, "sliding_window": 4096, "logit_scale": 0.0625},
        without_effect=(
            "layer_switch",
            "order_of_interleaved_layers",
            "position_embedding_type",
            "rotary_pct",
            "use_embedding_sharing",
            "use_gated_activation",
            "use_parallel_block",
            "use_parallel_embedding",
            "use_qk_norm",
        ),
        **together(windows_with_rope(period=4), ROPE),
        example={
            "attention_window": "7,7,none",
            "position_encoding": "rope,rope,none",
            "logit_scale": 0.5,
            "weight_tying": True,
        },
        near={"position_encoding": "rope", "attention_window": "none", "logit_scale": 1.0},
    ),
    "phi3": llama_like(
        "phi3",
        "Phi3ForCausalLM",
        LLAMA_NORMS,
        FUSED,
        fields={**WITHOUT_HEAD_DIM, "dropout": "resid_pdrop"},
        demands={"attention_bias": False, "lm_head_bias": False},
        defaults={
            **UNTIED,
            **BASE,
            **SAME_HEADS,
            "partial_rotary_factor": 1.0,
            "sliding_window": None,
            "original_max_position_embeddings": 4096,
        },
        **together(WINDOW, PHI3_ROPE),
        example={"attention_window": "7", "rope_fraction": 0.5},
        near={"rope_fraction": 1.0, "attention_window": "8"},
    ),
    "qwen3_moe": llama_like(
        "qwen3_moe",
        "Qwen3MoeForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS + EXPERTS,
        differs=QK_NORM,
        fields={
            **LLAMA_FIELDS,
            "ffn_hidden": "moe_intermediate_size",
            "n_expert": "num_local_experts",
            "num_experts_per_tok": "num_experts_per_tok",
        },
        demands={
            "attention_bias": False,
            "use_sliding_window": False,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
        },
        defaults={**UNTIED, **BASE, **DIVIDED_WIDTH, "norm_topk_prob": False},
        without_effect=("intermediate_size", "max_window_layers", "sliding_window"),
        aliases={"num_experts": "num_local_experts"},
        **together(RENORMALISED, WITHOUT_WINDOWS),
        example={**MIXTURE, "ffn_type": "moe"},
        near={"num_experts_per_tok": 1, "qk_norm_after_rotary": True},
    ),
}
