"""Presets: each as a drawing made of its configuration, with what sets it apart from its neighbours."""

import itertools
import re
from dataclasses import replace
from functools import cache
from typing import Any

from reference.config import GPTConfig
from reference.decoding.cache import LAYER_CACHES
from reference.gpt import GPT
from reference.optimization.training_flops import training_flops
from reference.presets import PRESETS, preset
from scripts.project import ROOT
from scripts.training.architecture import (
    Summary,
    architecture_name,
    build_on_meta,
    by_experts,
    cached_bytes,
    few_experts,
    remembering,
    state_bytes,
    summarise,
)
from scripts.training.models import commented

from .drawings.block_pictures import flow, names_of, steps_of
from .drawings.svg import Panel, document, text
from .live_settings import UNREAD, settings_read
from .wording import Glossary, in_words, setting_in_words

LENGTHS = (1024, 8192, 131072)  # and the longest that a model takes
NOTHING = ("none", "false", "off")  # values with which one asks for nothing
COMMON = 4096  # tokens of a text on which all models are compared, or as many as one takes
ADDED = ("learned_absolute", "sinusoidal")  # positions that are added to the tokens
ANCESTOR = "llama"  # what most models of today vary
# Sizes say how large a model is, not what it is.
SIZES = ("vocab_size", "max_seq_len", "n_layer", "n_head", "n_kv_head", "n_embd", "head_dim", "ffn_hidden")


@cache
def introductions() -> dict[str, str]:
    """What presets.py says of each in the comment above it, or above what it starts from: who made it, when, and which
    size it has."""
    source = (ROOT / "reference" / "presets.py").read_text(encoding="utf-8")
    found = re.findall(r'((?:^ *# .+\n)*)^(?:    "(\w+)":|([A-Z]\w+) =) *\{?(?:\*\*)?([A-Z]\w+)?', source, re.MULTILINE)
    said: dict[str, str] = {}
    for above, name, constant, start in found:
        said[name or constant] = (
            " ".join(re.findall(r"^ *# (.+)$", above, re.MULTILINE)) or (name and said.get(start)) or ""
        )
    return said


def distance(mine: GPTConfig, theirs: GPTConfig) -> tuple[int, int]:
    """In how many settings two models differ, sizes last."""
    other = settings_read(theirs)
    names = [name for name, value in settings_read(mine).items() if other[name] != value]
    return len([name for name in names if name not in SIZES]), len(names)


def layer_kinds(config: GPTConfig) -> list[list[tuple[int, GPTConfig, int | None]]]:
    """The layers in runs of the same kind: of each its number, its configuration and its window."""
    runs: list[list[tuple[int, GPTConfig, int | None]]] = []
    before = None
    for layer in range(config.n_layer):
        key = (config.of_layer(layer), config.layer_windows[layer], config.layer_positions[layer])
        if key != before:
            runs.append([])
        runs[-1].append((layer, key[0], key[1]))
        before = key
    return runs


def repeats(config: GPTConfig) -> list[tuple[str, GPTConfig, int]]:
    """Every kind of layer once: how often it is there and where, its configuration, and the first layer that is one."""
    kinds: dict[tuple, list[int]] = {}
    for run in layer_kinds(config):
        for layer, own, window in run:
            kinds.setdefault((own, window, config.layer_positions[layer]), []).append(layer)
    found = []
    for (own, _, _), layers in kinds.items():
        words = f"{len(layers)} layers" if len(layers) > 1 else "1 layer"
        if len(kinds) > 1:
            words += f": {spans(layers)}"
        found.append((words, own, layers[0]))
    return found


def spans(layers: list[int]) -> str:
    """Which ones, counted from 1: a few by number, a rule where there is one."""
    numbers = [layer + 1 for layer in layers]
    gaps = {after - before for before, after in itertools.pairwise(numbers)}
    if len(numbers) > 2 and gaps == {1}:
        return f"{numbers[0]} to {numbers[-1]}"
    if len(numbers) > 2 and len(gaps) == 1:
        return f"{numbers[0]}, {numbers[1]}, … {numbers[-1]}"
    return ", ".join(map(str, numbers[:3])) + (f", … {numbers[-1]}" if len(numbers) > 3 else "")


def of_attention(config: GPTConfig, own: GPTConfig, layer: int) -> list[str]:
    """The mixer of a layer in a few short lines."""
    window, position = config.layer_windows[layer], config.layer_positions[layer]
    kind = own.attention_type
    if kind in LAYER_CACHES:
        heads, key = own.linear_num_value_heads or own.n_head, own.linear_key_head_dim or own.head_dim
        return [f"{kind}: recurrent", f"{heads} heads", f"state {key} × {own.linear_value_head_dim or key}"]
    if kind == "latent":
        lines = ["latent attention (MLA)", f"{own.n_head} heads, latent {own.latent_rank} + {own.rope_head_dim}"]
    else:
        name = {"standard": "softmax attention", "shared": "an earlier layer's keys"}.get(kind, f"{kind} attention")
        grouped = [f"{own.n_kv_head} for keys and values"] if own.n_kv_head < own.n_head and kind != "shared" else []
        lines = [name, f"{own.n_head} heads of {own.head_dim}", *grouped]
    base = own.rope_local_theta if position == "rope_local" else own.rope_theta
    rotary = f"rotary, base {base:,.0f}"
    told = {"none": "no positions", "rope": rotary, "rope_local": rotary}
    return [
        *lines,
        *([] if position in ADDED else [told.get(position, f"positions: {position}")]),
        *([f"window of {window:,} tokens"] if window else []),
        *([f"scaling: {own.rope_scaling}"] if own.rope_scaling != "none" and position.startswith("rope") else []),
        *([f"QK norm: {own.qk_norm}"] if own.qk_norm != "off" else []),
        *([f"scores capped at {own.attention_softcap:g}"] if own.attention_softcap else []),
        *(["sinks"] if own.attention_sinks else []),
        *(["gated outputs"] if own.attention_gate or own.head_gate else []),
    ]


def of_feed_forward(own: GPTConfig, width: int | None) -> list[str]:
    if own.ffn_type == "none":
        return []
    if own.ffn_type in ("standard", "gated"):
        name = {"standard": "two layers", "gated": "gated"}[own.ffn_type]
        return [f"{name}: {own.activation}", *([f"{width:,} wide inside"] if width else [])]
    shared = own.n_shared_expert if own.ffn_type not in ("moe", "moe_softmax") else 0
    return [
        f"experts: {own.ffn_type}",
        f"{own.num_experts_per_tok} of {own.n_expert} for a token",
        *([f"and {shared} that all tokens meet"] if shared else []),
        own.activation,
    ]


def hidden_width(block: Any) -> int | None:
    for name in ("up_proj", "gate_proj"):
        layer = getattr(getattr(block, "mlp", None), name, None)
        if layer is not None and hasattr(layer, "out_features"):
            return layer.out_features
    return None


def lines_in_box(x: float, y: float, wide: float, lines: list[str], kind: str = "box") -> tuple[str, float]:
    high = 16 * len(lines) + 10
    parts = [f'<rect class="{kind}" x="{x}" y="{y}" width="{wide}" height="{high}" rx="4"/>']
    for index, line in enumerate(lines):
        parts.append(text(x + wide / 2, y + 18 + 16 * index, line, "middle", "t" if index == 0 else "s"))
    return "".join(parts), y + high


def architecture(name: str, config: GPTConfig, model: GPT) -> Panel:
    """From the tokens at the top to the logits at the bottom; every kind of layer once. model: what the configuration
    makes, with any number of experts."""
    wide, x = 348.0, 6.0
    parts, told = [], []
    y = 8.0
    words = [f"embedding of {config.vocab_size:,} tokens", f"{config.n_embd:,} wide"]
    added = [each for each in dict.fromkeys(config.layer_positions) if each in ADDED]
    if added:
        words.append(f"plus positions: {added[0].replace('_', ' ')}")
    if config.embedding_norm:
        words.append("normed")
    box, y = lines_in_box(x + 10, y, wide - 110, words)
    parts.append(box)
    for said, own, layer in repeats(config):
        block = model.blocks[layer]
        parts.append(f'<path class="st" d="M34 {y}v14"/>')
        top = y + 14
        attention, feed_forward = of_attention(config, own, layer), of_feed_forward(own, hidden_width(block))
        nodes = steps_of(block, names_of(block))
        content = text(x + wide - 8, top + 18, said, "end", "t")
        if nodes and 1 < len(nodes) <= 24:
            drawn, end = flow(nodes, 34, top + 42, 112, 92, "")
            content += f'<path class="st" d="M34 {top}V{top + 42}"/>' + drawn
            lowest = top + 20.0
            for place, node in enumerate(nodes):
                lines = {"attention": attention, "feed-forward": feed_forward}.get(node.words, [])
                line_y = max(lowest + 18, top + 46 + 34 * place - 7 * (len(lines) - 1))
                for line in lines:
                    content += text(176, line_y, line, "start", "s")
                    lowest, line_y = line_y, line_y + 14
            end = max(end, lowest + 10)
        else:
            end = top + 30
            kind = type(block).__name__
            for lines in filter(None, ([kind], attention, feed_forward)):
                box, end = lines_in_box(x + 40, end, wide - 80, lines)
                content += box
                end += 8
        parts.insert(0, f'<rect class="a" x="{x}" y="{top}" width="{wide}" height="{end - top}" rx="8"/>')
        parts.append(content)
        told.append(f"{said}: {', '.join([*attention, *feed_forward])}")
        y = end
    parts.append(f'<path class="st" d="M34 {y}v14"/>')
    y += 14
    words = [f"{type(model.head).__name__}: {config.vocab_size:,} logits"]
    norm = type(model.head.norm).__name__ if hasattr(model.head, "norm") else "Identity"
    words.append("no norm in front" if norm == "Identity" else f"norm in front: {norm}")
    words += [f"cap {config.logit_softcap:g}"] if config.logit_softcap else []
    words += ["weights shared with the embedding"] if config.weight_tying else []
    box, y = lines_in_box(x + 10, y, wide - 110, words)
    parts.append(box)
    return Panel(document("".join(parts), y + 8), f"The architecture of {name}. {'. '.join(told)}")


def kept(model: GPT, length: int) -> int:
    """Bytes of a cache after so many tokens, in bfloat16, states in float32: a window keeps no more than it sees."""
    config = model.config
    return sum(
        cached_bytes(part) * min(length, config.layer_windows[layer] or length) + state_bytes(part)
        for layer in config.visits
        for part in remembering(model.blocks[layer])
    )


def memory(model: GPT, parameters: int) -> list[dict[str, int]]:
    """Bytes of one sequence in bfloat16, at some lengths up to the longest that the model takes."""
    longest = model.config.max_seq_len
    lengths = [*(length for length in LENGTHS if length < longest), longest]
    return [{"length": length, "weights": 2 * parameters, "cache": kept(model, length)} for length in lengths]


def by_window(model: GPT) -> list[dict[str, Any]]:
    """What a token costs in the cache: of layers that keep all, then of those with each window."""
    windows = model.config.layer_windows
    found = []
    for window in sorted(set(windows), key=lambda window: (window is not None, window)):
        costs = [
            sum(map(cached_bytes, remembering(model.blocks[layer])))
            for layer in model.config.visits
            if windows[layer] == window
        ]
        if sum(costs):
            found.append({"window": window, "layers": sum(map(bool, costs)), "bytes": sum(costs)})
    return found


def counted(config: GPTConfig, model: GPT) -> tuple[Summary, int]:
    """What a model is, and the operations of training on a token of a text of COMMON tokens, for what is visible.
    model: what the configuration makes, with any number of experts."""
    if model.config == config:
        return summarise(model), visible_flops(model)

    def both(config: GPTConfig) -> tuple[Summary, int]:
        few = build_on_meta(config)
        return summarise(few), visible_flops(few)

    return by_experts(config, both)


def visible_flops(model: GPT) -> int:
    whole = model.config
    model.config = replace(whole, max_seq_len=min(COMMON, whole.max_seq_len))
    found = training_flops(model, causal=True)
    model.config = whole
    return found


def differing(mine: GPTConfig, theirs: GPTConfig) -> dict[str, list[dict[str, str]]]:
    """The settings in which two models differ: those that say what it is, how large it is, and what only one of them
    has settings for."""
    about, others = commented(), settings_read(theirs)
    found: dict[str, list[dict[str, str]]] = {"kind": [], "size": [], "own": []}
    for name, value in settings_read(mine).items():
        other = others[name]
        if value != other and {value, other} - {UNREAD, *NOTHING}:
            row = {"field": name, "mine": value, "theirs": other, "about": setting_in_words(about[name])}
            found["own" if UNREAD in (value, other) else "size" if name in SIZES else "kind"].append(row)
    return found


def model_pages() -> list[dict[str, Any]]:
    """All that the page of each preset shows. Presets that are one model by several names have one page each."""
    configs = {name: preset(name) for name in PRESETS}
    found = []
    for name, config in configs.items():
        model = build_on_meta(replace(config, n_expert=few_experts(config)))
        summary, flops = counted(config, model)
        same = [other for other in configs if other != name and configs[other] == config]
        others = [other for other in configs if configs[other] != config]
        others = list({configs[other]: other for other in reversed(others)}.values())[::-1]  # each model once
        nearest = sorted(others, key=lambda other: distance(config, configs[other]))[:3]
        beside = dict.fromkeys([*([ANCESTOR] if ANCESTOR in others else []), *nearest])
        panel = architecture(name, config, model)
        found.append(
            {
                "name": name,
                "config": config,
                "picture": f"pictures/models/{name}.svg",
                "panel": panel,
                "about": next(filter(None, (introductions().get(each) for each in (name, *same))), ""),
                "architecture": architecture_name(config),
                "parameters": summary.parameters,
                "active": summary.active_parameters,
                "length": min(COMMON, config.max_seq_len),
                "flops": flops,
                "cache": kept(model, min(COMMON, config.max_seq_len)),
                "kept": by_window(model),
                "further": sum(each["bytes"] for each in by_window(model) if each["window"] is None),
                "state": summary.state_bytes,
                "memory": memory(model, summary.parameters),
                "same": same,
                "settings": differing(config, GPTConfig()),
                "beside": [{"name": other, "differs": differing(config, configs[other])} for other in beside],
            }
        )
    return found


def compare_table(models: list[dict[str, Any]], words: Glossary) -> dict[str, Any]:
    """What compare.js lays side by side; values: of each field, the HTML of every value that a model has."""
    counts = ("parameters", "active", "flops", "cache", "further", "state")
    values: dict[str, dict[str, str]] = {}
    for model in models:
        for name, value in settings_read(model["config"]).items():
            values.setdefault(name, {})[value] = in_words(value, words.get(name, {}), "")
    return {
        "about": {name: setting_in_words(about) for name, about in commented().items()},
        "sizes": SIZES,
        "values": values,
        "models": {
            model["name"]: {
                "counts": {name: model[name] for name in counts},
                "picture": model["picture"],
                "fields": settings_read(model["config"]),
            }
            for model in models
        },
    }
