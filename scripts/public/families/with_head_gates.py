"""Families whose attention has a gate for every head, and rotary positions of two kinds: Laguna."""

from typing import Any

from reference.config import GPTConfig

from ..family import Part, block, together
from ..parts import ATTENTION, GATED, GLOBAL, LOCAL, biases, layer_types, read_windows, write_windows
from ..settings_of_theirs import Settings
from ..shared_settings import rope_fields, rope_settings, shortest_pattern
from .deepseeks_router import ALL_AND_SHARES, EACH, MIXTURE, NEAR_MIXTURE, by_type, routed
from .llamas import (
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    UNTIED,
    llama_like,
)


def two_ropes(everywhere: dict[str, Any], local: dict[str, Any], partial: bool, besides: tuple[str, ...] = ()) -> Part:
    """Windows by layer_types, and rotary positions of one kind in layers with a window, of another in all others. Where
    config.json says nothing of them, they are these. partial: whether each says which part of a head is rotated.
    besides: types of layers without positions."""

    def fraction(rope: Settings, name: str) -> dict[str, Any]:
        return {name: rope.of_kind("partial_rotary_factor", float, 1.0)} if partial else {}

    def read(settings: Settings) -> dict[str, Any]:
        types, longest = layer_types(settings, 1, besides), settings.of_kind("max_position_embeddings", int)
        if settings.get("rope_scaling") is not None:
            raise ValueError("rope_scaling: this class has rope_parameters, by the type of the layers")
        ropes = settings.block("rope_parameters")
        if not ropes:
            ropes.update({GLOBAL: everywhere, LOCAL: local})
        for kind in (GLOBAL, LOCAL):
            # Those of a kind that no layer is of have no effect.
            if not ropes.get(kind) and kind in types:
                raise ValueError(
                    f"rope_parameters = {dict(ropes)}: there are layers of the type {kind}, and no such part"
                )
        fields = read_windows(settings, types)
        fields["position_encoding"] = shortest_pattern(["rope_local" if kind == LOCAL else "rope" for kind in types])
        if GLOBAL in types:
            rope = ropes.block(GLOBAL)
            fields |= rope_fields(rope, longest)
            # Proportional, the same setting says which pairs turn.
            fields |= {} if fields["rope_scaling"] == "proportional" else fraction(rope, "rope_fraction")
        if LOCAL in types:
            rope = ropes.block(LOCAL)
            of_local = rope_fields(rope, longest)
            if of_local["rope_scaling"] != "none":
                raise ValueError(f"{rope.name}: rope_type = {rope['rope_type']!r}: the reference has 'default' only")
            fields |= {"rope_local_theta": of_local["rope_theta"], **fraction(rope, "rope_local_fraction")}
        return fields

    def write(config: GPTConfig) -> dict[str, Any]:
        ropes = {GLOBAL: rope_settings(config), LOCAL: {"rope_type": "default", "rope_theta": config.rope_local_theta}}
        if partial:
            ropes[GLOBAL].setdefault("partial_rotary_factor", config.rope_fraction)
            ropes[LOCAL]["partial_rotary_factor"] = config.rope_local_fraction or config.rope_fraction
        return {**write_windows(config), "rope_parameters": ropes}

    fractions = ("rope_fraction", "rope_local_fraction") if partial else ()
    return Part(read, write, ("attention_window", "position_encoding", *fractions))


def read_laguna(settings: Settings) -> dict[str, Any]:
    if (gating := settings["gating"]) is not True and gating != "per-head":
        raise ValueError(f"gating = {gating!r}: the reference has softplus gates by head only, True or 'per-head'")
    heads, count = settings.get("num_attention_heads_per_layer"), settings["num_attention_heads"]
    if heads is not None and heads != [count] * settings["num_hidden_layers"]:
        raise ValueError(
            f"num_attention_heads_per_layer = {heads!r}: in the reference all layers have num_attention_heads = {count}"
        )
    shared, each = (settings.of_kind(name, int) for name in SHARED_AND_EACH)
    if shared % each:
        raise ValueError(
            f"shared_expert_intermediate_size = {shared}: in the reference it is a multiple of moe_intermediate_size = "
            f"{each}, so many shared experts"
        )
    return {"n_shared_expert": shared // each}


def write_laguna(config: GPTConfig) -> dict[str, Any]:
    if config.expert_hidden is None:
        raise ValueError("expert_hidden = None: a laguna says how wide its experts are")
    return {SHARED_AND_EACH[0]: config.n_shared_expert * config.expert_hidden}


SHARED_AND_EACH = ("shared_expert_intermediate_size", "moe_intermediate_size")
LAGUNA = Part(read_laguna, write_laguna, ("n_shared_expert",), (SHARED_AND_EACH[0],))


WITH_HEAD_GATES = {
    "laguna": llama_like(
        "laguna",
        "LagunaForCausalLM",
        LLAMA_NORMS
        + QK_WEIGHTS
        + block("model.layers", attn__head_gate_proj="self_attn.g_proj")
        + routed(bias="mlp.experts.e_score_correction_bias", shared="mlp.shared_expert"),
        differs={**QK_NORM, **ALL_AND_SHARES, "head_gate": "softplus"},
        fields={
            **LLAMA_FIELDS,
            **EACH,
            "n_expert": "num_experts",
            "routed_scaling_factor": "moe_routed_scaling_factor",
        },
        demands={"moe_router_logit_softcapping": 0.0, "moe_apply_router_weight_on_input": False},
        defaults={
            **UNTIED,
            "attention_bias": False,
            "gating": True,
            "head_dim": 128,
            "moe_routed_scaling_factor": 1.0,
            "num_key_value_heads": 8,
            "sliding_window": 512,
        },
        **together(
            biases(f"head_gate_proj,{GATED}", attention_bias=ATTENTION),
            two_ropes(
                {"rope_type": "default", "rope_theta": 500000.0, "partial_rotary_factor": 0.5},
                {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
                partial=True,
            ),
            by_type("shared_expert_intermediate_size"),
            LAGUNA,
        ),
        example={
            "attention_window": "none,7",
            "position_encoding": "rope,rope_local",
            "rope_fraction": 0.5,
            "rope_local_fraction": 1.0,
            "rope_local_theta": 50.0,
            **MIXTURE,
        },
        near={
            "attention_window": "none",
            "head_gate": "sigmoid",
            "position_encoding": "rope",
            "rope_fraction": 1.0,
            "rope_local_fraction": 0.5,
            "qk_norm_after_rotary": True,
            **NEAR_MIXTURE,
        },
    ),
}
