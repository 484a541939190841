"""Where should the norms stand? Small models of names that differ in nothing else, beside each other.

examples:
  python -m scripts.norm_placement                              pre, post and none: half a minute
  python -m scripts.norm_placement --data names.txt --seeds 5   your own list, five seeds from --seed on
  python -m scripts.norm_placement --placements all --seeds 3   all that there are, keel, minimax, rezero ... too
  python -m scripts.norm_placement --placements pre post,pre    two that take turns, layer by layer
  python -m scripts.norm_placement --placements pre post --normalization rmsnorm layernorm derf
  python -m scripts.norm_placement --placements pre none --n_layer 8 16 32
  python -m scripts.norm_placement --learning_rate 0.003 0.01 0.03 --warmup_iters 0 100
  python -m scripts.norm_placement --xiong                      and what theory says before the first step

Eight layers of four heads, 16 wide, read one name a step; AdamW at 0.01, which falls linearly, without warm-up. Several
values of --n_layer, --normalization, --learning_rate or --warmup_iters make a grid, and a map of which seeds diverge
where. Results are kept in --out_dir, trial by trial: the
same line again only draws, and goes on where Ctrl-C has ended it.
"""

import hashlib
import re
import statistics
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.project import (
    ROOT,
    Parser,
    UsageError,
    at_least,
    json_line,
    number_of,
    path_from,
    run_command,
    shown,
    wrapped,
)

from .laboratory.executors import add_scheduler, executor_at

if TYPE_CHECKING:
    from .laboratory.chance import Estimate

FIGURES = {"first50": "first 50", "last100": "last 100", "max20": "max of 20", "min": "min"}
AXES = {"n_layer": "layers", "learning_rate": "rate", "warmup_iters": "warm-up"}
USUAL_NORM = "rmsnorm"
FIRST_THREE = ("pre", "post", "none")


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.norm_placement", description=__doc__)
    add = parser.add_argument
    add("--data", default="names", metavar="names|FILE", help="one name a line (default: names, which come with this)")
    add("--placements", nargs="+", default=FIRST_THREE, metavar="NAME", help="pre post none ..., or all")
    add("--seed", type=at_least(0), default=42, metavar="N", help="of weights and order (default: 42)")
    add("--seeds", type=at_least(1), default=1, metavar="N", help="so many, from --seed on (default: 1)")
    add("--max_iters", type=at_least(100), default=1000, metavar="N", help="steps, 100 or more (default: 1000)")
    add("--n_layer", type=at_least(1), nargs="+", default=[8], metavar="N", help="layers (default: 8)")
    add(
        "--normalization",
        nargs="+",
        default=[USUAL_NORM],
        metavar="NAME",
        help=f"names of norms (default: {USUAL_NORM})",
    )
    rate = number_of(1e-30, 1e30, "number greater than 0")
    add("--learning_rate", type=rate, nargs="+", default=[0.01], metavar="X", help="of the first step (default: 0.01)")
    add("--warmup_iters", type=at_least(0), nargs="+", default=[0], metavar="N", help="steps of warm-up (default: 0)")
    add("--xiong", action="store_true", help="also new models of 2 to 32 layers beside what Xiong et al. 2020 predict")
    add(
        "--out_dir",
        type=path_from,
        default=ROOT / "runs" / "norm_placement",
        metavar="DIR",
        help="where all of it goes",
    )
    add("--processes", type=at_least(1), metavar="N", help="trials at a time (default: one for each core)")
    add_scheduler(add)
    add("--json", action="store_true", help="end with one JSON object on standard output")
    return parser


def trials_of(options: Namespace) -> list[dict]:
    """All trainings of the grid. Raises `UsageError` for a placement that is none."""
    from reference.normalizations import NORMS

    from .laboratory.grid import grid_of
    from .laboratory.placement import PLACEMENTS

    single = [name for name in PLACEMENTS if "," not in name]
    known = {name for name in options.placements if all(part in single for part in re.split("[,/]", name))}
    strangers = [name for name in options.placements if name not in (*known, "all")]
    if strangers:
        raise UsageError(f"--placements {strangers[0]}: choose some of {', '.join(single)}, or all")
    if unknown := [name for name in options.normalization if name not in NORMS]:
        raise UsageError(f"--normalization {unknown[0]}: choose some of {', '.join(NORMS)}")
    too_long = [steps for steps in options.warmup_iters if steps >= options.max_iters]
    if too_long:
        raise UsageError(f"--warmup_iters {too_long[0]}: it must be less than --max_iters {options.max_iters}")
    axes = {
        "placement": PLACEMENTS if "all" in options.placements else list(dict.fromkeys(options.placements)),
        **{axis: list(dict.fromkeys(getattr(options, axis))) for axis in AXES},
        "seed": range(options.seed, options.seed + options.seeds),
    }
    if options.normalization != [USUAL_NORM]:
        axes["normalization"] = list(dict.fromkeys(options.normalization))
    return [{"data": options.data, "max_iters": options.max_iters} | trial for trial in grid_of(axes)]


def varied(options: Namespace) -> list[str]:
    """The axes that have several values."""
    return [axis for axis in AXES if len(set(getattr(options, axis))) > 1]


def label_of(trial: dict, axes: list[str]) -> str:
    """What tells this cell from the others: its placement, and its values on the axes that are varied."""
    norm = [trial["normalization"]] if "normalization" in trial else []
    return ", ".join([trial["placement"], *norm, *(f"{AXES[axis]} {trial[axis]:g}" for axis in axes)])


def cells_of(trials: list[dict], results: list[dict], vocab_size: int, options: Namespace) -> dict[str, dict]:
    """The runs of every cell, one for each seed, with their figures, and whether they diverged."""
    from .laboratory.placement import diverged, figures

    cells: dict[str, dict] = {}
    for trial, result in zip(trials, results, strict=True):
        cell = cells.setdefault(label_of(trial, varied(options)), {"settings": trial, "runs": [], "diverged": []})
        run = {"seed": trial["seed"], **result, **figures(result["losses"])}
        cell["runs"].append(run)
        cell["diverged"].append(diverged(run, vocab_size))
    return cells


def told(cell: dict) -> dict:
    """What the report has of a cell: its figures, of several seeds their means, with each seed's own."""
    runs = cell["runs"]
    means = {}
    for name in FIGURES:
        values = [run[name] for run in runs]
        means[name] = None if None in values else statistics.fmean(values)
    lost = sum(cell["diverged"])
    report = {"params": runs[0]["params"], **means, "diverged": lost, "samples": runs[0]["samples"]}
    if len(runs) > 1:
        names = ("seed", *FIGURES, "samples")
        report["seeds"] = [{name: run[name] for name in names} for run in runs]
    return report


def difference(cell: dict, other: dict) -> "Estimate":
    """By how much the loss of a cell's last 100 steps lies above the other's. Both read the same names in the same
    order, so that it is taken pair by pair: of the seeds, or of the steps where there is one seed only."""
    from .laboratory.chance import estimate

    runs = list(zip(cell["runs"], other["runs"], strict=True))
    if len(runs) > 1:
        return estimate([mine["last100"] - theirs["last100"] for mine, theirs in runs])
    return estimate([mine - theirs for mine, theirs in zip(*(run["losses"][-100:] for run in runs[0]), strict=True)])


def conclusions(cells: dict[str, dict]) -> list[str]:
    """What the data say of every cell beside pre norm in the same setting, and how the two were compared."""
    found, pairs = [], None
    for label, cell in cells.items():
        settings = cell["settings"]
        rivals = [name for name in cells if cells[name]["settings"] == settings | {"placement": "pre"}]
        if settings["placement"] == "pre" or not rivals:
            continue
        (rival,) = rivals
        lost = {name: cells[name]["diverged"] for name in (label, rival) if any(cells[name]["diverged"])}
        for name, seeds in lost.items():
            of_them = f" with {sum(seeds)} of {len(seeds)} seeds" if len(seeds) > 1 else ""
            found.append(f"The training of {name!r} diverged{of_them}: it ends worse than by guessing.")
        if not lost:
            gap = difference(cell, cells[rival])
            where = "level with" if gap.low <= 0 <= gap.high else "above" if gap.mean > 0 else "below"
            found.append(f"{label} ends {where} {rival}: {gap.mean:+.3f} (95 %: {gap.low:+.3f} to {gap.high:+.3f}).")
            seeds = len(cell["runs"])
            pairs = f"{seeds} seeds" if seeds > 1 else "the last 100 names, which say nothing of other seeds"
    return [*found, f"(Differences of pairs, of {pairs}.)"] if pairs else found


def show(cells: dict[str, dict], console) -> None:
    seeds = len(next(iter(cells.values()))["runs"])
    width = max(len("placement"), *map(len, cells))
    width_of = 12 if seeds > 1 else 10
    head = "".join(f"{name:>{width_of}}" for name in (*FIGURES.values(), "diverged"))
    console.print(f"\n{'placement':{width}} {'weights':>8}{head}")
    for label, cell in cells.items():
        report = told(cell)
        text = f"{label:{width}} {report['params']:8,}"
        for name in FIGURES:
            if report[name] is None or report[name] >= 100:
                text += f"{'no number' if report[name] is None else 'above 100':>{width_of}}"
            elif seeds == 1:
                text += f"{report[name]:{width_of}.3f}"
            else:
                spread = statistics.stdev(run[name] for run in cell["runs"])
                text += f"{report[name]:{width_of - 6}.2f} ±{spread:.2f}"
        text += f"{report['diverged']} of {seeds}".rjust(width_of)
        console.print(text)
    of_seeds = f"; means of {seeds} seeds, ± their standard deviation" if seeds > 1 else ""
    note = f"Loss in nats per token: means of the first 50 and last 100 steps, extremes{of_seeds}."
    console.print(wrapped(f"{note} Diverged: how many trainings end worse than by guessing."))
    console.print("\nwritten at the end:")
    for label, cell in cells.items():
        names = ", ".join(filter(None, cell["runs"][0]["samples"])) or "nothing, having diverged"
        console.print(f"  {label:{width}}  {names}")
    found = conclusions(cells)
    if found:
        console.print("\n" + wrapped("\n".join(found)))


def show_theory(measured: dict, console) -> None:
    """In one sentence, how far the last layer's gradient follows the depth."""
    depths = list(measured["pre"])
    grown = {
        placement: found[depths[-1]]["gradients"][-1] / found[depths[0]]["gradients"][-1]
        for placement, found in measured.items()
    }
    text = (
        f"Before the first step, from {depths[0]} to {depths[-1]} layers, the gradient of the last layer's down_proj "
        f"becomes {grown['post']:.2f} times as large with post and {grown['pre']:.2f} times with pre norm. Xiong et "
        f"al. (2020, theorem 1) bound it by something that stays as it is, and by something that becomes "
        f"{(depths[0] / depths[-1]) ** 0.5:.2f} times as large."
    )
    console.print("\n" + wrapped(text))


def draw(cells: dict[str, dict], measured: dict | None, options: Namespace) -> list[Path]:
    from .laboratory import placement_figures as pictures

    runs = {label: cell["runs"] for label, cell in cells.items()}
    drawings = {"loss_curves": pictures.loss_curves, "avg_loss": pictures.average_loss, "inside": pictures.inside}
    paths = []
    for name, drawing in drawings.items():
        paths.append(options.out_dir / f"{name}.png")
        drawing(runs, paths[-1])
    if len(cells) > 1:
        paths.append(options.out_dir / "diverged.png")
        pictures.who_diverges(cells, paths[-1])
    for axis in varied(options):
        lines: dict[str, list[dict]] = {}
        for cell in cells.values():
            others = [name for name in varied(options) if name != axis]
            lines.setdefault(label_of(cell["settings"], others), []).append(cell)
        paths.append(options.out_dir / f"{axis}.png")
        pictures.across(lines, axis, paths[-1])
    if measured:
        paths.append(options.out_dir / "xiong.png")
        pictures.theory(measured, paths[-1])
    return paths


def main(argv=None) -> int:
    from rich.console import Console

    options = parser().parse_args(argv)
    trials = trials_of(options)
    from .laboratory.grid import Grid
    from .laboratory.placement import read_names, train_together
    from .laboratory.xiong import measurements

    names = read_names(options.data, options.seed)  # what is wrong with it is said here, not by every process
    console = Console(stderr=options.json, highlight=False, markup=False, soft_wrap=True)
    # Another text under the same name is another experiment.
    text = hashlib.sha256("\n".join(sorted(names.documents)).encode()).hexdigest()
    grid = Grid(trials, train_together, options.out_dir / "trials", data=text, apart=["seed"])
    with executor_at(options.scheduler) as executor:
        results = grid.results(lambda trial: trial["max_iters"], console, options.processes, executor)
    cells = cells_of(trials, results, names.boundary + 1, options)
    show(cells, console)
    measured = measurements() if options.xiong else None
    if measured:
        show_theory(measured, console)
    paths = draw(cells, measured, options)
    console.print(f"\nfigures: {', '.join(map(shown, paths))}")
    if options.json:
        print(json_line({label: told(cell) for label, cell in cells.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
