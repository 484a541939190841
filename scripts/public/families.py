"""All families, by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .classics import CLASSICS
from .deepseeks_router import DEEPSEEKS_ROUTER
from .family import Family
from .kin_of_gpt import KIN_OF_GPT
from .kin_of_llama import KIN_OF_LLAMA
from .llamas import LLAMAS
from .other_attention import VARIANTS
from .with_fused_queries import WITH_FUSED_QUERIES
from .with_numbers import WITH_NUMBERS
from .with_routers import WITH_ROUTERS
from .with_windows import WITH_WINDOWS

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
}
FAMILIES = {
    **CLASSICS,
    **LLAMAS,
    **VARIANTS,
    **KIN_OF_LLAMA,
    **KIN_OF_GPT,
    **WITH_FUSED_QUERIES,
    **WITH_NUMBERS,
    **WITH_ROUTERS,
    **DEEPSEEKS_ROUTER,
    **WITH_WINDOWS,
    **ALIASES,
}


def family_of(settings: Mapping[str, Any]) -> Family:
    """The family that a config.json belongs to. Raises `ValueError` naming those there are."""
    if "text_config" in settings:
        raise ValueError(
            f"text_config: of a {settings.get('model_type')}, which reads more than text, the reference can be "
            "the text model only: give a folder with text_config as its config.json, and that model's weights alone"
        )
    for family in FAMILIES.values():
        if family.model_type == settings.get("model_type"):
            return family
    known = ", ".join(family.model_type for family in FAMILIES.values())
    raise ValueError(f"model_type = {settings.get('model_type')!r}: the reference can be {known}")
