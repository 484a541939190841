"""Compare training runs: how they end, and which is ahead at equal steps, tokens, FLOPs and time.

examples:
  python -m scripts.compare runs/small runs/large         two runs
  python -m scripts.compare --latest 4                    the newest four in runs/
  python -m scripts.compare runs/* --out curves.png       and where the plot goes
  python -m scripts.compare --latest 2 --smooth 0         every step's loss as it was

RUN is a folder that scripts.train has written, or is still writing. Training losses are smoothed: each is a mean of
all steps so far, in which a step counts --smooth times as much as the one after it. What is equal is the most that
every run has reached.
"""

import math
import sys
from argparse import Namespace
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.project import (
    ROOT,
    Parser,
    UsageError,
    at_least,
    finite,
    json_line,
    number_of,
    path_from,
    run_command,
    shown,
)

from .looking.readable import count, loss_text, smoothed
from .training.log import LOG, Log, read_log

# What can be equal, by its name in the log: in a word, and as the label of an axis.
MEASURES = {
    "step": ("steps", "optimizer steps"),
    "tokens": ("tokens", "tokens"),
    "flops": ("FLOPs", "floating-point operations"),
    "seconds": ("seconds", "seconds of training"),
}


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.compare", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="*", type=path_from, metavar="RUN", help="folders of runs")
    add("--latest", type=at_least(2), metavar="N", help="the newest N in runs/, instead of naming them")
    add(
        "--smooth",
        type=number_of(0, 0.9999, "number of at least 0 and below 1"),
        default=0.9,
        metavar="X",
        help="how smooth the losses become, 0 for not at all (default: 0.9)",
    )
    add("--out", type=path_from, metavar="FILE.png", help="where the plot goes (default: compare.png in the first run)")
    add("--json", action="store_true", help="end with one JSON object on standard output")
    parser.usage = "%(prog)s RUN ... | --latest N  [options]"
    return parser


@dataclass(frozen=True)
class Curve:
    """One run."""

    folder: Path
    log: Log
    smooth: float

    @cached_property
    def losses(self) -> list[float]:
        """The smoothed training loss of every step, in nats per token; not a number from where it diverged on."""
        return smoothed([math.nan if entry["loss"] is None else entry["loss"] for entry in self.log.steps], self.smooth)

    def reached(self, measure: str) -> list[float] | None:
        """Steps, tokens, FLOPs or seconds after every step; None where the log does not say."""
        values = [entry.get(measure) for entry in self.log.steps]
        return None if None in values else values

    def loss_at(self, measure: str, limit: float) -> float | None:
        """The smoothed loss of the last step within the limit; None where even the first is beyond it."""
        count = bisect_right(self.reached(measure), limit)
        return self.losses[count - 1] if count else None

    @property
    def validation(self) -> dict:
        """Loss and bits per byte at the end; of a run without one, at the last evaluation."""
        ends = [self.log.end] if self.log.end else self.log.evaluations[-1:]
        return {name: ends[0].get(name) if ends else None for name in ("val_loss", "val_bits_per_byte")}

    def summary(self) -> dict:
        last, run = self.log.steps[-1], self.log.run
        return {
            "run": str(self.folder),
            "architecture": run.get("architecture"),
            "parameters": run.get("parameters"),
            "steps": last["step"],
            **{measure: last.get(measure) for measure in ("tokens", "flops", "seconds")},
            "training_loss": finite(self.losses[-1]),
            **self.validation,
            "finished": None if self.log.end is None else self.log.end["finished"],
        }


def newest(count: int) -> list[Path]:
    logs = sorted((ROOT / "runs").glob(f"*/{LOG}"), key=lambda path: path.stat().st_mtime)
    return [path.parent for path in reversed(logs[-count:])]


def read_curves(options: Namespace) -> list[Curve]:
    if bool(options.runs) == bool(options.latest):
        raise UsageError("give the folders of two or more runs, or --latest N, but not both")
    folders = options.runs or newest(options.latest)
    if len(folders) < 2:
        have = f"only {shown(folders[0])}" if folders else "no run"
        raise UsageError(f"there is {have} to compare; it takes two. python -m scripts.train makes another")
    curves = [Curve(folder, read_log(folder), options.smooth) for folder in folders]
    for curve in curves:
        if not curve.log.steps:
            raise UsageError(
                f"{shown(curve.folder / LOG)}: there is no step in it; was the run killed before its first?"
            )
    return curves


def rankings(curves: list[Curve]) -> list[dict]:
    """By smoothed training loss, lowest first, at what is the most that every run has reached. Runs are numbered from
    one on; those that do not say how far they got are left out."""
    found = []
    for measure in MEASURES:
        able = {number: curve for number, curve in enumerate(curves, start=1) if curve.reached(measure)}
        if len(able) < 2:
            continue
        limit = min(curve.reached(measure)[-1] for curve in able.values())
        losses = {number: curve.loss_at(measure, limit) for number, curve in able.items()}
        there = {number: loss for number, loss in losses.items() if loss is not None}
        # What has diverged comes last.
        order = sorted(there, key=lambda number: (math.isnan(there[number]), there[number]))
        ranks = [{"number": number, "loss": finite(there[number])} for number in order]
        found.append({"measure": measure, "at": limit, "order": ranks})
    return found


def remarks(curves: list[Curve]) -> list[str]:
    """What a reader of the tables should know: what is missing, and why losses may mean different things."""
    found = []
    for measure, (word, _) in MEASURES.items():
        silent = [str(number) for number, curve in enumerate(curves, start=1) if curve.reached(measure) is None]
        if silent:
            found.append(f"{word}: not in the log of {', '.join(silent)}")
    runs = [curve.log.run for curve in curves]
    facts = {
        "data": {run.get("data") for run in runs},
        "vocabulary": {(run.get("config") or {}).get("vocab_size") for run in runs},
    }
    differ = " and ".join(name for name, values in facts.items() if len(values) > 1)
    if differ:
        found.append(f"Careful: these runs differ in {differ}, and so in what their losses mean.")
    return found


def amount(measure: str, value: float | None) -> str:
    if value is None:
        return "-"
    return {"step": f"{value:,}", "tokens": count(value), "flops": f"{value:.2e}", "seconds": f"{value:,.1f}"}[measure]


def show(curves: list[Curve], ranked: list[dict], console) -> None:
    from rich.table import Table

    for number, curve in enumerate(curves, start=1):
        console.print(
            f"{number}  {shown(curve.folder)}\n   {curve.log.run.get('architecture', 'architecture unknown')}"
        )
    # Eight columns in eighty characters.
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("run", "weights", "steps", "tokens", "FLOPs", "seconds", "training", "validation"):
        table.add_column(name, justify="right")
    for number, curve in enumerate(curves, start=1):
        facts = curve.summary()
        reached = (amount(measure, facts["steps" if measure == "step" else measure]) for measure in MEASURES)
        losses = (loss_text(facts["training_loss"], "diverged"), loss_text(facts["val_loss"]))
        table.add_row(str(number), count(facts["parameters"]), *reached, *losses)
    console.print()
    console.print(table)
    console.print("\nrun and training loss, best first, at equal")
    table = Table(box=None, padding=(0, 3, 0, 0))
    for ranking in ranked:
        name = MEASURES[ranking["measure"]][0]
        table.add_column(f"{name}\n{amount(ranking['measure'], ranking['at'])}", justify="right")
    for place in range(max(len(ranking["order"]) for ranking in ranked)):
        cells = [ranking["order"][place : place + 1] for ranking in ranked]
        table.add_row(
            *(f"{cell[0]['number']}  {loss_text(cell[0]['loss'], 'diverged')}" if cell else "" for cell in cells)
        )
    console.print(table)
    for remark in remarks(curves):
        console.print(remark)


def drawn(curves: list[Curve], width: int = 78, height: int = 16) -> str:
    """The smoothed losses over the steps, drawn with every run's number."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, height)
    for number, curve in enumerate(curves, start=1):
        plotext.plot(curve.reached("step"), curve.losses, marker=str(number % 10))
    plotext.title("training loss, nats per token, smoothed")
    plotext.xlabel("step")
    return plotext.uncolorize(plotext.build())


def plot(curves: list[Curve], path: Path) -> None:
    """The smoothed losses over all that can be equal."""
    from matplotlib import rcParams, ticker

    from .looking.pictures import MARKERS, drawn_into

    with drawn_into(path, figsize=(11, 8.5)) as figure:
        axes = figure.subplots(2, 2, sharey=True)
        for axis, (measure, (word, label)) in zip(axes.flat, MEASURES.items(), strict=True):
            # A run looks the same in every picture, also where another is missing.
            for (number, curve), style in zip(enumerate(curves), rcParams["axes.prop_cycle"](), strict=False):
                values = curve.reached(measure)
                if values is None:
                    continue
                axis.plot(
                    values,
                    curve.losses,
                    **style,
                    marker=MARKERS[number % len(MARKERS)],
                    markevery=max(1, len(values) // 8),
                    markersize=5,
                    label=f"{number + 1}: {curve.folder.name}",
                )
            axis.set(title=f"at equal {word}", xlabel=label)
            if measure != "seconds":
                axis.xaxis.set_major_formatter(ticker.EngFormatter(sep=""))
            if not axis.lines:
                axis.text(0.5, 0.5, f"no log says how many {word}", ha="center", transform=axis.transAxes)
        for axis in axes[:, 0]:
            axis.set_ylabel("training loss, nats per token, smoothed")
        axes[0, 0].legend(fontsize=8)


def main(argv=None) -> int:
    from rich.console import Console

    options = parser().parse_args(argv)
    curves = read_curves(options)
    ranked = rankings(curves)
    path = options.out or curves[0].folder / "compare.png"
    if not path.parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {shown(path.parent)}")
    plot(curves, path)
    console = Console(stderr=options.json, highlight=False, markup=False, soft_wrap=True)
    show(curves, ranked, console)
    console.print(f"\n{drawn(curves)}\nwritten to {shown(path)}")
    if options.json:
        runs = [{"number": number} | curve.summary() for number, curve in enumerate(curves, start=1)]
        print(json_line({"runs": runs, "rankings": ranked, "plot": str(path)}))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
