"""Which kind of attention goes with which backend: each pair is built, trained a step, decoded from a cache, compiled.

What is in a cell was found out by doing it. A pair that cannot be is refused when the model is built, with the reason.
"""

import contextlib
import logging
import warnings
from argparse import Namespace

import torch

from reference.attentions.backends.fused import BACKENDS, why_unsupported
from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.gpt import GPT
from scripts.project import json_line
from scripts.public.parity import randomise

from .attention_variants import VARIANTS, variant

COLUMNS = ("training", "cached decoding", "compile")


def randomised(config: GPTConfig) -> GPT:
    """The model in float64, with the same random weights for every backend."""
    return randomise(GPT(config), seed=0).double().eval()


def training(model: GPT, manual: GPT, tokens: torch.Tensor) -> float:
    """The largest difference of a gradient from that of the readable backend."""
    for one in (model, manual):
        one.zero_grad()
        one(tokens, tokens.flip(0)).backward()
    pairs = zip(model.parameters(), manual.parameters(), strict=True)
    return max((a.grad - b.grad).abs().max().item() for a, b in pairs)


@torch.no_grad()
def cached_decoding(model: GPT, manual: GPT, tokens: torch.Tensor) -> float:
    """The largest difference of a logit from the readable backend's full pass, reading token by token and in chunks."""
    whole, differences = manual(tokens), []
    for chunk in (1, 5):
        cache = KVCache(model.config)
        parts = [model(part, cache=cache) for part in tokens.split(chunk, dim=1)]
        differences.append((torch.cat(parts, dim=1) - whole).abs().max().item())
    return max(differences)


def compiled(model: GPT, manual: GPT, tokens: torch.Tensor) -> float:
    """The same for a forward pass that is captured as one graph, without a break, and run as it was captured."""
    torch._dynamo.reset()
    with torch.no_grad():
        captured = torch.compile(model, fullgraph=True, backend="eager")
        return (captured(tokens) - manual(tokens)).abs().max().item()


def measure() -> list[dict]:
    tokens = torch.randint(13, (2, 17), generator=torch.Generator().manual_seed(1))
    rows = []
    for name in VARIANTS:
        manual = randomised(variant(name))
        for backend in BACKENDS:
            row: dict = {"variant": name, "backend": backend, "refused": why_unsupported(backend, variant(name))}
            row |= dict.fromkeys(COLUMNS)
            if row["refused"] is None:
                model = randomised(variant(name, attention_backend=backend))
                for column, measured in zip(COLUMNS, (training, cached_decoding, compiled), strict=True):
                    try:
                        row[column] = measured(model, manual, tokens)
                    except Exception as error:
                        # Whatever torch raises where it cannot: the first line says what it was.
                        row[column] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            rows.append(row)
    return rows


def mark(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return "-"
    return "✓" if value < 1e-9 else f"{value:.0e}"


def table(rows: list[dict]) -> str:
    """Markdown: a row for every variant, a column for every backend, in each cell three marks."""
    lines = ["| | " + " | ".join(BACKENDS) + " |", "|---|" + "---|" * len(BACKENDS)]
    for name in VARIANTS:
        cells = [row for row in rows if row["variant"] == name]
        marks = ["refused" if row["refused"] else " ".join(mark(row[column]) for column in COLUMNS) for row in cells]
        lines.append(f"| {name} | " + " | ".join(marks) + " |")
    lines.append("")
    lines.append(f"Marks: {', '.join(COLUMNS)}. A tick: it equals the full pass of `manual`, float64, to 1e-9.")
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["refused"]:
            about = (
                f"`{row['backend']}` is refused with {row['refused'].partition(' = ')[0]}: "
                + (row["refused"].partition(": ")[2])
            )
            reasons.setdefault(about, []).append(row["variant"])
        for column in COLUMNS:
            if isinstance(row[column], str):
                reasons.setdefault(f"`{row['backend']}`, {column}: {row[column]}", []).append(row["variant"])
    return "\n".join([*lines, "", *(f"- {reason}" for reason in reasons)])


def backends(options: Namespace) -> int:
    logging.getLogger("reference.attentions.backends.fused").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        rows = measure()
        print(json_line({"backends": rows}) if options.json else table(rows))
        return 0
    return 130
