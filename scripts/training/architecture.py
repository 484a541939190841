"""What a model is, in one line and as a tree: its name, its parts with their weights, and what a token costs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from torch import nn

from reference.attentions.sparse.reads import keys_read
from reference.config import GPTConfig
from reference.feed_forwards.moe import inactive_params
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.placements.streams.smear import Smear
from scripts.project import UsageError, wrapped
from scripts.project.implementation import on_meta

# Short words for the names that everybody abbreviates. Whatever is not here keeps its own name.
WORDS = {
    "rope": "RoPE",
    "rope_local": "LocalRoPE",
    "learned_absolute": "Learned",
    "sinusoidal": "Sinusoidal",
    "alibi": "ALiBi",
    "alibi_scaled": "ScaledALiBi",
    "none": "None",
    "layernorm": "LN",
    "layernorm_nobias": "LNNoBias",
    "layernorm_noparam": "LNNoParam",
    "rmsnorm": "RMS",
    "rmsnorm_noparam": "RMSNoParam",
    "rmsnorm_plus_one": "RMSPlusOne",
    "dyt": "DyT",
    "derf": "Derf",
    "l2norm": "L2",
    "gelu": "GELU",
    "gelu_tanh": "GELUTanh",
    "silu": "SiLU",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "relu2": "ReLU2",
    "xielu": "XIELU",
    "pre": "Pre",
    "post": "Post",
    "sandwich": "Sandwich",
    "output": "Output",
    "parallel": "Parallel",
    "parallel_two_norms": "ParallelTwo",
    "deepnorm": "Deep",
    "keel": "Keel",
    "ngpt": "NGPT",
    "minimax": "MiniMax",
    "layernorm_scaling": "Scaling",
    "depth_scaled": "DepthScaled",
    "layerscale": "LayerScale",
    "rezero": "ReZero",
    "standard": "Softmax",
    "hyper_connections": "HyperConnections",
    "mhc": "mHC",
    "attention_residuals": "AttnRes",
    "lambdas": "Lambdas",
    "latent": "MLA",
    "dsa": "DSA",
    "differential": "Diff",
    "forgetting": "FoX",
    "relative": "Relative",
    "shared": "SharedKV",
    "values": "Values",
    "moba": "MoBA",
    "nsa": "NSA",
    "delta": "GatedDelta",
    "linear": "Linear",
    "retention": "Retention",
    "lightning": "Lightning",
    "deltanet": "DeltaNet",
    "kda": "KDA",
    "mamba2": "Mamba2",
    "short_conv": "ShortConv",
}
GATES = {"silu": "SwiGLU", "gelu": "GeGLU", "gelu_tanh": "GeGLU", "relu": "ReGLU"}
BYTES = 2  # of a cached key or value, in bfloat16
STATE_BYTES = 4  # of an element of a state, or of a log forget gate, in float32


def several(names: str) -> list[str]:
    """Those that take turns, each once."""
    return list(dict.fromkeys(names.replace("/", ",").split(",")))


def word(names: str) -> str:
    """A name in the words of an architecture, or several."""
    return "+".join(WORDS.get(name, name) for name in several(names))


def softmax_layers(config: GPTConfig) -> list[int]:
    """The layers that have scores: all but those with a recurrent mixer."""
    from reference.attentions import ATTENTIONS

    kinds = config.in_turn(config.attention_type)
    return [layer for layer, kind in enumerate(kinds) if not hasattr(ATTENTIONS.get(kind), "state_dim")]


def as_used(config: GPTConfig) -> GPTConfig:
    """The configuration without what no layer reads: defaults are not shown, either."""
    from reference.attentions.settings_read import NOTHING, as_read, reads

    config, changes = as_read(config), {}
    if all(config.in_turn(config.qk_norm)[layer] == "off" for layer in softmax_layers(config)):
        changes |= {"qk_norm": "off"}
    # Those that the embedding adds are there all the same.
    told = any(reads(kind, "position_encoding") for kind in config.in_turn(config.attention_type))
    if not told and {*NOTHING["position_encoding"]}.isdisjoint(several(config.position_encoding)):
        changes |= {"position_encoding": "none"}
    return replace(config, **changes)


def architecture_name(config: GPTConfig) -> str:
    """The architecture in a word, `12L-12H-768D-RoPE-RMS-SwiGLU-PreNorm`, then what is out of the ordinary."""
    from reference.blocks import WITH_POST_NORM

    config = as_used(config)
    positions = [word(name) for name in several(config.position_encoding)]
    gated = GATES.get(config.activation, f"{word(config.activation)}GLU")
    chosen = f"MoE{config.n_expert}x{config.num_experts_per_tok}"
    feed_forward = {
        "standard": word(config.activation),
        "gated": gated,
        "none": "NoFFN",
        "moe": f"{chosen}-{gated}",
        **dict.fromkeys(("deepseek_moe", "qwen_moe"), f"{chosen}+{config.n_shared_expert}-{gated}"),
    }
    placement = WITH_POST_NORM.get(config.norm_position) if config.post_norm else config.norm_position
    placement = "NoNorm" if placement == "none" else f"{word(placement or config.norm_position)}Norm"
    parts = [
        f"{config.n_layer}L",
        *([f"Loop{config.loop[0]}to{config.loop[1]}x{config.n_loop}"] if config.n_loop > 1 else []),
        f"{config.n_head}H",
        *([f"{config.n_kv_head}KV"] if config.n_kv_head < config.n_head else []),
        f"{config.n_embd}D",
        "+".join("NoPE" if name == "None" else name for name in positions),
        word(config.normalization),
        "+".join(feed_forward.get(name, name) for name in several(config.ffn_type)),
        placement,
        *([] if config.residual_stream == "one" else [word(config.residual_stream)]),
        *(["Smear"] if config.smear else []),
        *(["Backout"] if config.backout else []),
        *(["ValueEmbeds"] if config.value_embeddings else []),
        *([] if config.attention_type == "standard" else [word(config.attention_type)]),
        *(
            []
            if config.attention_window == "none"
            else [f"Window{'+'.join(re.split('[,/]', config.attention_window))}"]
        ),
        *(["ScoreCap"] if config.attention_softcap else []),
        *(["Sinks"] if config.attention_sinks else []),
        *(["Gate"] if config.attention_gate else []),
        *(["HeadGate"] if config.head_gate else []),
        *(["SSMax"] if config.scalable_softmax else []),
        *(["QKNorm"] if config.qk_norm != "off" else []),
        *(["Tied"] if config.weight_tying else []),
        *([f"MTP{config.n_mtp}"] if config.n_mtp else []),
    ]
    return "-".join(parts)


@dataclass(frozen=True)
class Part:
    """Some modules of a model, and how many weights they have. A tied weight counts where it is made."""

    name: str
    weights: int
    about: str = ""
    times: int = 1  # how often it is there; weights are those of one


@dataclass(frozen=True)
class Summary:
    name: str
    parts: tuple[Part, ...]
    parameters: int
    active_parameters: int  # those that a single token meets
    kv_bytes_per_token: int  # what a cache keeps of every token, in bfloat16
    state_bytes: int  # what it keeps of a sequence of any length: states in float32, last tokens in bfloat16
    tail_bytes: int  # those of the last tokens
    flops_per_token: int  # of training, forward and backward, at max_seq_len
    causal_flops_per_token: int  # the same without the scores of keys that are not read
    length: int  # max_seq_len
    keys_read: list[dict[str, int]]  # what the last of `length` tokens reads in each layer


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def parameters_of(config: GPTConfig) -> int:
    """How many parameters a model has."""
    return by_experts(config, lambda config: count(build_on_meta(config)))


def summary_of(config: GPTConfig) -> Summary:
    """What `summarise` says of a model of this configuration, which need not be made as large as it is."""
    found = by_experts(config, lambda config: summarise(build_on_meta(config)))
    return replace(found, name=architecture_name(config))


def by_experts(config: GPTConfig, counted: Callable[[GPTConfig], Any]) -> Any:
    """What is counted on a model, as numbers in whatever they stand. Of a mixture with many experts two small models
    tell it: since all experts are alike, each adds as much as the one before."""
    few = few_experts(config)
    if few == config.n_expert:
        return counted(config)
    small, large = (counted(replace(config, n_expert=experts)) for experts in (few, few + config.n_group))
    return continued(small, large, (config.n_expert - few) // config.n_group)


def few_experts(config: GPTConfig) -> int:
    """With how many experts a model tells all that one with many does: as many as a token can choose its own from, in
    groups of two or more."""
    few = config.n_group * max(2, -(-config.num_experts_per_tok // config.topk_group))
    # Where groups make no sense, whoever builds them says so.
    return config.n_expert if config.n_expert <= 4 * few or config.n_expert % config.n_group else few


def continued(small: Any, large: Any, times: int) -> Any:
    """What comes after two counts, so many times the step between them further on than the first."""
    if is_dataclass(small):
        values = {field.name: getattr(small, field.name) for field in fields(small)}
        return replace(small, **continued(values, vars(large), times))
    if isinstance(small, dict):
        return {name: continued(value, large[name], times) for name, value in small.items()}
    if isinstance(small, (list, tuple)):
        return type(small)(continued(*pair, times) for pair in zip(small, large, strict=True))
    return small + (large - small) * times if isinstance(small, int) else small


def untied(model: GPT) -> int:
    """The weights of the head that are not the embedding's."""
    shared = (
        0
        if model.head.lm_head.weight is not model.embedding.token_embedding.weight
        else model.head.lm_head.weight.numel()
    )
    return count(model.head) - shared


def reads(model: GPT, length: int) -> list[dict[str, int]]:
    """What the last of so many tokens reads in each layer: by name, how many keys, or what stands for several."""
    return [keys_read(block.attn, length) for block in model.blocks]


def reads_in_words(by_layer: list[dict[str, int]], length: int) -> list[str]:
    """A line for the layers that read alike: what they read, and how many they are. None where all read all keys."""
    alike: dict[str, int] = {}
    for layer in by_layer:
        what = ", ".join(f"{count:,} {name}" for name, count in layer.items()) or "a state"
        alike[what] = alike.get(what, 0) + 1
    if list(alike) == [f"{length:,} keys"]:
        return []
    return [f"{what} ({times} layer{'s' * (times > 1)})" for what, times in alike.items()]


def kinds(module: nn.Module) -> str:
    return type(module).__name__


def build_on_meta(config: GPTConfig) -> GPT:
    """The model on the meta device, without memory for its weights, however large it is. Raises `UsageError` where the
    configuration names parts that do not exist."""
    try:
        with on_meta():
            return GPT(config)
    except ValueError as error:
        raise UsageError(str(error)) from error


def blocks_of(model: GPT) -> Iterator[Part]:
    """Every kind of block, and behind it what is inside: "blocks", or "blocks like 0" where layers differ."""
    alike: dict[tuple, list[int]] = {}
    for layer, block in enumerate(model.blocks):
        alike.setdefault((kinds(block), *inside(block)), []).append(layer)
    for (kind, *parts), layers in alike.items():
        name = "blocks" if len(alike) == 1 else f"blocks like {layers[0]}"
        yield Part(name, count(model.blocks[layers[0]]), kind, times=len(layers))
        yield from (replace(part, name=f"{name}.{part.name}", times=len(layers)) for part in parts)


def inside(block: nn.Module) -> list[Part]:
    return [Part(name, count(module), kinds(module)) for name, module in block.named_children() if count(module)]


def remembering(block: nn.Module) -> list[nn.Module]:
    """What remembers earlier tokens in a cache: attention or its kin, and a smear."""
    return [block.attn, *(part for part in block.modules() if isinstance(part, Smear))]


def cached_bytes(attention: nn.Module) -> int:
    """What a cache keeps of a token for this layer: in bfloat16, but for what must be wide."""
    return BYTES * attention.cached_dim + (STATE_BYTES - BYTES) * getattr(attention, "cached_wide_dim", 0)


def tail_bytes(part: nn.Module) -> int:
    """What a cache keeps of the last tokens, in bfloat16."""
    return BYTES * getattr(part, "tail_dim", 0)


def state_bytes(attention: nn.Module) -> int:
    """What a cache keeps of a sequence, however long it is: of a recurrent layer, its state and the last tokens."""
    if not hasattr(attention, "state_dim"):
        return 0
    return STATE_BYTES * attention.state_dim + tail_bytes(attention)


def summarise(model: GPT) -> Summary:
    """Name, parts, parameters and costs, counted on the model itself."""
    config = model.config
    tied = config.weight_tying
    parts = (
        Part(
            "embedding", count(model.embedding), f"{kinds(model.embedding)}, {config.vocab_size:,} x {config.n_embd:,}"
        ),
        Part("positions", count(model.positions), ", ".join(several(as_used(config).position_encoding))),
        *blocks_of(model),
        Part("head", untied(model), f"{kinds(model.head)}, {'tied to the embedding' if tied else 'untied'}"),
    )
    parameters = count(model)
    visited = [part for layer in config.visits for part in remembering(model.blocks[layer])]
    return Summary(
        name=architecture_name(config),
        parts=parts,
        parameters=parameters,
        active_parameters=parameters - inactive_params(model),
        kv_bytes_per_token=sum(map(cached_bytes, visited)),
        state_bytes=sum(map(state_bytes, visited)),
        tail_bytes=sum(map(tail_bytes, visited)),
        flops_per_token=training_flops(model),
        causal_flops_per_token=training_flops(model, causal=True),
        length=config.max_seq_len,
        keys_read=reads(model, config.max_seq_len),
    )


def tree(summary: Summary) -> str:
    """The name of one model and its parts, as lines."""
    return "\n".join([name_in_lines(summary), *branches(summary)])


def name_in_lines(summary: Summary) -> str:
    """The name, broken behind a hyphen where it is long."""
    return wrapped(summary.name.replace("-", "- ")).replace("- ", "-")


def branches(summary: Summary) -> list[str]:
    """The parts of one model, and what it costs."""
    lines = []
    shown = [part for part in summary.parts if part.weights or part.name in ("positions", "head")]
    top = [part for part in shown if "." not in part.name]
    for part in top:
        last = part is top[-1]
        times = f" x {part.times}" if part.times > 1 else ""
        lines.append(row("└─ " if last else "├─ ", part.name + times, part.weights * part.times, part.about))
        inner = [child for child in shown if child.name.startswith(f"{part.name}.")]
        for child in inner:
            branch = "│  └─ " if child is inner[-1] else "│  ├─ "
            lines.append(row(branch, child.name.removeprefix(f"{part.name}."), child.weights, child.about))
    active = "" if summary.active_parameters == summary.parameters else f", {summary.active_parameters:,} active"
    reading = reads_in_words(summary.keys_read, summary.length)
    dtypes = "float32, the tail bfloat16" if summary.tail_bytes else "float32"
    if summary.tail_bytes == summary.state_bytes:
        dtypes = "the tail alone, bfloat16"
    lines += [
        f"parameters        {summary.parameters:,}{active}",
        f"KV cache          {summary.kv_bytes_per_token:,} bytes per token (bfloat16)",
        *([f"states            {summary.state_bytes:,} bytes at any length ({dtypes})"] if summary.state_bytes else []),
        *([f"keys read         of {summary.length:,}, by the last token"] if reading else []),
        *(f"{'':18}{line}" for line in reading),
        f"FLOPs per token   {summary.flops_per_token:.3g} in training, {summary.causal_flops_per_token:.3g} causal",
    ]
    return lines


def row(branch: str, name: str, weights: int, about: str) -> str:
    return f"{branch + name:27} {weights:>15,}  {about}".rstrip()
