"""Where one begins: questions with their answers, and what the search looks in."""

import re
from typing import Any

from reference.config import GPTConfig
from reference.presets import preset

from .model_pages.preset_pages import ANCESTOR
from .play import PLAYS
from .wording import gloss, in_words

# What people also call what is on a page.
ALSO = {
    "attention_type/standard": "multi-head MHA, multi-query MQA, grouped-query GQA, sliding window, KV cache",
    "attention_type/latent": "MLA KV cache",
    "play/cache": "KV cache, sliding window, multi-query",
}


def questions(every: dict[str, list[Any]], models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people ask, where the answer is, and how it begins. every: by axis, its pages."""

    def said(axis: str, name: str) -> list[str]:
        return next((page.glance for page in every[axis] if page.entry.name == name), [])

    gemma = next(model for model in models if model["name"] == "gemma3")
    differs = next(other["differs"]["kind"] for other in gemma["beside"] if other["name"] == ANCESTOR)
    asked: list[tuple[str, str, list[str]]] = [
        (
            "What does post-norm do to the gradient?",
            "norm_position/post.html",
            said("norm_position", "post")[:2],
        ),
        (
            "What does latent attention (MLA) save?",
            "attention_type/latent.html",
            said("attention_type", "latent")[:2],
        ),
        (
            "What does Gemma 3 do differently from Llama?",
            f"models/gemma3.html#beside-{ANCESTOR}",
            [what_differs(differs)],
        ),
        (f"How do {len(every['normalization'])} norms differ?", "normalization/index.html", []),
    ]
    return [dict(zip(("asked", "address", "answer"), each, strict=True)) for each in asked]


# What one would name first of two models, where they differ in it.
FIRST = {
    "attention_window": "a window in most layers ({})",
    "post_norm": "norms behind the sublayers, too ({})",
    "qk_norm": "a norm of queries and keys ({})",
    "normalization": "another norm ({})",
    "attention_type": "another attention ({})",
}


def what_differs(rows: list[dict[str, str]]) -> str:
    """The first few differences in words, and how many more there are."""
    values = {row["field"]: row["mine"] for row in rows}
    named = [said.format(in_words(values[name], {}, "")) for name, said in FIRST.items() if name in values][:3]
    more = [f"{len(rows) - len(named)} more"] if len(rows) > len(named) else []
    told = ", ".join(named) + (f", and {more[0]}" if named and more else "".join(more))
    return f"{told[:1].upper()}{told[1:]}, each with what it is."


def names_of(every: dict[str, list[Any]], models: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What find.js looks in."""
    found = []
    for page in (page for pages in every.values() for page in pages):
        words = [ALSO.get(page.entry.slug, ""), "chapter one" if page.entry.name == page.axis.base else ""]
        words += [gloss(page.about), getattr(page.entry.object, "__name__", ""), *page.sources]
        found.append((page.entry.name, page.axis.title, f"{page.entry.slug}.html", " ".join(words)[:400]))
    for model in models:
        words = [*map(spaced, (model["name"], *model["same"])), model["architecture"], *cached(preset(model["name"]))]
        found.append((model["name"], "Models", f"models/{model['name']}.html", " ".join(words)))
    found += [
        (play.title, "Play", f"play/{play.name}.html", f"{ALSO.get(f'play/{play.name}', '')} {play.about}")
        for play in PLAYS
    ]
    return [dict(zip(("name", "kind", "address", "words"), each, strict=True)) for each in found]


def cached(config: GPTConfig) -> list[str]:
    """How people call what a model does with its keys and values."""
    shared = "multi-query MQA" if config.n_kv_head == 1 else "grouped-query GQA"
    return [shared] * (config.n_kv_head < config.n_head) + ["sliding window"] * any(config.layer_windows)


def spaced(name: str) -> str:
    """As people write it: gemma 3."""
    return re.sub(r"(?<=[a-z])(?=[0-9])", " ", name)
