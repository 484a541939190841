"""Families with a mixture of experts whose router is a softmax, its weights renormalised or not."""

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
from ..parts import RENORMALISED, ROPE
from ..settings_of_theirs import Settings
from ..shared_settings import activation_of_ours
from .kin_of_llama import EXPERTS, MIXTURE, WITHOUT_HEAD_DIM
from .llamas import BASE, LLAMA_NORMS, OLMO2_NORMS, QK_NORM, SAME_HEADS, UNTIED, llama_like

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
}
