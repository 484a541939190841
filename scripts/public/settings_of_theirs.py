"""The keys of a config.json of transformers: every one is read, is known to have no effect, or is refused by name."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any

from reference.config import check_type
from scripts.project import did_you_mean

# What plays no part in the logits, and why. A family adds what only its own class leaves unread.
WITHOUT_EFFECT = {
    "where the file comes from": (
        "model_type",  # which chose the family
        "_name_or_path",
        "name_or_path",
        "_commit_hash",
        "architectures",
        "auto_map",
        "dtype",  # the weights have their own
        "torch_dtype",
        "transformers_version",
        "transformers.js_config",
        "is_llama_config",
    ),
    "tokens with a meaning, which `token_ids` keeps": ("bos_token_id", "eos_token_id", "pad_token_id"),
    "tokens with a meaning, of tokenizers": ("sep_token_id", "unk_token_id", "model_max_length", "prefix"),
    "how a text is sampled": ("cache_implementation", "task_specific_params", "use_cache"),
    "what training draws or drops": (
        "activation_dropout",
        "attention_dropout",
        "attn_pdrop",
        "embd_pdrop",
        "gradient_checkpointing",
        "hidden_dropout",
        "init_std",
        "initializer_range",
        "layerdrop",
        "router_aux_loss_coef",
        "router_jitter_noise",
    ),
    "heads that are not a language model's": (
        "classifier_dropout",
        "decoder_start_token_id",
        "is_decoder",
        "id2label",
        "label2id",
        "num_labels",
        "problem_type",
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj",
    ),
    "what is returned beside the logits": (
        "output_attentions",
        "output_hidden_states",
        "output_router_logits",
        "return_dict",
    ),
    "which kernel computes the same": (
        "_attn_implementation",
        "_flash_attn_2_enabled",
        "attn_implementation",
        "chunk_size_feed_forward",
        "pretraining_tp",
        "reorder_and_upcast_attn",
        "torchscript",
    ),
}
# What has no effect with these values, and changes the model with any other.
ONLY_AS = {
    "add_cross_attention": (False,),
    "is_encoder_decoder": (False,),
    "partial_rotary_factor": (1.0, None),
    "per_layer_config": (None,),
    "pruned_heads": ({}, None),
    "quantization_config": (None,),
    "rope_interleaved": (False,),
    "rope_scaling": (None,),
    "tie_encoder_decoder": (False,),
    "use_bidirectional_attention": (False, None),
}
ANYWHERE = frozenset(name for names in WITHOUT_EFFECT.values() for name in names)


def same(value: object, wanted: object) -> bool:
    """Equal, and of one kind: 1 is no True."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


class Settings(dict[str, Any]):
    """Settings that remember which of them have been read: one that nobody reads would pass without a word."""

    def __init__(self, given: Mapping[str, Any], assumed: Mapping[str, Any] | None = None):
        super().__init__({**(assumed or {}), **given})
        self.unread = set(given)
        self.inside: dict[str, Settings] = {}
        self.name = ""  # of a block of them

    def __getitem__(self, name: str) -> Any:
        self.unread.discard(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)

    def of_kind(self, name: str, kind: type | UnionType, default: Any = None) -> Any:
        """A setting, or the default where there is none. Raises `ValueError` naming it where it is of another kind, and
        `KeyError` where there is neither."""
        value = self[name] if default is None else self.get(name, default)
        check_type(name, value, kind)
        return value

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number that may be 0. Raises `ValueError` naming it where it is none."""
        value = self[name] if default is None else self.get(name, default)
        if type(value) is not int or value < 0:
            raise ValueError(f"{name} = {value!r}: it must be a whole number of at least 0")
        return value

    def layers(self, name: str, kinds: tuple[Any, ...]) -> list[Any]:
        """A list with one of `kinds` for every layer. Raises `ValueError` naming it."""
        found, layers = self[name], self["num_hidden_layers"]
        if not isinstance(found, list) or len(found) != layers or not all(kind in kinds for kind in found):
            allowed = " or ".join(map(str, kinds))
            raise ValueError(
                f"{name} = {found!r}: it must be a list with {allowed} for each layer, of which there are "
                f"num_hidden_layers = {layers}"
            )
        return found

    def block(self, name: str) -> "Settings":
        """Settings inside these; none, where there is nothing. Raises `ValueError` where it is something else."""
        found = self.get(name)
        if found is not None and not isinstance(found, dict):
            raise ValueError(f"{name} = {found!r}: it must be an object {{...}} or null")
        block = self.inside.setdefault(name, Settings(found or {}))
        block.name = f"{name} in {self.name}" if self.name else name
        return block

    def left(self, without_effect: frozenset[str]) -> Iterator[tuple[str, Any]]:
        """Those that nobody has read, and that may have an effect."""
        for name in sorted(self.unread - without_effect):
            value = super().__getitem__(name)
            if not any(same(value, allowed) for allowed in ONLY_AS.get(name, ())):
                yield name, value
        for name, block in self.inside.items():
            yield from ((f"{name}: {key}", value) for key, value in block.left(without_effect))

    def refuse_unread(self, model_type: str, without_effect: frozenset[str]) -> None:
        """Raises `ValueError` naming what nobody has read."""
        problems = []
        for name, value in self.left(ANYWHERE | without_effect):
            if name in ONLY_AS:
                allowed = " or ".join(map(repr, ONLY_AS[name]))
                problems.append(f"{name} = {value!r}: the reference has {allowed} only")
            else:
                near = did_you_mean(name.rpartition(": ")[2], (key for key in self if key not in self.unread))
                problems.append(
                    f"{name} = {value!r}: nothing here knows this setting of a {model_type}; {near}where it changes no "
                    "logit, take it out of config.json"
                )
        if problems:
            raise ValueError("; ".join(problems))
