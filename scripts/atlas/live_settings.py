"""Which settings a model reads. Two models differ in what both read; what only one reads belongs to what it has."""

import math
from collections.abc import Callable
from functools import cache
from itertools import chain

from reference.attentions.settings_read import SETTINGS, reads
from reference.blocks import WITH_POST_NORM
from reference.config import LATENT, GPTConfig
from scripts.training.architecture import as_used, several

from .entries import shown

UNREAD = "–"  # instead of a value


def rotary(name: str) -> Callable[[GPTConfig], bool]:
    return lambda config: any(each.startswith(name) for each in config.layer_positions)


def scaled(config: GPTConfig) -> bool:
    return config.rope_scaling != "none" and rotary("rope")(config)


def experts(config: GPTConfig) -> bool:
    return any("moe" in name for name in several(config.ffn_type))


def streams(*names: str) -> Callable[[GPTConfig], bool]:
    return lambda config: config.residual_stream in names


# What is read only where something else is there; what kinds of attention read, they enter themselves.
NEEDS: dict[Callable[[GPTConfig], bool], tuple[str, ...]] = {
    lambda config: several(config.qk_norm) != ["off"]: ("qk_normalization", "qk_norm_after_rotary"),
    rotary("rope"): ("rope_theta", "rope_interleaved", "rope_fraction", "rope_scaling"),
    rotary("rope_local"): ("rope_local_theta", "rope_local_fraction"),
    scaled: (
        "rope_factor",
        "rope_attention_factor",
        "rope_low_freq_factor",
        "rope_high_freq_factor",
        "rope_proportion",
        "rope_short_factors",
        "rope_long_factors",
    ),
    lambda config: scaled(config) or bool(config.query_scale_beta): ("rope_original_seq_len",),
    lambda config: several(config.ffn_type) != ["none"]: ("activation", "ffn_hidden"),
    experts: (
        "n_expert",
        "num_experts_per_tok",
        "router_aux_loss_coef",
        "n_shared_expert",
        "expert_hidden",
        "n_group",
        "topk_group",
        "norm_topk_prob",
        "routed_scaling_factor",
        "bias_update_speed",
    ),
    lambda config: config.n_mtp > 0: ("mtp_loss_coef",),
    lambda config: config.n_loop > 1: ("loop_start", "loop_end"),
    streams("hyper_connections", "mhc"): ("n_stream",),
    streams("mhc"): ("sinkhorn_iters",),
    streams("attention_residuals"): ("layers_per_sum",),
}

# What None stands for: a value that says the same is no difference.
NONE_IS: dict[str, Callable[[GPTConfig], float]] = {
    "softmax_scale": lambda config: key_dim(config) ** -0.5,
    "value_head_dim": lambda config: config.head_dim or 0,
    "linear_num_key_heads": lambda config: config.n_head,
    "linear_num_value_heads": lambda config: config.linear_num_key_heads or config.n_head,
    "linear_key_head_dim": lambda config: config.head_dim or 0,
    "linear_value_head_dim": lambda config: config.linear_key_head_dim or config.head_dim or 0,
    "rope_original_seq_len": lambda config: config.max_seq_len,
}


def key_dim(config: GPTConfig) -> int:
    return (config.head_dim or 0) + (config.rope_head_dim if {*LATENT} & {*several(config.attention_type)} else 0)


def unread(config: GPTConfig) -> set[str]:
    """The settings that change nothing in a model, whatever their values."""
    used, kinds = as_used(config), several(config.attention_type)
    of_attention = {field for field in chain(*SETTINGS.values()) if not any(reads(kind, field) for kind in kinds)}
    return of_attention.union(*(fields for needed, fields in NEEDS.items() if not needed(used)))


@cache
def settings_read(config: GPTConfig) -> dict[str, str]:
    """Every setting as flags have it, `UNREAD` where the model does not read it. post_norm is told by the placement
    that it makes: "post" is another one."""
    idle, found = unread(config), {}
    for name, value in vars(config).items():
        usual = NONE_IS.get(name)
        if usual and value is not None and not config.unit_weights and math.isclose(value, usual(config)):
            value = None
        found[name] = UNREAD if name in idle else shown(value)
    if config.post_norm:
        found["post_norm"] = WITH_POST_NORM.get(config.norm_position, found["post_norm"])
    return found
