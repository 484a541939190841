"""What can a layer remember? Models that differ in how they mix tokens, and in nothing else, read pairs of a key and a
value; then every key comes again, and they are asked for its value.

examples:
  python -m scripts.recall                                    every mixer: under ten minutes, two cores
  python -m scripts.recall --attention_type delta delta,standard --pairs 16 32
  python -m scripts.recall --attention_type linear delta --state 8 16 32 64 --seeds 5
  python -m scripts.recall --attention_type standard --pairs 4 --seeds 1 --max_iters 100    seconds

Two layers, 64 wide, with one head of --state channels: a recurrent layer remembers in a state of --state times --state
numbers, however many pairs there are; attention keeps keys and values of all tokens. Every step has 32 new sequences
with one of the numbers of --pairs, in turn; each is then asked for by itself. Results are kept in --out_dir, trial by
trial: the same line again only draws, and goes on where Ctrl-C has ended it.
"""

import sys
from argparse import Namespace

from scripts.project import (
    ROOT,
    Parser,
    UsageError,
    at_least,
    json_line,
    path_from,
    run_command,
    shown,
    wrapped,
)

from .laboratory.executors import add_scheduler, executor_at

STATES = (16, 64)
LITERATURE = (
    "What the literature reports of larger models: softmax attention solves this task; linear attention fails as the "
    "pairs outgrow its state (Arora et al. 2023, arXiv:2312.04927; 2024, arXiv:2402.18668), and delta rules hold more "
    "in the same state (Yang et al. 2024, arXiv:2406.06484, arXiv:2412.06464)."
)


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.recall", description=__doc__)
    add = parser.add_argument
    add(
        "--attention_type",
        nargs="+",
        metavar="NAME",
        help="what mixes the tokens; several with commas between take turns (default: every mixer that there is)",
    )
    add("--pairs", type=at_least(1), nargs="+", default=[4, 8], metavar="N", help="1 to 32 (default: 4 8)")
    add(
        "--state",
        type=at_least(2),
        nargs="+",
        metavar="N",
        help="size of the head (default: 16 and 64 where that is the size of a state, 64 where keys are kept)",
    )
    add("--seed", type=at_least(0), default=1, metavar="N", help="of weights and sequences (default: 1)")
    add("--seeds", type=at_least(1), default=2, metavar="N", help="so many, from --seed on (default: 2)")
    add("--max_iters", type=at_least(10), default=600, metavar="N", help="steps, 10 or more (default: 600)")
    add("--out_dir", type=path_from, default=ROOT / "runs" / "recall", metavar="DIR", help="where all of it goes")
    add("--processes", type=at_least(1), metavar="N", help="trials at a time (default: one for each core)")
    add_scheduler(add)
    add("--json", action="store_true", help="end with one JSON object on standard output")
    return parser


def trials_of(options: Namespace) -> tuple[list[dict], dict[str, str]]:
    """All trainings, and which mixers are left out where none are asked for, with the reason. Raises `UsageError` for a
    number of pairs that there are no keys for, and for a model that there is not."""
    from .laboratory.recalling import every_kind, has_state, remembered
    from .training.text.recall_task import KEYS

    pairs = sorted(set(options.pairs))
    if pairs[-1] > KEYS:
        raise UsageError(f"--pairs {pairs[-1]}: there are {KEYS} different keys; give {KEYS} or less")
    models, left_out = [], {}
    for kind in dict.fromkeys(options.attention_type or every_kind()):
        states = sorted(set(options.state or STATES))
        for state in states:
            try:
                remembered(kind, pairs[-1], state)
                if state == states[-1] or options.state or has_state(kind):
                    models.append((kind, state))
            except ValueError as error:
                if options.attention_type:
                    raise UsageError(f"--attention_type {kind} --state {state}: {error}") from error
                left_out[kind] = str(error)
    seeds = range(options.seed, options.seed + options.seeds)
    return [
        {"kind": kind, "state": state, "pairs": pairs, "seed": seed, "max_iters": options.max_iters}
        for kind, state in models
        for seed in seeds
    ], left_out


def cells_of(trials: list[dict], results: list[dict]) -> list[dict]:
    """One for each kind, size of state and number of pairs: the accuracy of every seed, and what chance makes of it."""
    from .laboratory.chance import estimate
    from .laboratory.recalling import remembered

    found: dict[tuple, list[dict]] = {}
    for trial, result in zip(trials, results, strict=True):
        for pairs, accuracy in zip(trial["pairs"], result["accuracies"], strict=True):
            found.setdefault((trial["kind"], trial["state"], pairs), []).append(result | {"accuracy": accuracy})
    cells = []
    for (kind, state, pairs), runs in found.items():
        accuracy = estimate([run["accuracy"] for run in runs])
        cells.append(
            {
                "attention_type": kind,
                "state": state,
                "pairs": pairs,
                "remembered": remembered(kind, pairs, state),
                "parameters": runs[0]["parameters"],
                "accuracy": accuracy.mean,
                # No share is less than none, or more than all.
                "low": None if accuracy.low is None else max(0.0, accuracy.low),
                "high": None if accuracy.high is None else min(1.0, accuracy.high),
                "seeds": [run["accuracy"] for run in runs],
            }
        )
    return cells


def show(cells: list[dict], options: Namespace, console) -> None:
    from .training.text.recall_task import KEYS

    rows: dict[tuple, list[dict]] = {}
    for cell in cells:
        rows.setdefault((cell["attention_type"], cell["state"]), []).append(cell)
    width = max(len("attention_type"), *(len(kind) for kind, _ in rows))
    head = "".join(f"{cell['pairs']:>10} pairs" for cell in next(iter(rows.values())))
    console.print(f"\n{'attention_type':{width}} {'state':>5} {'kept':>7}{head}")
    for (kind, state), row in rows.items():
        console.print(f"{kind:{width}} {state:5} {row[-1]['remembered']:7,}" + "".join(map(text_of, row)))
    spread = "" if options.seeds == 1 else f", and where its mean lies (95 %), from {options.seeds} seeds"
    console.print(
        wrapped(
            f"Share of right answers{spread}; by guessing {1 / KEYS:.2f}. Kept: the numbers that both layers hold of "
            "the most pairs, states or keys and values."
        )
    )
    console.print("\n" + wrapped(f"{findings(cells)} {LITERATURE}"))


def text_of(cell: dict) -> str:
    spread = "" if cell["high"] is None else f" {cell['low']:.2f}-{cell['high']:.2f}"
    return f"{cell['accuracy']:.2f}{spread}".rjust(16)


def findings(cells: list[dict]) -> str:
    """What the results say of the most pairs: who finds nine values in ten, and who not even half of them."""
    most = max(cell["pairs"] for cell in cells)
    last = [cell for cell in cells if cell["pairs"] == most]

    def those(low: float, high: float) -> str:
        found: dict[str, list[str]] = {}
        for cell in last:
            if low <= cell["accuracy"] < high:
                found.setdefault(cell["attention_type"], []).append(str(cell["state"]))
        return ", ".join(f"{kind} ({' and '.join(states)})" for kind, states in found.items()) or "none"

    return (
        f"What these models say, of {most} pairs: nine in ten or more are found by {those(0.9, 2)} (in brackets: the "
        f"state); half of them or more by {those(0.5, 0.9)}; fewer by {those(0, 0.5)}."
    )


def main(argv=None) -> int:
    from rich.console import Console

    options = parser().parse_args(argv)
    trials, left_out = trials_of(options)
    from .laboratory.grid import Grid
    from .laboratory.recall_figure import draw
    from .laboratory.recalling import train

    console = Console(stderr=options.json, highlight=False, markup=False, soft_wrap=True)
    grid = Grid(trials, train, options.out_dir / "trials")
    with executor_at(options.scheduler) as executor:
        results = grid.results(lambda trial: trial["max_iters"], console, options.processes, executor)
    cells = cells_of(trials, results)
    show(cells, options, console)
    for kind, reason in left_out.items():
        console.print(wrapped(f"Left out: {kind}. {reason}"))
    path = options.out_dir / "recall.png"
    draw(cells, path)
    console.print(f"\nfigure: {shown(path)}")
    if options.json:
        print(json_line({"max_iters": options.max_iters, "cells": cells}))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
