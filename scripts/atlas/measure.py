"""Measures what no page has figures for yet: every entry trained on a fixed budget from a few seeds, and of placements
what is inside a model that is trained for longer. Trials are kept one by one, so that nothing that is done is lost."""

import json
import platform
from argparse import Namespace
from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import date
from pathlib import Path
from typing import Any

import torch

from scripts.laboratory.ablation import cell_of, train_trial
from scripts.laboratory.grid import Grid, Trial, usable_cores
from scripts.laboratory.placement import train_together
from scripts.project import ROOT, UsageError
from scripts.project.implementation import implementation_folder
from scripts.training import settings
from scripts.training.settings import Settings, settings_of
from scripts.training.text.files import written_whole
from scripts.workshop.pieces.loading import load
from scripts.workshop.teach.runs import prepared

from .entries import Axis, Entry, shown
from .measurements import BASE, INSIDE, PATH, rows

STEPS, SEEDS = 150, (0, 1, 2)
HELD_OUT = 8192  # tokens
FOLDER = ROOT / "runs" / "atlas" / "trials"
# Of the placement experiment, in which one looks inside at the end.
PLACED = {"data": "names", "seed": 0, "n_layer": 8, "learning_rate": 0.01, "warmup_iters": 0, "max_iters": 1000}


def flags_of(entry: Entry | None) -> Namespace:
    """The settings of scripts.train that ask for an entry; without one, chapter one's."""
    given = ["--model=nanochat_tiny", f"--max_iters={STEPS}", f"--eval_tokens={HELD_OUT}"]
    given += [f"--{name}={shown(value).strip(chr(39))}" for name, value in (entry.settings if entry else {}).items()]
    return settings.parser("", prog="--measure").parse_args(given)


def trials(wanted: Iterable[Entry], vocabulary: int) -> dict[str, dict[str, Any]]:
    """By slug, of every entry that can be trained: its trial without a seed, its weights and operations."""
    implementation = load("reference")
    found = {}
    for slug, entry in [(BASE, None), *((entry.slug, entry) for entry in wanted if not entry.refused)]:
        try:
            cell = cell_of({}, settings_of(flags_of(entry)), implementation, vocabulary)
        except UsageError:
            continue  # the page says that it is not measured
        trial = cell.trial(SEEDS[0])
        trial.pop("seed", None)
        found[slug] = {"trial": trial, "parameters": cell.parameters, "flops_per_step": cell.flops_per_step}
    return found


def provenance() -> dict[str, str]:
    """Where and when this is measured."""
    machine = f"{usable_cores()} CPU cores, {platform.machine()}, {platform.system()}"
    return {"date": date.today().isoformat(), "machine": machine, "torch": torch.__version__}


def row_of(about: dict[str, Any], results: list[dict]) -> dict[str, Any]:
    return {
        **about,
        "steps": STEPS,
        "seeds": list(SEEDS),
        "losses": [None if result["loss"] is None else round(result["loss"], 5) for result in results],
        "milliseconds": [result["milliseconds"] for result in results if result["milliseconds"] is not None],
        **provenance(),
    }


def measure(
    axes: Iterable[Axis], only: list[str], console, processes: int | None, executor: Executor | None, path: Path = PATH
) -> None:
    """Train what has no row yet, or one of another trial, and write the file; after Ctrl-C, with what is done.
    Raises `UsageError` for an axis that there is not."""
    axes = list(axes)
    if unknown := [name for name in only if name not in [axis.name for axis in axes]]:
        raise UsageError(f"--axis {unknown[0]}: choose some of {', '.join(axis.name for axis in axes)}")
    chosen = [axis for axis in axes if axis.name in only or not only]
    _, _, corpus, _, _ = prepared(settings_of(flags_of(None)))
    wanted = trials((entry for axis in chosen for entry in axis.entries), corpus.tokenizer.vocab_size)
    kept = dict(rows(path))
    missing = {slug: about for slug, about in wanted.items() if kept.get(slug, {}).get("trial") != about["trial"]}
    # Seed by seed; entries that are chapter one's under another name are trained once.
    every = {
        json.dumps(about["trial"] | {"seed": seed}, sort_keys=True): about["trial"] | {"seed": seed}
        for seed in SEEDS
        for about in missing.values()
    }
    grid = Grid(list(every.values()), train_trial, FOLDER, implementation_folder("reference"), corpus.tokens_sum)
    names = next((list(axis.entries) for axis in chosen if axis.name == "norm_position"), [])
    placed = {
        INSIDE + entry.slug: PLACED | {"placement": entry.name}
        for entry in names
        if not entry.refused and kept.get(INSIDE + entry.slug, {}).get("trial") != PLACED | {"placement": entry.name}
    }
    inside = Grid(list(placed.values()), train_together, FOLDER, apart=["seed"])
    console.print(f"{len(missing) + len(placed)} entries to measure, {len(every) + len(placed)} trainings")
    try:
        for each in (grid, inside):
            if each.trials:
                each.results(lambda trial: trial.get("max_iters", Settings.max_iters), console, processes, executor)
    finally:
        for slug, about in missing.items():
            results = [grid.result_of(about["trial"] | {"seed": seed}) for seed in SEEDS]
            if None not in results:
                kept[slug] = row_of(about, results)
        for slug, trial in placed.items():
            if (result := inside.result_of(trial)) is not None:
                kept[slug] = {"trial": trial, "inside": last_look(trial, result), **provenance()}
        write(kept, path)


def last_look(trial: Trial, result: dict) -> dict[str, list[float]]:
    """What is inside at the end of the training, in a few digits."""
    found = {int(step): looked for step, looked in result["inside"].items()}[trial["max_iters"]]
    return {name: [float(f"{value:.4g}") for value in values] for name, values in found.items()}


def write(kept: dict[str, dict], path: Path) -> None:
    lines = ",\n".join(f" {json.dumps(slug)}: {json.dumps(kept[slug], sort_keys=True)}" for slug in sorted(kept))
    with written_whole(path) as file:
        file.write(f'{{"rows": {{\n{lines}\n}}}}\n'.encode())
    rows.cache_clear()
