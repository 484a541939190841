"""Train a model on text, with the reference's code, the learner's, or any copy of it.

examples:
  python -m scripts.train                                   the reference, on names: seconds on a CPU
  python -m scripts.train --impl learn                      your own code
  python -m scripts.train --data poems.txt --max_seq_len 64 any text file, or a folder of some
  python -m scripts.train --depth 4 --num_iterations 100    nanochat's family, by depth
  python -m scripts.train --out_dir runs/long --save_every 100 --resume
                                                            a long run; the same line again goes on with it
  python -m scripts.train --optimizer adamw --learning_rate 1e-3 --schedule cosine --warmup_iters 100 --clip 1
  torchrun --nproc_per_node 2 -m scripts.train --parallel ddp
                                                            two processes, each on half of every step's batches

The model's vocabulary is that of the data unless --vocab_size is given. Both --max_iters and --max-iters work.
"""

import contextlib
import json
import math
import sys
from argparse import SUPPRESS, Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reference.config import GPTConfig
from reference.presets import nanochat
from reference.schedules import SCHEDULES
from scripts.project import ROOT, Parser, UsageError, run_command, shown, some

from .training.models import ABOUT, add_model_fields, given_fields, named
from .training.optimizing import OPTIMIZERS, RATES
from .workshop.pieces import Track

if TYPE_CHECKING:
    from .training.processes import Processes

# What of the settings goes into the schedule as it is.
SCHEDULED = ("max_iters", "batch_size", "seed", "eval_tokens", "eval_every", "writer", "sampling")


@dataclass
class Settings:
    """One training run, as asked for on the command line."""

    impl: str = "reference"
    model: str = "nanochat_tiny"
    tiny: bool = False
    overrides: dict = field(default_factory=dict)  # fields of the model's configuration
    max_iters: int = 200
    batch_size: int = 16
    total_batch_size: int | None = None  # in tokens
    eval_tokens: int | None = None
    seed: int = 42
    device: str = "auto"
    data: str = "names"
    documents: str | None = None
    tokenizer: str | None = None
    bpe_vocab_size: int | None = None
    out_dir: Path | None = None
    eval_every: int | None = None  # steps
    optimizer: str = "nanochat"
    rates: dict[str, float] = field(default_factory=dict)
    schedule: str | None = None
    warmup_iters: int = 0
    final_lr: float = 0.0
    clip: float | None = None
    dtype: str = "float32"
    compile: bool = False
    activation_checkpointing: bool = False
    loss_chunk: int | None = None  # positions
    parallel: str | None = None
    save_every: int | None = None  # steps
    keep: int = 3
    resume: bool = False
    tensorboard: bool = False
    json: bool = False
    writer: str = "generate"  # how the samples are written, and with what: see training.loop.Schedule
    sampling: dict = field(default_factory=dict)
    check_shapes: bool = True  # stop where a learner's function gets or gives a shape that its signature does not allow


def positive(text: str) -> float:
    if not 0 < float(text) < math.inf:
        raise ValueError
    return float(text)


positive.__name__ = "number greater than 0"


def at_least_zero(text: str) -> float:
    if not 0 <= float(text) < math.inf:
        raise ValueError
    return float(text)


at_least_zero.__name__ = "number of 0 or more"


def share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ValueError
    return float(text)


share.__name__ = "number from 0 to 1"


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
    add("--model", metavar="NAME|FILE", help=f"{ABOUT} (default: {default.model})")
    add("--tiny", action="store_true", help="the same architecture, small enough for names on a laptop: NAME_tiny")
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
        help=f"sequences per forward pass, in each process (default: {default.batch_size})",
    )
    add(
        "--total_batch_size",
        type=at_least(1),
        metavar="TOKENS",
        help="tokens per optimizer step, of all processes together; a multiple of batch_size * max_seq_len, more than "
        "one is accumulated",
    )
    add("--eval_tokens", type=at_least(1), metavar="TOKENS", help="held-out tokens to validate on (default: all)")
    add("--eval_every", type=at_least(1), metavar="N", help="validate every N steps too (default: first and last)")
    add("--seed", type=at_least(0), metavar="N", help=f"the same seed gives the same run (default: {default.seed})")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where to compute (default: auto)")
    add(
        "--data",
        metavar="names|pydoc|shakespeare|PATH",
        help="the names that come with this, Python's own help texts, 1 MB of Shakespeare (a download), a UTF-8 text "
        "file, a folder of some, or a folder that scripts.prepare has written",
    )
    add(
        "--documents",
        choices=("auto", "line", "file"),
        help="what a document is: a line, or a whole file with its line ends (default: auto, which takes a file with "
        "empty lines in it as a whole)",
    )
    add(
        "--tokenizer",
        metavar="char|bpe|gpt2|cl100k_base|FILE",
        help="a token per character, byte pairs that are learned from the text, a tokenizer that tiktoken knows, or a "
        "rank file, FILE.tiktoken (default: char)",
    )
    add(
        "--bpe_vocab_size",
        type=at_least(257),
        metavar="N",
        help="how many tokens bpe has: 256 bytes, the boundary between documents, and merges (default: 1024)",
    )
    add("--out_dir", type=Path, metavar="DIR", help="where the run's files go (default: a new folder in runs/)")
    add(
        "--save_every",
        type=at_least(1),
        metavar="N",
        help="write a checkpoint after every N steps, and at Ctrl-C, into DIR/checkpoints (default: never)",
    )
    add(
        "--keep",
        type=at_least(1),
        metavar="K",
        help=f"how many of the newest checkpoints stay (default: {default.keep})",
    )
    add(
        "--resume",
        action="store_true",
        help="go on from the newest checkpoint in DIR, to the same loss curve; start afresh where there is none",
    )
    add("--tensorboard", action="store_true", help="write the log for TensorBoard as well, into DIR/tensorboard")
    add(
        "--parallel",
        choices=("ddp", "zero1", "fsdp"),
        help="how the processes that torchrun has started share the work: each has the whole model; and a part of the "
        "optimizers' state; and of the model too",
    )
    add("--json", action="store_true", help="end with one JSON object on standard output; progress on standard error")
    add_optimization(parser)
    add_computation(parser)
    add_model_fields(parser)
    return parser


def add_optimization(parser: Parser) -> None:
    default = Settings()
    add = parser.add_argument_group("how it learns").add_argument
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        help="nanochat's Muon and AdamW with rates for each kind of weight; AdamW alone; the same, written to be read; "
        f"Muon for matrices and AdamW for the rest (default: {default.optimizer})",
    )
    for rate, about in RATES.items():
        kind = share if rate.startswith("beta") else at_least_zero if rate == "weight_decay" else positive
        add(f"--{rate}", type=kind, metavar="X", help=f"{about} (default: the optimizer's)")
    add(
        "--schedule",
        choices=SCHEDULES,
        help="how the rates fall after the warm-up; with --impl learn, by your schedules.py (default: trapezoidal, "
        "which falls over the last two fifths)",
    )
    add("--warmup_iters", type=at_least(0), metavar="N", help="steps in which the rates rise (default: 0)")
    add("--final_lr", type=share, metavar="X", help="the share of the rates that is left at the end (default: 0)")
    add("--clip", type=positive, metavar="NORM", help="shorten gradients whose norm is larger (default: never)")


def add_computation(parser: Parser) -> None:
    add = parser.add_argument_group("how it is computed").add_argument
    add(
        "--dtype",
        choices=("float32", "bfloat16", "float16"),
        help="of matrix products; weights stay in float32. float16 is for GPUs (default: float32)",
    )
    add("--compile", action="store_true", help="by torch.compile: a minute at first, then faster, mostly on GPUs")
    add(
        "--activation_checkpointing",
        action="store_true",
        help="save memory: compute every block a second time instead of keeping what is inside",
    )
    add(
        "--loss_chunk",
        type=at_least(1),
        metavar="N",
        help="save memory: make the logits of N positions at a time",
    )


def settings_of(options: Namespace) -> Settings:
    given = vars(options)
    depth = given.pop("depth", None)
    family = nanochat(depth) if depth else {}
    overrides = {name: family[name] for name in ("n_layer", "n_head", "n_embd") if family}
    overrides |= given_fields(given)
    rates = {rate: given.pop(rate) for rate in RATES if rate in given}
    return Settings(overrides=overrides, rates=rates, **given)


def run_settings(runs: Sequence[Settings], track: Track | None = None) -> int:
    """Train as each of `runs` says, up to the first that does not finish. Returns the exit status: 0 also where a run
    stops at an unwritten piece. With `json`, the last report is printed."""
    from rich.console import Console

    as_json = runs[0].json
    console = Console(stderr=as_json, soft_wrap=False)
    # With --json, standard output is for the object alone; also what the learner's code prints goes elsewhere.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        attempts = [(settings, train_and_save) for settings in runs]
        if len(runs) > 1:
            # First a quick look at all of them, shapes and all: whoever is writing a piece of the last one need not
            # wait for the trainings of the others.
            attempts = [(runs[0], partial(try_out, runs))]
            attempts += [(replace(settings, check_shapes=False), train_and_save) for settings in runs]
        for settings, work in attempts:
            if len(runs) > 1 and work is train_and_save:
                asked = ", ".join(f"{name} {value}" for name, value in settings.overrides.items())
                console.rule(f"{settings.model}: {asked}")
            status, report = run_and_report(settings, work, track, console)
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
    from .workshop.board import read_board
    from .workshop.pieces import TRACKS
    from .workshop.progress import Progress

    progress = Progress()
    progress.finished = sorted({*progress.finished, track.name})
    progress.save()
    after = TRACKS[TRACKS.index(track) + 1 :]
    following = f"`learn` opens the next one, {after[0].name}." if after else "That was the last one."
    console.print(f"The track {track.name} has run to its end. {following}")
    # That it runs does not say that it is right.
    states = {id: progress.state(entry) for id, entry in read_board(ROOT / "learn").items()}
    unchecked = [piece.id for piece in track.pieces if states[piece.id] != "pass"]
    if unchecked:
        console.print(f"Not yet checked, or not right: {some(unchecked)}. `learn check` tells.")


def run_and_report(settings: Settings, work, track: Track | None, console) -> tuple[int, dict]:
    """Do `work`, which is to train or to try out, and show where it stopped if it did."""
    from .training.implementation import implementation_folder
    from .workshop.board import read_board
    from .workshop.stops import Bug, Stop, require_readable, show_bug, show_stop, watch_for_stops

    folder = implementation_folder(settings.impl)
    board = read_board(folder)
    name = track and track.name
    milestones: dict[str, str] = {}
    try:
        require_readable(board, folder)
        report = work(settings, console, watch_for_stops(folder), milestones)
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


def try_out(
    runs: Sequence[Settings],
    settings: Settings,
    console,
    watch: contextlib.AbstractContextManager,
    milestones: dict[str, str],
) -> dict:
    """Make the model of every run and take it through one step, so that all pieces that they need are asked for."""
    import torch

    from .training.implementation import load
    from .training.loop import write_tokens

    implementation = load(settings.impl, settings.check_shapes)
    with watch:
        for one in runs:
            config = named(one.model, one.tiny, **one.overrides)
            tokens = torch.arange(2 * config.max_seq_len).view(2, -1) % config.vocab_size
            model = implementation.gpt.GPT(config)
            model.init_weights()
            model(tokens, tokens.flip(0)).backward()
            # A draft may only be made of pieces that are there: so write last.
            list(write_tokens(implementation, model.eval(), tokens[:, :1], schedule_of(one)))
    return {"finished": True}


def train_and_save(
    settings: Settings, console, watch: contextlib.AbstractContextManager, milestones: dict[str, str]
) -> dict:
    """The run itself. `watch` stands around the learner's code; what is reached on the way is put into `milestones`."""
    from .training.processes import open_processes

    with open_processes(settings.parallel, settings.device) as processes:
        # Of several processes, one speaks.
        console.quiet = not processes.first
        return train_here(settings, console, watch, milestones, processes)


def train_here(
    settings: Settings,
    console,
    watch: contextlib.AbstractContextManager,
    milestones: dict[str, str],
    processes: "Processes",
) -> dict:
    """This process's part in the run."""
    from .training.data import load_corpus
    from .training.implementation import load
    from .training.log import RunLog
    from .training.loop import Run, choose_device, device_name, train, use_threads_fit_for
    from .training.report import ProgressReport, describe_files, facts_of, new_run_folder, save_run, show_result
    from .training.startup import startup_report

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    device = choose_device(settings.device)
    try:
        config = named(settings.model, settings.tiny, **settings.overrides)
        corpus = load_corpus(
            settings.data, config.max_seq_len, settings.documents, settings.tokenizer, settings.bpe_vocab_size
        )
        config = with_vocabulary(settings, corpus.tokenizer.vocab_size)
        # Names are looked up where they are used: try them all now, before anything long begins.
        load("reference").gpt.GPT(replace(config, n_layer=1, vocab_size=1)).init_weights()
    except ValueError as error:
        raise UsageError(str(error)) from error
    accumulation = accumulation_of(settings, config, processes.world_size)
    schedule = schedule_of(settings, accumulation)
    schedule.computation.require_possible(device, settings.parallel)
    implementation = load(settings.impl, settings.check_shapes and settings.impl != "reference")
    run = Run(milestones=milestones)
    # Where a run's files go is decided before it, so that checkpoints can go there.
    out_dir = processes.agree_on(settings.out_dir or new_run_folder(settings.impl, settings.model))
    checkpoints = checkpoints_of(settings, out_dir, config, schedule, processes, say)
    use_threads_fit_for(config, device)
    facts = facts_of(settings.impl, config, schedule, settings.data, device_name(device), processes.world_size)
    if settings.impl == "reference" and processes.first:
        options = {
            "accumulation": accumulation,
            "setup": partial(schedule.optimization.set_up, implementation),
            "prepare": schedule.computation.prepare,
            "autocast": partial(schedule.computation.autocast, device),
            "loss_chunk": schedule.computation.loss_chunk,
        }
        say(startup_report(config, schedule.batch_size, device, **options))
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(RunLog(out_dir, facts, settings.tensorboard, say)) if processes.first else None
        progress = stack.enter_context(ProgressReport(console, schedule.max_iters))
        stack.enter_context(watch)
        hooks = {"on_stage": progress.on_stage, "on_step": progress.on_step}
        how = {"checkpoints": checkpoints, "log": log, "processes": processes}
        train(implementation, config, corpus, schedule, device, run, **how, **hooks)
    if processes.first:
        moved = save_run(out_dir, run, facts, config, corpus.tokenizer)
        show_result(console, run, config)
        describe_files(console, out_dir, moved)
    processes.wait()
    result = {"val_loss": run.val_loss, "val_bits_per_byte": run.val_bits_per_byte, "out_dir": str(out_dir)}
    if run.interrupted:
        return {"finished": False, "steps": len(run.losses), **result}
    milestones["Full pipeline"] = f"trained, validated, sampled and saved in {shown(out_dir)}"
    return {"finished": True, **result}


def schedule_of(settings: Settings, accumulation: int = 1):
    from .training.loop import Schedule
    from .training.optimizing import Optimization
    from .training.trainer import Computation

    return Schedule(
        accumulation=accumulation,
        optimization=taken_from(settings, Optimization),
        computation=taken_from(settings, Computation),
        **{name: getattr(settings, name) for name in SCHEDULED},
    )


def taken_from(settings: Settings, kind: type):
    """One of `kind`, whose fields are settings of the same names."""
    return kind(**{entry.name: getattr(settings, entry.name) for entry in fields(kind)})


def checkpoints_of(settings: Settings, out_dir: Path, config: GPTConfig, schedule, processes: "Processes", say):
    """Where checkpoints go, or None where none are wanted. Raises `UsageError`."""
    from .training.checkpoints import Checkpoints

    if settings.resume and settings.out_dir is None:
        raise UsageError("--resume: say with --out_dir which run is to go on")
    if settings.save_every is None and not settings.resume:
        return None
    names = ("data", "documents", "tokenizer", "bpe_vocab_size", "eval_tokens", "max_iters", "seed", "dtype")
    about = {name: getattr(settings, name) for name in names} | asdict(schedule.optimization)
    # How they are spread over passes and processes may change.
    about["sequences_per_step"] = schedule.batch_size * schedule.accumulation * processes.world_size
    checkpoints = Checkpoints(out_dir, config, about, settings.save_every, settings.keep, say, processes)
    if not settings.resume and processes.first:
        checkpoints.set_aside()
    return checkpoints


def with_vocabulary(settings: Settings, needed: int) -> GPTConfig:
    """The configuration with the data's vocabulary, or with the one that was asked for if it is large enough."""
    asked = settings.overrides.get("vocab_size", needed)
    if asked < needed:
        raise UsageError(
            f"--vocab_size {asked}: --data {settings.data} needs {needed} tokens, "
            f"{needed - 1} for what is written and one for the boundary between documents"
        )
    return named(settings.model, settings.tiny, **{**settings.overrides, "vocab_size": asked})


def accumulation_of(settings: Settings, config: GPTConfig, processes: int) -> int:
    """How many forward passes of each process make up --total_batch_size."""
    per_pass = settings.batch_size * config.max_seq_len * processes
    total = settings.total_batch_size or per_pass
    if total % per_pass:
        possible = math.ceil(total / per_pass) * per_pass
        names = "batch_size * max_seq_len" + " * processes" * (processes > 1)
        numbers = f"{settings.batch_size} * {config.max_seq_len}" + f" * {processes}" * (processes > 1)
        raise UsageError(
            f"--total_batch_size {total}: it must be a multiple of {names} = {numbers} = {per_pass} tokens; "
            f"{possible}, say"
        )
    return total // per_pass


def main(argv=None) -> int:
    return run_settings([settings_of(parser().parse_args(argv))])


if __name__ == "__main__":
    sys.exit(run_command(main))
