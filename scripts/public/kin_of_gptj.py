"""Families that go on from GPT-J: attention beside the feed-forward, partial rotary positions, a bias in the head."""

from typing import Any

from .classics import CLASSIC, GPT2_ENDS, GPT2_FIELDS
from .family import QUERY_KEY_VALUE, SIZES, Family, Part, Rule, block, renamed, together
from .layouts import (
    from_four_shards,
    in_four_shards,
)
from .llamas import BASE, LLAMA_ENDS, SAME_HEADS, UNTIED
from .parts import PARTIAL_ROPE
from .settings_of_theirs import Settings


def read_rotary_dim(settings: Settings) -> dict[str, Any]:
    width, heads = settings.of_kind("n_embd", int), settings.of_kind("n_head", int)
    return {"rope_fraction": settings.of_kind("rotary_dim", int) * heads / width}


ROTARY_DIM = Part(
    read_rotary_dim, lambda config: {"rotary_dim": round(config.rope_fraction * config.head_dim)}, ("rope_fraction",)
)


OF_GPTJ = {
    **CLASSIC,
    "norm_position": "parallel",
    "rope_interleaved": True,
    "rope_theta": 10000.0,
    "bias": False,
    "biases": "up_proj,down_proj",
    "head_bias": True,
}


GPTJ_FIELDS = {
    **{ours: theirs for ours, theirs in GPT2_FIELDS.items()},
    "ffn_hidden": "n_inner",
    "activation": "activation_function",
    "weight_tying": "tie_word_embeddings",
}


KIN_OF_GPTJ = {
    "gptj": Family(
        "gptj",
        "GPTJForCausalLM",
        differs=OF_GPTJ,
        fields=GPTJ_FIELDS,
        rules=block(
            "transformer.h",
            attn__q_proj="attn.q_proj",
            attn__k_proj="attn.k_proj",
            attn__v_proj="attn.v_proj",
            attn__o_proj="attn.out_proj",
            mlp__up_proj="mlp.fc_in",
            mlp__down_proj="mlp.fc_out",
            norm="ln_1",
        )
        + GPT2_ENDS,
        demands={"scale_attn_weights": True, "rotary": True},
        defaults={**UNTIED, "n_inner": None, "rotary_dim": 64},
        without_effect=("jax", "tie_encoder_decoder"),
        **together(ROTARY_DIM),
        buffers=(".attn.bias", ".attn.masked_bias", ".attn.embed_positions"),
        example={"rope_fraction": 0.5, "n_embd": 64, "activation": "gelu_tanh"},
        near={"rope_interleaved": False, "head_bias": False, "biases": "up_proj"},
    ),
    "codegen": Family(
        "codegen",
        "CodeGenForCausalLM",
        differs=OF_GPTJ,
        fields=GPTJ_FIELDS,
        rules=(
            Rule(QUERY_KEY_VALUE, ("transformer.h.{layer}.attn.qkv_proj",), in_four_shards, from_four_shards),
            *block(
                "transformer.h",
                attn__o_proj="attn.out_proj",
                mlp__up_proj="mlp.fc_in",
                mlp__down_proj="mlp.fc_out",
                norm="ln_1",
            ),
            *GPT2_ENDS,
        ),
        demands={"scale_attn_weights": True},
        defaults={**UNTIED, "n_inner": None, "rotary_dim": 64},
        without_effect=("n_ctx",),
        **together(ROTARY_DIM),
        buffers=(".attn.causal_mask", ".attn.bias", ".attn.embed_positions"),
        example={"rope_fraction": 0.5, "n_embd": 64, "activation": "gelu_tanh"},
        near={"rope_interleaved": False, "head_bias": False, "biases": "up_proj"},
    ),
    "phi": Family(
        "phi",
        "PhiForCausalLM",
        differs={**CLASSIC, "norm_position": "parallel", "head_bias": True},
        fields={**SIZES, "n_kv_head": "num_key_value_heads", "norm_eps": "layer_norm_eps"},
        rules=block(
            "model.layers",
            attn__q_proj="self_attn.q_proj",
            attn__k_proj="self_attn.k_proj",
            attn__v_proj="self_attn.v_proj",
            attn__o_proj="self_attn.dense",
            mlp__up_proj="mlp.fc1",
            mlp__down_proj="mlp.fc2",
            norm="input_layernorm",
        )
        + renamed({"head.norm": "model.final_layernorm"})
        + LLAMA_ENDS,
        demands={"qk_layernorm": False},
        defaults={**UNTIED, **BASE, **SAME_HEADS, "partial_rotary_factor": 0.5},
        without_effect=("resid_pdrop",),
        **together(PARTIAL_ROPE),
        example={"rope_fraction": 0.5, "n_kv_head": 2, "activation": "gelu_tanh"},
        near={"head_bias": False, "rope_fraction": 1.0},
    ),
}
