"""A bundle: tasks that are put to a model in context, in a folder as nanochat (github.com/karpathy/nanochat) keeps it.

    BUNDLE/core.yaml           icl_tasks: of each its label, dataset_uri, num_fewshot, icl_task_type,
                               continuation_delimiter (a space, where none is given)
    BUNDLE/eval_meta_data.csv  "Eval Task", and "Random baseline": what random guessing scores, in percent
    BUNDLE/eval_data/          the files that dataset_uri names, an item a line, as JSON

Which fields an item has depends on the type of its task; see `FIELDS`. All this is read off nanochat's code: the real
bundle was not at hand when it was written.
"""

import csv
import math
import random
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.project import UsageError, shown, some
from scripts.training.text.files import inside, parsed, read_utf8, require

FIELDS: dict[str, dict[str, type]] = {
    "multiple_choice": {"query": str, "choices": list, "gold": int},
    "schema": {"context_options": list, "continuation": str, "gold": int},
    "language_modeling": {"context": str, "continuation": str},
}
OF_TASKS = {"dataset_uri": str, "num_fewshot": list, "icl_task_type": str}
WANTED = "--bundle takes a folder with core.yaml, eval_meta_data.csv and eval_data/ in it"


class Item(NamedTuple):
    """A question, whatever its type: texts of which one is right. Of a text to be continued there is only the right
    one, and `question` is the part of it that is given."""

    options: tuple[str, ...]
    gold: int
    question: str = ""


@dataclass(frozen=True)
class Task:
    label: str
    kind: str  # one of FIELDS
    shots: int  # how many solved items stand in front of each
    baseline: float  # the accuracy of random guessing, 0 <= baseline < 1
    items: list[Item]


def read_bundle(folder: Path, labels: list[str] | None = None, seed: int = 1337) -> list[Task]:
    """The tasks of a bundle, or those of them with these labels, in the order of core.yaml, all looked through.

    seed: shuffles the items of every task, as many files are sorted. With 1337 they come in nanochat's order.
    Raises `UsageError` naming the file, the task or line, and what should stand there.
    """
    entries = read_entries(folder / "core.yaml")
    unknown = set(labels or ()) - entries.keys()
    if unknown:
        raise UsageError(f"--tasks {some(unknown)}: {shown(folder)} has {some(entries, count=30)}")
    chosen = {label: entry for label, entry in entries.items() if labels is None or label in labels}
    baselines = read_baselines(folder / "eval_meta_data.csv")
    return [read_task(folder, label, entry, baselines, seed) for label, entry in chosen.items()]


def read_entries(path: Path) -> dict[str, dict[str, Any]]:
    """What core.yaml says about each task, by label."""
    try:
        found = yaml.safe_load(read_utf8(path, WANTED))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{shown(path)}: this is no YAML: {error}") from error
    entries = found.get("icl_tasks") if isinstance(found, dict) else None
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{shown(path)}: a list `icl_tasks:` with at least one task is needed")
    for number, entry in enumerate(entries, start=1):
        require(entry, {"label": str} | OF_TASKS, f"{shown(path)}, task {number}")
    return {entry["label"]: entry for entry in entries}


def read_baselines(path: Path) -> dict[str, str]:
    """The random baseline of each task, as it stands in the table."""
    rows = csv.DictReader(StringIO(read_utf8(path, WANTED)))
    try:
        return {row["Eval Task"]: row["Random baseline"] for row in rows}
    except KeyError as error:
        raise UsageError(f"{shown(path)}: there is no column {error} in its first line") from error


def read_task(folder: Path, label: str, entry: dict[str, Any], baselines: dict[str, str], seed: int) -> Task:
    where = f"{shown(folder / 'core.yaml')}, task {label}"
    kind, delimiter = entry["icl_task_type"], entry.get("continuation_delimiter", " ")
    if kind not in FIELDS:
        raise UsageError(f"{where}: icl_task_type {kind} is unknown; choose {', '.join(FIELDS)}")
    if not isinstance(delimiter, str):
        raise UsageError(f"{where}: continuation_delimiter {delimiter!r} should be a text, in quotation marks")
    match entry["num_fewshot"]:
        case [int(shots)] if shots >= 0:
            pass
        case other:
            raise UsageError(f"{where}: num_fewshot {other} should be a list of one number, such as [10]")
    items = read_items(inside(folder / "eval_data", entry["dataset_uri"], where), kind, delimiter)
    if len(items) <= shots:
        raise UsageError(
            f"{where}: {shots} other items are to stand in front of each, but there are {len(items)} in all"
        )
    random.Random(seed).shuffle(items)
    return Task(label, kind, shots, baseline_of(label, baselines, folder / "eval_meta_data.csv"), items)


def baseline_of(label: str, baselines: dict[str, str], path: Path) -> float:
    if label not in baselines:
        raise UsageError(f"{shown(path)}: there is no row for the task {label}; add one with its random baseline")
    try:
        percent = float(baselines[label])
    except (TypeError, ValueError):
        percent = math.nan
    if not 0 <= percent < 100:
        raise UsageError(f"{shown(path)}, {label}: random baseline {baselines[label]!r}; 0 to 99.9 percent is needed")
    return percent / 100


def read_items(path: Path, kind: str, delimiter: str) -> list[Item]:
    items = []
    for number, line in enumerate(read_utf8(path, WANTED).split("\n"), start=1):
        if line.strip():
            where = f"{shown(path)}, line {number}"
            items.append(item_of(require(parsed(line, where), FIELDS[kind], where), kind, delimiter, where))
    return items


def item_of(found: dict[str, Any], kind: str, delimiter: str, where: str) -> Item:
    """One form for all types. Raises `UsageError` where there is nothing to choose from, or nothing to say."""
    several = found.get("choices", found.get("context_options", []))
    if not all(isinstance(one, str) for one in several):
        raise UsageError(f"{where}: {several} should all be texts, in quotation marks")
    if kind != "multiple_choice" and not found["continuation"].strip():
        raise UsageError(f"{where}: the continuation is empty; it should be what the model is to say")
    if kind == "language_modeling":
        # Where a question ends in white space, most tokenizers would begin the answer with another token.
        question = found["context"].strip() + delimiter
        return Item((question + found["continuation"],), 0, question)
    if kind == "schema":
        options = tuple(option + delimiter + found["continuation"] for option in several)
    else:
        options = tuple(found["query"] + delimiter + choice for choice in several)
    if not 0 <= found["gold"] < len(options):
        raise UsageError(f"{where}: gold {found['gold']} is none of the {len(options)} options, counted from 0")
    return Item(options, found["gold"])
