"""Models by name: for each, the fields of the configuration in which it differs from the defaults."""

import math
from collections.abc import Collection

from .config import GPTConfig

# What every model here has that is not nanochat.
PLAIN = {"embedding_norm": False, "qk_norm": "off", "logit_softcap": None, "init": "gpt2"}

# The shape of GPT-2 small, in which architectures are compared.
SMALL = {"vocab_size": 50257, "max_seq_len": 1024, "n_layer": 12, "n_head": 12, "n_embd": 768}

# Small enough for names, on a laptop; the architecture is left as it is.
TINY: dict = {
    "vocab_size": 27,
    "max_seq_len": 32,
    "n_layer": 3,
    "n_head": 4,
    "n_embd": 64,
    "head_dim": None,
    "ffn_hidden": None,
    "softmax_scale": None,
    "rope_original_seq_len": None,
    "latent_rank": 32,
    "rope_head_dim": 8,
    "value_head_dim": None,
    "linear_key_head_dim": None,
    "linear_value_head_dim": None,
}
# The same for what not every model has: only where the full model says something of it.
TINY_PARTS: dict = {
    "query_latent_rank": 24,
    "index_n_heads": 4,
    "index_head_dim": 16,
    "index_topk": 8,
    "n_expert": 8,
    "num_experts_per_tok": 2,
    "expert_hidden": 24,
    "n_group": 2,
    "topk_group": 1,
}


def nanochat(depth: int) -> dict:
    """The nanochat family (github.com/karpathy/nanochat, November 2025): one number, the depth, sets every size.

    The width grows by 64 a layer; there are as few heads as keep the head dim at 128 or less, and even.
    """
    n_embd = 64 * depth
    n_head = next(heads for heads in range(-(-n_embd // 128), n_embd) if n_embd % (2 * heads) == 0)
    return {"vocab_size": 65536, "max_seq_len": 2048, "n_layer": depth, "n_head": n_head, "n_embd": n_embd}


# nanochat of July 2026, at depth 24, that of its speedrun. Queries and keys are 1.2 times as long as their norms make
# them, so scores 1.44 times as large; a short window is 512 tokens back and the token itself; the last layer has none.
NANOCHAT_2026 = {
    "vocab_size": 32768,
    "max_seq_len": 2048,
    "n_layer": 24,
    "n_head": 12,
    "n_embd": 1536,
    "norm_eps": 2**-23,
    "softmax_scale": 1.44 * 128**-0.5,
    "attention_window": "513,513,513,none",
    "rope_theta": 100000.0,
    "residual_stream": "lambdas",
    "smear": True,
    "backout": True,
    "value_embeddings": True,
    "init": "nanochat_2026",
}

# Weightless RMS norms, rotary positions, GELU, a tied head, and attention scaled down with depth.
D_FAMILY = {**PLAIN, **SMALL, "activation": "gelu", "weight_tying": True, "attn_scale": True}

GPT2 = {
    **PLAIN,
    **SMALL,
    "normalization": "layernorm",
    "norm_eps": 1e-5,
    "position_encoding": "learned_absolute",
    "activation": "gelu_tanh",
    "bias": True,
    "weight_tying": True,
    "dropout": 0.1,
}

GATED = {"normalization": "rmsnorm", "ffn_type": "gated", "activation": "silu"}

LLAMA = {**PLAIN, **SMALL, **GATED, "norm_eps": 1e-5}

PRESETS = {
    # nanochat "d20", 561 million parameters.
    "nanochat": nanochat(depth=20),
    "nanochat_2026": NANOCHAT_2026,
    # The d family: GPT-2's four sizes with newer parts.
    "d12": D_FAMILY,
    "d24": {**D_FAMILY, "n_layer": 24, "n_head": 16, "n_embd": 1024},
    "d36": {**D_FAMILY, "n_layer": 36, "n_head": 20, "n_embd": 1280},
    "d48": {**D_FAMILY, "n_layer": 48, "n_head": 25, "n_embd": 1600},
    "d12_post_norm": {**D_FAMILY, "post_norm": True},
    "d12_post_norm_qk_norm": {**D_FAMILY, "post_norm": True, "qk_norm": "head", "qk_norm_after_rotary": False},
    # The same with latent attention, in the proportions of DeepSeek-V2: a latent of 4 D, R = D / 2.
    "d12_flash_mla": {**D_FAMILY, "use_flash_mla": True, "latent_rank": 256, "rope_head_dim": 32},
    # Radford et al. 2019, GPT-2 (124 million): pre-norm. The first GPT was post-norm, and had no final norm.
    "gpt2": GPT2,
    "gpt2_post_norm": {**GPT2, "norm_position": "post"},
    # Touvron et al. 2023, Llama 2 (arXiv:2307.09288), at the size of GPT-2. (The first Llama has a norm_eps of 1e-6.)
    "llama": LLAMA,
    "team": LLAMA,
    "hybrid": {**LLAMA, "normalization": "layernorm", "ffn_type": "standard", "activation": "gelu"},
    # Loshchilov et al. 2024, nGPT (arXiv:2410.01131), 0.5B: stream, queries, keys and weights on the unit sphere.
    "ngpt": {
        **PLAIN,
        "vocab_size": 32000,
        "max_seq_len": 4096,
        "n_layer": 24,
        "n_head": 16,
        "n_embd": 1024,
        "ffn_type": "gated",
        "activation": "silu",
        "ffn_hidden": 4096,
        "normalization": "l2norm",
        "norm_position": "ngpt",
        "unit_weights": True,
        "qk_norm": "head",
        "qk_normalization": "l2norm",
    },
    # Groeneveld et al. 2024, OLMo (arXiv:2402.00838), 1B.
    "olmo": {
        **PLAIN,
        **GATED,
        "vocab_size": 50304,
        "max_seq_len": 2048,
        "n_layer": 16,
        "n_head": 16,
        "n_embd": 2048,
        "ffn_hidden": 8192,
        "normalization": "layernorm_noparam",
        "norm_eps": 1e-5,
        "weight_tying": True,
    },
    # OLMo team 2024, OLMo 2 (arXiv:2501.00656), 1B.
    "olmo2": {
        **PLAIN,
        **GATED,
        "vocab_size": 100352,
        "max_seq_len": 4096,
        "n_layer": 16,
        "n_head": 16,
        "n_embd": 2048,
        "ffn_hidden": 8192,
        "norm_position": "none",
        "post_norm": True,
        "qk_norm": "full",
        "qk_normalization": "rmsnorm",
        "qk_norm_after_rotary": False,
        "rope_theta": 500000.0,
    },
    # OLMo team 2025, OLMo 3 (arXiv:2512.13961), 7B.
    "olmo3": {
        **PLAIN,
        **GATED,
        "vocab_size": 100278,
        "max_seq_len": 8192,
        "n_layer": 32,
        "n_head": 32,
        "n_embd": 4096,
        "ffn_hidden": 11008,
        "norm_position": "none",
        "post_norm": True,
        "qk_norm": "full",
        "qk_normalization": "rmsnorm",
        "qk_norm_after_rotary": False,
        "attention_window": "4096,4096,4096,none",
        "rope_theta": 500000.0,
    },
    # Gemma team 2024, Gemma 2 (arXiv:2408.00118), 2B.
    "gemma2": {
        **PLAIN,
        **GATED,
        "vocab_size": 256000,
        "max_seq_len": 8192,
        "n_layer": 26,
        "n_head": 8,
        "n_kv_head": 4,
        "n_embd": 2304,
        "head_dim": 256,
        "ffn_hidden": 9216,
        "normalization": "rmsnorm_plus_one",
        "post_norm": True,
        "softmax_scale": 256**-0.5,
        "attention_window": "4096,none",
        "attention_softcap": 50.0,
        "activation": "gelu_tanh",
        "weight_tying": True,
        "embedding_scale": True,
        "logit_softcap": 30.0,
    },
    # Gemma team 2025, Gemma 3 (arXiv:2503.19786), 1B.
    "gemma3": {
        **PLAIN,
        **GATED,
        "vocab_size": 262144,
        "max_seq_len": 32768,
        "n_layer": 26,
        "n_head": 4,
        "n_kv_head": 1,
        "n_embd": 1152,
        "head_dim": 256,
        "ffn_hidden": 6912,
        "normalization": "rmsnorm_plus_one",
        "post_norm": True,
        "qk_norm": "head",
        "qk_normalization": "rmsnorm_plus_one",
        "qk_norm_after_rotary": False,
        "softmax_scale": 256**-0.5,
        "attention_window": "512,512,512,512,512,none",
        "position_encoding": "rope_local,rope_local,rope_local,rope_local,rope_local,rope",
        "rope_theta": 1e6,
        "activation": "gelu_tanh",
        "weight_tying": True,
        "embedding_scale": True,
    },
    # Qwen team 2025, Qwen 3 (arXiv:2505.09388), 0.6B.
    "qwen3": {
        **PLAIN,
        **GATED,
        "vocab_size": 151936,
        "max_seq_len": 32768,
        "n_layer": 28,
        "n_head": 16,
        "n_kv_head": 8,
        "n_embd": 1024,
        "head_dim": 128,
        "ffn_hidden": 3072,
        "qk_norm": "head",
        "qk_normalization": "rmsnorm",
        "qk_norm_after_rotary": False,
        "rope_theta": 1e6,
        "weight_tying": True,
    },
    # Qwen team 2026, Qwen 3.5: three layers of Gated DeltaNet, then one of gated attention; the sizes of the 9B.
    "qwen3_5": {
        **PLAIN,
        **GATED,
        "vocab_size": 248320,
        "max_seq_len": 32768,
        "n_layer": 32,
        "n_head": 16,
        "n_kv_head": 4,
        "n_embd": 4096,
        "ffn_hidden": 12288,
        "normalization": "rmsnorm_plus_one",
        "attention_type": "delta,delta,delta,standard",
        "attention_gate": True,
        "qk_norm": "head",
        "qk_normalization": "rmsnorm_plus_one",
        "qk_norm_after_rotary": False,
        "linear_num_key_heads": 16,
        "linear_num_value_heads": 32,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "rope_theta": 1e7,
        "rope_fraction": 0.25,
    },
    # Dao and Gu 2024, Mamba-2 (arXiv:2405.21060), 2.7B: 80 heads of 64, and no feed-forward.
    "mamba2": {
        **PLAIN,
        "vocab_size": 50288,
        "max_seq_len": 2048,
        "n_layer": 64,
        "n_head": 80,
        "n_embd": 2560,
        "normalization": "rmsnorm",
        "norm_eps": 1e-5,
        "attention_type": "mamba2",
        "linear_num_key_heads": 1,
        "linear_num_value_heads": 80,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 64,
        "position_encoding": "none",
        "ffn_type": "none",
        "weight_tying": True,
    },
    # Qwen team 2025, Qwen3-Next, 80B, of which a token meets 3B: such layers with 512 small experts, and one that all
    # tokens meet.
    "qwen3_next": {
        **PLAIN,
        **GATED,
        "vocab_size": 151936,
        "max_seq_len": 32768,
        "n_layer": 48,
        "n_head": 16,
        "n_kv_head": 2,
        "n_embd": 2048,
        "head_dim": 256,
        "ffn_hidden": 5632,
        "normalization": "rmsnorm_plus_one",
        "attention_type": "delta,delta,delta,standard",
        "attention_gate": True,
        "qk_norm": "head",
        "qk_normalization": "rmsnorm_plus_one",
        "qk_norm_after_rotary": False,
        "linear_num_key_heads": 16,
        "linear_num_value_heads": 32,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "rope_theta": 1e7,
        "rope_fraction": 0.25,
        "ffn_type": "qwen_moe",
        "n_expert": 512,
        "num_experts_per_tok": 10,
        "expert_hidden": 512,
        "router_aux_loss_coef": 0.001,
    },
    # Kimi Team 2025, Kimi Linear (arXiv:2510.26692), 48B, of which a token meets 3B: three layers of KDA, then one of
    # latent attention, as the last one is too; no positions.
    "kimi_linear": {
        **PLAIN,
        **GATED,
        "vocab_size": 163840,
        "max_seq_len": 1048576,
        "n_layer": 27,
        "n_head": 32,
        "n_embd": 2304,
        "head_dim": 128,
        "ffn_hidden": 9216,
        "norm_eps": 1e-5,
        "attention_type": ",".join(("kda", "kda", "kda", "latent") * 6 + ("kda", "kda", "latent")),
        "latent_rank": 512,
        "rope_head_dim": 64,
        "value_head_dim": 128,
        "linear_num_key_heads": 32,
        "linear_key_head_dim": 128,
        "position_encoding": "none",
        "ffn_type": "gated/deepseek_moe",
        "n_expert": 256,
        "num_experts_per_tok": 8,
        "expert_hidden": 1024,
        "routed_scaling_factor": 2.446,
    },
    # OLMo team 2026, OLMo Hybrid, 7B: OLMo 3 with three layers of Gated DeltaNet, then one of attention; no positions.
    "olmo_hybrid": {
        **PLAIN,
        **GATED,
        "vocab_size": 100352,
        "max_seq_len": 65536,
        "n_layer": 32,
        "n_head": 30,
        "n_embd": 3840,
        "ffn_hidden": 11008,
        "norm_position": "pre,pre,pre,output",
        "attention_type": "delta,delta,delta,standard",
        "qk_norm": "full",
        "qk_normalization": "rmsnorm",
        "qk_norm_after_rotary": False,
        "linear_num_key_heads": 30,
        "linear_num_value_heads": 30,
        "linear_key_head_dim": 96,
        "linear_value_head_dim": 192,
        "linear_allow_neg_eigval": True,
        "linear_norm_eps": 1e-5,
        "position_encoding": "none",
    },
    # MiniMax 2025, MiniMax-01 (arXiv:2501.08313), 456B, of which a token meets 46B: seven layers of lightning
    # attention, then one of softmax attention, which rotates half of every head; transformers' class rotates it all.
    "minimax": {
        **PLAIN,
        **GATED,
        "vocab_size": 200064,
        "max_seq_len": 131072,
        "n_layer": 80,
        "n_head": 64,
        "n_kv_head": 8,
        "n_embd": 6144,
        "head_dim": 128,
        "ffn_hidden": 9216,
        "norm_eps": 1e-5,
        "norm_position": "minimax",
        "attention_type": ",".join(("lightning",) * 7 + ("standard",)),
        "rope_theta": 1e7,
        "rope_fraction": 0.5,
        "ffn_type": "moe",
        "n_expert": 32,
    },
    # DeepSeek 2024, DeepSeek-V2-Lite (arXiv:2405.04434), with a dense feed-forward in all of its layers.
    "deepseek": {
        **PLAIN,
        **GATED,
        "vocab_size": 102400,
        "max_seq_len": 4096,
        "n_layer": 27,
        "n_head": 16,
        "n_embd": 2048,
        "ffn_hidden": 10944,
        "attention_type": "latent",
        "latent_rank": 512,
        "rope_head_dim": 64,
        "rope_interleaved": True,
    },
    # DeepSeek 2025, DeepSeek-V3.2 (arXiv:2512.02556), 671B and the indexers, without multi-token prediction.
    "deepseek_v32": {
        **PLAIN,
        **GATED,
        "vocab_size": 129280,
        "max_seq_len": 163840,
        "n_layer": 61,
        "n_head": 128,
        "n_embd": 7168,
        "head_dim": 128,
        "ffn_hidden": 18432,
        "ffn_type": "gated,gated,gated/deepseek_moe",
        "n_expert": 256,
        "num_experts_per_tok": 8,
        "expert_hidden": 2048,
        "n_group": 8,
        "topk_group": 4,
        "routed_scaling_factor": 2.5,
        "attention_type": "dsa",
        "latent_rank": 512,
        "query_latent_rank": 1536,
        "rope_head_dim": 64,
        "index_n_heads": 64,
        "index_head_dim": 128,
        "index_topk": 2048,
        "rope_interleaved": True,
        "rope_scaling": "yarn",
        "rope_factor": 40.0,
        "rope_original_seq_len": 4096,
        "rope_attention_factor": 1.0,
        # YaRN's factor on the scores instead of the tables, so that the parts without positions get it, too.
        "softmax_scale": (128 + 64) ** -0.5 * (0.1 * math.log(40) + 1) ** 2,
    },
    # Xiaomi 2025, MiMo (arXiv:2505.07608), 7B: one further token is predicted.
    "mimo": {
        **PLAIN,
        **GATED,
        "vocab_size": 151680,
        "max_seq_len": 32768,
        "n_layer": 36,
        "n_head": 32,
        "n_kv_head": 8,
        "n_embd": 4096,
        "ffn_hidden": 11008,
        "norm_eps": 1e-5,
        "rope_theta": 640000.0,
        "biases": "q_proj,k_proj,v_proj",
        "n_mtp": 1,
    },
    # Cohere 2024, Command R (v01), 35B.
    "cohere": {
        **PLAIN,
        **GATED,
        "vocab_size": 256000,
        "max_seq_len": 8192,
        "n_layer": 40,
        "n_head": 64,
        "n_embd": 8192,
        "ffn_hidden": 22528,
        "normalization": "layernorm_nobias",
        "norm_eps": 1e-5,
        "norm_position": "parallel",
        "rope_theta": 8e6,
        "rope_interleaved": True,
        "weight_tying": True,
        "logit_scale": 0.0625,
    },
    # Black et al. 2022, GPT-NeoX (arXiv:2204.06745), at the size of Pythia 160M (arXiv:2304.01373).
    "neox": {
        **PLAIN,
        **SMALL,
        "vocab_size": 50304,
        "max_seq_len": 2048,
        "normalization": "layernorm",
        "norm_eps": 1e-5,
        "norm_position": "parallel_two_norms",
        "rope_fraction": 0.25,
        "activation": "gelu",
        "bias": True,
    },
}


def tiny(name: str) -> dict:
    """The fields of a small model with the architecture of the preset called `name`."""
    full = PRESETS[name]
    # As many layers as it takes for every kind to have had its turn, and windows short enough to hide something.
    windows = full.get("attention_window", "none").split(",")
    in_turn = ("attention_window", "position_encoding", "attention_type", "ffn_type")
    turns = (full.get(field, "").replace("/", ",").split(",") for field in in_turn)
    sizes = {
        "n_layer": max(TINY["n_layer"], *(1 + max(map(kinds.index, kinds)) for kinds in turns)),
        "attention_window": ",".join("none" if window == "none" else "8" for window in windows),
    }
    # Fewer heads for keys and values, and heads that are no part of the width, where the full model has them.
    if "n_kv_head" in full:
        sizes["n_kv_head"] = max(1, TINY["n_head"] * full["n_kv_head"] // full["n_head"])
    if "head_dim" in full:
        sizes["head_dim"] = 24
    # Scores as much larger than 1/sqrt(D) makes them as the full model's are.
    head_dim = sizes.get("head_dim", TINY["n_embd"] // TINY["n_head"])
    larger = full.get("softmax_scale", 0) * (full.get("head_dim") or full["n_embd"] // full["n_head"]) ** 0.5
    if larger not in (0, 1):
        sizes["softmax_scale"] = larger * head_dim**-0.5
    if "linear_num_key_heads" in full:
        # Together as wide as there, beside the stream; of keys as many to a value.
        keys, size = full["linear_num_key_heads"], full["linear_key_head_dim"]
        heads, width = full.get("linear_num_value_heads", keys), full.get("linear_value_head_dim", size)
        few = TINY["n_head"] * heads * width // full["n_embd"]
        sizes["linear_num_key_heads"] = max(1, few * keys // heads)
        sizes |= {"linear_num_value_heads": few} if "linear_num_value_heads" in full else {}
    # Experts that are as wide as any feed-forward: there are many.
    if "n_expert" in full and "expert_hidden" not in full:
        sizes["ffn_hidden"] = 12
    sizes |= {field: size for field, size in TINY_PARTS.items() if field in full}
    return {**full, **TINY, **sizes, "dropout": 0.0}


def names() -> list[str]:
    """Every name that `preset` knows."""
    return [*PRESETS, *(f"{name}_tiny" for name in PRESETS)]


def preset(name: str, **overrides) -> GPTConfig:
    """The configuration called `name`, or `name_tiny`, with any fields overridden, and `as_asked`. Raises
    `ValueError`."""
    full = name.removesuffix("_tiny")
    if full not in PRESETS:
        raise ValueError(
            f"unknown model {name!r}: choose one of {', '.join(PRESETS)}, or one of these with _tiny behind it"
        )
    return as_asked(GPTConfig(**{**(PRESETS[full] if full == name else tiny(full)), **overrides}), overrides)


def as_asked(config: GPTConfig, overrides: Collection[str]) -> GPTConfig:
    """A configuration in which these fields are overridden: what it says besides of another kind of attention than its
    layers have now, it has not been asked for."""
    if not {"attention_type", "use_flash_mla", "n_layer"} & {*overrides}:
        return config
    from .attentions.settings_read import as_read

    return as_read(config, overrides)
