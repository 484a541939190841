"""Which model is meant: a preset, or a configuration in a file, with any of its fields given on the command line."""

import ast
import json
import re
from argparse import SUPPRESS
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from reference.config import RENAMED, GPTConfig
from reference.presets import PRESETS, as_asked, names, preset
from scripts.project import ROOT, Parser, UsageError, did_you_mean, path_from, shown
from scripts.project.implementation import require_sizes

from . import synonyms
from .text.files import read_object

REGISTRY = r"\b([A-Z_]{4,})\b"  # as comments in config.py name one
ABOUT = (
    f"one of {', '.join(PRESETS)}, or one of these with _tiny behind it, or a configuration's JSON file, or a folder "
    "with a config.json, a run's say"
)


def named(model: str, tiny: bool = False, **overrides) -> GPTConfig:
    """The configuration of a preset, of a JSON file, or of a checkpoint's folder, with fields overridden.

    Raises `UsageError` where there is none, or where its fields do not go together.
    """
    try:
        require_sizes(overrides)
        if model in names():
            small = tiny and not model.endswith("_tiny")
            return preset(f"{model}_tiny" if small else model, **overrides)
        path = path_from(model, "--model")
        if not path.exists():
            if len(path.parts) > 1:
                from scripts.public.whole_models import require_there

                require_there(path, "python -m scripts.describe {}")
            guess = did_you_mean(model, names())
            raise UsageError(f"unknown model {model!r}: {guess}choose {ABOUT}")
        if tiny:
            raise UsageError(f"--tiny makes a preset small; {model} is a file, whose sizes are its own")
        return as_asked(GPTConfig(**asdict(from_file(path)) | overrides), overrides)
    except ValueError as error:
        raise UsageError(str(error)) from error


def read_settings(path: Path) -> dict[str, Any]:
    """What stands in a configuration's file, or in the config.json of a folder. Raises `UsageError`."""
    path = path / "config.json" if path.is_dir() else path
    return read_object(path, {}, "give a configuration's JSON file, or a folder with a config.json")


def from_file(path: Path) -> GPTConfig:
    """The configuration in a JSON file of ours or of transformers', or in the config.json of a folder."""
    settings = read_settings(path)
    try:
        require_sizes(settings)
        if "model_type" in settings:
            from scripts.public.families import family_of, text_settings

            settings = text_settings(settings)
            return family_of(settings).configuration(settings)
        return GPTConfig.from_json(json.dumps(settings))
    except ValueError as error:
        raise UsageError(f"{shown(path)}: {error}") from error


def says_backend(model: str, overrides: dict[str, Any]) -> bool:
    """Whether somebody has chosen how attention is computed: by a flag, or in a configuration's file."""
    in_file = {} if model in names() else read_settings(path_from(model, "--model"))
    return bool({"attention_backend", "use_flash_mla"} & (overrides.keys() | in_file.keys()))


def true_or_false(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError
    return text.lower() == "true"


def flag_of(kind: type | UnionType) -> dict[str, Any]:
    """How a field of the configuration is given on the command line: its type, and the word for it in --help."""
    optional = isinstance(kind, UnionType)
    (kind, *_) = get_args(kind) or (kind,)

    def parse(text: str):
        return None if optional and text.lower() == "none" else (true_or_false if kind is bool else kind)(text)

    parse.__name__ = {bool: "true or false", int: "whole number", float: "number", str: "name"}[kind]
    metavar = {bool: "true|false", int: "N", float: "X", str: "NAME"}[kind] + ("|none" if optional else "")
    # A switch may be given without a value.
    return {"type": parse, "metavar": metavar} | ({"nargs": "?", "const": True} if kind is bool else {})


def add_model_fields(parser: Parser) -> None:
    """A flag for every field of the configuration, with the names that it had. What is not given leaves no trace."""
    parser.usage = "%(prog)s [options]"
    parser.synonyms |= synonyms.MODEL
    group = parser.add_argument_group("the model's configuration, instead of what the model says")
    about = comments()
    for entry in fields(GPTConfig):
        text = about[entry.name].replace("%", "%%")
        group.add_argument(f"--{entry.name}", default=SUPPRESS, help=text, **flag_of(entry.type))
        for old in (old for old, new in RENAMED[min(RENAMED)].items() if new == entry.name):
            group.add_argument(f"--{old}", dest=entry.name, default=SUPPRESS, help=SUPPRESS, **flag_of(entry.type))


def comments() -> dict[str, str]:
    """What config.py says about every field, with the names to choose from. Reads the source and imports nothing."""

    def with_names(found: re.Match) -> str:
        return f"{found[1]} ({', '.join(registered(found[1]))})"

    return {name: re.sub(REGISTRY, with_names, text) for name, text in commented().items()}


def commented() -> dict[str, str]:
    """The comment behind every field in config.py."""
    source = (ROOT / "reference" / "config.py").read_text(encoding="utf-8")
    return dict(re.findall(r"^    (\w+): [^#\n]+  # (.+)$", source, re.MULTILINE))


def registered(registry: str) -> list[str]:
    """The names in a registry of the reference, `NORMS` say, from whichever files put them there."""
    names: list[str] = []
    for node in assignments():
        for target in [node.target] if isinstance(node, ast.AnnAssign) else node.targets:
            if isinstance(target, ast.Subscript) and getattr(target.value, "id", "") == registry:
                names.append(target.slice.value)
            elif getattr(target, "id", "") == registry:
                names += [key.value for key in node.value.keys]
    if not names:
        raise LookupError(f"nothing in reference/ fills a registry called {registry}")
    return names


@cache
def assignments() -> list[ast.Assign | ast.AnnAssign]:
    """Those at the head of the reference's files, chapter one's first."""
    paths = sorted((ROOT / "reference").rglob("*.py"), key=lambda path: (len(path.parts), path))
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in paths)
    return [node for tree in trees for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]


def choices(field: str) -> list:
    """All values of a field that is a switch or holds a name of a registry, its default first; of others, none."""
    default = getattr(GPTConfig, field)
    if isinstance(default, bool):
        return [default, not default]
    found = re.search(REGISTRY, commented()[field])
    return list(dict.fromkeys([default, *registered(found[1])])) if found else []


def given_fields(given: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of the configuration out of what was given on the command line."""
    return {entry.name: given.pop(entry.name) for entry in fields(GPTConfig) if entry.name in given}
