"""Public models in the terms of the reference: their settings and their weights, both ways.

Each `Family` is one class of transformers. It reads and writes that class's config.json, and carries its tensors over.
Nothing here needs transformers itself.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from reference.config import GPTConfig

Tensors = Sequence[Tensor]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """Some tensors of ours, and those of theirs that say the same. {layer} and {expert} in a name are numbers; the
    ends, .weight and .bias, are left out."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    pack: Callable[[Tensors, GPTConfig], Tensors] = lambda tensors, config: tensors  # ours to theirs
    unpack: Callable[[Tensors, GPTConfig], Tensors] = lambda tensors, config: tensors  # and back


# What a configuration looks like that asks for nothing special. A family says where it differs.
ORDINARY = {
    "normalization": "rmsnorm",
    "norm_position": "pre",
    "post_norm": False,
    "embedding_norm": False,
    "attn_scale": False,
    "qk_norm": "off",
    "score_scale": None,
    "position_encoding": "rope",
    "rope_interleaved": False,
    "rope_fraction": 1.0,
    "ffn_type": "gated",
    "bias": False,
    "weight_tying": False,
    "embedding_scale": False,
    "logit_scale": 1.0,
    "logit_softcap": None,
}


@dataclass(frozen=True)
class Family:
    model_type: str  # as config.json says it
    architecture: str  # the class of transformers
    differs: Mapping[str, Any]  # from what is ordinary
    fields: Mapping[str, str]  # fields of ours that theirs has under another name
    rules: tuple[Rule, ...]
    demands: Settings = field(default_factory=dict)  # settings of theirs that must be this
    defaults: Settings = field(default_factory=dict)  # settings that config.json may leave out
    read: Callable[[Settings], dict[str, Any]] = lambda settings: {}  # further fields of ours
    write: Callable[[GPTConfig], dict[str, Any]] = lambda config: {}  # further settings of theirs
    free: tuple[str, ...] = ()  # the fields that `read` finds
    aliases: Mapping[str, str] = field(default_factory=dict)  # what older versions called a setting

    @property
    def fixed(self) -> dict[str, Any]:
        """What makes a configuration of ours one of this family."""
        everything = {**ORDINARY, **self.differs}
        return {name: value for name, value in everything.items() if name not in (*self.fields, *self.free)}

    def configuration(self, settings: Settings) -> GPTConfig:
        """Ours, from theirs. Raises `ValueError` where a setting is missing, or asks for what the reference has not."""
        settings = {self.aliases.get(name, name): value for name, value in settings.items()}
        settings = {**self.demands, **self.defaults, **settings}
        for name, wanted in self.demands.items():
            if settings[name] != wanted:
                raise ValueError(
                    f"{name} = {settings[name]!r}: of a {self.model_type} the reference has {wanted!r} only"
                )
        missing = [theirs for theirs in self.fields.values() if theirs not in settings]
        if missing:
            raise ValueError(f"the settings of this {self.model_type} lack {', '.join(missing)}")
        values = {ours: settings[theirs] for ours, theirs in self.fields.items()}
        if "activation" in values:
            values["activation"] = activation_of_ours(values["activation"])
        return GPTConfig(**{"init": "gpt2", **self.fixed, **values, **self.read(settings)})

    def settings(self, config: GPTConfig) -> dict[str, Any]:
        """Theirs, from ours. Raises `ValueError` where the configuration is not one of this family."""
        unlike = [
            f"{name} = {getattr(config, name)!r} where it needs {value!r}"
            for name, value in self.fixed.items()
            if getattr(config, name) != value
        ]
        # Sizes that a family does not name are those that it would read back.
        if not unlike:
            back = self.configuration(self.as_written(config))
            unlike = [
                f"{name} = {getattr(config, name)!r} where it can only have {getattr(back, name)!r}"
                for name in ("n_kv_head", "head_dim", "norm_eps", "max_seq_len", "position_encoding")
                if getattr(config, name) != getattr(back, name)
            ]
        if unlike:
            raise ValueError(f"this configuration is no {self.model_type}: {'; '.join(unlike)}")
        return self.as_written(config)

    def as_written(self, config: GPTConfig) -> dict[str, Any]:
        settings = {theirs: getattr(config, ours) for ours, theirs in self.fields.items()}
        if "activation" in self.fields:
            settings[self.fields["activation"]] = ACTIVATIONS[config.activation]
        if "ffn_hidden" in self.fields:
            settings[self.fields["ffn_hidden"]] = config.ffn_hidden or default_ffn_hidden(config)
        named = {"model_type": self.model_type, "architectures": [self.architecture]}
        return {**named, **self.demands, **settings, **self.write(config)}

    def weights_of_theirs(self, ours: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
        """Our weights under their names, in their layout. Raises `ValueError` naming those that have no place there."""
        left, found = dict(ours), {}
        if config.weight_tying:
            left.pop("lm_head.weight", None)
        for names, theirs, rule in self.applications(config):
            if all(name in left for name in names):
                tensors = rule.pack([left.pop(name) for name in names], config)
                found |= zip(theirs, tensors, strict=True)
        if left:
            raise ValueError(f"a {self.model_type} has no place for {some(left)}")
        return found

    def weights_of_ours(self, theirs: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
        """Their weights under our names, in our layout. Raises `ValueError` naming those that are unknown here."""
        # Tables and masks that older versions saved with the weights.
        left = {name: tensor for name, tensor in theirs.items() if not name.endswith(COMPUTED)}
        # Some checkpoints hold the model without its head, whose names lack the first part.
        prefix = self.rules[0].theirs[0].partition(".")[0] + "."
        if not any(name.startswith(prefix) for name in left):
            left = {name if name.startswith("lm_head") else prefix + name: tensor for name, tensor in left.items()}
        found = {}
        for names, names_of_theirs, rule in self.applications(config):
            if all(name in left for name in names_of_theirs):
                tensors = rule.unpack([left.pop(name) for name in names_of_theirs], config)
                found |= zip(names, tensors, strict=True)
        if config.weight_tying:
            left = {name: tensor for name, tensor in left.items() if not name.endswith("lm_head.weight")}
            if "token_embedding.weight" in found:
                found["lm_head.weight"] = found["token_embedding.weight"]
        if left:
            raise ValueError(f"this {self.model_type} has weights that are unknown here: {some(left)}")
        return found

    def applications(self, config: GPTConfig) -> Iterator[tuple[list[str], list[str], Rule]]:
        """Every rule for every layer, expert and end, with the names that it is about."""
        for rule in self.rules:
            layers = range(config.n_layer if "{layer}" in rule.ours[0] else 1)
            experts = range(config.n_expert if "{expert}" in rule.ours[0] else 1)
            for layer, expert, end in itertools.product(layers, experts, (".weight", ".bias")):
                ours, theirs = (
                    [name.format(layer=layer, expert=expert) + end for name in names]
                    for names in (rule.ours, rule.theirs)
                )
                yield ours, theirs, rule


COMPUTED = (".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq")

# Our activations under their names; theirs have several names for the same.
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_tanh": "gelu_pytorch_tanh",
    "silu": "silu",
    "relu": "relu",
    "leaky_relu": "leaky_relu",
    "relu2": "relu2",
}
SYNONYMS = {"gelu_new": "gelu_tanh", "gelu_fast": "gelu_tanh", "swish": "silu"}


def activation_of_ours(name: str) -> str:
    known = {theirs: ours for ours, theirs in ACTIVATIONS.items()} | SYNONYMS
    if name not in known:
        raise ValueError(f"activation {name!r}: the reference knows {', '.join(known)}")
    return known[name]


def some(names, count: int = 4) -> str:
    """A few of the names, and how many more there are."""
    names = sorted(names)
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if names[count:] else "")


def default_ffn_hidden(config: GPTConfig) -> int:
    """The width that a feed-forward chooses for itself: the model knows, so one is made without its numbers."""
    from reference.feed_forward import build_feed_forward

    with torch.device("meta"):
        made = build_feed_forward(config)
    return getattr(made, "experts", [made])[0].down_proj.in_features


# Settings


SCALINGS = {"none": "default", "linear": "linear", "ntk": "dynamic", "yarn": "yarn"}


def rope_of(settings: Settings) -> dict[str, Any]:
    """The rotary settings, which older versions kept in other places."""
    rope = dict(settings.get("rope_parameters") or settings.get("rope_scaling") or {})
    rope.setdefault("rope_theta", settings.get("rope_theta", settings.get("rotary_emb_base", 10000.0)))
    rope.setdefault("rope_type", rope.pop("type", "default"))
    return rope


def read_rope(settings: Settings) -> dict[str, Any]:
    return rope_fields(rope_of(settings), settings["max_position_embeddings"])


def rope_fields(rope: Settings, longest: int) -> dict[str, Any]:
    kinds = {theirs: ours for ours, theirs in SCALINGS.items()}
    kind = kinds.get(rope["rope_type"])
    known = {"rope_type", "rope_theta", "factor", "original_max_position_embeddings", "partial_rotary_factor"}
    if kind is None:
        raise ValueError(f"rope_type = {rope['rope_type']!r}: the reference knows {', '.join(kinds)}")
    if rope.keys() - known:
        raise ValueError(f"rotary settings that the reference does not have: {some(rope.keys() - known)}")
    fields = {"rope_theta": float(rope["rope_theta"]), "rope_scaling": kind}
    if kind != "none":
        original = rope.get("original_max_position_embeddings") or longest
        fields |= {"rope_factor": float(rope["factor"]), "rope_original_seq_len": original}
    if kind == "ntk":
        # Theirs names the length of the training and lets a text outgrow it.
        fields["max_seq_len"] = int(longest * fields["rope_factor"])
    return fields


def rope_settings(config: GPTConfig) -> dict[str, Any]:
    rope: dict[str, Any] = {"rope_type": SCALINGS[config.rope_scaling], "rope_theta": config.rope_theta}
    if config.rope_scaling != "none":
        rope["factor"] = config.rope_factor
    if config.rope_scaling == "yarn":
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


def layers_of(config: GPTConfig) -> list[str]:
    """The position encoding of every layer."""
    pattern = config.position_encoding.split(",")
    return [pattern[layer % len(pattern)] for layer in range(config.n_layer)]


# Layouts


def transpose(tensors: Tensors, config: GPTConfig) -> Tensors:
    """GPT-2's Conv1D keeps its matrices the other way round; there and back are the same."""
    return [tensor.T if tensor.ndim == 2 else tensor for tensor in tensors]


def concatenate_transposed(tensors: Tensors, config: GPTConfig) -> Tensors:
    return transpose([torch.cat(list(tensors))], config)


def split_transposed(tensors: Tensors, config: GPTConfig) -> Tensors:
    return transpose(tensors, config)[0].chunk(3)


def interleave_heads(tensors: Tensors, config: GPTConfig) -> Tensors:
    """Query, key and value of one head beside each other, then those of the next."""
    return [torch.stack([tensor.unflatten(0, (config.n_head, -1)) for tensor in tensors], dim=1).flatten(0, 2)]


def separate_heads(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [part.flatten(0, 1) for part in tensors[0].unflatten(0, (config.n_head, 3, -1)).unbind(1)]


def swap_halves(tensors: Tensors, config: GPTConfig) -> Tensors:
    """nanochat turns by the negative angle, which is the same once the halves of every head are swapped."""
    return [tensor.unflatten(0, (-1, 2, config.head_dim // 2)).flip(1).flatten(0, 2) for tensor in tensors]


def with_two_rows(tensors: Tensors, config: GPTConfig) -> Tensors:
    """OPT counts its positions from 2."""
    return [torch.cat((tensor.new_zeros(2, tensor.size(1)), tensor)) for tensor in tensors]


def without_two_rows(tensors: Tensors, config: GPTConfig) -> Tensors:
    return [tensor[2:] for tensor in tensors]


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


LLAMA_ENDS = renamed({"token_embedding": "model.embed_tokens", "final_norm": "model.norm", "lm_head": "lm_head"})
LLAMA_ATTENTION = block(
    "model.layers",
    attn__q_proj="self_attn.q_proj",
    attn__k_proj="self_attn.k_proj",
    attn__v_proj="self_attn.v_proj",
    attn__o_proj="self_attn.o_proj",
)
LLAMA_MLP = block(
    "model.layers",
    mlp__gate_proj="mlp.gate_proj",
    mlp__up_proj="mlp.up_proj",
    mlp__down_proj="mlp.down_proj",
)
LLAMA_BLOCK = LLAMA_ATTENTION + LLAMA_MLP + LLAMA_ENDS
LLAMA_NORMS = block("model.layers", attn_norm="input_layernorm", mlp_norm="post_attention_layernorm")

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
GROUPED = {**SIZES, "n_kv_head": "num_key_value_heads"}
LLAMA_FIELDS = {**GROUPED, "norm_eps": "rms_norm_eps"}
LLAMA_DEFAULTS = {"num_key_value_heads": None, "head_dim": None, "tie_word_embeddings": False}
ROPE = {"read": read_rope, "write": write_rope}


def llama_like(model_type: str, architecture: str, rules: tuple[Rule, ...], **changes) -> Family:
    """A family whose class of transformers has the outlines of Llama's."""
    settings = {
        "differs": {},
        "fields": LLAMA_FIELDS,
        "demands": {"attention_bias": False},
        "defaults": LLAMA_DEFAULTS,
        **ROPE,
    }
    return Family(model_type, architecture, rules=LLAMA_BLOCK + rules, **{**settings, **changes})


def read_llama(settings: Settings) -> dict[str, Any]:
    if settings["attention_bias"] != settings["mlp_bias"]:
        raise ValueError("attention_bias and mlp_bias differ: the reference has biases in both, or in none")
    return {"head_dim": settings["head_dim"], "bias": settings["mlp_bias"], **read_rope(settings)}


def write_llama(config: GPTConfig) -> dict[str, Any]:
    return {
        "head_dim": config.head_dim,
        "attention_bias": config.bias,
        "mlp_bias": config.bias,
        **write_rope(config),
    }


def read_smollm3(settings: Settings) -> dict[str, Any]:
    if "no_rope_layers" not in settings:
        raise ValueError("the settings of this smollm3 lack no_rope_layers")
    names = ["rope" if turned else "none" for turned in settings["no_rope_layers"]]
    return {"position_encoding": shortest_pattern(names), **read_rope(settings)}


def write_smollm3(config: GPTConfig) -> dict[str, Any]:
    if set(layers_of(config)) - {"rope", "none"}:
        raise ValueError(f"position_encoding = {config.position_encoding!r}: a smollm3 knows rope and none")
    return {"no_rope_layers": [int(name == "rope") for name in layers_of(config)], **write_rope(config)}


def read_gemma(settings: Settings) -> dict[str, Any]:
    # Gemma's windows have no place here yet. They make no difference to a text that is no longer than they are.
    longest = min(settings["max_position_embeddings"], settings["sliding_window"])
    scale = settings["query_pre_attn_scalar"] ** -0.5
    return {"score_scale": scale, "head_dim": settings["head_dim"], "max_seq_len": longest}


def write_gemma(config: GPTConfig) -> dict[str, Any]:
    scale = config.head_dim**-0.5 if config.score_scale is None else config.score_scale
    return {
        # Theirs takes whole numbers only.
        "query_pre_attn_scalar": round(scale**-2),
        "head_dim": config.head_dim,
        "sliding_window": config.max_seq_len,
        "final_logit_softcapping": config.logit_softcap,
    }


def read_gemma2(settings: Settings) -> dict[str, Any]:
    return {**read_gemma(settings), **read_rope(settings), "logit_softcap": settings["final_logit_softcapping"]}


def write_gemma2(config: GPTConfig) -> dict[str, Any]:
    return {**write_gemma(config), **write_rope(config)}


LOCAL, GLOBAL = "sliding_attention", "full_attention"


def read_gemma3(settings: Settings) -> dict[str, Any]:
    if "layer_types" in settings:
        names = ["rope_local" if kind == LOCAL else "rope" for kind in settings["layer_types"]]
    else:
        names = ["rope_local"] * (settings.get("sliding_window_pattern", 6) - 1) + ["rope"]
    rope = settings.get("rope_parameters") or {
        GLOBAL: rope_of(settings),
        LOCAL: {"rope_theta": settings.get("rope_local_base_freq", 10000.0)},
    }
    return {
        **read_gemma(settings),
        **rope_fields(rope[GLOBAL], settings["max_position_embeddings"]),
        "rope_local_theta": float(rope[LOCAL]["rope_theta"]),
        "position_encoding": shortest_pattern(names),
    }


def write_gemma3(config: GPTConfig) -> dict[str, Any]:
    local = {"rope_type": "default", "rope_theta": config.rope_local_theta}
    return {
        **write_gemma(config),
        "layer_types": [LOCAL if name == "rope_local" else GLOBAL for name in layers_of(config)],
        "rope_parameters": {GLOBAL: rope_settings(config), LOCAL: local},
    }


def read_neox(settings: Settings) -> dict[str, Any]:
    rope = rope_of(settings)
    fraction = rope.get("partial_rotary_factor", settings.get("rotary_pct", 0.25))
    return {"rope_fraction": fraction, **rope_fields(rope, settings["max_position_embeddings"])}


def write_neox(config: GPTConfig) -> dict[str, Any]:
    return {"rope_parameters": {**rope_settings(config), "partial_rotary_factor": config.rope_fraction}}


GPT2_FIELDS = {
    "vocab_size": "vocab_size",
    "max_seq_len": "n_positions",
    "n_layer": "n_layer",
    "n_head": "n_head",
    "n_embd": "n_embd",
    "norm_eps": "layer_norm_epsilon",
    "dropout": "resid_pdrop",
}
GPT2_BLOCK = (
    Rule(QUERY_KEY_VALUE, ("transformer.h.{layer}.attn.c_attn",), concatenate_transposed, split_transposed),
    Rule((BLOCK + "attn.o_proj",), ("transformer.h.{layer}.attn.c_proj",), transpose, transpose),
    Rule((BLOCK + "mlp.up_proj",), ("transformer.h.{layer}.mlp.c_fc",), transpose, transpose),
    Rule((BLOCK + "mlp.down_proj",), ("transformer.h.{layer}.mlp.c_proj",), transpose, transpose),
    *block("transformer.h", attn_norm="ln_1", mlp_norm="ln_2"),
)
LEARNED = "positions.encodings.learned_absolute.embedding"
CLASSIC = {"normalization": "layernorm", "ffn_type": "standard", "bias": True}  # as it was before Llama


def write_gpt2(config: GPTConfig) -> dict[str, Any]:
    return {"embd_pdrop": config.dropout, "attn_pdrop": config.dropout}


GEMMA_NORMS = block(
    "model.layers",
    attn_norm="input_layernorm",
    attn_out_norm="post_attention_layernorm",
    mlp_norm="pre_feedforward_layernorm",
    mlp_out_norm="post_feedforward_layernorm",
)
GEMMA_FIELDS = {**LLAMA_FIELDS, "activation": "hidden_activation"}
GEMMA_DEFAULTS = {**LLAMA_DEFAULTS, "tie_word_embeddings": True, "sliding_window": 4096}
GEMMA = {"normalization": "rmsnorm_plus_one", "post_norm": True, "embedding_scale": True}
QK_NORM = {"qk_norm": "head", "qk_normalization": "rmsnorm", "qk_norm_after_rotary": False}
QK_WEIGHTS = block("model.layers", attn__q_norm="self_attn.q_norm", attn__k_norm="self_attn.k_norm")

FAMILIES = {
    "gpt2": Family(
        "gpt2",
        "GPT2LMHeadModel",
        differs={**CLASSIC, "position_encoding": "learned_absolute"},
        fields={
            **GPT2_FIELDS,
            "ffn_hidden": "n_inner",
            "activation": "activation_function",
            "weight_tying": "tie_word_embeddings",
        },
        rules=GPT2_BLOCK
        + renamed(
            {
                "token_embedding": "transformer.wte",
                LEARNED: "transformer.wpe",
                "final_norm": "transformer.ln_f",
                "lm_head": "lm_head",
            }
        ),
        demands={"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False},
        defaults={"n_inner": None, "tie_word_embeddings": True},
        write=write_gpt2,
    ),
    "gpt1": Family(
        "openai-gpt",
        "OpenAIGPTLMHeadModel",
        differs={
            **CLASSIC,
            "norm_position": "post",
            "position_encoding": "learned_absolute",
            "activation": "gelu_tanh",
            "ffn_hidden": None,
            "weight_tying": True,
        },
        fields=GPT2_FIELDS,
        rules=GPT2_BLOCK
        + renamed({"token_embedding": "transformer.tokens_embed", LEARNED: "transformer.positions_embed"}),
        demands={"afn": "gelu"},
        write=write_gpt2,
    ),
    "opt": Family(
        "opt",
        "OPTForCausalLM",
        differs={**CLASSIC, "position_encoding": "learned_absolute", "norm_eps": 1e-5},
        fields={
            **{ours: theirs for ours, theirs in SIZES.items() if ours not in ("ffn_hidden", "activation")},
            "ffn_hidden": "ffn_dim",
            "activation": "activation_function",
            "dropout": "dropout",
        },
        rules=block(
            "model.decoder.layers",
            attn__q_proj="self_attn.q_proj",
            attn__k_proj="self_attn.k_proj",
            attn__v_proj="self_attn.v_proj",
            attn__o_proj="self_attn.out_proj",
            attn_norm="self_attn_layer_norm",
            mlp__up_proj="fc1",
            mlp__down_proj="fc2",
            mlp_norm="final_layer_norm",
        )
        + renamed(
            {
                "token_embedding": "model.decoder.embed_tokens",
                "final_norm": "model.decoder.final_layer_norm",
                "lm_head": "lm_head",
            }
        )
        + (Rule((LEARNED,), ("model.decoder.embed_positions",), with_two_rows, without_two_rows),),
        demands={"do_layer_norm_before": True, "_remove_final_layer_norm": False, "enable_bias": True},
        defaults={"tie_word_embeddings": True},
        # It projects embeddings up or down where this differs from the width.
        write=lambda config: {"word_embed_proj_dim": config.n_embd},
    ),
    "bloom": Family(
        "bloom",
        "BloomForCausalLM",
        differs={
            **CLASSIC,
            "embedding_norm": True,
            "position_encoding": "alibi",
            "activation": "gelu_tanh",
            "ffn_hidden": None,
        },
        fields={
            "vocab_size": "vocab_size",
            "max_seq_len": "seq_length",
            "n_layer": "n_layer",
            "n_head": "n_head",
            "n_embd": "hidden_size",
            "norm_eps": "layer_norm_epsilon",
            "weight_tying": "tie_word_embeddings",
        },
        rules=(
            Rule(
                QUERY_KEY_VALUE,
                ("transformer.h.{layer}.self_attention.query_key_value",),
                interleave_heads,
                separate_heads,
            ),
            *block(
                "transformer.h",
                attn__o_proj="self_attention.dense",
                attn_norm="input_layernorm",
                mlp__up_proj="mlp.dense_h_to_4h",
                mlp__down_proj="mlp.dense_4h_to_h",
                mlp_norm="post_attention_layernorm",
            ),
            *renamed(
                {
                    "token_embedding": "transformer.word_embeddings",
                    "embedding_norm": "transformer.word_embeddings_layernorm",
                    "final_norm": "transformer.ln_f",
                    "lm_head": "lm_head",
                }
            ),
        ),
        demands={"apply_residual_connection_post_layernorm": False},
        defaults={"seq_length": 2048, "tie_word_embeddings": True},
        aliases={"n_embed": "hidden_size", "num_attention_heads": "n_head", "num_hidden_layers": "n_layer"},
    ),
    "neox": Family(
        "gpt_neox",
        "GPTNeoXForCausalLM",
        differs={**CLASSIC, "norm_position": "parallel_two_norms"},
        fields={**SIZES, "norm_eps": "layer_norm_eps"},
        rules=(
            Rule(
                QUERY_KEY_VALUE,
                ("gpt_neox.layers.{layer}.attention.query_key_value",),
                interleave_heads,
                separate_heads,
            ),
            *block(
                "gpt_neox.layers",
                attn__o_proj="attention.dense",
                attn_norm="input_layernorm",
                mlp__up_proj="mlp.dense_h_to_4h",
                mlp__down_proj="mlp.dense_4h_to_h",
                mlp_norm="post_attention_layernorm",
            ),
            *renamed(
                {
                    "token_embedding": "gpt_neox.embed_in",
                    "final_norm": "gpt_neox.final_layer_norm",
                    "lm_head": "embed_out",
                }
            ),
        ),
        demands={"use_parallel_residual": True, "attention_bias": True},
        defaults={"tie_word_embeddings": False},
        read=read_neox,
        write=write_neox,
        free=("rope_fraction",),
    ),
    "llama": llama_like(
        "llama",
        "LlamaForCausalLM",
        LLAMA_NORMS,
        demands={},
        defaults={**LLAMA_DEFAULTS, "attention_bias": False, "mlp_bias": False},
        read=read_llama,
        write=write_llama,
        free=("bias",),
    ),
    "qwen3": llama_like(
        "qwen3",
        "Qwen3ForCausalLM",
        LLAMA_NORMS + QK_WEIGHTS,
        differs=QK_NORM,
        fields={**LLAMA_FIELDS, "head_dim": "head_dim"},
        demands={"attention_bias": False, "use_sliding_window": False},
    ),
    "smollm3": llama_like(
        "smollm3",
        "SmolLM3ForCausalLM",
        LLAMA_NORMS,
        demands={"attention_bias": False, "mlp_bias": False, "use_sliding_window": False},
        defaults={**LLAMA_DEFAULTS, "tie_word_embeddings": True},
        read=read_smollm3,
        write=write_smollm3,
        free=("position_encoding",),
    ),
    "olmo": llama_like(
        "olmo",
        "OlmoForCausalLM",
        (),
        differs={"normalization": "layernorm_noparam", "norm_eps": 1e-5},
        fields=GROUPED,
        demands={"attention_bias": False, "clip_qkv": None},
    ),
    "olmo2": llama_like(
        "olmo2",
        "Olmo2ForCausalLM",
        block(
            "model.layers",
            attn_norm="post_attention_layernorm",
            mlp_norm="post_feedforward_layernorm",
            attn__q_norm__norm="self_attn.q_norm",
            attn__k_norm__norm="self_attn.k_norm",
        ),
        differs={**QK_NORM, "qk_norm": "full", "norm_position": "none", "post_norm": True},
    ),
    "gemma2": llama_like(
        "gemma2",
        "Gemma2ForCausalLM",
        GEMMA_NORMS,
        differs=GEMMA,
        fields=GEMMA_FIELDS,
        demands={"attention_bias": False, "attn_logit_softcapping": None},
        defaults=GEMMA_DEFAULTS,
        read=read_gemma2,
        write=write_gemma2,
        free=("score_scale", "logit_softcap"),
    ),
    "gemma3": llama_like(
        "gemma3_text",
        "Gemma3ForCausalLM",
        GEMMA_NORMS + QK_WEIGHTS,
        differs={**GEMMA, **QK_NORM, "qk_normalization": "rmsnorm_plus_one"},
        fields=GEMMA_FIELDS,
        demands={"attention_bias": False, "attn_logit_softcapping": None, "final_logit_softcapping": None},
        defaults=GEMMA_DEFAULTS,
        read=read_gemma3,
        write=write_gemma3,
        free=("score_scale", "position_encoding"),
    ),
    "cohere": llama_like(
        "cohere",
        "CohereForCausalLM",
        block("model.layers", norm="input_layernorm"),
        differs={"normalization": "layernorm_nobias", "norm_position": "parallel", "rope_interleaved": True},
        fields={**GROUPED, "norm_eps": "layer_norm_eps", "logit_scale": "logit_scale"},
        demands={"attention_bias": False, "use_qk_norm": False},
        defaults={**LLAMA_DEFAULTS, "tie_word_embeddings": True},
    ),
    "nanochat": Family(
        "nanochat",
        "NanoChatForCausalLM",
        differs={
            "normalization": "rmsnorm_noparam",
            "embedding_norm": True,
            "qk_norm": "head",
            "qk_normalization": "rmsnorm_noparam",
            "ffn_type": "standard",
        },
        fields={**LLAMA_FIELDS, "logit_softcap": "final_logit_softcapping"},
        rules=tuple(
            Rule((f"{BLOCK}attn.{name}",), (f"model.layers.{{layer}}.self_attn.{name}",), swap_halves, swap_halves)
            for name in ("q_proj", "k_proj")
        )
        + block(
            "model.layers",
            attn__v_proj="self_attn.v_proj",
            attn__o_proj="self_attn.o_proj",
            mlp__up_proj="mlp.fc1",
            mlp__down_proj="mlp.fc2",
        )
        + LLAMA_ENDS,
        demands={"attention_bias": False},
        defaults=LLAMA_DEFAULTS,
        **ROPE,
    ),
    "mixtral": llama_like(
        "mixtral",
        "MixtralForCausalLM",
        LLAMA_NORMS
        + block(
            "model.layers",
            mlp__router="block_sparse_moe.gate",
            mlp__experts__EXPERT__gate_proj="block_sparse_moe.experts.EXPERT.w1",
            mlp__experts__EXPERT__up_proj="block_sparse_moe.experts.EXPERT.w3",
            mlp__experts__EXPERT__down_proj="block_sparse_moe.experts.EXPERT.w2",
        ),
        differs={"ffn_type": "moe"},
        fields={
            **LLAMA_FIELDS,
            "head_dim": "head_dim",
            "n_expert": "num_local_experts",
            "n_expert_active": "num_experts_per_tok",
        },
        demands={"sliding_window": None},
    ),
}


def family_of(settings: Settings) -> Family:
    """The family that a config.json belongs to. Raises `ValueError` naming those there are."""
    for family in FAMILIES.values():
        if family.model_type == settings.get("model_type"):
            return family
    known = ", ".join(family.model_type for family in FAMILIES.values())
    raise ValueError(f"model_type = {settings.get('model_type')!r}: the reference can be {known}")
