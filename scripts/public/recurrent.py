"""Models whose layers take turns: recurrent ones, with a state, and now and then one with softmax attention."""

from typing import Any

import torch
from torch import Tensor

from reference.config import GPTConfig
from reference.mixers.gated_delta_net import delta_sizes

from .family import BLOCK, Family, Rule, block
from .layouts import Tensors, by_head, separate_by_head
from .llamas import BASE, LLAMA_FIELDS, LLAMA_NORMS, QK_NORM, QK_WEIGHTS, UNTIED, llama_like
from .parts import GLOBAL, PARTIAL_ROPE
from .settings_of_theirs import Settings
from .shared_settings import shortest_pattern

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


def read_dense_turns(settings: Settings) -> dict[str, Any]:
    layers = settings.of_kind("num_hidden_layers", int)
    if settings["mlp_only_layers"] != list(range(layers)):
        raise ValueError(
            f"mlp_only_layers = {settings['mlp_only_layers']!r}: of a qwen3_next the reference has layers with a dense "
            f"feed-forward only, num_hidden_layers = {layers} of them"
        )
    return read_turns(settings)


def write_dense_turns(config: GPTConfig) -> dict[str, Any]:
    return {**write_turns(config), "mlp_only_layers": list(range(config.n_layer))}


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


def in_turns(model_type: str, architecture: str, projections: tuple[Rule, ...], **changes: Any) -> Family:
    """A family of layers with Gated DeltaNet, and some with gated attention. projections: those of the former, with the
    one back to the stream, since attention's has the same name here and another one there."""
    return llama_like(
        model_type,
        architecture,
        LLAMA_NORMS + QK_WEIGHTS,
        rules_of_attention=(GATED_QUERY, *projections, *DELTA_RULES),
        differs={
            **QK_NORM,
            "normalization": "rmsnorm_plus_one",
            "qk_normalization": "rmsnorm_plus_one",
            "attention_gate": True,
        },
        fields={**LLAMA_FIELDS, **{name: name for name in DELTA_DEFAULTS}},
        # The activation is that of the convolution, too.
        demands={"attention_bias": False, "hidden_act": "silu"},
        defaults={**UNTIED, **BASE, "partial_rotary_factor": 0.25, **DELTA_DEFAULTS},
        free=("rope_fraction", "attention_type"),
        left_out=("mtp.",),
        # Two value heads for each key head, of another size.
        example={
            "attention_type": "delta,delta,standard",
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "linear_key_head_dim": 12,
            "linear_value_head_dim": 10,
            "linear_conv_kernel_dim": 3,
            "rope_fraction": 0.25,
        },
        near={
            "attention_gate": False,
            "rope_fraction": 0.5,
            "qk_normalization": "rmsnorm",
            "norm_eps": 1e-5,
        },
        **changes,
    )


RECURRENT = {
    "qwen3_5": in_turns(
        "qwen3_5_text",
        "Qwen3_5ForCausalLM",
        (
            Rule(
                ours("qkv_proj", "z_proj", "a_proj", "b_proj", "o_proj"),
                tuple(
                    f"{THEIR_DELTA}{name}"
                    for name in ("in_proj_qkv", "in_proj_z", "in_proj_a", "in_proj_b", "out_proj")
                ),
            ),
        ),
        read=read_turns,
        write=write_turns,
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
        ),
        # Those of experts, which layers with a dense feed-forward do not have.
        without_effect=(
            "decoder_sparse_step",
            "moe_intermediate_size",
            "norm_topk_prob",
            "num_experts",
            "num_experts_per_tok",
            "shared_expert_intermediate_size",
        ),
        read=read_dense_turns,
        write=write_dense_turns,
        whole=False,
    ),
}
