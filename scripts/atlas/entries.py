"""What has a page: every entry of every registry, in a small model that uses it, beside the one that it varies."""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

import reference
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.head import LMHead
from reference.optimization.initialization import INITS, initialise
from reference.optimization.schedules import SCHEDULES
from scripts.project.implementation import Implementation, on_meta
from scripts.training.models import REGISTRY, commented
from scripts.training.optimizing import OLD_NAMES, OPTIMIZERS

TITLES = {
    "normalization": "Norms",
    "norm_position": "Placements",
    "residual_stream": "Residual streams",
    "attention_type": "Mixers",
    "attention_backend": "Attention backends",
    "head_gate": "Gates of heads",
    "qk_norm": "QK norms",
    "position_encoding": "Positions",
    "rope_scaling": "Rotary scaling",
    "ffn_type": "Feed-forwards",
    "activation": "Activations",
    "head": "Heads",
    "init": "First weights",
    "optimizer": "Optimizers",
    "schedule": "Schedules",
}
# Fields without which a value would have no effect, by axis, and by value.
LONGER = {"rope_factor": 4.0, "rope_original_seq_len": 8}
BESIDE: dict[str, dict[str | None, dict[str, Any]]] = {
    "norm_position": {"deepnorm": {"init": "deepnorm"}},
    "position_encoding": {"rope_local": {"rope_local_theta": 100.0}},
    "rope_scaling": {
        None: LONGER,
        "none": {},
        "proportional": {"rope_proportion": 0.5},
        "longrope": LONGER | {"rope_long_factors": "1.0,1.1,1.3,1.7,2.2,3.0,3.6,4.0"},
    },
}
# What asks for each kind of head; the kinds themselves are the subclasses of LMHead.
HEAD_FIELDS: tuple[dict[str, Any], ...] = (
    {},
    {"logit_softcap": None},
    {"logit_softcap": None, "logit_scale": 0.25},
    {"n_mtp": 1},
)
SEED = 0
REFERENCE = Implementation("reference", Path(reference.__path__[0]))


@dataclass(frozen=True)
class Entry:
    """A value of an axis. settings: flags of scripts.train that ask for it, apart from those that are the default;
    code: what its pictures are computed with."""

    axis: str
    name: str
    value: Any  # what its registry holds
    settings: dict = field(compare=False)
    refused: str | None = None  # why no small model with it could be built
    code: Implementation = REFERENCE

    @property
    def slug(self) -> str:
        return f"{self.axis}/{re.sub('[^a-z0-9_]+', '-', self.name.lower())}"

    @property
    def flags(self) -> str:
        """As scripts.train is given them."""
        return " ".join(f"--{name} {shown(value)}" for name, value in self.settings.items())

    @property
    def fields(self) -> dict[str, Any]:
        """Those of the configuration."""
        return {name: value for name, value in self.settings.items() if name in DEFAULTS}

    def config(self, **others) -> GPTConfig:
        return GPTConfig(**{**others, **self.fields})

    def model(self, **others) -> GPT:
        """A new small model with it, its weights as torch draws them, one-dimensional ones moved from their ones and
        zeros, so that one sees them."""
        torch.manual_seed(SEED)
        model = self.code.gpt.GPT(self.config(**others)).eval()
        with torch.no_grad():
            for weight in model.parameters():
                if weight.ndim < 2:
                    weight.add_(0.3 * torch.randn_like(weight))
        return model

    @property
    def layer_needed(self) -> int:
        """How many layers a model must have, so that the last of them has it."""
        config = self.config()
        return 1 + config.in_turn(str(getattr(config, self.axis))).index(self.name)

    @property
    def layer(self) -> int:
        """The last layer of the small model that has it."""
        config = self.config()
        named = config.in_turn(str(getattr(config, self.axis, "")))
        return max((layer for layer, name in enumerate(named) if name == self.name), default=config.n_layer - 1)

    @cached_property
    def object(self) -> Any:
        """The class or function that computes it."""
        if self.axis == "optimizer":
            file, function, _ = self.value
            return getattr(importlib.import_module(f"reference.optimization.{file}"), function)
        made = MADE_OF.get(self.axis)
        if made is None or self.refused or (isinstance(self.value, type) and self.axis != "position_encoding"):
            return self.value
        with on_meta():
            return type(made(GPT(self.config()), self.layer))


def position_module(model: GPT, layer: int) -> nn.Module:
    """What tells positions: the embedding, where it adds them to the tokens."""
    encoding = model.positions.encodings[model.positions.layers[layer]]
    parts = [part for part in model.embedding.modules() if type(part).__module__.endswith(".absolute")]
    return (parts or [encoding])[-1]


# Where the model has the module of an axis, where its registry holds what makes it.
MADE_OF: dict[str, Callable[[GPT, int], nn.Module]] = {
    "attention_type": lambda model, layer: model.blocks[layer].attn,
    "ffn_type": lambda model, layer: getattr(model.blocks[layer], "mlp", model.blocks[layer]),
    "position_encoding": position_module,
}
DEFAULTS = {entry.name: entry.default for entry in fields(GPTConfig)}


@dataclass(frozen=True)
class Axis:
    name: str  # a field of the configuration, or a setting of the training
    about: str  # what config.py says of it
    registry: str
    base: str  # the value of chapter one
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name.replace("_", " ").capitalize())


def shown(value: Any) -> str:
    if isinstance(value, str) and re.search(r"[^\w.,-]", value):
        return f"'{value}'"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


@cache
def load_everything(package: str = REFERENCE.package) -> None:
    """Import every room of the reference, or of what has its files, so that all have entered themselves."""
    for module in pkgutil.iter_modules(reference.__path__):
        found = importlib.import_module(f"{package}.{module.name}")
        if module.ispkg and module.name == "optimization":
            for inner in pkgutil.iter_modules(found.__path__):
                importlib.import_module(f"{found.__name__}.{inner.name}")


@cache
def module_of_registry(name: str) -> str:
    """In which file of the reference the dictionary of that name is, as it is imported. Raises `LookupError`."""
    load_everything()
    for module, found in sorted(sys.modules.items()):
        if module.startswith("reference") and isinstance(getattr(found, name, None), dict):
            return module
    raise LookupError(f"no file of reference/ has a registry called {name}")


def registry(name: str, code: Implementation = REFERENCE) -> Mapping[str, Any]:
    """The dictionary of that name. Raises `LookupError`."""
    load_everything(code.package)
    module = module_of_registry(name).replace("reference", code.package, 1)
    return getattr(importlib.import_module(module), name)


def builds(settings: dict) -> str | None:
    """None where there is a model with these fields; else why not."""
    try:
        with on_meta():
            initialise(GPT(GPTConfig(**{name: value for name, value in settings.items() if name in DEFAULTS})))
    except (ValueError, ImportError, RuntimeError) as error:
        return str(error)
    return None


@cache
def examples() -> list[GPTConfig]:
    """Small models that are known to be possible: the presets', and one of each public family."""
    from reference.presets import PRESETS, preset
    from scripts.public.families import FAMILIES
    from scripts.public.parity import example

    tiny = [preset(f"{name}_tiny") for name in PRESETS]
    return tiny + [example(family) for family in FAMILIES.values() if family.near]


SIZES = ("vocab_size", "max_seq_len", "n_layer", "n_head", "n_kv_head", "n_embd", "head_dim", "ffn_hidden", "dropout")


def settings_for(axis: str, name: str) -> tuple[dict, str | None]:
    """The fields that ask for a value, with as few others as there must be; and why it is refused all the same."""
    beside = BESIDE.get(axis, {})
    asked = {axis: name, **beside.get(name, beside.get(None, {}))}
    reason = builds(asked)
    if reason is None:
        return asked, None
    # In a layer beside the usual one; or with what a model that has it has besides.
    candidates = [asked | {axis: f"{DEFAULTS[axis]},{name}"}, *(asked | {"init": init} for init in INITS)]
    for config in examples():
        if name in re.split("[,/]", str(getattr(config, axis))):
            found = {field: value for field, value in asdict(config).items() if value != DEFAULTS[field]}
            candidates.append({field: value for field, value in found.items() if field not in SIZES} | asked)
            candidates.append(found | asked)
    for candidate in candidates:
        if builds(candidate) is None:
            return fewest(candidate, axis), None
    return asked, reason


def fewest(settings: dict, axis: str) -> dict:
    """Without the fields that the value of the axis does not need."""
    for besides in [name for name in settings if name != axis]:
        without = {name: value for name, value in settings.items() if name != besides}
        if builds(without) is None:
            settings = without
    return settings


def axes() -> list[Axis]:
    """All of them, in the order of the page."""
    found = {axis.name: axis for axis in (*of_configuration(), heads(), optimizers(), schedules())}
    return [found[name] for name in sorted(found, key=[*TITLES, *found].index)]


def of_configuration() -> Iterator[Axis]:
    """An axis for each registry that a field of the configuration names."""
    seen = set()
    for name, about in commented().items():
        match = re.search(REGISTRY, about)
        if match is None or match[1] in seen:
            continue
        seen.add(match[1])
        entries = []
        for value, held in registry(match[1]).items():
            settings, reason = settings_for(name, value)
            entries.append(Entry(name, value, held, settings, reason))
        yield Axis(name, about, match[1], str(DEFAULTS[name]), tuple(entries))


def subclasses(kind: type) -> Iterator[type]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def heads() -> Axis:
    """The classes of heads, each with the fields that ask for it."""
    load_everything()
    entries, seen = [], set()
    for settings in HEAD_FIELDS:
        with on_meta():
            kind = type(GPT(GPTConfig(**settings)).head)
        seen.add(kind)
        entries.append(Entry("head", kind.__name__, kind, settings))
    unknown = [kind for kind in subclasses(LMHead) if kind not in seen and kind.__module__.startswith("reference")]
    entries += [
        Entry("head", kind.__name__, kind, {}, "no field of the configuration is known to ask for it")
        for kind in unknown
    ]
    entries.sort(key=lambda entry: entry.name != "LMHead")
    return Axis("head", "from vectors to logits and a loss", "the subclasses of LMHead", "CappedHead", tuple(entries))


def optimizers() -> Axis:
    entries = tuple(Entry("optimizer", name, value, {"optimizer": name}) for name, value in OPTIMIZERS.items())
    return Axis("optimizer", "what makes a step of a gradient", "OPTIMIZERS", "nanochat", entries)


def schedules() -> Axis:
    current = {name: value for name, value in SCHEDULES.items() if name not in OLD_NAMES}
    entries = tuple(Entry("schedule", name, value, {"schedule": name}) for name, value in current.items())
    return Axis("schedule", "how the learning rate rises and falls", "SCHEDULES", "wsd", entries)


@cache
def source_of(found: Any) -> str | None:
    """Its code as it stands in the file; None where there is none to be read."""
    try:
        return inspect.getsource(found)
    except (OSError, TypeError):
        return None
