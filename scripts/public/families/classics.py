"""The families from before Llama: layer norms with biases, an ordinary feed-forward, biases everywhere."""

from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, QUERY_KEY_VALUE, SIZES, Family, Rule, block, renamed
from ..layouts import (
    concatenate_transposed,
    interleave_heads,
    separate_heads,
    split_transposed,
    transpose,
    with_two_rows,
    without_two_rows,
)
from ..settings_of_theirs import Settings
from ..shared_settings import rope_fields, rope_of, rope_settings


def read_neox(settings: Settings) -> dict[str, Any]:
    rope = rope_of(settings, "rotary_emb_base")
    fraction = rope.of_kind("partial_rotary_factor", float, settings["rotary_pct"])
    fields = rope_fields(rope, settings.of_kind("max_position_embeddings", int))
    return {**fields, "rope_fraction": fraction}


def write_neox(config: GPTConfig) -> dict[str, Any]:
    return {"rope_parameters": {**rope_settings(config), "partial_rotary_factor": config.rope_fraction}}


GPT2_FIELDS = {
    "vocab_size": "vocab_size",
    "max_seq_len": "n_positions",
    "n_layer": "n_layer",
    "n_head": "n_head",
    "n_embd": "n_embd",
    "norm_eps": "layer_norm_epsilon",
    "dropout": "resid_pdrop",
}
GPT2_BLOCK = (
    Rule(QUERY_KEY_VALUE, ("transformer.h.{layer}.attn.c_attn",), concatenate_transposed, split_transposed),
    Rule((BLOCK + "attn.o_proj",), ("transformer.h.{layer}.attn.c_proj",), transpose, transpose),
    Rule((BLOCK + "mlp.up_proj",), ("transformer.h.{layer}.mlp.c_fc",), transpose, transpose),
    Rule((BLOCK + "mlp.down_proj",), ("transformer.h.{layer}.mlp.c_proj",), transpose, transpose),
    *block("transformer.h", attn_norm="ln_1", mlp_norm="ln_2"),
)
LEARNED = "embedding.positions.learned_absolute.embedding"
CLASSIC = {"normalization": "layernorm", "ffn_type": "standard", "bias": True}  # as it was before Llama
OPT_BLOCK = {
    "attn__q_proj": "self_attn.q_proj",
    "attn__k_proj": "self_attn.k_proj",
    "attn__v_proj": "self_attn.v_proj",
    "attn__o_proj": "self_attn.out_proj",
    "attn_norm": "self_attn_layer_norm",
    "mlp__up_proj": "fc1",
    "mlp__down_proj": "fc2",
    "mlp_norm": "final_layer_norm",
}


def read_opt(settings: Settings) -> dict[str, Any]:
    width = settings["word_embed_proj_dim"]
    if width not in (None, settings["hidden_size"]):
        raise ValueError(f"word_embed_proj_dim = {width!r}: the reference's embedding has hidden_size only")
    return {}


def write_gpt2(config: GPTConfig) -> dict[str, Any]:
    return {"embd_pdrop": config.dropout, "attn_pdrop": config.dropout}


GPT2_ENDS = renamed(
    {"embedding.token_embedding": "transformer.wte", "head.norm": "transformer.ln_f", "head.lm_head": "lm_head"}
)

CLASSICS = {
    "gpt2": Family(
        "gpt2",
        "GPT2LMHeadModel",
        differs={**CLASSIC, "position_encoding": "learned_absolute"},
        fields={
            **GPT2_FIELDS,
            "ffn_hidden": "n_inner",
            "activation": "activation_function",
            "weight_tying": "tie_word_embeddings",
        },
        rules=GPT2_BLOCK
        + renamed(
            {
                "embedding.token_embedding": "transformer.wte",
                LEARNED: "transformer.wpe",
                "head.norm": "transformer.ln_f",
                "head.lm_head": "lm_head",
            }
        ),
        demands={"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False},
        defaults={"n_inner": None, "tie_word_embeddings": True},
        without_effect=("n_ctx",),  # n_positions, of before
        write=write_gpt2,
        buffers=(".attn.bias", ".attn.masked_bias"),
    ),
    "gpt1": Family(
        "openai-gpt",
        "OpenAIGPTLMHeadModel",
        differs={
            **CLASSIC,
            "norm_position": "post",
            "position_encoding": "learned_absolute",
            "activation": "gelu_tanh",
            "ffn_hidden": None,
            "weight_tying": True,
        },
        fields=GPT2_FIELDS,
        rules=GPT2_BLOCK
        + renamed(
            {
                "embedding.token_embedding": "transformer.tokens_embed",
                LEARNED: "transformer.positions_embed",
                "head.lm_head": "lm_head",
            }
        ),
        demands={"afn": "gelu", "tie_word_embeddings": True},
        without_effect=("n_ctx", "n_special", "predict_special_tokens"),
        write=write_gpt2,
        buffers=(".attn.bias",),
    ),
    "opt": Family(
        "opt",
        "OPTForCausalLM",
        differs={**CLASSIC, "position_encoding": "learned_absolute", "norm_eps": 1e-5},
        fields={
            **{ours: theirs for ours, theirs in SIZES.items() if ours not in ("ffn_hidden", "activation")},
            "ffn_hidden": "ffn_dim",
            "activation": "activation_function",
            "dropout": "dropout",
        },
        rules=block("model.decoder.layers", **OPT_BLOCK)
        + renamed(
            {
                "embedding.token_embedding": "model.decoder.embed_tokens",
                "head.norm": "model.decoder.final_layer_norm",
                "head.lm_head": "lm_head",
            }
        )
        + (Rule((LEARNED,), ("model.decoder.embed_positions",), with_two_rows, without_two_rows),),
        demands={
            "do_layer_norm_before": True,
            "_remove_final_layer_norm": False,
            "enable_bias": True,
            "layer_norm_elementwise_affine": True,
        },
        defaults={"tie_word_embeddings": True, "word_embed_proj_dim": None},
        read=read_opt,
        buffers=(),
        # It projects embeddings up or down where this differs from the width.
        write=lambda config: {"word_embed_proj_dim": config.n_embd},
    ),
    "bloom": Family(
        "bloom",
        "BloomForCausalLM",
        differs={
            **CLASSIC,
            "embedding_norm": True,
            "position_encoding": "alibi",
            "activation": "gelu_tanh",
            "ffn_hidden": None,
        },
        fields={
            "vocab_size": "vocab_size",
            "max_seq_len": "seq_length",
            "n_layer": "n_layer",
            "n_head": "n_head",
            "n_embd": "hidden_size",
            "norm_eps": "layer_norm_epsilon",
            "weight_tying": "tie_word_embeddings",
        },
        rules=(
            Rule(
                QUERY_KEY_VALUE,
                ("transformer.h.{layer}.self_attention.query_key_value",),
                interleave_heads,
                separate_heads,
            ),
            *block(
                "transformer.h",
                attn__o_proj="self_attention.dense",
                attn_norm="input_layernorm",
                mlp__up_proj="mlp.dense_h_to_4h",
                mlp__down_proj="mlp.dense_4h_to_h",
                mlp_norm="post_attention_layernorm",
            ),
            *renamed(
                {
                    "embedding.token_embedding": "transformer.word_embeddings",
                    "embedding.norm": "transformer.word_embeddings_layernorm",
                    "head.norm": "transformer.ln_f",
                    "head.lm_head": "lm_head",
                }
            ),
        ),
        # In slices, as slow_but_exact has it with several of pretraining_tp, a bias is left out.
        demands={"apply_residual_connection_post_layernorm": False, "slow_but_exact": False},
        defaults={"seq_length": 2048, "tie_word_embeddings": True},
        without_effect=(
            "attention_softmax_in_fp32",
            "bias_dropout_fusion",
            "masked_softmax_fusion",
            "n_inner",  # four times the width, whatever it says
            "offset_alibi",
            "skip_bias_add",
            "skip_bias_add_qkv",
        ),
        buffers=(),
        aliases={"n_embed": "hidden_size", "num_attention_heads": "n_head", "num_hidden_layers": "n_layer"},
    ),
    "neox": Family(
        "gpt_neox",
        "GPTNeoXForCausalLM",
        differs={**CLASSIC, "norm_position": "parallel_two_norms"},
        fields={**SIZES, "norm_eps": "layer_norm_eps"},
        rules=(
            Rule(
                QUERY_KEY_VALUE,
                ("gpt_neox.layers.{layer}.attention.query_key_value",),
                interleave_heads,
                separate_heads,
            ),
            *block(
                "gpt_neox.layers",
                attn__o_proj="attention.dense",
                attn_norm="input_layernorm",
                mlp__up_proj="mlp.dense_h_to_4h",
                mlp__down_proj="mlp.dense_4h_to_h",
                mlp_norm="post_attention_layernorm",
            ),
            *renamed(
                {
                    "embedding.token_embedding": "gpt_neox.embed_in",
                    "head.norm": "gpt_neox.final_layer_norm",
                    "head.lm_head": "embed_out",
                }
            ),
        ),
        demands={"use_parallel_residual": True, "attention_bias": True},
        defaults={"tie_word_embeddings": False, "rotary_emb_base": 10000.0, "rotary_pct": 0.25},
        buffers=(".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"),
        read=read_neox,
        write=write_neox,
        free=("rope_fraction",),
    ),
}
