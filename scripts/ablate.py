"""Which part of a design matters? Train every combination of some settings, from several seeds each, and rank them.

examples:
  python -m scripts.ablate --axis normalization --axis norm_position    every value of both
  python -m scripts.ablate --axis ffn_type --axis activation=gelu,relu2 --equal flops --seeds 5
  python -m scripts.ablate --axis n_layer=2,4,8 --axis post_norm --model gpt2_tiny --max_iters 500
  python -m scripts.ablate --axis normalization=layernorm,rmsnorm --n_layer 1 --n_embd 16 --processes 1
  python -m scripts.ablate --axis optimizer=adamw,muon --axis learning_rate=1e-3,3e-3
  python -m scripts.ablate --axis 'position_encoding=rope;none;rope,rope,rope,none'

Of every combination it tells the loss, the weights, milliseconds of a step, steps and FLOPs. An axis is a field of the
model's configuration, or a setting of the training. All others are those of the base: every flag of scripts.train is
one here too. Trials run side by side, one for each core, and each is kept when it is done: the
same line again does what is missing, and with more seeds or values, what is new. A combination that the configuration
refuses is listed with the reason.
"""

import json
import os
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from scripts.project import ROOT, Parser, UsageError, at_least, fitted, json_line, run_command, shown

from .laboratory.executors import add_scheduler, executor_at
from .training import settings
from .training.settings import Settings

UNFIT = ("init_from", "eval_every", "save_every", "keep", "resume", "tensorboard", "parallel")  # for many small runs
OURS = ("axis", "equal", "seeds", "processes", "scheduler")
FILES = {
    "json": "ablation.json",
    "markdown": "ablation.md",
    "ranking": "ranking.png",
    "curves": "curves.png",
    "heat_map": "heat_map.png",
}


def parser() -> Parser:
    parser = settings.parser(__doc__, prog="python -m scripts.ablate")
    parser.usage = "%(prog)s --axis NAME[=A,B,...] [--axis ...] [options]"
    add = parser.add_argument_group("the ablation").add_argument
    add(
        "--axis",
        action="append",
        required=True,
        metavar="NAME[=A,B,...]",
        help="what is varied; without values, all that its registry has",
    )
    add(
        "--equal",
        choices=("steps", "flops"),
        default="steps",
        help="what every combination gets as much of as the base at --max_iters (default: steps)",
    )
    add("--seeds", type=at_least(1), default=3, metavar="N", help="trainings of each combination (default: 3)")
    add("--processes", type=at_least(1), default=None, metavar="N", help="trials at a time (default: one per core)")
    add_scheduler(add)
    return parser


def ablate(options: Namespace, words: list[str]) -> int:
    from rich.console import Console

    from .laboratory.ablation import axes_of, base_of, cells_of, outcome, train_trial
    from .laboratory.ablation_report import refusals, show
    from .laboratory.grid import Grid
    from .project.implementation import implementation_folder
    from .workshop.teach.runs import prepared

    given = {name: value for name, value in vars(options).items() if name not in OURS}
    if unfit := [name for name in UNFIT if name in given]:
        raise UsageError(f"--{unfit[0]}: this is for a single long run, python -m scripts.train; leave it away here")
    as_json, out_dir = given.pop("json", False), given.pop("out_dir", None)
    axes = axes_of(options.axis)
    _, _, corpus, _, _ = prepared(settings.settings_of(Namespace(**given)))
    base, cells, refused = cells_of(given, axes, options.equal, corpus.tokenizer.vocab_size)
    if base.settings.max_iters < 1:
        raise UsageError("--max_iters 0: at least one step is needed to tell anything apart")
    folder = out_dir or ROOT / "runs" / "-".join(("ablation", *axes))
    console = Console(stderr=True)

    def say(text: str) -> None:
        console.print(fitted(text), highlight=False, markup=False, soft_wrap=True)

    report = {
        "command": f"python -m scripts.ablate {shlex.join(words)}",
        "base": base_of(base),
        "axes": {name: [flag[name] for flag in flags] for name, flags in axes.items()},
        "equal": options.equal,
        "seeds": options.seeds,
        "refused": refused,
    }
    say(f"{counted(len(cells), 'combination')}, {counted(options.seeds, 'seed')} each")
    for refusal in refusals(report):
        say(f"refused: {refusal}")
    if len(cells) < 2:
        raise UsageError("only one combination is left, and nothing to compare it with")
    seeds = range(base.settings.seed, base.settings.seed + options.seeds)
    # Seed by seed, so that what an interruption leaves can be compared.
    trials = [cell.trial(seed) for seed in seeds for cell in cells]
    code = implementation_folder(base.settings.impl)
    grid = Grid(trials, train_trial, folder / "trials", code, corpus.tokens_sum)
    with executor_at(options.scheduler) as executor:
        results = grid.results(
            lambda trial: trial.get("max_iters", Settings.max_iters), console, options.processes, executor
        )
    report |= outcome(cells, seeds, results)
    report["files"] = FILES if len(axes) == 2 else {name: file for name, file in FILES.items() if name != "heat_map"}
    if moved := save(report, folder):
        say(f"An earlier ablation was there; its files are now in {shown(moved)}/")
    show(report, Console(stderr=as_json))
    say(f"Files: {shown(folder)}/ ({', '.join(report['files'].values())})")
    if as_json:
        print(json_line(report | {"files": {name: str(folder / file) for name, file in report["files"].items()}}))
    return 0


def counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def save(report: dict, folder: Path) -> Path | None:
    """Write the report and its pictures. Those of another ablation are moved to a folder of their own, which is
    returned."""
    from .laboratory.ablation_report import draw, markdown
    from .training.log import set_aside
    from .training.text.files import written_whole

    texts = {"json": json.dumps(report, indent=1) + "\n", "markdown": markdown(report)}
    path = folder / FILES["json"]
    same = path.exists() and path.read_text(encoding="utf-8") == texts["json"]
    moved = None if same else set_aside(folder, FILES.values())
    draw(report, folder)
    for name, text in texts.items():
        with written_whole(folder / FILES[name]) as file:
            file.write(text.encode())
    return moved


def main(argv=None) -> int:
    # What a learner's code says of itself would be said once by each process.
    os.environ["LEARN_DEBUG"] = "0"
    try:
        return ablate(parser().parse_args(argv), sys.argv[1:] if argv is None else argv)
    except NotImplementedError as error:
        raise UsageError(f"{error}: this piece is not written yet; `learn` shows where it stands") from error


if __name__ == "__main__":
    sys.exit(run_command(main))
