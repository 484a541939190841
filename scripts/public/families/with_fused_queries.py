"""Families with an ordinary feed-forward, whose queries, keys and values are one tensor, by head or by group."""

from typing import Any

from reference.config import GPTConfig

from ..family import QUERY_KEY_VALUE, SIZES, Family, Part, Rule, block, renamed, together
from ..layouts import (
    concatenate,
    interleave_heads,
    separate_heads,
    split_query_key_value,
)
from ..parts import (
    PARTIAL_ROPE,
    ROPE,
    in_parallel,
    norms_where,
    one_after_another,
    with_two_norms,
)
from ..settings_of_theirs import Settings
from .classics import CLASSIC, GPT2_ENDS, GPT2_FIELDS, LEARNED
from .llamas import BASE, LLAMA_ENDS, LLAMA_NORMS, TIED, UNTIED


def grouped(name: str) -> tuple[Rule, ...]:
    """Queries, keys and values in one tensor, head by head, or group by group where heads are grouped."""
    return (Rule(QUERY_KEY_VALUE, (name,), interleave_heads, separate_heads),)


def read_multi_query(settings: Settings) -> dict[str, Any]:
    return {"n_kv_head": 1 if settings.of_kind("multi_query", bool) else settings["n_head"]}


MULTI_QUERY = Part(read_multi_query, lambda config: {"multi_query": config.n_kv_head == 1})


def read_persimmon(settings: Settings) -> dict[str, Any]:
    return {"qk_norm": "head" if settings.of_kind("qk_layernorm", bool) else "off"}


def read_falcon(settings: Settings) -> dict[str, Any]:
    heads = settings.of_kind("num_attention_heads", int)
    groups = settings.of_kind("num_kv_heads", int | None) or heads
    parallel, queries, new = (
        settings.of_kind(name, bool) for name in ("parallel_attn", "multi_query", "new_decoder_architecture")
    )
    norms = settings.of_kind("num_ln_in_parallel_attn", int | None) or (2 if new else 1)
    if (not new and norms == 2) or (new and not parallel):
        raise ValueError(
            f"num_ln_in_parallel_attn = {norms} with new_decoder_architecture = {new} and parallel_attn = {parallel}: "
            "transformers has no such layer"
        )
    two = {1: "parallel", 2: "parallel_two_norms"}
    return {"n_kv_head": groups if new else 1 if queries else heads, "norm_position": two[norms] if parallel else "pre"}


def write_falcon(config: GPTConfig) -> dict[str, Any]:
    norms = {"parallel": 1, "parallel_two_norms": 2}.get(config.norm_position)
    new = norms == 2 or (norms == 1 and config.n_kv_head not in (1, config.n_head))
    return {
        "new_decoder_architecture": new,
        "parallel_attn": norms is not None,
        "num_ln_in_parallel_attn": norms if new else None,
        "multi_query": config.n_kv_head == 1,
        "num_kv_heads": config.n_kv_head,
    }


def read_falcon_positions(settings: Settings) -> dict[str, Any]:
    return {"position_encoding": "alibi_scaled" if settings.of_kind("alibi", bool) else "rope"}


FALCON_POSITIONS = Part(
    read_falcon_positions, lambda config: {"alibi": config.position_encoding == "alibi_scaled"}, ("position_encoding",)
)


FALCON_SWITCHES = (
    "multi_query",
    "new_decoder_architecture",
    "num_kv_heads",
    "num_ln_in_parallel_attn",
    "parallel_attn",
)


def read_mpt(settings: Settings) -> dict[str, Any]:
    attention = settings.block("attn_config")
    for name, wanted in MPT_ATTENTION.items():
        if (value := attention.get(name, wanted)) != wanted:
            raise ValueError(f"attn_config: {name} = {value!r}: of an mpt the reference has {wanted!r} only")
    return {"softmax_scale": attention.of_kind("softmax_scale", float | None)} if "softmax_scale" in attention else {}


MPT_ATTENTION = {
    "alibi": True,
    "alibi_bias_max": 8,
    "attn_type": "multihead_attention",
    "clip_qkv": None,
    "prefix_lm": False,
    "qk_ln": False,
}


WITH_FUSED_QUERIES = {
    "gpt_bigcode": Family(
        "gpt_bigcode",
        "GPTBigCodeForCausalLM",
        differs={**CLASSIC, "position_encoding": "learned_absolute"},
        fields={
            **GPT2_FIELDS,
            "ffn_hidden": "n_inner",
            "activation": "activation_function",
            "weight_tying": "tie_word_embeddings",
        },
        rules=grouped("transformer.h.{layer}.attn.c_attn")
        + block(
            "transformer.h",
            attn__o_proj="attn.c_proj",
            mlp__up_proj="mlp.c_fc",
            mlp__down_proj="mlp.c_proj",
            attn_norm="ln_1",
            mlp_norm="ln_2",
        )
        + GPT2_ENDS
        + renamed({LEARNED: "transformer.wpe"}),
        demands={"scale_attn_weights": True},
        defaults={**TIED, "n_inner": None, "multi_query": True},
        without_effect=(
            "attention_softmax_in_fp32",
            "inference_runner",
            "max_batch_size",
            "max_sequence_length",
            "num_key_value_heads",
            "pad_key_length",
            "pre_allocate_kv_cache",
            "scale_attention_softmax_in_fp32",
            "validate_runner_input",
        ),
        **together(MULTI_QUERY),
        buffers=(".attn.bias", ".attn.masked_bias"),
        example={"activation": "gelu_tanh", "n_kv_head": 1, "weight_tying": True},
        near={"activation": "relu"},
    ),
    "persimmon": Family(
        "persimmon",
        "PersimmonForCausalLM",
        differs={**CLASSIC, "qk_normalization": "layernorm", "qk_norm_after_rotary": False},
        fields={**SIZES, "norm_eps": "layer_norm_eps"},
        rules=grouped("model.layers.{layer}.self_attn.query_key_value")
        + block(
            "model.layers",
            attn__o_proj="self_attn.dense",
            attn__q_norm="self_attn.q_layernorm",
            attn__k_norm="self_attn.k_layernorm",
            mlp__up_proj="mlp.dense_h_to_4h",
            mlp__down_proj="mlp.dense_4h_to_h",
        )
        + LLAMA_NORMS
        + renamed({"head.norm": "model.final_layernorm"})
        + LLAMA_ENDS,
        defaults={**UNTIED, **BASE, "partial_rotary_factor": 0.5, "qk_layernorm": True},
        **together(
            PARTIAL_ROPE,
            Part(
                read_persimmon,
                lambda config: {"qk_layernorm": config.qk_norm == "head"},
                ("qk_norm",),
                ("qk_layernorm",),
            ),
        ),
        example={"activation": "relu2", "rope_fraction": 0.5, "qk_norm": "head", "n_embd": 64},
        near={"qk_norm_after_rotary": True, "rope_fraction": 1.0, "activation": "relu"},
    ),
    "falcon": Family(
        "falcon",
        "FalconForCausalLM",
        differs={**CLASSIC},
        fields={
            **{ours: theirs for ours, theirs in SIZES.items() if ours not in ("ffn_hidden", "activation")},
            "ffn_hidden": "ffn_hidden_size",
            "activation": "activation",
            "norm_eps": "layer_norm_epsilon",
            "bias": "bias",
        },
        rules=grouped("transformer.h.{layer}.self_attention.query_key_value")
        + block(
            "transformer.h",
            attn__o_proj="self_attention.dense",
            mlp__up_proj="mlp.dense_h_to_4h",
            mlp__down_proj="mlp.dense_4h_to_h",
        )
        + norms_where(in_parallel, "transformer.h", norm="input_layernorm")
        + norms_where(with_two_norms, "transformer.h", attn_norm="ln_attn", mlp_norm="ln_mlp")
        + norms_where(
            one_after_another, "transformer.h", attn_norm="input_layernorm", mlp_norm="post_attention_layernorm"
        )
        + renamed(
            {
                "embedding.token_embedding": "transformer.word_embeddings",
                "head.norm": "transformer.ln_f",
                "head.lm_head": "lm_head",
            }
        ),
        defaults={
            **TIED,
            **BASE,
            "activation": "gelu",
            "alibi": False,
            "ffn_hidden_size": None,
            "bias": False,
            "max_position_embeddings": 2048,
            "multi_query": True,
            "new_decoder_architecture": False,
            "num_kv_heads": None,
            "num_ln_in_parallel_attn": None,
            "parallel_attn": True,
        },
        **together(ROPE, FALCON_POSITIONS, Part(read_falcon, write_falcon, ("norm_position",), FALCON_SWITCHES)),
        without_effect=("apply_residual_connection_post_layernorm",),
        # The eager one adds ALiBi twice.
        judged_by=lambda settings: "sdpa" if settings.get("alibi") else "eager",
        aliases={"n_head": "num_attention_heads", "n_layer": "num_hidden_layers", "n_head_kv": "num_kv_heads"},
        example={
            "activation": "gelu",
            "n_kv_head": 2,
            "norm_position": "parallel_two_norms",
            "bias": False,
            "weight_tying": True,
        },
        near={"norm_position": "pre", "rope_interleaved": True},
    ),
    "mpt": Family(
        "mpt",
        "MptForCausalLM",
        differs={
            "normalization": "layernorm_nobias",
            "ffn_type": "standard",
            "ffn_hidden": None,
            "activation": "gelu",
            "position_encoding": "alibi",
        },
        fields={
            "vocab_size": "vocab_size",
            "max_seq_len": "max_seq_len",
            "n_layer": "n_layers",
            "n_head": "n_heads",
            "n_embd": "d_model",
            "norm_eps": "layer_norm_epsilon",
            "weight_tying": "tie_word_embeddings",
        },
        rules=(
            Rule(QUERY_KEY_VALUE, ("transformer.blocks.{layer}.attn.Wqkv",), concatenate, split_query_key_value),
            *block(
                "transformer.blocks",
                attn__o_proj="attn.out_proj",
                mlp__up_proj="ffn.up_proj",
                mlp__down_proj="ffn.down_proj",
                attn_norm="norm_1",
                mlp_norm="norm_2",
            ),
            *renamed(
                {
                    "embedding.token_embedding": "transformer.wte",
                    "head.norm": "transformer.norm_f",
                    "head.lm_head": "lm_head",
                }
            ),
        ),
        demands={"no_bias": True, "logit_scale": None},
        defaults={**TIED, "layer_norm_epsilon": 1e-5},
        without_effect=(
            "attn_impl",
            "attn_uses_sequence_id",
            "emb_pdrop",
            "embedding_fraction",
            "expansion_ratio",
            "init_config",
            "init_device",
            "learned_pos_emb",
            "norm_type",
            "resid_pdrop",
            "tokenizer_name",
            "verbose",
        ),
        **together(
            Part(
                read_mpt,
                lambda config: {"attn_config": {**MPT_ATTENTION, "softmax_scale": config.softmax_scale}},
                ("softmax_scale",),
            )
        ),
        example={"weight_tying": True},
        near={"position_encoding": "none", "normalization": "rmsnorm"},
    ),
}
