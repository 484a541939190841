"""Parity: is the reference, by configuration alone, the public models? transformers is the judge (the extra `parity`).

Each comparison writes a model of ours with random weights as a folder, lets transformers load it, and compares logits;
then the other way round, with weights that transformers drew.
"""

import contextlib
import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from reference.attentions import ATTENTIONS
from reference.attentions.backends.masks import attention_mask
from reference.attentions.composed import QK_NORMS, Attention
from reference.attentions.settings_read import as_read
from reference.config import IN_TURN, GPTConfig
from reference.encodings import POSITION_ENCODINGS
from reference.encodings.scaling import ROPE_SCALINGS
from reference.feed_forwards import FEED_FORWARDS
from reference.feed_forwards.activations import ACTIVATIONS
from reference.gpt import GPT
from reference.normalizations import NORMS
from reference.optimization.initialization import INITS
from reference.placements import BLOCKS, WITH_POST_NORM
from reference.placements.refinements.head_gate import HEAD_GATES
from reference.positions import Positions
from reference.presets import preset

from .families import FAMILIES
from .family import Family
from .model_folders import load_into, read_folder, save_theirs
from .parts import GLOBAL, LOCAL

TOLERANCE, NEAR_MISS = 1e-5, 1e-4
V = 61

# Sizes at which nothing is by chance equal: grouped heads, a head that is no share of the width, an odd hidden width.
SIZES = {
    "vocab_size": V,
    "max_seq_len": 40,
    "n_layer": 3,
    "n_head": 4,
    "n_kv_head": 2,
    "n_embd": 48,
    "head_dim": 16,
    "ffn_hidden": 56,
    "dropout": 0.0,
    "rope_theta": 500.0,
    "norm_eps": 1e-3,
    "softmax_scale": None,
}
LATENT = {"latent_rank": 20, "rope_head_dim": 6, "value_head_dim": 10}
EVEN = {**SIZES, "head_dim": None, "n_kv_head": None}  # where heads cannot be grouped or of another size
FIXED_EPS = {"norm_eps": 1e-5}
CAPPED = {"logit_softcap": 3.0}
LLAMA3 = {"rope_factor": 4.0, "rope_original_seq_len": 20, "rope_high_freq_factor": 3.0}
SCALED = {"rope_factor": 4.0, "rope_original_seq_len": 10}


class Comparison(NamedTuple):
    """A small model of a family. near: fields and other values of them, one step away, that must show in the logits."""

    family: str
    config: GPTConfig
    near: Mapping[str, Any] = {}


def example(family: Family) -> GPTConfig:
    """A small model of a family, as it says itself what is special of it."""
    grouped = {name: None for name in ("n_kv_head", "head_dim", "ffn_hidden") if name not in family.fields}
    common = {"init": "gpt2", "activation": "silu", **SIZES, **LATENT, **grouped}
    return as_read(GPTConfig(**{**common, **family.fixed, **family.example}), family.example)


def comparisons() -> dict[str, Comparison]:
    """What is compared, by name: every family by its own example, and by what is compared besides."""
    table = {name: Comparison(name, example(family), family.near) for name, family in FAMILIES.items() if family.near}
    further = further_comparisons()
    return table | {name: Comparison(*pair, NEAR.get(name, {})) for name, pair in further.items()}


def further_comparisons() -> dict[str, tuple[str, GPTConfig]]:
    """The families and the configurations of comparisons whose near misses NEAR has."""
    mixture = {"ffn_type": "moe", "n_expert": 5, "num_experts_per_tok": 2}
    post = {"norm_position": "post", "activation": "gelu_tanh", "ffn_hidden": None}
    classic = {"position_encoding": "learned_absolute"}
    latent = SIZES | LATENT | {"n_kv_head": None}
    table = {
        "gpt1": ("gpt1", preset("gpt2", **EVEN | post)),
        "gpt2": ("gpt2", preset("gpt2", **EVEN)),
        "opt": ("opt", preset("gpt2", **EVEN | FIXED_EPS, activation="relu")),
        "bloom": (
            "bloom",
            preset("gpt2", **EVEN | {"ffn_hidden": None}, position_encoding="alibi", embedding_norm=True),
        ),
        "neox": ("neox", preset("neox", **EVEN | {"n_embd": 64})),
        "llama": ("llama", preset("llama", **SIZES)),
        "llama, biases": ("llama", preset("llama", **SIZES, bias=True)),
        "llama, linear rope scaling": ("llama", preset("llama", **SIZES | SCALED, rope_scaling="linear")),
        "llama, dynamic NTK rope scaling": ("llama", preset("llama", **SIZES | SCALED, rope_scaling="ntk")),
        "llama, YaRN rope scaling": (
            "llama",
            preset("llama", **SIZES | SCALED, rope_scaling="yarn"),
        ),
        "llama, Llama 3's rope scaling": ("llama", preset("llama", **SIZES | LLAMA3, rope_scaling="llama3")),
        "llama, biases in attention": (
            "llama",
            preset("llama", **SIZES, biases="q_proj,k_proj,v_proj,o_proj"),
        ),
        "qwen3": ("qwen3", preset("qwen3", **SIZES)),
        "smollm3": (
            "smollm3",
            preset("llama", **SIZES | {"head_dim": None}, position_encoding="rope,rope,none", weight_tying=True),
        ),
        "olmo": ("olmo", preset("olmo", **SIZES | FIXED_EPS | {"head_dim": None})),
        "olmo2": ("olmo2", preset("olmo2", **SIZES | {"head_dim": None})),
        "olmo3": ("olmo3", preset("olmo3", **SIZES | {"n_layer": 4, "head_dim": None}, attention_window="7,7,7,none")),
        "olmo3, YaRN rope scaling": (
            "olmo3",
            preset(
                "olmo3",
                **SIZES | SCALED | {"head_dim": None, "rope_local_theta": 500.0},
                rope_scaling="yarn",
                attention_window="7,none",
                position_encoding="rope_local,rope",
            ),
        ),
        "gemma2": (
            "gemma2",
            preset(
                "gemma2",
                **SIZES | CAPPED | {"softmax_scale": 24**-0.5, "attention_window": "7,none", "attention_softcap": 2.0},
            ),
        ),
        "gemma3": (
            "gemma3",
            preset(
                "gemma3",
                **SIZES | {"softmax_scale": 24**-0.5, "rope_local_theta": 50.0},
                position_encoding="rope_local,rope_local,rope",
                attention_window="7,7,none",
            ),
        ),
        "diffllama": ("diffllama", preset("llama", **SIZES, attention_type="differential")),
        "deepseek_v2, all dense": ("deepseek_v2", preset("deepseek", **latent)),
        "deepseek_v2, query latent": ("deepseek_v2", preset("deepseek", **latent, query_latent_rank=14)),
        "deepseek_v3, all dense": ("deepseek_v3", preset("deepseek", **latent, query_latent_rank=14)),
        "deepseek_v3, rotary halves": ("deepseek_v3", preset("deepseek", **latent, rope_interleaved=False)),
        "deepseek_v3, flash": ("deepseek_v3", preset("deepseek", **latent, use_flash_mla=True)),
        "cohere": ("cohere", preset("cohere", **SIZES | {"head_dim": None})),
        "nanochat": ("nanochat", preset("nanochat", **SIZES | CAPPED | {"head_dim": None, "ffn_hidden": None})),
        "mixtral": ("mixtral", preset("llama", **SIZES | mixture)),
    }
    for activation in ("gelu", "silu", "relu", "leaky_relu", "relu2"):
        table[f"gpt2, {activation}"] = ("gpt2", preset("gpt2", **EVEN | classic, activation=activation))
    for activation in ("gelu", "gelu_tanh", "relu"):
        table[f"llama, {activation}"] = ("llama", preset("llama", **SIZES, activation=activation))
    for name, changes in OTHERWISE.items():
        family = name.partition(",")[0]
        table[name] = (family, replace(example(FAMILIES[family]), **changes))
    return table


# One step away from the truth, which must show: what others mixed up when they loaded such weights.
NEAR: dict[str, dict[str, Any]] = {
    "gpt1": {"norm_position": "pre"},
    "gpt2": {"activation": "gelu", "norm_eps": 1e-5},
    "opt": {"activation": "gelu"},
    "bloom": {"position_encoding": "none", "embedding_norm": False},
    "neox": {"norm_position": "pre", "rope_fraction": 1.0, "activation": "gelu_tanh", "rope_interleaved": True},
    "llama": {"rope_theta": 501.0, "rope_interleaved": True, "norm_eps": 1e-5, "activation": "gelu"},
    "llama, linear rope scaling": {"rope_scaling": "none"},
    "llama, dynamic NTK rope scaling": {"rope_scaling": "linear", "rope_original_seq_len": 40},
    "llama, YaRN rope scaling": {"rope_scaling": "linear", "rope_original_seq_len": 40},
    "llama, Llama 3's rope scaling": {"rope_scaling": "yarn", "rope_high_freq_factor": 4.0},
    "llama, biases in attention": {"biases": "q_proj,k_proj,v_proj"},
    "olmo, clipped": {"clip_qkv": 0.26},
    "phi3, LongRoPE": {"rope_long_factors": "1.0,1.5,2.0", "rope_scaling": "linear"},
    "qwen3": {"qk_norm_after_rotary": True, "norm_eps": 1e-6},
    "smollm3": {"position_encoding": "rope", "weight_tying": False},
    "olmo": {"normalization": "rmsnorm_noparam"},
    "olmo2": {"qk_norm_after_rotary": True, "norm_position": "pre", "post_norm": False},
    "olmo3": {"attention_window": "8,8,8,none", "qk_norm_after_rotary": True},
    "olmo3, YaRN rope scaling": {"attention_window": "none,7", "position_encoding": "rope"},
    "gemma2": {
        "normalization": "rmsnorm",
        "embedding_scale": False,
        "softmax_scale": None,
        "logit_softcap": None,
        "attention_softcap": None,
        "attention_window": "none,7",
    },
    "gemma3": {
        "qk_normalization": "rmsnorm",
        "rope_local_theta": 500.0,
        "position_encoding": "rope",
        "attention_window": "6,6,none",
    },
    "diffllama": {"attention_type": "standard", "norm_eps": 1e-5},
    "deepseek_v2, all dense": {"rope_interleaved": False, "softmax_scale": 16**-0.5},
    "deepseek_v2, query latent": {"rope_interleaved": False},
    "deepseek_v3, all dense": {"rope_interleaved": False},
    "falcon, ALiBi": {"position_encoding": "alibi"},
    "deepseek_v3, not renormalised": {"norm_topk_prob": True},
    "exaone_moe, mixtures in turn": {"ffn_type": "gated"},
    "deepseek_v3, rotary halves": {"rope_interleaved": True},
    "kimi_linear, one query projection": {"position_encoding": "rope"},
    "olmo_hybrid, rotary": {"position_encoding": "none", "linear_allow_neg_eigval": True},
    "cohere": {"rope_interleaved": False, "logit_scale": 1.0},
    "nanochat": {"logit_softcap": 15.0, "embedding_norm": False, "qk_norm": "off"},
    "mixtral": {"num_experts_per_tok": 1},
}
YARN = {"rope_scaling": "yarn", "rope_factor": 4.0, "rope_original_seq_len": 10}
# What the classes can be besides the example of their family.
OTHERWISE: dict[str, dict[str, Any]] = {
    "falcon, one norm, one key": {"norm_position": "parallel", "n_kv_head": 1},
    "falcon, one norm, grouped": {"norm_position": "parallel"},
    "falcon, not parallel": {"norm_position": "pre", "n_kv_head": 4},
    "falcon, ALiBi": {
        "norm_position": "pre",
        "n_kv_head": 4,
        "bias": True,
        "position_encoding": "alibi_scaled",
        "weight_tying": False,
    },
    "gpt_bigcode, many keys": {"n_kv_head": 4},
    "deepseek_v3, not renormalised": {"ffn_type": "deepseek_moe", "norm_topk_prob": False},
    "exaone_moe, mixtures in turn": {"ffn_type": "deepseek_moe,gated", "n_group": 1, "topk_group": 1},
    "deepseek_v3, mscale": {**YARN, "rope_attention_factor": 1.0, "softmax_scale": 22**-0.5 * 1.2},
    "llama, YaRN with its own factor": {**YARN, "rope_attention_factor": 1.5},
    "olmo, clipped": {"clip_qkv": 0.25},
    "stablelm, parallel, biases": {"norm_position": "parallel", "biases": "q_proj,k_proj,v_proj"},
    "olmoe, renormalised": {"ffn_type": "moe"},
    "qwen3_moe, not renormalised": {"ffn_type": "moe_softmax"},
    "flex_olmo, renormalised": {"ffn_type": "moe"},
    "kimi_linear, one query projection": {"query_latent_rank": None, "ffn_type": "gated,deepseek_moe"},
    "olmo_hybrid, rotary": {"position_encoding": "rope", "linear_allow_neg_eigval": False},
    "hyperclovax, pre-norm": {"post_norm": False},
    "phi3, LongRoPE": {
        "rope_scaling": "longrope",
        "rope_factor": 4.0,
        "rope_original_seq_len": 10,
        "rope_short_factors": "1.0,1.5,2.0",
        "rope_long_factors": "1.25,2.0,3.0",
    },
}
SOMETHING = {"norm_eps": 0.1}  # which shows everywhere


@dataclass(frozen=True)
class Measured:
    model: str  # what was compared
    family: str
    config: GPTConfig
    max_diff: float  # the largest difference of two logits, in both directions
    largest: float  # the largest logit, for scale
    near_miss: float  # the difference with the model that is one step away, of several the smallest
    causal: bool  # whether no logit of ours depends on a later token
    tolerance: float = TOLERANCE
    part: str = ""  # what was compared if not the whole model: the beginning of the axes that it is a proof for

    @property
    def passes(self) -> bool:
        return self.max_diff <= self.tolerance and self.near_miss >= NEAR_MISS and self.causal

    def why(self) -> str:
        """What is wrong with it."""
        if self.max_diff > self.tolerance:
            return f"more than {self.tolerance:.0e}"
        if not self.causal:
            return "a logit depends on a later token"
        return f"one step away the difference is {self.near_miss:.1e} only, less than {NEAR_MISS:.0e}"

    def row(self) -> dict[str, Any]:
        """What `describe --parity --json` says of it."""
        family = FAMILIES.get(self.family)
        return {
            "model": self.model,
            "model_type": family.model_type if family else self.family,
            "class": family.architecture if family else "GptOssForCausalLM",
            "whole": bool(family and family.whole),
            "max_diff": self.max_diff,
            "tolerance": self.tolerance,
            "near_miss": self.near_miss,
            "causal": self.causal,
        }


@torch.no_grad()
def randomise(model: nn.Module, seed: int, tables: tuple[str, ...] = ()) -> nn.Module:
    """Random values for every weight: a projection of zeros would hide all that comes before it. tables: how the names
    of what is computed end."""
    generator = torch.Generator().manual_seed(seed)
    # Beside what is trained, what is saved: a mixture chooses its experts by a bias that is no parameter.
    saved = [
        tensor
        for name, tensor in model.state_dict(keep_vars=True).items()
        if not isinstance(tensor, nn.Parameter) and not name.endswith(tables)
    ]
    for weight in (*model.parameters(), *saved):
        weight.normal_(std=0.5 if weight.ndim < 2 else weight.shape[-1] ** -0.5, generator=generator)
    return model


def texts(config: GPTConfig) -> Iterator[torch.Tensor]:
    """Tokens of several batch sizes and lengths, up to the longest, which comes first: transformers' dynamic rotary
    scaling goes by the longest sequence that it has seen."""
    generator = torch.Generator().manual_seed(0)
    longest = config.max_seq_len
    for batch, length in ((2, longest), (1, longest - 3), (4, max(1, longest // 2)), (3, max(2, longest // 4 + 1))):
        yield torch.randint(config.vocab_size, (batch, length), generator=generator)


@torch.no_grad()
def difference(ours: GPT, theirs: nn.Module) -> tuple[float, float]:
    """The largest difference between the logits of the two, and the largest logit."""
    largest_difference = largest = 0.0
    for tokens in texts(ours.config):
        logits, judged = ours(tokens), theirs(tokens).logits
        largest_difference = max(largest_difference, (logits - judged).abs().max().item())
        largest = max(largest, judged.abs().max().item())
    return largest_difference, largest


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """transformers talks while it loads."""
    import transformers

    logger, before = logging.getLogger("transformers"), transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)
        logger.setLevel(before)


def judge(folder: Path, family: Family) -> nn.Module:
    """transformers' model of this folder. Raises `ValueError` where it has not taken every weight from there: what is
    missing it would draw at random, with no more than a warning."""
    import transformers

    attention = family.judged_by(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    with quiet():
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation=attention, dtype=torch.float32, output_loading_info=True
        )
    # Tables are computed, whether a file has them or not.
    wrong = {what: [name for name in names if not str(name).endswith(family.buffers)] for what, names in info.items()}
    problems = {what: sorted(names) for what, names in wrong.items() if names}
    if type(model).__name__ != family.architecture:
        problems["class"] = [type(model).__name__]
    if problems:
        raise ValueError(f"{family.architecture} did not take the weights as they are: {problems}")
    return model.eval()


def both(folder: Path, family: Family) -> tuple[GPT, nn.Module]:
    """A checkpoint of theirs as we load it, and as they do."""
    config, weights = read_folder(folder)
    ours = GPT(config).eval()
    load_into(ours, weights)
    return ours, judge(folder, family)


def in_a_file(config: GPTConfig) -> GPTConfig:
    """What config.json of theirs can say of it. Their dynamic rotary scaling says the length of the training, which the
    longest text outgrows; the reference's is fixed at the longest."""
    return replace(config, max_seq_len=config.rope_original_seq_len) if config.rope_scaling == "ntk" else config


@torch.no_grad()
def near_misses(ours: GPT, theirs: nn.Module, near: Mapping[str, Any]) -> dict[str, float]:
    """By how much their logits differ from those of ours with one field changed, and the same weights."""
    tokens = next(texts(ours.config))
    judged, found = theirs(tokens).logits, {}
    for name, value in near.items():
        other = GPT(replace(ours.config, **{name: value})).eval()
        other.load_state_dict(ours.state_dict(), strict=False)
        # A head of its own is only another function once its weights differ.
        if name == "weight_tying":
            other.head.lm_head.weight.data.mul_(1.001)
        found[name] = (other(tokens) - judged).abs().max().item()
    return found


@torch.no_grad()
def is_causal(model: GPT) -> bool:
    """Whether logits stay as they are where later tokens change."""
    tokens = next(texts(model.config))
    changed, before = tokens.clone(), model(tokens)
    for t in (tokens.size(1) // 2, 1):
        changed[:, t:] = (tokens[:, t:] + 1) % model.config.vocab_size
        if not torch.allclose(before[:, :t], model(changed)[:, :t], rtol=0, atol=TOLERANCE):
            return False
    return True


def measure(name: str) -> Measured:
    """Compare both ways: our weights in their model, and theirs in ours."""
    family_name, config, near = comparisons()[name]
    family = FAMILIES[family_name]
    with tempfile.TemporaryDirectory() as scratch:
        ours, folder = randomise(GPT(config), seed=0).eval(), Path(scratch) / "ours"
        save_theirs(folder, family, in_a_file(config), ours.state_dict())
        theirs = judge(folder, family)
        there, largest = difference(ours, theirs)
        missed = near_misses(ours, theirs, near or SOMETHING)
        randomise(theirs, seed=1, tables=family.buffers)
        with quiet():
            theirs.save_pretrained(Path(scratch) / "theirs")
        back, _ = difference(*both(Path(scratch) / "theirs", family))
    return Measured(name, family_name, config, max(there, back), largest, min(missed.values()), is_causal(ours))


@torch.no_grad()
def measure_gpt_oss() -> Measured:
    """The attention of gpt-oss alone, with its sinks, in layers with a window and without: the reference has no experts
    of their kind."""
    from transformers.models.gpt_oss import modeling_gpt_oss as gpt_oss

    config = preset("llama", **SIZES, bias=True, attention_sinks=True, attention_window="7,none")
    sizes = {"hidden_size": config.n_embd, "num_attention_heads": config.n_head, "head_dim": config.head_dim}
    settings = gpt_oss.GptOssConfig(
        **sizes,
        num_key_value_heads=config.n_kv_head,
        num_hidden_layers=config.n_layer,
        sliding_window=7,
        layer_types=[LOCAL, GLOBAL, LOCAL],
    )
    settings._attn_implementation = "eager"
    contexts = Positions(config)(torch.arange(config.max_seq_len))
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(2, config.max_seq_len, config.n_embd, generator=generator)
    largest_difference = largest = near_miss = 0.0
    causal, half = True, config.max_seq_len // 2
    for layer, context in enumerate(contexts):
        ours = randomise(Attention(config, layer), seed=layer).eval()
        theirs = gpt_oss.GptOssAttention(settings, layer).eval()
        theirs.load_state_dict(ours.state_dict())
        visible = attention_mask(context.position, context.position, ours.window)
        mask = torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))[None, None]
        judged, _ = theirs(x, (context.cos.squeeze(-2)[None], context.sin.squeeze(-2)[None]), mask)
        y = ours(x, context)
        largest_difference = max(largest_difference, (y - judged).abs().max().item())
        largest = max(largest, judged.abs().max().item())
        changed = torch.cat((x[:, :half], -x[:, half:]), dim=1)
        causal &= torch.allclose(y[:, :half], ours(changed, context)[:, :half], rtol=0, atol=TOLERANCE)
        ours.sinks = None
        near_miss = max(near_miss, (ours(x, context) - judged).abs().max().item())
    measured = largest_difference, largest, near_miss, causal
    return Measured("gpt_oss, attention", "gpt_oss", config, *measured, part="attention")


def measure_all() -> Iterator[Measured]:
    """Every comparison, as it is made, on one thread: models this small only wait for others."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from map(measure, comparisons())
        yield measure_gpt_oss()
    finally:
        torch.set_num_threads(threads)


# The axes of the configuration, each with the names that it chooses from.
AXES = {
    "normalization": list(NORMS),
    "norm_position": list(BLOCKS),
    "qk_norm": list(QK_NORMS),
    "qk_normalization": list(NORMS),
    "qk_norm_after_rotary": [False, True],
    "position_encoding": list(POSITION_ENCODINGS),
    "rope_scaling": list(ROPE_SCALINGS),
    "rope_interleaved": [False, True],
    "ffn_type": list(FEED_FORWARDS),
    "activation": list(ACTIVATIONS),
    "init": ["nanochat", *INITS],
    "bias": [False, True],
    "weight_tying": [False, True],
    "embedding_norm": [False, True],
    "embedding_scale": [False, True],
    "attention_type": list(ATTENTIONS),
    "attention_sinks": [False, True],
    "attention_gate": [False, True],
    "head_gate": list(HEAD_GATES),
}


def uses(config: GPTConfig, axis: str, value: str | bool) -> bool:
    """Whether a model with this configuration is a proof for this value of an axis."""
    positions = config.position_encoding.split(",")
    if axis == "position_encoding":
        return value in positions
    if axis.startswith("rope_") and not any(name.startswith("rope") for name in positions):
        return False
    # With no QK norm, how it would be done plays no part; without weights, its place beside the rotation neither.
    if axis.startswith("qk_norm") and axis != "qk_norm" and config.qk_norm == "off":
        return False
    if axis == "norm_position" and config.post_norm:
        return WITH_POST_NORM[config.norm_position] == value
    # How weights are drawn makes no difference to weights that are there.
    chosen = getattr(config, axis)
    return axis != "init" and (value in config.in_turn(chosen) if axis in IN_TURN else chosen == value)


def axes_of(results: Iterable[Measured]) -> dict[str, dict[str, dict]]:
    """For every value of every axis: the public models that it was measured against, and the largest difference."""
    results = list(results)
    axes: dict[str, dict[str, dict]] = {}
    for axis, values in AXES.items():
        axes[axis] = {}
        for value in values:
            proofs = [result for result in results if axis.startswith(result.part) and uses(result.config, axis, value)]
            axes[axis][str(value).lower() if isinstance(value, bool) else value] = {
                "models": list(dict.fromkeys(result.family for result in proofs)),
                "max_diff": max((result.max_diff for result in proofs), default=None),
            }
    return axes
