"""Settings that several families share: what they call activations, and how they tell rotary positions."""

import math
from collections.abc import Sequence
from typing import Any

from reference.config import GPTConfig

from .settings_of_theirs import Settings, same

# Our activations under their names; theirs have several names for the same.
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_tanh": "gelu_pytorch_tanh",
    "silu": "silu",
    "relu": "relu",
    "leaky_relu": "leaky_relu",
    "relu2": "relu2",
    "xielu": "xielu",
}
SYNONYMS = {"gelu_new": "gelu_tanh", "gelu_fast": "gelu_tanh", "swish": "silu"}


def activation_of_ours(setting: str, name: object) -> str:
    known = {theirs: ours for ours, theirs in ACTIVATIONS.items()} | SYNONYMS
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{setting}: activation {name!r}: the reference knows {', '.join(known)}")
    return known[name]


SCALINGS = {
    "none": "default",
    "linear": "linear",
    "ntk": "dynamic",
    "yarn": "yarn",
    "llama3": "llama3",
    "longrope": "longrope",
    "proportional": "proportional",
}


def rope_of(settings: Settings, theta: str = "rope_theta") -> Settings:
    """The rotary settings, which older versions kept in other places. theta: the name that the base had there."""
    older, rope = settings.block("rope_scaling"), settings.block("rope_parameters")
    if older and rope:
        raise ValueError("rope_scaling and rope_parameters are both given: they are two names of one thing, keep one")
    rope = older or rope
    with_base(rope, theta, settings[theta])
    return rope


def with_base(rope: Settings, name: str, base: object) -> None:
    """Give rotary settings without a base the one that stands outside, under a name of its own."""
    if "rope_theta" not in rope:
        rope["rope_theta"] = base
        rope.name = f"{name}, and {rope.name}" if rope else name


def read_rope(settings: Settings) -> dict[str, Any]:
    return rope_fields(rope_of(settings), settings.of_kind("max_position_embeddings", int))


def rope_fields(rope: Settings, longest: int) -> dict[str, Any]:
    """Our fields for rotary settings. Raises `ValueError` naming one, and the block that it stands in."""
    try:
        return scaled_rope_fields(rope, longest)
    except ValueError as error:
        raise ValueError(f"{rope.name}: {error}") from None


def scaled_rope_fields(rope: Settings, longest: int) -> dict[str, Any]:
    kinds = {theirs: ours for ours, theirs in SCALINGS.items()}
    kind_of_old = rope.get("type", "default")
    kind = kinds.get(name := rope.of_kind("rope_type", str, kind_of_old))
    if kind is None:
        raise ValueError(f"rope_type = {name!r}: the reference knows {', '.join(kinds)}")
    fields: dict[str, Any] = {"rope_theta": base_of(rope), "rope_scaling": kind}
    if kind == "none":
        return fields
    if kind == "longrope":
        return {**fields, **read_longrope(rope, longest)}
    if kind == "proportional":
        proportion = rope.of_kind("partial_rotary_factor", float, 1.0)
        return {**fields, "rope_factor": float(rope.of_kind("factor", float, 1.0)), "rope_proportion": proportion}
    fields["rope_factor"] = float(rope.of_kind("factor", float))
    # Where theirs is dynamic, a text within the length of the training is read as if there were no scaling, and that
    # length is the longest text here: what longer ones get depends there on all that has been read before.
    fields["rope_original_seq_len"] = longest
    if kind == "yarn":
        fields["rope_original_seq_len"] = rope.of_kind("original_max_position_embeddings", int, longest)
        fields["rope_attention_factor"] = read_attention_factor(rope, fields["rope_factor"])
    if kind == "llama3":
        fields["rope_original_seq_len"] = rope.of_kind("original_max_position_embeddings", int)
        fields |= {f"rope_{name}": float(rope.of_kind(name, float)) for name in LLAMA3}
    return fields


LLAMA3 = ("low_freq_factor", "high_freq_factor")


def read_longrope(rope: Settings, longest: int) -> dict[str, Any]:
    original = rope.of_kind("original_max_position_embeddings", int)
    factor = float(rope.of_kind("factor", float, longest / original))
    plain = math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 else 1.0
    if rope.get("attention_factor") is not None and not math.isclose(
        given := rope.of_kind("attention_factor", float), plain, rel_tol=1e-7
    ):
        raise ValueError(f"attention_factor = {given!r}: the reference's LongRoPE has {plain:.6g}")
    return {
        "rope_factor": factor,
        "rope_original_seq_len": original,
        **{f"rope_{name}s": numbers(name, rope[name]) for name in LONGROPE},
    }


LONGROPE = ("short_factor", "long_factor")


def numbers(name: str, given: object) -> str:
    """A list of numbers, with commas between them."""
    if not isinstance(given, list) or not all(type(number) in (int, float) and number > 0 for number in given):
        raise ValueError(f"{name} = {given!r}: it must be a list of numbers greater than 0")
    return ",".join(map(str, given))


def base_of(rope: Settings) -> float:
    base = rope.of_kind("rope_theta", float)
    if base < 1:
        raise ValueError(f"rope_theta = {base}: it must be at least 1, or later pairs rotate faster than the first")
    return float(base)


def read_attention_factor(rope: Settings, factor: float) -> float | None:
    """By what a YaRN multiplies the rotary tables; None where it says nothing but what the reference's has. Raises
    `ValueError` where it asks for other numbers that the reference has not."""
    for name, plain in {"beta_fast": (32, None), "beta_slow": (1, None), "truncate": (True,)}.items():
        if not any(same(value := rope.get(name, plain[0]), allowed) for allowed in plain):
            raise ValueError(f"{name} = {value!r}: the reference's YaRN has {plain[0]} only")
    if rope["rope_theta"] == 1:
        raise ValueError("rope_theta = 1: YaRN divides by its logarithm, take a larger one")

    def attention_factor(mscale: float) -> float:
        return 0.1 * mscale * math.log(factor) + 1 if factor > 1 else 1.0

    given = {
        name: rope.of_kind(name, float)
        for name, left_out in {"attention_factor": (None,), "mscale": (None, 0), "mscale_all_dim": (None, 0)}.items()
        if rope.get(name) not in left_out
    }
    plain_factor = wanted = attention_factor(1)
    if "attention_factor" in given:
        wanted = given["attention_factor"]
    elif "mscale" in given and "mscale_all_dim" in given:
        wanted = attention_factor(given["mscale"]) / attention_factor(given["mscale_all_dim"])
    return None if math.isclose(wanted, plain_factor, rel_tol=1e-7) else wanted


def rope_settings(config: GPTConfig) -> dict[str, Any]:
    rope: dict[str, Any] = {"rope_type": SCALINGS[config.rope_scaling], "rope_theta": config.rope_theta}
    if config.rope_scaling != "none":
        rope["factor"] = config.rope_factor
    if config.rope_scaling == "llama3":
        rope |= {name: getattr(config, f"rope_{name}") for name in LLAMA3}
    if config.rope_scaling == "proportional":
        rope["partial_rotary_factor"] = config.rope_proportion
    if config.rope_scaling == "longrope":
        for name in LONGROPE:
            factors = getattr(config, f"rope_{name}s")
            pairs = int(config.rotary_dim * config.rope_fraction) // 2
            rope[name] = [1.0] * pairs if factors is None else list(map(float, factors.split(",")))
    if config.rope_attention_factor is not None and config.rope_scaling == "yarn":
        rope["attention_factor"] = config.rope_attention_factor
    if config.rope_scaling in ("yarn", "llama3", "longrope"):
        rope["original_max_position_embeddings"] = config.rope_original_seq_len or config.max_seq_len
    return rope


def write_rope(config: GPTConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {"rope_parameters": rope_settings(config)}
    if config.rope_scaling == "ntk":
        settings["max_position_embeddings"] = config.rope_original_seq_len or config.max_seq_len
    return settings


def shortest_pattern(names: Sequence[str]) -> str:
    """The names of all layers, as the part that repeats."""
    for period in range(1, len(names)):
        if all(name == names[layer % period] for layer, name in enumerate(names)):
            return ",".join(names[:period])
    return ",".join(names)
