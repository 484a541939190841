"""Models whose layers take turns: recurrent ones, with a state, and now and then one with softmax attention."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.attentions.recurrent.gated_delta_net import delta_sizes
from reference.config import GPTConfig

from ..family import BLOCK, Family, Part, Rule, block, renamed, together
from ..layouts import Tensors, by_head, separate_by_head
from ..parts import GLOBAL, PARTIAL_ROPE
from ..settings_of_theirs import Settings
from ..shared_settings import shortest_pattern
from .deepseeks_router import ALL_AND_SHARES, EACH, MIXTURE, read_types, routed, types_of
from .llamas import BASE, LLAMA_FIELDS, LLAMA_NORMS, QK_NORM, QK_WEIGHTS, UNTIED, llama_like

LINEAR = "linear_attention"
KINDS = {LINEAR: "delta", GLOBAL: "standard"}
# What the classes take where config.json says nothing; in the order of `delta_sizes`, then the kernel.
DELTA_DEFAULTS = {
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
}
THEIR_DELTA = "model.layers.{layer}.linear_attn."


def read_turns(settings: Settings) -> dict[str, Any]:
    """Which layers are recurrent; where layer_types does not say it, all but every fourth."""
    layers = settings.of_kind("num_hidden_layers", int)
    period = settings.of_kind("full_attention_interval", int, 4)
    types = [LINEAR if (layer + 1) % period else GLOBAL for layer in range(layers)]
    if settings.get("layer_types") is not None:
        types = settings.layers("layer_types", tuple(KINDS))
    rope = settings.block("rope_parameters")
    # Where the three positions of a patch go: those of a token of text are all the same.
    rope.get("mrope_section"), rope.get("mrope_interleaved")
    return {**PARTIAL_ROPE.read(settings), "attention_type": shortest_pattern([KINDS[kind] for kind in types])}


def write_turns(config: GPTConfig) -> dict[str, Any]:
    kinds = {ours: theirs for theirs, ours in KINDS.items()}
    names = config.in_turn(config.attention_type)
    if unknown := [name for name in names if name not in kinds]:
        raise ValueError(f"attention_type = {unknown[0]!r}: this family knows {' and '.join(kinds)}")
    sizes = dict(zip(DELTA_DEFAULTS, delta_sizes(config), strict=False))
    return {**PARTIAL_ROPE.write(config), **sizes, "layer_types": [kinds[name] for name in names]}


def read_experts(settings: Settings) -> dict[str, Any]:
    """Which layers are mixtures, and how many experts wide the shared one is."""
    layers, every = settings.of_kind("num_hidden_layers", int), settings.of_kind("decoder_sparse_step", int, 1)
    dense = settings.numbers_of_layers("mlp_only_layers")
    return experts_where(settings, [layer not in dense and (layer + 1) % every == 0 for layer in range(layers)])


def experts_where(settings: Settings, sparse: list[bool]) -> dict[str, Any]:
    expert = settings.of_kind("moe_intermediate_size", int, 512)
    shared = settings.of_kind("shared_expert_intermediate_size", int, expert)
    if any(sparse) and shared % expert:
        raise ValueError(
            f"shared_expert_intermediate_size = {shared}: in the reference it is a multiple of moe_intermediate_size = "
            f"{expert}"
        )
    types = ["sparse" if one else "dense" for one in sparse]
    return {**read_types(settings, types, None, QWEN_MOE), "n_shared_expert": max(1, shared // expert)}


def width_of_shared(config: GPTConfig) -> dict[str, Any]:
    expert = config.expert_hidden or config.ffn_hidden
    return {} if expert is None else {"shared_expert_intermediate_size": config.n_shared_expert * expert}


def write_experts(config: GPTConfig) -> dict[str, Any]:
    types = types_of(config, QWEN_MOE)
    dense = [layer for layer, kind in enumerate(types) if kind == "dense"]
    return {"mlp_only_layers": dense, **width_of_shared(config)}


QWEN_MOE = "qwen_moe"
OF_EXPERTS = ("ffn_type", "n_shared_expert")
EXPERTS_OF_QWEN = Part(
    read_experts,
    write_experts,
    OF_EXPERTS,
    ("decoder_sparse_step", "mlp_only_layers", "shared_expert_intermediate_size"),
)
ONLY_EXPERTS = Part(
    lambda settings: experts_where(settings, [True] * settings.of_kind("num_hidden_layers", int)),
    width_of_shared,
    OF_EXPERTS,
    ("shared_expert_intermediate_size",),
)


def add_axis(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    """A filter of a convolution has an axis more there, for the one channel that it reads."""
    return [tensor[:, None] for tensor in tensors]


def drop_axis(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    return [tensor[:, 0] for tensor in tensors]


def by_key_head(parts: Tensors, config: GPTConfig) -> list[Tensor]:
    """The rows of all parts that belong to one key head, part by part, then those of the next key head."""
    groups = [part.unflatten(0, (delta_sizes(config).n_key_head, -1)) for part in parts]
    return [torch.cat(groups, dim=1).flatten(0, 1)]


def from_key_heads(packed: Tensor, sizes: list[int], config: GPTConfig) -> list[Tensor]:
    """Back: sizes are the rows of each part for one key head."""
    groups = packed.unflatten(0, (delta_sizes(config).n_key_head, -1))
    return [part.flatten(0, 1) for part in groups.split(sizes, dim=1)]


def pack_next(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    """Qwen3-Next has its projections in two, one key head after the other."""
    qkv, z, b, a, o = tensors
    sizes = delta_sizes(config)
    parts = qkv.split((sizes.key_dim, sizes.key_dim, sizes.value_dim))
    return [*by_key_head((*parts, z), config), *by_key_head((b, a), config), o]


def unpack_next(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    qkvz, ba, o = tensors
    sizes = delta_sizes(config)
    key, value, heads = (n // sizes.n_key_head for n in (sizes.key_dim, sizes.value_dim, sizes.n_value_head))
    *qkv, z = from_key_heads(qkvz, [key, key, value, value], config)
    return [torch.cat(qkv), z, *from_key_heads(ba, [heads, heads], config), o]


DELTA_RULES = (
    *block(
        "model.layers",
        attn__norm="linear_attn.norm",
        attn__A_log="linear_attn.A_log",
        attn__dt_bias="linear_attn.dt_bias",
    ),
    Rule((f"{BLOCK}attn.conv_weight",), (f"{THEIR_DELTA}conv1d.weight",), add_axis, drop_axis),
)
# The query of a head, then its gate.
GATED_QUERY = Rule(
    (f"{BLOCK}attn.q_proj", f"{BLOCK}attn.gate_proj"),
    ("model.layers.{layer}.self_attn.q_proj",),
    by_head,
    separate_by_head,
)


def ours(*names: str) -> tuple[str, ...]:
    return tuple(f"{BLOCK}attn.{name}" for name in names)


def theirs(*names: str) -> tuple[str, ...]:
    return tuple(f"{THEIR_DELTA}{name}" for name in names)


# What both of Qwen's have: layers with Gated DeltaNet, and some with gated attention.
OF_TURNS: dict[str, Any] = {
    "differs": {
        **QK_NORM,
        "normalization": "rmsnorm_plus_one",
        "qk_normalization": "rmsnorm_plus_one",
        "attention_gate": True,
    },
    "fields": {**LLAMA_FIELDS, **{name: name for name in DELTA_DEFAULTS}},
    # The activation is that of the convolution, too.
    "demands": {"attention_bias": False, "hidden_act": "silu"},
    "defaults": {**UNTIED, **BASE, "partial_rotary_factor": 0.25, **DELTA_DEFAULTS},
    "free": ("rope_fraction", "attention_type"),
    "switches": ("layer_types",),
    "left_out": ("mtp.",),
    # Two value heads for each key head, of another size. What is read of a state is small at first, and a norm that
    # adds next to nothing to it makes the rounding of either side larger than the tolerance.
    "example": {
        "norm_eps": 0.1,
        "attention_type": "delta,delta,standard",
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 12,
        "linear_value_head_dim": 10,
        "linear_conv_kernel_dim": 3,
        "rope_fraction": 0.25,
    },
    "near": {
        "attention_gate": False,
        "rope_fraction": 0.5,
        "qk_normalization": "rmsnorm",
        "norm_eps": 1e-5,
    },
}


def in_turns(model_type: str, architecture: str, projections: tuple[Rule, ...], **changes: Any) -> Family:
    """A family of `OF_TURNS` with changes, of which dictionaries and tuples come on top. projections: those of Gated
    DeltaNet, with the one back to the stream, since attention's has the same name here and another one there."""
    parts = dict(OF_TURNS)
    for name, value in changes.items():
        before = parts.get(name, type(value)() if isinstance(value, (dict, tuple)) else None)
        parts[name] = {**before, **value} if isinstance(value, dict) else value if before is None else before + value
    rules = (GATED_QUERY, *projections, *DELTA_RULES)
    return llama_like(model_type, architecture, LLAMA_NORMS + QK_WEIGHTS, rules_of_attention=rules, **parts)


# How config.json can say that steps have no limit.
NO_LIMIT = (None, [0.0, math.inf], [0.0, {"__float__": "Infinity"}])


def refuse_limit(settings: Settings) -> None:
    """Raises `ValueError` where steps have a limit."""
    if settings.get("time_step_limit") not in NO_LIMIT:
        raise ValueError(f"time_step_limit = {settings['time_step_limit']!r}: the reference has 0 to infinity only")


def expansion(config: GPTConfig) -> int:
    """How many times as wide as the stream the heads of Mamba-2 are. Raises `ValueError` where that is a fraction."""
    sizes = delta_sizes(config)
    if sizes.value_dim % config.n_embd:
        raise ValueError(
            f"{sizes.n_value_head} heads of {sizes.value_head_dim} in the state: together they must be a multiple of "
            f"n_embd = {config.n_embd}"
        )
    return sizes.value_dim // config.n_embd


def read_bamba(settings: Settings) -> dict[str, Any]:
    layers = settings.of_kind("num_hidden_layers", int)
    attending = settings.numbers_of_layers("attn_layer_indices")
    width = settings.count("mamba_expand", 2) * settings.of_kind("hidden_size", int)
    heads = settings.of_kind("mamba_n_heads", int, 128)
    if settings.get("mamba_d_head", "auto") not in ("auto", width // heads):
        raise ValueError(
            f"mamba_d_head = {settings['mamba_d_head']!r}: it must be mamba_expand * hidden_size / mamba_n_heads = "
            f"{width // heads}"
        )
    rope = PARTIAL_ROPE.read(settings)
    if rope["rope_fraction"] != 0.5:
        raise ValueError(f"partial_rotary_factor = {rope['rope_fraction']!r}: of a bamba it is 0.5")
    refuse_limit(settings)
    names = ["standard" if layer in attending else "mamba2" for layer in range(layers)]
    return {
        **rope,
        "attention_type": shortest_pattern(names),
        "linear_value_head_dim": width // heads,
    }


def write_bamba(config: GPTConfig) -> dict[str, Any]:
    names, sizes = config.in_turn(config.attention_type), delta_sizes(config)
    if unknown := [name for name in names if name not in ("mamba2", "standard")]:
        raise ValueError(f"attention_type = {unknown[0]!r}: a bamba knows mamba2 and standard")
    return {
        **PARTIAL_ROPE.write(config),
        "attn_layer_indices": [layer for layer, name in enumerate(names) if name == "standard"],
        "mamba_n_groups": sizes.n_key_head,
        "mamba_n_heads": sizes.n_value_head,
        "mamba_d_state": sizes.key_head_dim,
        "mamba_d_head": sizes.value_head_dim,
        "mamba_expand": expansion(config),
    }


def pack_mamba(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    z, xbc, dt, o = tensors
    return [torch.cat((z, xbc, dt)), o]


def unpack_mamba(tensors: Tensors, config: GPTConfig) -> list[Tensor]:
    sizes = delta_sizes(config)
    return [*tensors[0].split((sizes.value_dim, sizes.value_dim + 2 * sizes.key_dim, sizes.n_value_head)), tensors[1]]


def mixer_rules(prefix: str, mixer: str) -> tuple[Rule, ...]:
    """The weights of Mamba-2. mixer: what it is called in a layer of theirs."""
    theirs = f"{prefix}.{{layer}}.{mixer}."
    names = {"norm": "norm", "A_log": "A_log", "dt_bias": "dt_bias", "D": "D", "conv_bias": "conv1d.bias"}
    return (
        *(Rule((f"{BLOCK}attn.{name}",), (theirs + name_of_theirs,)) for name, name_of_theirs in names.items()),
        Rule((f"{BLOCK}attn.conv_weight",), (f"{theirs}conv1d.weight",), add_axis, drop_axis),
        Rule(
            ours("z_proj", "xbc_proj", "dt_proj", "o_proj"),
            (f"{theirs}in_proj", f"{theirs}out_proj"),
            pack_mamba,
            unpack_mamba,
        ),
    )


BAMBA = llama_like(
    "bamba",
    "BambaForCausalLM",
    (),
    rules_of_attention=(
        *block(
            "model.layers",
            attn_norm="input_layernorm",
            mlp_norm="pre_ff_layernorm",
            mlp__gate_proj="feed_forward.gate_proj",
            mlp__up_proj="feed_forward.up_proj",
            mlp__down_proj="feed_forward.down_proj",
        ),
        *mixer_rules("model.layers", "mamba"),
        *renamed({"head.norm": "model.final_layernorm"}),
    ),
    fields={
        **{ours: theirs for ours, theirs in LLAMA_FIELDS.items() if ours != "head_dim"},
        "linear_num_key_heads": "mamba_n_groups",
        "linear_num_value_heads": "mamba_n_heads",
        "linear_key_head_dim": "mamba_d_state",
        "linear_conv_kernel_dim": "mamba_d_conv",
    },
    demands={
        "attention_bias": False,
        "mlp_bias": False,
        "mamba_proj_bias": False,
        "mamba_conv_bias": True,
        "hidden_act": "silu",
    },
    defaults={
        **UNTIED,
        **BASE,
        "mamba_n_groups": 1,
        "mamba_n_heads": 128,
        "mamba_d_state": 256,
        "mamba_d_conv": 4,
        "partial_rotary_factor": 0.5,
    },
    without_effect=("mamba_chunk_size", "num_logits_to_keep", "z_loss_coefficient"),
    read=read_bamba,
    write=write_bamba,
    free=("rope_fraction", "attention_type", "linear_value_head_dim"),
    switches=("attn_layer_indices", "mamba_expand"),
    example={
        "head_dim": 12,
        "attention_type": "mamba2,mamba2,standard",
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 10,
        "linear_value_head_dim": 24,
        "linear_conv_kernel_dim": 3,
        "rope_fraction": 0.5,
    },
    near={"rope_fraction": 1.0, "norm_eps": 1e-5},
)


def read_mamba2(settings: Settings) -> dict[str, Any]:
    heads, head_dim = settings.of_kind("num_heads", int), settings.of_kind("head_dim", int)
    hidden = settings.of_kind("hidden_size", int)
    width = settings.count("expand", 2) * hidden
    if heads * head_dim != width:
        raise ValueError(
            f"num_heads = {heads} and head_dim = {head_dim}: their product must be expand * hidden_size = {width}"
        )
    refuse_limit(settings)
    # What softmax attention would have: no layer does.
    return {"n_head": heads, "head_dim": max(1, hidden // heads)}


def write_mamba2(config: GPTConfig) -> dict[str, Any]:
    sizes = delta_sizes(config)
    return {
        "n_groups": sizes.n_key_head,
        "num_heads": sizes.n_value_head,
        "state_size": sizes.key_head_dim,
        "head_dim": sizes.value_head_dim,
        "expand": expansion(config),
    }


MAMBA2 = Family(
    "mamba2",
    "Mamba2ForCausalLM",
    differs={"attention_type": "mamba2", "ffn_type": "none", "position_encoding": "none"},
    fields={
        "vocab_size": "vocab_size",
        # Nothing ends there: the length of the text in training, which the class leaves unread.
        "max_seq_len": "max_position_embeddings",
        "n_layer": "num_hidden_layers",
        "n_embd": "hidden_size",
        "norm_eps": "layer_norm_epsilon",
        "weight_tying": "tie_word_embeddings",
        "bias": "use_bias",
        "linear_num_key_heads": "n_groups",
        "linear_num_value_heads": "num_heads",
        "linear_key_head_dim": "state_size",
        "linear_value_head_dim": "head_dim",
        "linear_conv_kernel_dim": "conv_kernel",
    },
    rules=(
        *block("backbone.layers", attn_norm="norm"),
        *mixer_rules("backbone.layers", "mixer"),
        *renamed(
            {
                "embedding.token_embedding": "backbone.embeddings",
                "head.norm": "backbone.norm_f",
                "head.lm_head": "lm_head",
            }
        ),
    ),
    demands={"use_conv_bias": True, "hidden_act": "silu"},
    defaults={
        **UNTIED,
        "max_position_embeddings": 2048,
        "num_heads": 128,
        "head_dim": 64,
        "state_size": 128,
        "n_groups": 8,
        "conv_kernel": 4,
        "layer_norm_epsilon": 1e-5,
        "use_bias": False,
    },
    without_effect=(
        "chunk_size",
        "norm_before_gate",  # of older versions
        "rescale_prenorm_residual",
        "residual_in_fp32",
        "rms_norm",  # of older versions
        "time_step_floor",
        "time_step_max",
        "time_step_min",
        "time_step_rank",
    ),
    read=read_mamba2,
    write=write_mamba2,
    switches=("expand",),
    example={
        "n_head": 8,
        "n_kv_head": 8,
        "head_dim": 12,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 8,
        "linear_key_head_dim": 10,
        "linear_value_head_dim": 12,
        "linear_conv_kernel_dim": 3,
    },
    near={"normalization": "rmsnorm_plus_one", "norm_eps": 1e-5},
)
OF_QWEN3_5 = (
    Rule(
        ours("qkv_proj", "z_proj", "a_proj", "b_proj", "o_proj"),
        theirs("in_proj_qkv", "in_proj_z", "in_proj_a", "in_proj_b", "out_proj"),
    ),
)
EXPERTS_WITH_A_GATE = (
    *routed(bias=None, shared="mlp.shared_expert"),
    *block("model.layers", mlp__shared_expert__gate="mlp.shared_expert_gate"),
)
QWEN3_5_MOE = in_turns(
    "qwen3_5_moe_text",
    "Qwen3_5MoeForCausalLM",
    (*OF_QWEN3_5, *EXPERTS_WITH_A_GATE),
    fields={**EACH, "n_expert": "num_experts"},
    differs={**ALL_AND_SHARES, "routed_scaling_factor": 1.0},
    **together(Part(read_turns, write_turns), ONLY_EXPERTS),
    example={
        **MIXTURE,
        "n_layer": 2,
        "attention_type": "delta,standard",
        "ffn_type": "qwen_moe",
        "routed_scaling_factor": 1.0,
    },
    near={"num_experts_per_tok": 1, "norm_topk_prob": False},
)
RECURRENT = {
    "bamba": BAMBA,
    "mamba2": MAMBA2,
    "qwen3_5": in_turns(
        "qwen3_5_text",
        "Qwen3_5ForCausalLM",
        OF_QWEN3_5,
        read=read_turns,
        write=write_turns,
    ),
    # All of its layers are mixtures.
    "qwen3_5_moe": replace(
        QWEN3_5_MOE, fields={ours: theirs for ours, theirs in QWEN3_5_MOE.fields.items() if ours != "ffn_hidden"}
    ),
    "qwen3_next": in_turns(
        "qwen3_next",
        "Qwen3NextForCausalLM",
        (
            Rule(
                ours("qkv_proj", "z_proj", "b_proj", "a_proj", "o_proj"),
                theirs("in_proj_qkvz", "in_proj_ba", "out_proj"),
                pack_next,
                unpack_next,
            ),
            *EXPERTS_WITH_A_GATE,
        ),
        fields={**EACH, "n_expert": "num_experts", "norm_topk_prob": "norm_topk_prob"},
        defaults={"norm_topk_prob": True},
        differs={"n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.0},
        **together(Part(read_turns, write_turns), EXPERTS_OF_QWEN),
        example={**MIXTURE, "ffn_type": "gated/qwen_moe", "routed_scaling_factor": 1.0},
        near={"num_experts_per_tok": 1, "norm_topk_prob": False},
    ),
}
