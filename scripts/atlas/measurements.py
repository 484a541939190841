"""What is measured: of every entry its loss on a fixed budget over seeds, and the time of a step. Committed."""

import json
import statistics
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from scripts.laboratory.chance import estimate, holm

from .entries import Axis, Entry

PATH = Path(__file__).parent / "measurements.json"
PARITY = Path(__file__).parents[1] / "measuring" / "figures.json"
BASE = "base"  # the row of what nothing is changed in
INSIDE = "inside/"  # before the slug of a placement: what is inside a longer training at its end
MISSING = (
    "Not measured: such a machine cannot train it, or it is newer than the figures, which python -m scripts.atlas "
    "--measure would tell."
)


@cache
def rows(path: Path = PATH) -> dict[str, dict]:
    """By the slug of an entry."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


@cache
def parity() -> dict[str, Any]:
    """What `scripts.describe --parity` has measured, with its date and versions."""
    return json.loads(PARITY.read_text(encoding="utf-8"))["parity"]


def quality(entry: Entry, axis: Axis) -> dict[str, Any] | None:
    """Of an entry: the loss with its interval, how far it is behind the base, seed by seed, and the time of a step
    beside it. None where it is not measured. What the base has is the base: its row is that of every axis."""
    base = rows().get(BASE)
    row = base if entry.name == axis.base else rows().get(entry.slug)
    if row is None or base is None:
        return None
    whole = [loss for loss in row["losses"] if loss is not None]
    found: dict[str, Any] = dict(row)
    found["is_base"] = row is base
    found["diverged"] = len(row["losses"]) - len(whole)
    found["loss"] = asdict(estimate(whole)) if whole else None
    pairs = [
        mine - theirs
        for mine, theirs in zip(row["losses"], base["losses"], strict=False)
        if mine is not None and theirs is not None
    ]
    found["behind"] = None if row is base or not pairs else asdict(estimate(pairs))
    found["time"] = statistics.median(row["milliseconds"]) if row["milliseconds"] else None
    usual = statistics.median(base["milliseconds"]) if base["milliseconds"] else None
    found["times_base"] = found["time"] / usual if found["time"] and usual else None
    return found


def told_apart(axis: Axis) -> set[str]:
    """The entries whose loss chance does not explain, all differences of the axis taken together (Holm 1979)."""
    compared = {entry.name: quality(entry, axis) for entry in axis.entries}
    ps = {name: found["behind"]["p"] for name, found in compared.items() if found and found["behind"]}
    known = {name: p for name, p in ps.items() if p is not None}
    return {name for name, apart in zip(known, holm(list(known.values())), strict=True) if apart}


def times_again(axes: list[Axis]) -> tuple[float, float] | None:
    """The shortest and the longest time of a step of the base, which was measured with every axis: how far times are
    to be believed."""
    measured = [rows().get(BASE), *(rows().get(e.slug) for axis in axes for e in axis.entries if e.name == axis.base)]
    medians = [statistics.median(row["milliseconds"]) for row in measured if row and row["milliseconds"]]
    return (min(medians), max(medians)) if medians else None


def trained_inside(entry: Entry) -> dict[str, Any] | None:
    """The stream and the gradients, layer by layer, at the end of a training; None where it is not measured."""
    return rows().get(INSIDE + entry.slug)


def equal_models(entry: Entry) -> tuple[list[str], float | None]:
    """The public models that use it and that the reference equals, and the largest difference of two logits."""
    found = parity()["report"]["axes"].get(entry.axis, {}).get(entry.name)
    return (found["models"], found["max_diff"]) if found else ([], None)
