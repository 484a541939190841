"""All families, by name."""

from collections.abc import Mapping
from typing import Any

from .classics import CLASSICS
from .family import Family
from .kin_of_gpt import KIN_OF_GPT
from .kin_of_llama import KIN_OF_LLAMA
from .llamas import LLAMAS
from .other_attention import VARIANTS
from .with_numbers import WITH_NUMBERS

FAMILIES = {**CLASSICS, **LLAMAS, **VARIANTS, **KIN_OF_LLAMA, **KIN_OF_GPT, **WITH_NUMBERS}


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
