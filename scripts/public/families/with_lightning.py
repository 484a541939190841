"""MiniMax-01: lightning attention and softmax attention in turns, with a sum of its own, and a mixture of experts."""

import math
from typing import Any

from reference.config import GPTConfig

from ..family import BLOCK, Part, Rule, block, together
from ..layouts import Tensors
from ..parts import GLOBAL, ROPE
from ..settings_of_theirs import Settings
from ..shared_settings import shortest_pattern
from .kin_of_llama import MIXTURE
from .llamas import DIVIDED_WIDTH, LLAMA_FIELDS, LLAMA_NORMS, UNTIED, llama_like

KINDS = {"linear_attention": "lightning", GLOBAL: "standard"}
THEIRS = "model.layers.{layer}.self_attn."
FACTORS = ("full_attn", "linear_attn", "mlp")  # of the residual, alpha, and of what is added to it, beta


def alpha(n_layer: int) -> float:
    return (2 * n_layer) ** 0.25


def read_turns(settings: Settings) -> dict[str, Any]:
    layers = settings.of_kind("num_hidden_layers", int)
    types = [GLOBAL if (layer + 1) % 2 else "linear_attention" for layer in range(layers)]
    if settings.get("layer_types") is not None:
        types = settings.layers("layer_types", tuple(KINDS))
    for name in FACTORS:
        for factor, wanted in (("alpha", alpha(layers)), ("beta", 1.0)):
            given = settings.of_kind(f"{name}_{factor}_factor", float, 1.0)
            if not math.isclose(given, wanted, rel_tol=1e-9):
                raise ValueError(
                    f"{name}_{factor}_factor = {given!r}: in the reference alpha is (2 num_hidden_layers)^(1/4) = "
                    f"{alpha(layers):.6g}, as in what was released, and beta 1"
                )
    return {"attention_type": shortest_pattern([KINDS[kind] for kind in types])}


def write_turns(config: GPTConfig) -> dict[str, Any]:
    kinds = {ours: theirs for theirs, ours in KINDS.items()}
    names = config.in_turn(config.attention_type)
    if unknown := [name for name in names if name not in kinds]:
        raise ValueError(f"attention_type = {unknown[0]!r}: this family knows {' and '.join(kinds)}")
    return {
        "layer_types": [kinds[name] for name in names],
        **{f"{name}_alpha_factor": alpha(config.n_layer) for name in FACTORS},
    }


def pack(tensors: Tensors, config: GPTConfig) -> Tensors:
    """Query, key and value of one head, then those of the next."""
    qkv, gate, o = tensors
    return [qkv.unflatten(0, (3, config.n_head, -1)).transpose(0, 1).flatten(0, 2), gate, o]


def unpack(tensors: Tensors, config: GPTConfig) -> Tensors:
    qkv, gate, o = tensors
    return [qkv.unflatten(0, (config.n_head, 3, -1)).transpose(0, 1).flatten(0, 2), gate, o]


WITH_LIGHTNING = {
    "minimax": llama_like(
        "minimax",
        "MiniMaxForCausalLM",
        LLAMA_NORMS
        + block(
            "model.layers",
            attn__norm="self_attn.norm",
            mlp__router="block_sparse_moe.gate",
            mlp__experts__EXPERT__gate_proj="block_sparse_moe.experts.EXPERT.w1",
            mlp__experts__EXPERT__up_proj="block_sparse_moe.experts.EXPERT.w3",
            mlp__experts__EXPERT__down_proj="block_sparse_moe.experts.EXPERT.w2",
        ),
        rules_of_attention=(
            Rule(
                tuple(f"{BLOCK}attn.{name}" for name in ("qkv_proj", "gate_proj", "o_proj")),
                tuple(f"{THEIRS}{name}" for name in ("qkv_proj", "output_gate", "out_proj")),
                pack,
                unpack,
            ),
        ),
        differs={"ffn_type": "moe", "norm_position": "minimax"},
        fields={
            **LLAMA_FIELDS,
            "n_expert": "num_local_experts",
            "num_experts_per_tok": "num_experts_per_tok",
        },
        demands={"sliding_window": None, "hidden_act": "silu"},
        defaults={**UNTIED, **DIVIDED_WIDTH, "rms_norm_eps": 1e-5, "rope_theta": 1000000.0},
        without_effect=("block_size", "router_jitter_noise"),
        buffers=(".slope_rate", ".query_decay", ".key_decay", ".diagonal_decay"),
        **together(Part(read_turns, write_turns, ("attention_type",), ("layer_types",)), ROPE),
        example={**MIXTURE, "attention_type": "lightning,lightning,standard", "norm_eps": 1e-5},
        near={"norm_position": "pre", "num_experts_per_tok": 1, "norm_eps": 1e-4},
    ),
}
