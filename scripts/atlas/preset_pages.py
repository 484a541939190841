"""Presets: each as a drawing made of its configuration, with what sets it apart from its neighbours."""

import itertools
from dataclasses import replace
from functools import cache
from typing import Any

from reference.config import GPTConfig
from reference.decoding.cache import LAYER_CACHES
from reference.gpt import GPT
from reference.presets import PRESETS, preset
from scripts.training.architecture import build_on_meta, cached_bytes, few_experts, state_bytes, summarise, summary_of
from scripts.training.models import commented

from .drawings.block_pictures import flow, names_of, steps_of
from .drawings.svg import Panel, document, text
from .entries import shown
from .wording import Glossary, in_words, setting_in_words

LENGTHS = (1024, 8192, 131072)
ADDED = ("learned_absolute", "sinusoidal")  # positions that are added to the tokens
ANCESTOR = "llama"  # what most models of today vary
# Sizes say how large a model is, not what it is.
SIZES = ("vocab_size", "max_seq_len", "n_layer", "n_head", "n_kv_head", "n_embd", "head_dim", "ffn_hidden")


@cache
def fields_of(config: GPTConfig) -> dict[str, str]:
    return {name: shown(value) for name, value in vars(config).items()}


def distance(mine: GPTConfig, theirs: GPTConfig) -> tuple[int, int]:
    """In how many settings two models differ, sizes last."""
    names = [name for name, value in vars(mine).items() if getattr(theirs, name) != value]
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
    return [f"experts: {own.ffn_type}", f"{own.num_experts_per_tok} of {own.n_expert} for a token", own.activation]


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


def memory(model: GPT, parameters: int) -> list[dict[str, int]]:
    """Bytes of one sequence in bfloat16, at some lengths: layers with a window keep no more than it."""
    windows = model.config.layer_windows
    found = []
    for length in LENGTHS:
        cache = sum(
            cached_bytes(block.attn) * min(length, window or length) + state_bytes(block.attn)
            for block, window in zip(model.blocks, windows, strict=True)
        )
        found.append({"length": length, "weights": 2 * parameters, "cache": cache})
    return found


def differing(mine: GPTConfig, theirs: GPTConfig) -> dict[str, list[dict[str, str]]]:
    """The settings in which two models differ: those that say what it is, and how large it is."""
    about = commented()
    found: dict[str, list[dict[str, str]]] = {"kind": [], "size": []}
    for name, value in fields_of(mine).items():
        other = fields_of(theirs)[name]
        if value != other:
            row = {"field": name, "mine": value, "theirs": other, "about": setting_in_words(about[name])}
            found["size" if name in SIZES else "kind"].append(row)
    return found


def model_pages() -> list[dict[str, Any]]:
    """All that the page of each preset shows. Presets that are one model by several names have one page each."""
    configs = {name: preset(name) for name in PRESETS}
    found = []
    for name, config in configs.items():
        model = build_on_meta(replace(config, n_expert=few_experts(config)))
        summary = summarise(model) if model.config == config else summary_of(config)
        others = [other for other in configs if other != name and configs[other] != config]
        nearest = sorted(others, key=lambda other: distance(config, configs[other]))[:3]
        beside = dict.fromkeys([*([ANCESTOR] if ANCESTOR in others else []), *nearest])
        panel = architecture(name, config, model)
        found.append(
            {
                "name": name,
                "config": config,
                "picture": f"pictures/models/{name}.svg",
                "panel": panel,
                "architecture": summary.name,
                "parameters": summary.parameters,
                "active": summary.active_parameters,
                "flops": summary.flops_per_token,
                "kv": summary.kv_bytes_per_token,
                "state": summary.state_bytes,
                "memory": memory(model, summary.parameters),
                "same": [other for other in configs if other != name and configs[other] == config],
                "settings": differing(config, GPTConfig()),
                "beside": [{"name": other, "differs": differing(config, configs[other])} for other in beside],
            }
        )
    return found


def compare_table(models: list[dict[str, Any]], words: Glossary) -> dict[str, Any]:
    """What compare.js lays side by side; values: of each field, the HTML of every value that a model has."""
    counts = ("parameters", "active", "flops", "kv", "state")
    values: dict[str, dict[str, str]] = {}
    for model in models:
        for name, value in fields_of(model["config"]).items():
            values.setdefault(name, {})[value] = in_words(value, words.get(name, {}), "")
    return {
        "about": {name: setting_in_words(about) for name, about in commented().items()},
        "sizes": SIZES,
        "values": values,
        "models": {
            model["name"]: {
                "counts": {name: model[name] for name in counts},
                "picture": model["picture"],
                "fields": fields_of(model["config"]),
            }
            for model in models
        },
    }
