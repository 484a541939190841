"""Families with DeepSeek's router, as far as all of their layers are dense, which a switch of their own says."""

from typing import Any

from .family import Family, Part, block, together
from .kin_of_llama import INTERLEAVED
from .llamas import (
    BASE,
    DIVIDED_WIDTH,
    LLAMA_DEFAULTS,
    LLAMA_FIELDS,
    LLAMA_NORMS,
    QK_NORM,
    QK_WEIGHTS,
    TIED,
    UNTIED,
    llama_like,
)
from .other_attention import DEEPSEEK, LATENT
from .parts import GATED, PARTIAL_ROPE, QUERIES_KEYS_VALUES, ROPE, biases, windows_with_rope
from .settings_of_theirs import Settings


def dense_below(name: str) -> Part:
    """All layers before the number that this setting says are dense; here all there are."""

    def read(settings: Settings) -> dict[str, Any]:
        layers, dense = settings.of_kind("num_hidden_layers", int), settings.of_kind(name, int)
        if dense < layers:
            raise ValueError(
                f"{name} = {dense}: of this class the reference has dense feed-forwards only, in all "
                f"num_hidden_layers = {layers}"
            )
        return {}

    return Part(read, lambda config: {name: config.n_layer})


def read_dense_types(settings: Settings) -> dict[str, Any]:
    settings.layers("mlp_layer_types", ("dense",))
    return {}


DENSE_TYPES = Part(read_dense_types, lambda config: {"mlp_layer_types": ["dense"] * config.n_layer})
OF_EXPERTS = (
    *DEEPSEEK["without_effect"],
    "enable_moe_fp32_combine",
    "first_k_dense_replace",
    "moe_capacity",
    "moe_k",
    "moe_layer_end_index",
    "moe_layer_interval",
    "moe_norm_min",
    "moe_num_experts",
    "moe_num_shared_experts",
    "num_experts",
    "num_shared_experts",
    "route_norm",
    "route_scale",
    "router_scaling_factor",
)
DENSE = {"whole": False, "without_effect": OF_EXPERTS}


def read_glm4_moe(settings: Settings) -> dict[str, Any]:
    return {"qk_norm": "head" if settings.of_kind("use_qk_norm", bool) else "off"}


def read_interleave(settings: Settings) -> dict[str, Any]:
    return {"rope_interleaved": settings.of_kind("rope_interleave", bool)}


USE_QK_NORM = Part(
    read_glm4_moe, lambda config: {"use_qk_norm": config.qk_norm == "head"}, ("qk_norm",), ("use_qk_norm",)
)
INTERLEAVE = Part(read_interleave, lambda config: {"rope_interleave": config.rope_interleaved}, ("rope_interleaved",))


def latent(model_type: str, architecture: str, *parts: Part, **changes) -> Family:
    """A family with DeepSeek's attention."""
    return Family(
        model_type,
        architecture,
        **{
            **DEEPSEEK,
            "differs": {"attention_type": "latent"},
            "demands": {"attention_bias": False},
            "defaults": {**DEEPSEEK["defaults"], "rope_interleave": True},
            **together(LATENT, INTERLEAVE, *parts),
            "example": {"query_latent_rank": 14, "rope_interleaved": True},
            "near": {"rope_interleaved": False},
            **changes,
        },
    )


DENSE_OF_EXPERTS = {
    "afmoe": llama_like(
        "afmoe",
        "AfmoeForCausalLM",
        block(
            "model.layers",
            attn_norm="input_layernorm",
            attn_out_norm="post_attention_layernorm",
            mlp_norm="pre_mlp_layernorm",
            mlp_out_norm="post_mlp_layernorm",
            attn__gate_proj="self_attn.gate_proj",
        )
        + QK_WEIGHTS,
        differs={**QK_NORM, "post_norm": True, "attention_gate": True},
        fields={**LLAMA_FIELDS, "embedding_scale": "mup_enabled"},
        defaults={**UNTIED, **BASE, "head_dim": 128, "mup_enabled": False, "sliding_window": 1024},
        **together(windows_with_rope(period=4), dense_below("num_dense_layers"), ROPE),
        whole=False,
        without_effect=(*OF_EXPERTS, "global_attn_every_n_layers"),
        example={"attention_window": "7,7,none", "position_encoding": "rope,rope,none", "embedding_scale": True},
        near={
            "attention_gate": False,
            "attention_window": "none",
            "embedding_scale": False,
            "position_encoding": "rope",
            "qk_norm_after_rotary": True,
        },
    ),
    "glm4_moe": llama_like(
        "glm4_moe",
        "Glm4MoeForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        differs=QK_NORM,
        demands={},
        defaults={
            **LLAMA_DEFAULTS,
            "attention_bias": False,
            "num_key_value_heads": 8,
            "partial_rotary_factor": 0.5,
            "use_qk_norm": False,
        },
        **together(
            biases(f"o_proj,{GATED}", attention_bias=QUERIES_KEYS_VALUES),
            USE_QK_NORM,
            dense_below("first_k_dense_replace"),
            PARTIAL_ROPE,
        ),
        **DENSE,
        example={"biases": QUERIES_KEYS_VALUES, "rope_fraction": 0.5, "qk_norm": "head"},
        near={"biases": "k_proj,v_proj", "rope_fraction": 1.0, "qk_norm_after_rotary": True},
    ),
    "hy_v3": llama_like(
        "hy_v3",
        "HYV3ForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        differs=QK_NORM,
        demands={"attention_bias": False, "mlp_bias": False},
        defaults={**LLAMA_DEFAULTS, "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 11158840.0},
        **together(DENSE_TYPES, ROPE),
        **DENSE,
        near={"qk_norm_after_rotary": True},
    ),
    "exaone_moe": llama_like(
        "exaone_moe",
        "ExaoneMoeForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        differs=QK_NORM,
        demands={},
        defaults={**LLAMA_DEFAULTS, "sliding_window": 4096},
        **together(windows_with_rope(period=4, everywhere_without=True), DENSE_TYPES, ROPE),
        **DENSE,
        example={"attention_window": "7,7,none", "position_encoding": "rope,rope,none"},
        near={"position_encoding": "rope", "attention_window": "none"},
    ),
    "ernie4_5_moe": llama_like(
        "ernie4_5_moe",
        "Ernie4_5_MoeForCausalLM",
        LLAMA_NORMS,
        differs=INTERLEAVED,
        demands={"use_bias": False},
        defaults={**TIED, **DIVIDED_WIDTH, "rope_theta": 500000.0},
        **together(dense_below("moe_layer_start_index"), ROPE),
        **DENSE,
        example={"weight_tying": True},
        near={"rope_interleaved": False},
    ),
    "glm4_moe_lite": latent("glm4_moe_lite", "Glm4MoeLiteForCausalLM", DENSE_TYPES, **DENSE),
    "axk1": latent("axk1", "AXK1ForCausalLM", DENSE_TYPES, **DENSE),
    "youtu": latent(
        "youtu",
        "YoutuForCausalLM",
        defaults={**TIED, **BASE, "rope_interleave": True},
        without_effect=("embedding_initializer_range", "qk_head_dim"),
        example={"query_latent_rank": 14, "rope_interleaved": True, "weight_tying": True},
    ),
}
