"""A family: one class of transformers in the terms of the reference, its settings and its weights, both ways."""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from reference.attentions.settings_read import as_read, reads
from reference.config import IN_TURN, LATENT, GPTConfig, fields_in
from scripts.project import some
from scripts.project.implementation import on_meta

from .layouts import Tensors
from .settings_of_theirs import Settings, same
from .shared_settings import ACTIVATIONS, activation_of_ours


@dataclass(frozen=True)
class Rule:
    """Some tensors of ours, and those of theirs that say the same. {layer} and {expert} in a name are numbers; the
    ends, .weight and .bias, are left out. Some tensors have neither."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    pack: Callable[[Tensors, GPTConfig], Tensors] = lambda tensors, config: tensors  # ours to theirs
    unpack: Callable[[Tensors, GPTConfig], Tensors] = lambda tensors, config: tensors  # and back
    applies: Callable[[GPTConfig], bool] = lambda config: True
    bare: bool = False  # theirs have no end where ours have .weight


# What a configuration looks like that asks for nothing special. A family says where it differs.
ORDINARY = {
    "normalization": "rmsnorm",
    "norm_position": "pre",
    "post_norm": False,
    "embedding_norm": False,
    "attn_scale": False,
    "attention_type": "standard",
    "attention_window": "none",
    "attention_softcap": None,
    "attention_sinks": False,
    "attention_gate": False,
    "head_gate": None,
    "scalable_softmax": False,
    "qk_norm": "off",
    "softmax_scale": None,
    "position_encoding": "rope",
    "rope_interleaved": False,
    "rope_fraction": 1.0,
    "rope_local_fraction": None,
    "ffn_type": "gated",
    "residual_multiplier": 1.0,
    "sub_norm": False,
    "layer_scalar": False,
    "windowed": None,
    "query_scale_beta": None,
    "clip_qkv": None,
    "bias": False,
    "biases": None,
    "head_bias": False,
    "weight_tying": False,
    "embedding_scale": False,
    "embedding_multiplier": 1.0,
    "logit_scale": 1.0,
    "logit_softcap": None,
    "n_mtp": 0,
}


@dataclass(frozen=True)
class Part:
    """What several families read and write alike, beside settings that only have another name."""

    read: Callable[[Settings], dict[str, Any]]  # fields of ours
    write: Callable[[GPTConfig], dict[str, Any]]  # settings of theirs
    free: tuple[str, ...] = ()  # the fields that `read` finds, and a family may otherwise have in one way only
    switches: tuple[str, ...] = ()  # settings of theirs that decide which weights there are


def together(*parts: Part) -> dict[str, Any]:
    """`read`, `write` and `free` of a family that has all of these parts."""
    return {
        "read": lambda settings: {name: value for part in parts for name, value in part.read(settings).items()},
        "write": lambda config: {name: value for part in parts for name, value in part.write(config).items()},
        "free": tuple(name for part in parts for name in part.free),
        "switches": tuple(name for part in parts for name in part.switches),
    }


@dataclass(frozen=True)
class Family:
    model_type: str  # as config.json says it
    architecture: str  # the class of transformers
    differs: Mapping[str, Any]  # from what is ordinary
    fields: Mapping[str, str]  # fields of ours that theirs has under another name
    rules: tuple[Rule, ...]
    demands: Mapping[str, Any] = field(default_factory=dict)  # settings of theirs that must be this
    defaults: Mapping[str, Any] = field(default_factory=dict)  # settings that config.json may leave out
    without_effect: tuple[str, ...] = ()  # settings that this class alone leaves unread
    read: Callable[[Settings], dict[str, Any]] = lambda settings: {}  # further fields of ours
    write: Callable[[GPTConfig], dict[str, Any]] = lambda config: {}  # further settings of theirs
    free: tuple[str, ...] = ()  # the fields that `read` finds
    switches: tuple[str, ...] = ()  # settings that decide which weights there are, beside the sizes
    aliases: Mapping[str, str] = field(default_factory=dict)  # what older versions called a setting
    buffers: tuple[str, ...] = ("rotary_emb.inv_freq",)  # tables and masks that older versions saved: they are computed
    left_out: tuple[str, ...] = ()  # how the names of weights begin that this class leaves out
    example: Mapping[str, Any] = field(default_factory=dict)  # a small model for `parity`, beside what is fixed
    near: Mapping[str, Any] = field(default_factory=dict)  # what of it, changed to this, must show in the logits
    wants_ids: tuple[str, ...] = ()  # tokens that the class must have: one that is not known becomes 0, not null
    judged_by: Callable[[Mapping[str, Any]], str] = lambda settings: "eager"  # by which of their attentions
    whole: bool = True  # whether the reference has every kind of layer that the class can have

    @property
    def fixed(self) -> dict[str, Any]:
        """What makes a configuration of ours one of this family."""
        everything = {**ORDINARY, **self.differs}
        return {name: value for name, value in everything.items() if name not in (*self.fields, *self.free)}

    def configuration(self, given: Mapping[str, Any]) -> GPTConfig:
        """Ours, from theirs. Raises `ValueError` naming a setting that is missing, that asks for what the reference has
        not, or that nothing here knows."""
        settings = Settings(self.in_todays_names(given), {**self.demands, **self.defaults})
        for name, wanted in self.demands.items():
            if not same(settings[name], wanted):
                raise ValueError(
                    f"{name} = {settings[name]!r}: of a {self.model_type} the reference has {wanted!r} only"
                )
        missing = [theirs for theirs in self.fields.values() if theirs not in settings]
        values = {ours: settings.get(theirs) for ours, theirs in self.fields.items()}
        for ours, most in MOST.items():
            if type(values.get(ours)) is int and values[ours] > most:
                raise ValueError(f"{self.fields[ours]} = {values[ours]}: more than any model has; at most {most}")
        for ours in DECIMAL:
            if type(value := values.get(ours)) is int:
                raise ValueError(
                    f"{self.fields[ours]} = {value}: transformers wants a decimal point, as in {value:.1f}"
                )
        try:
            further = self.read(settings)
        except KeyError as error:
            missing.append(error.args[0])
        if missing:
            raise ValueError(f"the settings of this {self.model_type} lack {', '.join(dict.fromkeys(missing))}")
        if "activation" in values:
            values["activation"] = activation_of_ours(self.fields["activation"], values["activation"])
        settings.refuse_unread(self.model_type, frozenset(self.without_effect))
        try:
            return as_read(GPTConfig(**{"init": "gpt2", **self.fixed, **values, **further}))
        except ValueError as error:
            raise ValueError(self.with_their_names(str(error))) from None

    def in_todays_names(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Settings without aliases. Raises `ValueError` where one is there under both of its names."""
        for old, new in self.aliases.items():
            if old in given and new in given and not same(given[old], given[new]):
                raise ValueError(f"{old} = {given[old]!r} and {new} = {given[new]!r}: two names of one thing differ")
        return {self.aliases.get(name, name): value for name, value in given.items()}

    def with_their_names(self, message: str) -> str:
        """A message about our fields, and what config.json calls them."""
        names = [
            f"{ours} is {theirs}"
            for ours, theirs in {**NAMES_IN_READ, **self.fields}.items()
            if ours != theirs and re.search(rf"\b{ours}\b", message)
        ]
        return f"{message} (in config.json, {', '.join(names)})" if names else message

    def sizes_in(self, given: Mapping[str, Any]) -> str:
        """The settings that decide which weights there are, and their shapes, for a message."""
        given = {**self.demands, **self.defaults, **self.in_todays_names(given)}
        names = [theirs for ours, theirs in self.fields.items() if ours not in WITHOUT_SHAPE]
        return ", ".join(f"{name} = {given.get(name)!r}" for name in (*names, *self.switches))

    def settings(self, config: GPTConfig) -> dict[str, Any]:
        """Theirs, from ours. Raises `ValueError` where the configuration is not one of this family."""
        unlike = [
            f"{name} = {getattr(config, name)!r} where it needs {value!r}"
            for name, value in self.fixed.items()
            if getattr(config, name) != value and any(reads(kind, name) for kind in kinds_of(config))
        ]
        # Sizes that a family does not name are those that it would read back.
        if not unlike:
            back = self.configuration(self.as_written(config))
            unlike = [
                f"{name} = {getattr(config, name)!r} where it can only have {getattr(back, name)!r}"
                for name in dict.fromkeys((*READ_BACK, *self.free))
                if not alike(config, back, name)
            ]
        if unlike:
            raise ValueError(f"this configuration is no {self.model_type}: {'; '.join(unlike)}")
        return self.as_written(config)

    def as_written(self, config: GPTConfig) -> dict[str, Any]:
        settings = {theirs: getattr(config, ours) for ours, theirs in self.fields.items()}
        if "activation" in self.fields:
            settings[self.fields["activation"]] = ACTIVATIONS[config.activation]
        for ours in ("ffn_hidden", "expert_hidden"):
            if ours in self.fields:
                settings[self.fields[ours]] = getattr(config, ours) or default_ffn_hidden(config)
        named = {"model_type": self.model_type, "architectures": [self.architecture]}
        return {**named, **self.demands, **settings, **self.write(config)}

    def weights_of_theirs(self, ours: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
        """Our weights under their names, in their layout. Raises `ValueError` naming those that have no place there."""
        left, found = dict(ours), {}
        if config.weight_tying:
            left.pop("head.lm_head.weight", None)
        for names, theirs, rule in self.applications(config):
            if all(name in left for name in names):
                tensors = rule.pack([left.pop(name) for name in names], config)
                found |= zip(theirs, tensors, strict=True)
        if left:
            raise ValueError(f"a {self.model_type} has no place for {some(left)}")
        return found

    def weights_of_ours(self, theirs: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
        """Their weights under our names, in our layout. Raises `ValueError` naming those that are unknown here."""
        for field_of_ours, count in (("n_layer", config.n_layer), ("n_expert", config.n_expert)):
            if field_of_ours in self.fields and count > len(theirs):
                raise ValueError(f"{self.fields[field_of_ours]} = {count}: there are only {len(theirs)} weights")
        left = dict(theirs)
        # Some checkpoints hold the model without its head, whose names lack the first part.
        prefix = self.rules[0].theirs[0].partition(".")[0] + "."
        if not any(name.startswith(prefix) for name in left):
            left = {name if name.startswith("lm_head") else prefix + name: tensor for name, tensor in left.items()}
        found = {}
        for names, names_of_theirs, rule in self.applications(config):
            if all(name in left for name in names_of_theirs):
                tensors = rule.unpack([left.pop(name) for name in names_of_theirs], config)
                found |= zip(names, tensors, strict=True)
        # A head in the file stays, as it does in transformers, be it that of the embedding or another.
        if config.weight_tying and "embedding.token_embedding.weight" in found:
            found.setdefault("head.lm_head.weight", found["embedding.token_embedding.weight"])
        left = {name: tensor for name, tensor in left.items() if not name.endswith(self.buffers)}
        if left:
            raise ValueError(f"this {self.model_type} has weights that are unknown here: {some(left)}")
        return found

    def of_predictors(self, names: Iterable[str], config: GPTConfig) -> list[str]:
        """The weights by which further tokens are predicted at once: transformers leaves them out. They are a layer
        behind the last, with an eh_proj, or have names of their own."""
        behind = [name.removesuffix("eh_proj.weight") for name in names if name.endswith(".eh_proj.weight")]
        layers = [layer for layer in behind if int((re.findall(r"\d+", layer) or [-1])[-1]) >= config.n_layer]
        return [name for name in names if name.startswith((*layers, *self.left_out))]

    def applications(self, config: GPTConfig) -> Iterator[tuple[list[str], list[str], Rule]]:
        """Every rule for every layer, expert and end, with the names that it is about."""
        for rule in (rule for rule in self.rules if rule.applies(config)):
            layers = range(config.n_layer if "{layer}" in rule.ours[0] else 1)
            experts = range(config.n_expert if "{expert}" in rule.ours[0] else 1)
            # Where theirs has no number of an expert, one of their tensors holds those of all.
            together = "{expert}" not in rule.theirs[0]
            for layer, chosen, end in itertools.product(
                layers, [experts] if together else [[expert] for expert in experts], (".weight", ".bias", "")
            ):
                ours = [name.format(layer=layer, expert=expert) + end for expert in chosen for name in rule.ours]
                ending = "" if rule.bare and end == ".weight" else end
                theirs = [name.format(layer=layer, expert=chosen[0]) + ending for name in rule.theirs]
                yield ours, theirs, rule


# Beyond these a configuration alone, whatever the weights, would take more time or memory than there is.
MOST = {
    "n_expert": 10_000,
    "n_embd": 2**20,
    "head_dim": 2**16,
    "rope_head_dim": 2**16,
    "max_seq_len": 2**24,
}
# Numbers that the classes refuse without a decimal point.
DECIMAL = ("norm_eps", "logit_scale", "logit_softcap", "attention_softcap", "clip_qkv", "routed_scaling_factor")
# What config.json calls fields that `read` finds.
NAMES_IN_READ = {
    "attention_window": "sliding_window",
    "rope_factor": "factor",
    "rope_fraction": "partial_rotary_factor",
    "rope_local_fraction": "partial_rotary_factor",
    "rope_proportion": "partial_rotary_factor",
    "rope_high_freq_factor": "high_freq_factor",
    "rope_low_freq_factor": "low_freq_factor",
    "rope_original_seq_len": "original_max_position_embeddings",
    "softmax_scale": "query_pre_attn_scalar",
}
# Fields that no shape of a weight depends on.
WITHOUT_SHAPE = (*DECIMAL, "activation", "dropout", "num_experts_per_tok", "n_group", "topk_group", "norm_topk_prob")


# Fields that are compared with what a family would read back, beside those that its `read` finds.
READ_BACK = ("n_kv_head", "head_dim", "norm_eps", "max_seq_len", "position_encoding", "attention_window")


def kinds_of(config: GPTConfig) -> set[str]:
    return set(config.in_turn(config.attention_type))


def alike(config: GPTConfig, other: GPTConfig, name: str) -> bool:
    """Whether a field has the same value in both, up to rounding. A scale that is not given is that of the head, and
    names that take turns are those of all layers."""
    # Where no layer has scores, nothing has these sizes.
    if name in ("n_kv_head", "head_dim") and not any(reads(kind, "n_kv_head") for kind in kinds_of(config)):
        return True
    values = [getattr(each, name) for each in (config, other)]
    if name in (*IN_TURN, "position_encoding", "attention_window"):
        values = [config.in_turn(names) for names in values]
    if name == "softmax_scale":
        values = [size_of_query(config) ** -0.5 if value is None else value for value in values]
    if name == "windowed":
        values = [value and fields_in(value) for value in values]
    if all(isinstance(value, float) for value in values):
        return math.isclose(*values, rel_tol=1e-9)
    return values[0] == values[1]


def size_of_query(config: GPTConfig) -> int:
    return config.head_dim + (config.rope_head_dim if config.attention_type in LATENT else 0)


def default_ffn_hidden(config: GPTConfig) -> int:
    """The width that a feed-forward has where nothing else is said of experts: the model knows, so one is made without
    its numbers."""
    from reference.feed_forward import build_feed_forward

    with on_meta():
        made = build_feed_forward(replace(config.of_layer(0), expert_hidden=None))
    return getattr(made, "experts", [made])[0].down_proj.in_features


def renamed(names: Mapping[str, str]) -> tuple[Rule, ...]:
    return tuple(Rule((ours,), (theirs,)) for ours, theirs in names.items())


BLOCK = "blocks.{layer}."
QUERY_KEY_VALUE = tuple(f"{BLOCK}attn.{name}" for name in ("q_proj", "k_proj", "v_proj"))


def block(prefix: str, **names: str) -> tuple[Rule, ...]:
    """Tensors of a block that only have another name; `__` stands for a dot in ours, EXPERT for a number."""
    pairs = {BLOCK + ours.replace("__", "."): f"{prefix}.{{layer}}.{theirs}" for ours, theirs in names.items()}
    return renamed(
        {ours.replace("EXPERT", "{expert}"): theirs.replace("EXPERT", "{expert}") for ours, theirs in pairs.items()}
    )


# What most families call the sizes.
SIZES = {
    "vocab_size": "vocab_size",
    "max_seq_len": "max_position_embeddings",
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_embd": "hidden_size",
    "ffn_hidden": "intermediate_size",
    "activation": "hidden_act",
    "weight_tying": "tie_word_embeddings",
}
