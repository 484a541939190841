"""All families, by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..family import Family
from .classics import CLASSICS
from .deepseeks_router import DEEPSEEKS_ROUTER
from .hybrids import HYBRIDS
from .kin_of_gpt import KIN_OF_GPT
from .kin_of_llama import KIN_OF_LLAMA
from .llamas import LLAMAS
from .other_attention import VARIANTS
from .with_fused_queries import WITH_FUSED_QUERIES
from .with_head_gates import WITH_HEAD_GATES
from .with_lightning import WITH_LIGHTNING
from .with_numbers import WITH_NUMBERS
from .with_routers import WITH_ROUTERS
from .with_states import RECURRENT

ALIASES = {
    "gpt_sw3": replace(
        CLASSICS["gpt2"], model_type="gpt-sw3", example={"activation": "gelu_tanh"}, near={"activation": "silu"}
    ),
    "exaone": replace(
        LLAMAS["llama"],
        model_type="exaone",
        aliases={
            "activation_function": "hidden_act",
            "layer_norm_epsilon": "rms_norm_eps",
            "num_layers": "num_hidden_layers",
        },
        without_effect=("embed_dropout",),
        near={"activation": "gelu"},
    ),
    "internlm3": replace(
        LLAMAS["llama"],
        model_type="internlm3",
        aliases={"qkv_bias": "attention_bias", "bias": "mlp_bias"},
        near={"activation": "gelu"},
    ),
    "iquestcoder": replace(LLAMAS["llama"], model_type="iquestcoder", near={"activation": "gelu"}),
    "sarvam_mla": replace(
        DEEPSEEKS_ROUTER["deepseek_v3"],
        model_type="sarvam_mla",
        aliases={
            "num_experts": "n_routed_experts",
            "num_local_experts": "n_routed_experts",
            "num_shared_experts": "n_shared_experts",
        },
    ),
}
FAMILIES = {
    **CLASSICS,
    **LLAMAS,
    **VARIANTS,
    **RECURRENT,
    **WITH_LIGHTNING,
    **HYBRIDS,
    **KIN_OF_LLAMA,
    **KIN_OF_GPT,
    **WITH_FUSED_QUERIES,
    **WITH_NUMBERS,
    **WITH_ROUTERS,
    **DEEPSEEKS_ROUTER,
    **WITH_HEAD_GATES,
    **ALIASES,
}


# What a text_config may leave out: the numbers of its class, beside those that a family has anyway.
OF_TEXT_MODELS = {
    "gemma3_text": {
        "vocab_size": 262208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-6,
        "query_pre_attn_scalar": 256,
    },
    "llama": {
        "vocab_size": 32000,
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "hidden_act": "silu",
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
    },
}
# Settings that may stand outside of text_config, and count there.
OUTSIDE = ("bos_token_id", "eos_token_id", "pad_token_id", "tie_word_embeddings")


def text_settings(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the text model, where a config.json is that of one which reads more than text. Raises
    `ValueError` where text_config is none."""
    inside = settings.get("text_config")
    if inside is None:
        return settings
    if not isinstance(inside, dict) or not isinstance(inside.get("model_type"), str):
        raise ValueError("text_config: it must be an object {...} with the model_type of the text model")
    outside = {name: settings[name] for name in OUTSIDE if name in settings}
    return {**OF_TEXT_MODELS.get(inside["model_type"], {}), **inside, **outside}


def family_of(settings: Mapping[str, Any]) -> Family:
    """The family that a config.json belongs to. Raises `ValueError` naming those there are."""
    for family in FAMILIES.values():
        if family.model_type == settings.get("model_type"):
            return family
    known = ", ".join(family.model_type for family in FAMILIES.values())
    raise ValueError(f"model_type = {settings.get('model_type')!r}: the reference can be {known}")
