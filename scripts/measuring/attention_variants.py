"""Every kind of attention, as small configurations: softmax attention, which backends compute, and recurrent mixers."""

from reference.attentions.settings_read import as_read
from reference.config import GPTConfig

SIZES = {
    "vocab_size": 13,
    "max_seq_len": 24,
    "n_layer": 2,
    "n_head": 4,
    "n_kv_head": 2,
    "n_embd": 24,
    "head_dim": 6,
    "qk_norm": "off",
    "logit_softcap": None,
    "norm_eps": 1e-3,
    "latent_rank": 10,
    "rope_head_dim": 4,
}
# Two value heads for each key head, of another size.
DELTA = {
    "attention_type": "delta",
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 6,
    "linear_value_head_dim": 5,
}
LATENT = {"attention_type": "latent", "n_kv_head": 4, "value_head_dim": 5}
# So many heads of the indexer that it is silent about hardly any key.
DSA = {
    **LATENT,
    "attention_type": "dsa",
    "query_latent_rank": 8,
    "index_n_heads": 7,
    "index_head_dim": 5,
    "index_topk": 3,
}

VARIANTS = {
    "multi-head": {"n_kv_head": 4},
    "grouped": {},
    "multi-query": {"n_kv_head": 1},
    "QK norm": {"qk_norm": "head", "qk_normalization": "rmsnorm"},
    "window": {"attention_window": "3,none"},
    "window of one": {"attention_window": "1"},
    "window that reaches everything": {"attention_window": "100"},
    "soft cap": {"attention_softcap": 0.7},
    "sinks": {"attention_sinks": True},
    "gate": {"attention_gate": True},
    "a scale of its own": {"softmax_scale": 0.9},
    "ALiBi": {"position_encoding": "alibi"},
    "learned positions": {"position_encoding": "learned_absolute"},
    "no positions": {"position_encoding": "none"},
    "interleaved, partial rotary": {"rope_interleaved": True, "rope_fraction": 0.67},
    "of an earlier layer": {
        "attention_type": "standard,standard/shared",
        "attention_window": "3,none",
        "n_layer": 4,
    },
    "differential": {"attention_type": "differential"},
    "differential, everything": {
        "attention_type": "differential",
        "attention_window": "4",
        "attention_softcap": 0.7,
        "attention_sinks": True,
        "attention_gate": True,
        "position_encoding": "alibi",
        "qk_norm": "full",
    },
    "SSMax, a gate for every head": {"scalable_softmax": True, "head_gate": "softplus"},
    "forgetting": {"attention_type": "forgetting", "position_encoding": "none"},
    "forgetting, everything": {
        "attention_type": "forgetting",
        "attention_window": "4,none",
        "attention_softcap": 0.7,
        "attention_sinks": True,
        "position_encoding": "alibi",
        "qk_norm": "head",
        "scalable_softmax": True,
        "head_gate": "sigmoid",
    },
    "values of another size": {
        "attention_type": "values",
        "attention_window": "4,none",
        "value_head_dim": 5,
        "value_norm": "rmsnorm",
        "value_scale": 0.7,
        "windowed": '{"n_kv_head": 4}',
    },
    "relative": {
        "attention_type": "relative",
        "attention_window": "4,none",
        "position_encoding": "none",
        "relative_dim": 3,
        "relative_extent": 5,
    },
    "MoBA": {"attention_type": "moba", "moba_block_size": 3, "moba_topk": 2},
    "NSA": {"attention_type": "nsa", "nsa_compress_size": 3, "nsa_block_size": 4, "nsa_topk": 3, "nsa_window": 5},
    "latent": LATENT,
    "latent, for queries too": {**LATENT, "query_latent_rank": 8},
    "latent, QK norm": {**LATENT, "qk_norm": "head"},
    "DSA": DSA,
    "DSA, everything": {
        **DSA,
        "attention_window": "7,none",
        "attention_softcap": 0.7,
        "attention_sinks": True,
        "rope_interleaved": True,
        "qk_norm": "head",
    },
    "latent, everything": {
        **LATENT,
        "attention_window": "4",
        "attention_softcap": 0.7,
        "attention_sinks": True,
        "position_encoding": "alibi",
    },
}
RECURRENT = {
    "delta": DELTA,
    "linear": {"attention_type": "linear"},
    "retention": {"attention_type": "retention", "linear_value_head_dim": 5},
    "lightning": {"attention_type": "lightning"},
    "DeltaNet": {"attention_type": "deltanet"},
    "KDA": {"attention_type": "kda", "linear_num_key_heads": 4, "linear_key_head_dim": 6},
    "Mamba-2": {**DELTA, "attention_type": "mamba2"},
    "short convolution": {"attention_type": "short_conv", "linear_conv_kernel_dim": 3},
    "delta and a window in turn": {**DELTA, "attention_type": "delta,standard", "attention_window": "4"},
}
EVERYTHING = {**VARIANTS, **RECURRENT}


def variant(name: str, **changes) -> GPTConfig:
    """A small model of one kind. Of the sizes that all have, it has those that its layers read."""
    return as_read(GPTConfig(**{**SIZES, **EVERYTHING[name], **changes}), changes)
