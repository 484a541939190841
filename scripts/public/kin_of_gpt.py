"""Families that go on from GPT-2 and GPT-NeoX: layer norms, an ordinary feed-forward; rotary positions or ALiBi."""

from typing import Any

from reference.config import GPTConfig

from .classics import CLASSIC, GPT2_FIELDS, LEARNED, OPT_BLOCK
from .family import BLOCK, QUERY_KEY_VALUE, SIZES, Family, Part, Rule, block, renamed, together
from .layouts import (
    concatenate,
    from_four_shards,
    in_four_shards,
    interleave_heads,
    separate_heads,
    split_query_key_value,
    with_two_rows,
    without_two_rows,
)
from .llamas import BASE, LLAMA_ATTENTION, LLAMA_ENDS, LLAMA_MLP, LLAMA_NORMS, SAME_HEADS, TIED, UNTIED
from .parts import ATTENTION, GATED, PARTIAL_ROPE, QUERIES_KEYS_VALUES, ROPE, WINDOW, biases
from .parts import DENSE as DENSE_MLP
from .settings_of_theirs import Settings
from .shared_settings import shortest_pattern


def grouped(name: str) -> tuple[Rule, ...]:
    """Queries, keys and values in one tensor, head by head, or group by group where heads are grouped."""
    return (Rule(QUERY_KEY_VALUE, (name,), interleave_heads, separate_heads),)


def read_multi_query(settings: Settings) -> dict[str, Any]:
    return {"n_kv_head": 1 if settings.of_kind("multi_query", bool) else settings["n_head"]}


MULTI_QUERY = Part(read_multi_query, lambda config: {"multi_query": config.n_kv_head == 1})


def read_persimmon(settings: Settings) -> dict[str, Any]:
    return {"qk_norm": "head" if settings.of_kind("qk_layernorm", bool) else "off"}


def read_stablelm(settings: Settings) -> dict[str, Any]:
    return {"norm_position": "parallel" if settings.of_kind("use_parallel_residual", bool) else "pre"}


def read_falcon(settings: Settings) -> dict[str, Any]:
    heads, groups = (settings.of_kind(name, int) for name in ("num_attention_heads", "num_kv_heads"))
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


FALCON_SWITCHES = (
    "multi_query",
    "new_decoder_architecture",
    "num_kv_heads",
    "num_ln_in_parallel_attn",
    "parallel_attn",
)


def in_parallel(config: GPTConfig) -> bool:
    return config.norm_position == "parallel"


def with_two_norms(config: GPTConfig) -> bool:
    return config.norm_position == "parallel_two_norms"


def one_after_another(config: GPTConfig) -> bool:
    return config.norm_position == "pre"


def norms_where(applies, prefix: str, **names: str) -> tuple[Rule, ...]:
    return tuple(
        Rule((f"{BLOCK}{ours}",), (f"{prefix}.{{layer}}.{theirs}",), applies=applies) for ours, theirs in names.items()
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


def read_gpt_neo(settings: Settings) -> dict[str, Any]:
    """Windows by attention_layers, or by attention_types: [[["global", "local"], 12]] is both in turn, 12 times."""
    layers, window = settings.of_kind("num_layers", int), settings.of_kind("window_size", int)
    types = settings["attention_types"]
    try:
        kinds = [kind for names, times in types for kind in names * times]
    except (TypeError, ValueError):
        kinds = []
    if settings.get("attention_layers", kinds) != kinds or len(kinds) != layers or set(kinds) - {"global", "local"}:
        raise ValueError(
            f"attention_types = {types!r}: it must be [[[names], times], ...] with global or local for each of "
            f"num_layers = {layers}, and attention_layers the same"
        )
    return {"attention_window": shortest_pattern([str(window) if kind == "local" else "none" for kind in kinds])}


def write_gpt_neo(config: GPTConfig) -> dict[str, Any]:
    kinds = ["local" if window else "global" for window in config.layer_windows]
    windows = {window for window in config.layer_windows if window}
    if len(windows) > 1:
        raise ValueError(f"attention_window = {config.attention_window!r}: a gpt_neo knows one window for all layers")
    return {"attention_types": [[kinds, 1]], "attention_layers": kinds, "window_size": max(windows, default=256)}


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
GPT2_ENDS = renamed(
    {"embedding.token_embedding": "transformer.wte", "head.norm": "transformer.ln_f", "head.lm_head": "lm_head"}
)

KIN_OF_GPT = {
    "starcoder2": Family(
        "starcoder2",
        "Starcoder2ForCausalLM",
        differs={"normalization": "layernorm", "ffn_type": "standard"},
        fields={**SIZES, "n_kv_head": "num_key_value_heads", "norm_eps": "norm_epsilon", "bias": "use_bias"},
        rules=LLAMA_ATTENTION
        + LLAMA_NORMS
        + LLAMA_ENDS
        + block("model.layers", mlp__up_proj="mlp.c_fc", mlp__down_proj="mlp.c_proj"),
        defaults={**TIED, **BASE, "use_bias": True, "sliding_window": None},
        without_effect=("embedding_dropout", "residual_dropout", "mlp_type", "norm_type"),
        **together(WINDOW, ROPE),
        example={"activation": "gelu_tanh", "attention_window": "7", "bias": True, "weight_tying": True},
        near={"attention_window": "8"},
    ),
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
    "stablelm": Family(
        "stablelm",
        "StableLmForCausalLM",
        differs={"normalization": "layernorm"},
        fields={**SIZES, "n_kv_head": "num_key_value_heads", "norm_eps": "layer_norm_eps"},
        rules=LLAMA_ATTENTION
        + LLAMA_MLP
        + LLAMA_ENDS
        + norms_where(
            one_after_another, "model.layers", attn_norm="input_layernorm", mlp_norm="post_attention_layernorm"
        )
        + norms_where(in_parallel, "model.layers", norm="input_layernorm"),
        demands={"qk_layernorm": False},
        defaults={
            **UNTIED,
            **BASE,
            "partial_rotary_factor": 0.25,
            "use_parallel_residual": False,
            "use_qkv_bias": False,
        },
        **together(
            biases("o_proj", GATED, use_qkv_bias=QUERIES_KEYS_VALUES),
            PARTIAL_ROPE,
            Part(
                read_stablelm,
                lambda config: {"use_parallel_residual": config.norm_position == "parallel"},
                ("norm_position",),
                ("use_parallel_residual",),
            ),
        ),
        example={"rope_fraction": 0.5},
        near={"rope_fraction": 1.0, "activation": "gelu"},
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
        demands={"alibi": False},
        defaults={
            **TIED,
            **BASE,
            "activation": "gelu",
            "ffn_hidden_size": None,
            "bias": False,
            "max_position_embeddings": 2048,
            "multi_query": True,
            "new_decoder_architecture": False,
            "num_ln_in_parallel_attn": None,
            "parallel_attn": True,
        },
        **together(ROPE, Part(read_falcon, write_falcon, ("norm_position",), FALCON_SWITCHES)),
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
    "biogpt": Family(
        "biogpt",
        "BioGptForCausalLM",
        differs={**CLASSIC, "position_encoding": "learned_absolute", "norm_eps": 1e-5},
        fields={**SIZES, "embedding_scale": "scale_embedding"},
        rules=block("biogpt.layers", **OPT_BLOCK)
        + renamed(
            {
                "embedding.token_embedding": "biogpt.embed_tokens",
                "head.norm": "biogpt.layer_norm",
                "head.lm_head": "output_projection",
            }
        )
        + (Rule((LEARNED,), ("biogpt.embed_positions",), with_two_rows, without_two_rows),),
        defaults={**TIED, "scale_embedding": True},
        without_effect=("attention_probs_dropout_prob", "hidden_dropout_prob", "layer_norm_eps"),
        buffers=(),
        example={"activation": "gelu", "embedding_scale": True, "weight_tying": True},
        near={"embedding_scale": False, "activation": "silu"},
    ),
    "gpt_neo": Family(
        "gpt_neo",
        "GPTNeoForCausalLM",
        differs={
            **CLASSIC,
            "bias": False,
            "biases": "o_proj,up_proj,down_proj",
            "position_encoding": "learned_absolute",
            "softmax_scale": 1.0,
        },
        fields={
            "vocab_size": "vocab_size",
            "max_seq_len": "max_position_embeddings",
            "n_layer": "num_layers",
            "n_head": "num_heads",
            "n_embd": "hidden_size",
            "ffn_hidden": "intermediate_size",
            "activation": "activation_function",
            "norm_eps": "layer_norm_epsilon",
            "weight_tying": "tie_word_embeddings",
        },
        rules=block(
            "transformer.h",
            attn__q_proj="attn.attention.q_proj",
            attn__k_proj="attn.attention.k_proj",
            attn__v_proj="attn.attention.v_proj",
            attn__o_proj="attn.attention.out_proj",
            mlp__up_proj="mlp.c_fc",
            mlp__down_proj="mlp.c_proj",
            attn_norm="ln_1",
            mlp_norm="ln_2",
        )
        + GPT2_ENDS
        + renamed({LEARNED: "transformer.wpe"}),
        defaults={**TIED, "intermediate_size": None, "window_size": 256, "layer_norm_epsilon": 1e-5},
        without_effect=("embed_dropout", "resid_dropout"),
        **together(Part(read_gpt_neo, write_gpt_neo, ("attention_window",))),
        buffers=(".attn.attention.bias", ".attn.attention.masked_bias"),
        example={"activation": "gelu_tanh", "attention_window": "none,7", "weight_tying": True},
        near={"attention_window": "7,none", "softmax_scale": None},
    ),
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
    "nemotron": Family(
        "nemotron",
        "NemotronForCausalLM",
        differs={"normalization": "layernorm_plus_one", "ffn_type": "standard"},
        fields={**SIZES, "n_kv_head": "num_key_value_heads", "head_dim": "head_dim", "norm_eps": "norm_eps"},
        rules=LLAMA_ATTENTION
        + LLAMA_NORMS
        + LLAMA_ENDS
        + block("model.layers", mlp__up_proj="mlp.up_proj", mlp__down_proj="mlp.down_proj"),
        defaults={
            **UNTIED,
            **BASE,
            **SAME_HEADS,
            "head_dim": None,
            "attention_bias": False,
            "mlp_bias": False,
            "partial_rotary_factor": 0.5,
        },
        **together(biases(attention_bias=ATTENTION, mlp_bias=DENSE_MLP), PARTIAL_ROPE),
        example={"rope_fraction": 0.5, "n_kv_head": 2, "head_dim": 16, "activation": "relu2"},
        near={"normalization": "layernorm", "rope_fraction": 1.0},
    ),
    "jais2": Family(
        "jais2",
        "Jais2ForCausalLM",
        differs={"normalization": "layernorm", "ffn_type": "standard"},
        fields={**SIZES, "n_kv_head": "num_key_value_heads", "head_dim": "head_dim", "norm_eps": "layer_norm_eps"},
        rules=LLAMA_ATTENTION
        + LLAMA_NORMS
        + LLAMA_ENDS
        + block("model.layers", mlp__up_proj="mlp.up_proj", mlp__down_proj="mlp.down_proj"),
        defaults={**UNTIED, **BASE, **SAME_HEADS, "head_dim": None, "attention_bias": True, "mlp_bias": True},
        **together(biases(attention_bias=ATTENTION, mlp_bias=DENSE_MLP), ROPE),
        example={"bias": True, "activation": "relu2"},
        near={"activation": "relu", "normalization": "layernorm_nobias"},
    ),
}
