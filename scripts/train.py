"""Train a model on text, with the reference's code, the learner's, or any copy of it.

examples:
  python -m scripts.train                                   the reference, on names: seconds on a CPU
  python -m scripts.train --impl learn                      your own code
  python -m scripts.train --data poems.txt --max_seq_len 64 any text, one document a line
  python -m scripts.train --depth 4 --num_iterations 100    nanochat's family, by depth

The model's vocabulary is that of the data unless --vocab_size is given. Both --max_iters and --max-iters work.
"""

import contextlib
import json
import math
import sys
from argparse import SUPPRESS, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from reference.config import PRESETS, GPTConfig, nanochat, preset
from scripts.project import Parser, UsageError, run_command, shown

from .workshop.pieces import Track

MODEL_FIELDS = {entry.name: entry.type if entry.type in (float, str) else int for entry in fields(GPTConfig)}


@dataclass
class Settings:
    """One training run, as asked for on the command line."""

    impl: str = "reference"
    model: str = "nanochat_tiny"
    overrides: dict = field(default_factory=dict)  # fields of the model's configuration
    max_iters: int = 200
    batch_size: int = 16
    total_batch_size: int | None = None  # in tokens
    eval_tokens: int | None = None
    seed: int = 42
    device: str = "auto"
    data: str = "names"
    out_dir: Path | None = None
    json: bool = False


def at_least(least: int):
    """A type for argparse: whole numbers that are not too small."""

    def whole_number(text: str) -> int:
        if int(text) < least:
            raise ValueError
        return int(text)

    whole_number.__name__ = f"whole number of {least} or more"
    return whole_number


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.train", description=__doc__, argument_default=SUPPRESS)
    add, default = parser.add_argument, Settings()
    add("--impl", metavar="learn|reference|PATH", help="whose code; PATH is a copy of learn/ (default: reference)")
    add("--model", metavar="NAME", help=f"one of {', '.join(PRESETS)} (default: {default.model})")
    add("--depth", type=at_least(1), metavar="N", help="nanochat's one knob: N layers, 64 N wide, heads to fit")
    add(
        "--max_iters",
        "--num_iterations",
        type=at_least(0),
        metavar="N",
        help=f"optimizer steps (default: {default.max_iters})",
    )
    add(
        "--batch_size",
        "--device_batch_size",
        type=at_least(1),
        metavar="N",
        help=f"sequences per forward pass (default: {default.batch_size})",
    )
    add(
        "--total_batch_size",
        type=at_least(1),
        metavar="TOKENS",
        help="tokens per optimizer step; a multiple of batch_size * max_seq_len, more than one is accumulated",
    )
    add("--eval_tokens", type=at_least(1), metavar="TOKENS", help="held-out tokens to validate on (default: all)")
    add("--seed", type=at_least(0), metavar="N", help=f"the same seed gives the same run (default: {default.seed})")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where to compute (default: auto)")
    add("--data", metavar="names|PATH", help="the names that come with this, or a UTF-8 text file, one document a line")
    add("--out_dir", type=Path, metavar="DIR", help="where the run's files go (default: a new folder in runs/)")
    add("--json", action="store_true", help="end with one JSON object on standard output; progress on standard error")
    model = parser.add_argument_group("the model's configuration, instead of what --model says")
    for name, kind in MODEL_FIELDS.items():
        model.add_argument(f"--{name}", type=kind, metavar={int: "N", float: "X", str: "NAME"}[kind])
    return parser


def settings_of(options: Namespace) -> Settings:
    given = vars(options)
    depth = given.pop("depth", None)
    family = nanochat(depth) if depth else {}
    overrides = {name: family[name] for name in ("n_layer", "n_head", "n_embd") if family}
    overrides |= {name: given.pop(name) for name in MODEL_FIELDS if name in given}
    return Settings(overrides=overrides, **given)


def run_settings(runs: Sequence[Settings], track: Track | None = None) -> int:
    """Train as each of `runs` says, up to the first that does not finish. Returns the exit status: 0 also where a run
    stops at an unwritten piece. With `json`, the last report is printed."""
    from rich.console import Console

    as_json = runs[0].json
    console = Console(stderr=as_json, soft_wrap=False)
    # With --json, standard output is for the object alone; also what the learner's code prints goes elsewhere.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        for settings in runs:
            if len(runs) > 1:
                asked = ", ".join(f"{name} {value}" for name, value in settings.overrides.items())
                console.rule(f"{settings.model}: {asked}")
            status, report = run_and_report(settings, track, console)
            if not report.get("finished"):
                break
        else:
            if track:
                finish(track, console)
    if as_json:
        print(json.dumps(report))
    return status


def finish(track: Track, console) -> None:
    """Remember that a track has run to its end, and say what comes next."""
    from .workshop.pieces import TRACKS
    from .workshop.progress import Progress

    progress = Progress()
    progress.finished = sorted({*progress.finished, track.name})
    progress.save()
    after = TRACKS[TRACKS.index(track) + 1 :]
    following = f"`learn` opens the next one, {after[0].name}." if after else "That was the last one."
    console.print(
        f"The track {track.name} is finished. {following} `learn check --all` and `learn compare` say how good it is."
    )


def run_and_report(settings: Settings, track: Track | None, console) -> tuple[int, dict]:
    from .training.implementation import implementation_folder
    from .workshop.board import read_board
    from .workshop.stops import Bug, Stop, require_readable, show_bug, show_stop, watch_for_stops

    folder = implementation_folder(settings.impl)
    board = read_board(folder)
    name = track and track.name
    milestones: dict[str, str] = {}
    try:
        require_readable(board, folder)
        report = train_and_save(settings, console, watch_for_stops(folder), milestones)
        status = 0
    except Stop as stop:
        pieces = track.pieces if track else tuple(entry.piece for entry in board.values())
        done = sum(board[piece.id].state == "written" for piece in pieces)
        show_stop(console, stop, done, len(pieces))
        where = {"file": shown(stop.path), "line": stop.line}
        report = {"stopped_at": stop.piece.id, **where, "done": done, "total": len(pieces)}
        status = 0
    except Bug as bug:
        show_bug(console, bug)
        report = {"error": bug.reason, "file": bug.path and shown(bug.path), "line": bug.line}
        status = 1
    if settings.impl == "learn":
        from .workshop.progress import Progress
        from .workshop.status import update_status

        progress = Progress()
        progress.reach(milestones)
        progress.save()
        update_status(board, progress)
    return status, report | {"track": name}


def train_and_save(
    settings: Settings, console, watch: contextlib.AbstractContextManager, milestones: dict[str, str]
) -> dict:
    """The run itself. `watch` stands around the learner's code; what is reached on the way is put into `milestones`."""
    from .training.data import load_corpus
    from .training.implementation import load
    from .training.loop import Run, Schedule, choose_device, train
    from .training.report import ProgressReport, describe_files, new_run_folder, save_run, show_result

    device = choose_device(settings.device)
    try:
        config = preset(settings.model, **settings.overrides)
        corpus = load_corpus(settings.data, config.max_seq_len)
        config = with_vocabulary(settings, corpus.tokenizer.vocab_size)
        # Names are looked up where they are used: ask now, before anything long begins.
        load("reference").norms.build_norm(config)
    except ValueError as error:
        raise UsageError(str(error)) from error
    accumulation = accumulation_of(settings, config)
    schedule = Schedule(settings.max_iters, settings.batch_size, accumulation, settings.seed, settings.eval_tokens)
    run = Run(milestones=milestones)
    implementation = load(settings.impl, check_shapes=settings.impl != "reference")
    with ProgressReport(console, schedule.max_iters) as progress, watch:
        train(
            implementation, config, corpus, schedule, device, run, on_stage=progress.on_stage, on_step=progress.on_step
        )
    out_dir = settings.out_dir or new_run_folder(settings.impl, settings.model)
    moved = save_run(out_dir, run, settings.impl, config, schedule, settings.data, corpus.tokenizer)
    show_result(console, run, config)
    describe_files(console, out_dir, moved)
    if run.interrupted:
        return {"finished": False, "steps": len(run.losses), "val_loss": run.val_loss, "out_dir": str(out_dir)}
    milestones["Full pipeline"] = f"trained, validated, sampled and saved in {shown(out_dir)}"
    return {"finished": True, "val_loss": run.val_loss, "out_dir": str(out_dir)}


def with_vocabulary(settings: Settings, needed: int) -> GPTConfig:
    """The configuration with the data's vocabulary, or with the one that was asked for if it is large enough."""
    asked = settings.overrides.get("vocab_size", needed)
    if asked < needed:
        raise UsageError(
            f"--vocab_size {asked}: --data {settings.data} needs {needed} tokens, "
            f"one for each of its {needed - 1} characters and one for the boundary between documents"
        )
    return preset(settings.model, **{**settings.overrides, "vocab_size": asked})


def accumulation_of(settings: Settings, config: GPTConfig) -> int:
    """How many forward passes make up --total_batch_size."""
    per_pass = settings.batch_size * config.max_seq_len
    total = settings.total_batch_size or per_pass
    if total % per_pass:
        possible = math.ceil(total / per_pass) * per_pass
        raise UsageError(
            f"--total_batch_size {total}: it must be a multiple of batch_size * max_seq_len = "
            f"{settings.batch_size} * {config.max_seq_len} = {per_pass} tokens; {possible}, say"
        )
    return total // per_pass


def main(argv=None) -> int:
    return run_settings([settings_of(parser().parse_args(argv))])


if __name__ == "__main__":
    sys.exit(run_command(main))
