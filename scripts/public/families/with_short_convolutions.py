"""LFM 2 and 3: gated short convolutions, and now and then a layer with attention."""

from typing import Any

from reference.config import GPTConfig

from ..family import Part, Rule, block, renamed, together
from ..parts import ATTENTION, GATED, GLOBAL, LOCAL, ROPE, biases
from ..settings_of_theirs import Settings
from ..shared_settings import shortest_pattern
from .llamas import LLAMA_FIELDS, QK_NORM, QK_WEIGHTS, TIED, llama_like
from .with_head_gates import two_ropes
from .with_states import add_axis, drop_axis, ours

CONV = "conv"
KINDS = {CONV: "short_conv", GLOBAL: "standard", LOCAL: "standard"}
THEIR_CONV = "model.layers.{layer}.conv."
RULES = (
    # With the projection that only convolutions have: attention, too, has one back to the stream.
    Rule(ours("in_proj", "o_proj"), (f"{THEIR_CONV}in_proj", f"{THEIR_CONV}out_proj")),
    Rule(ours("conv_weight"), (f"{THEIR_CONV}conv.weight",), add_axis, drop_axis),
    *renamed({"head.norm": "model.embedding_norm"}),
    *block(
        "model.layers",
        attn_norm="operator_norm",
        mlp_norm="ffn_norm",
        mlp__gate_proj="feed_forward.w1",
        mlp__up_proj="feed_forward.w3",
        mlp__down_proj="feed_forward.w2",
    ),
)
FIELDS = {
    **{ours: theirs for ours, theirs in LLAMA_FIELDS.items() if ours != "activation"},
    "norm_eps": "norm_eps",
    "linear_conv_kernel_dim": "conv_L_cache",
}


def read_types(settings: Settings) -> dict[str, Any]:
    kinds = settings.layers("layer_types", tuple(KINDS))
    return {"attention_type": shortest_pattern([KINDS[kind] for kind in kinds])}


def write_types(config: GPTConfig) -> dict[str, Any]:
    names = config.in_turn(config.attention_type)
    if unknown := [name for name in names if name not in KINDS.values()]:
        raise ValueError(f"attention_type = {unknown[0]!r}: this family knows short_conv and standard")
    windows = [LOCAL if window else GLOBAL for window in config.layer_windows]
    return {"layer_types": [CONV if name == "short_conv" else kind for name, kind in zip(names, windows, strict=True)]}


def read_lfm2(settings: Settings) -> dict[str, Any]:
    """Layers by layer_types, or full_attn_idxs; and the width of the feed-forward, which is cut to two thirds and
    rounded up, unless it says that it is not."""
    layers, width = settings.of_kind("num_hidden_layers", int), settings.of_kind("intermediate_size", int)
    attending = settings.numbers_of_layers("full_attn_idxs") if settings.get("full_attn_idxs") else range(layers)
    if settings.get("layer_types") is None:
        settings["layer_types"] = [GLOBAL if layer in attending else CONV for layer in range(layers)]
    multiple, factor = settings.of_kind("block_multiple_of", int, 256), settings.get("block_ffn_dim_multiplier", 1.0)
    if settings.of_kind("block_auto_adjust_ff_dim", bool, True):
        width = int(2 * width / 3)
        if factor is not None:
            width = int(settings.of_kind("block_ffn_dim_multiplier", float, 1.0) * width)
            width = -(-width // multiple) * multiple
    return {**read_types(settings), "ffn_hidden": width}


WIDTH = ("block_auto_adjust_ff_dim", "block_ffn_dim_multiplier", "block_multiple_of")


def write_lfm2(config: GPTConfig) -> dict[str, Any]:
    return {**write_types(config), "block_auto_adjust_ff_dim": False}


def read_layers_of_lfm3(settings: Settings) -> dict[str, Any]:
    if settings.get("layer_types") is None:
        kinds = [GLOBAL, CONV, LOCAL, CONV]  # from the third layer on
        settings["layer_types"] = [
            kinds[(layer - 2) % 4] if layer else CONV for layer in range(settings.of_kind("num_hidden_layers", int))
        ]
    return read_types(settings)


def read_lfm3(settings: Settings) -> dict[str, Any]:
    gated, normed = (settings.of_kind(name, bool) for name in ("use_attention_gate", "use_sandwich_norm"))
    if CONV in settings["layer_types"] and settings.of_kind("attention_bias", bool):
        raise ValueError("attention_bias = True: with convolutions the reference has False only")
    return {"head_gate": "sigmoid" if gated else None, "post_norm": normed}


def write_lfm3(config: GPTConfig) -> dict[str, Any]:
    if config.head_gate not in (None, "sigmoid"):
        raise ValueError(f"head_gate = {config.head_gate!r}: an lfm3 knows 'sigmoid'")
    gates = {"use_attention_gate": config.head_gate is not None, "use_sandwich_norm": config.post_norm}
    return {**write_types(config), **gates}


LFM3_ROPES = two_ropes(
    {"rope_type": "proportional", "rope_theta": 1000000.0, "partial_rotary_factor": 0.5},
    {"rope_type": "default", "rope_theta": 10000.0},
    partial=False,
    besides=(CONV,),
)
LAYERS_OF_LFM3 = Part(read_layers_of_lfm3, lambda config: {}, ("attention_type",), ("layer_types",))
LFM3 = Part(read_lfm3, write_lfm3, ("head_gate", "post_norm"), ("use_attention_gate", "use_sandwich_norm"))
# Other names of what is said elsewhere, and how weights are drawn.
UNREAD = (
    "block_dim",
    "block_mlp_init_scale",
    "block_norm_eps",
    "block_out_init_scale",
    "block_use_swiglu",
    "block_use_xavier_init",
    "conv_dim",
    "conv_dim_out",
    "conv_use_xavier_init",
    "num_heads",
    "use_pos_enc",
)

WITH_SHORT_CONVOLUTIONS = {
    "lfm2": llama_like(
        "lfm2",
        "Lfm2ForCausalLM",
        (),
        rules_of_attention=RULES
        + block(
            "model.layers",
            attn__q_norm="self_attn.q_layernorm",
            attn__k_norm="self_attn.k_layernorm",
            attn__o_proj="self_attn.out_proj",
        ),
        differs={**QK_NORM, "activation": "silu"},
        fields={ours: theirs for ours, theirs in FIELDS.items() if ours != "head_dim"},
        demands={"conv_bias": False},
        defaults={**TIED, "conv_L_cache": 3, "num_key_value_heads": 8, "rope_theta": 1000000.0},
        aliases={"block_ff_dim": "intermediate_size", "tie_embedding": "tie_word_embeddings"},
        without_effect=UNREAD,
        **together(Part(read_lfm2, write_lfm2, ("attention_type",), ("layer_types", *WIDTH)), ROPE),
        example={
            "head_dim": 12,
            "ffn_hidden": 56,
            "attention_type": "short_conv,standard,short_conv",
            "linear_conv_kernel_dim": 3,
            "weight_tying": True,
        },
        near={"qk_norm_after_rotary": True, "position_encoding": "none", "norm_eps": 1e-5},
    ),
    "lfm3": llama_like(
        "lfm3",
        "Lfm3ForCausalLM",
        QK_WEIGHTS,
        rules_of_attention=RULES
        + block(
            "model.layers",
            attn_out_norm="post_operator_norm",
            mlp_out_norm="post_ffn_norm",
            attn__head_gate_proj="self_attn.gate_proj",
        ),
        differs={**QK_NORM, "activation": "silu"},
        fields=FIELDS,
        demands={"conv_bias": False},
        defaults={
            **TIED,
            "attention_bias": False,
            "conv_L_cache": 7,
            "head_dim": 128,
            "num_key_value_heads": 4,
            "sliding_window": 256,
            "use_attention_gate": True,
            "use_sandwich_norm": True,
        },
        # The types of layers first, which the others read, and last, since the others write theirs.
        **together(LAYERS_OF_LFM3, LFM3_ROPES, biases(f"head_gate_proj,{GATED}", attention_bias=ATTENTION), LFM3),
        example={
            "n_layer": 4,
            "attention_type": "short_conv,standard,standard,short_conv",
            "attention_window": "none,7,none,none",
            "position_encoding": "rope,rope_local,rope,rope",
            "linear_conv_kernel_dim": 4,
            "rope_local_theta": 50.0,
            "rope_scaling": "proportional",
            "rope_proportion": 0.5,
            "head_gate": "sigmoid",
            "post_norm": True,
            "weight_tying": True,
        },
        near={"head_gate": "softplus", "position_encoding": "rope", "attention_window": "none", "rope_proportion": 1.0},
    ),
}
