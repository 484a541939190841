"""Training runs as they are asked for: put together, carried out, and stopped at the learner's next piece."""

import contextlib
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from reference.config import GPTConfig
from scripts.project import ROOT, UsageError, finite, fitted, json_line, shown, some
from scripts.training.models import named, says_backend
from scripts.training.settings import Settings, schedule_of
from scripts.workshop.pieces import Track

if TYPE_CHECKING:
    from scripts.public.whole_models import WholeModel
    from scripts.training.processes import Processes


def run_settings(runs: Sequence[Settings], track: Track | None = None) -> int:
    """Train as each of `runs` says, up to the first that does not finish. Returns the exit status: 0 also where a run
    stops at an unwritten piece. With `json`, the last report is printed."""
    from rich.console import Console

    as_json = runs[0].json
    console = Console(stderr=as_json, soft_wrap=False)
    # With --json, standard output is for the object alone; also what the learner's code prints goes elsewhere.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        attempts: list[tuple[Settings, Callable]] = [(settings, train_and_save) for settings in runs]
        if len(runs) > 1:
            # First a quick try of all of them, with shapes checked: the author of a piece of the last one does not wait
            # for the trainings of the others.
            attempts = [(runs[0], partial(try_out, runs))]
            attempts += [(replace(settings, check_shapes=False), train_and_save) for settings in runs]
        for settings, work in attempts:
            if len(runs) > 1 and work is train_and_save:
                chosen = {name: getattr(settings, name) for name in ("optimizer", "schedule")}
                asked = settings.overrides | {
                    name: value for name, value in chosen.items() if value != getattr(Settings(), name)
                }
                console.rule(f"{settings.model}: {', '.join(f'{name} {value}' for name, value in asked.items())}")
            status, report = run_and_report(settings, work, track, console)
            if not report.get("finished"):
                break
        else:
            if track:
                finish(track, console)
    if as_json:
        print(json_line(report))
    return status


def finish(track: Track, console) -> None:
    """Remember that a track has run to its end, and say what comes next."""
    from scripts.workshop.pieces import TRACKS
    from scripts.workshop.pieces.board import read_board
    from scripts.workshop.teach.progress import Progress
    from scripts.workshop.teach.status_file import remember

    board = read_board(ROOT / "learn")
    unwritten = [piece.id for piece in track.pieces if board[piece.id].state != "written"]
    if unwritten:
        # Other pieces may do their work: nanochat's loop samples by itself.
        console.print(f"The run has come to its end without {some(unwritten)}: write what is left of the track.")
        return
    progress = Progress()
    progress.finished = sorted({*progress.finished, track.name})
    progress.reach({f"Track {track.name}": f"its {len(track.pieces)} pieces run to the end"})
    remember(board, progress)
    after = TRACKS[TRACKS.index(track) + 1 :]
    following = f"`learn` opens the next one, {after[0].name}." if after else "That was the last one."
    console.print(f"The track {track.name} has run to its end. {following}")
    if track.end:
        console.print(track.end, soft_wrap=True)
    # That it runs does not say that it is right.
    states = {id: progress.state(entry) for id, entry in board.items()}
    unchecked = [piece.id for piece in track.pieces if states[piece.id] != "pass"]
    if unchecked:
        console.print(f"Not yet checked, or not right: {some(unchecked)}. `learn check` tells.")


def run_and_report(settings: Settings, work, track: Track | None, console) -> tuple[int, dict]:
    """Do `work`, which is to train or to try out, and show where it stopped if it did."""
    from scripts.project.implementation import implementation_folder
    from scripts.workshop.pieces.board import read_board
    from scripts.workshop.pieces.loading import lent, seen
    from scripts.workshop.teach.stops import Bug, Stop, require_readable, show_bug, show_stop, watch_for_stops

    folder = implementation_folder(settings.impl)
    board = read_board(folder)
    name = track.name if track else None
    milestones: dict[str, str] = {}
    try:
        require_readable(board, folder)
        report = work(settings, console, watch_for_stops(folder), milestones)
        say_seen(console, len(seen()))
        status = 0
        later = len(lent(board, name)) if folder != implementation_folder("reference") else 0
        if later and report.get("finished"):
            console.print(f"Of the {later} pieces of later tracks it used the reference's.", highlight=False)
    except Stop as stop:
        say_seen(console, len(seen()))
        pieces = track.pieces if track else tuple(entry.piece for entry in board.values())
        done = sum(board[piece.id].state == "written" for piece in pieces)
        show_stop(console, stop, done, len(pieces))
        where = {"file": shown(stop.path), "line": stop.line}
        report = {"stopped_at": stop.piece.id, **where, "done": done, "total": len(pieces)}
        status = 0
    except Bug as bug:
        say_seen(console, len(seen()))
        show_bug(console, bug)
        report = {"error": bug.reason, "file": bug.path and shown(bug.path), "line": bug.line}
        status = 1
    if settings.impl == "learn":
        from scripts.workshop.teach.progress import Progress
        from scripts.workshop.teach.status_file import remember

        progress = Progress()
        progress.reach(milestones)
        if "stopped_at" in report:
            progress.stop_at(str(report["stopped_at"]))
        remember(board, progress)
    return status, report | {"track": name}


def say_seen(console, pieces: int) -> None:
    """What the debug prints of the pieces came to, where they were folded."""
    if pieces and os.environ.get("LEARN_DEBUG") == "folded":
        console.print(f"seen: {pieces} piece{'s' * (pieces > 1)}, `LEARN_DEBUG=all` shows them", highlight=False)


def try_out(
    runs: Sequence[Settings],
    settings: Settings,
    console,
    watch: contextlib.AbstractContextManager,
    milestones: dict[str, str],
) -> dict:
    """Make the model of every run and take it through one step, so that all pieces that they need are asked for."""
    import torch

    from scripts.training.loop import use_threads_fit_for, write_tokens
    from scripts.training.processes import SINGLE
    from scripts.training.text.data import Batch
    from scripts.training.trainer import Trainer
    from scripts.workshop.pieces.loading import load

    implementation, device = load(settings.impl, settings.check_shapes, settings.track), torch.device("cpu")
    with watch:
        for one in runs:
            config = named(one.model, one.tiny, **one.overrides)
            use_threads_fit_for(config, device)
            tokens = torch.arange(2 * config.max_seq_len).view(2, -1) % config.vocab_size
            model = implementation.gpt.GPT(config)
            implementation.optimization.initialization.initialise(model)
            schedule = schedule_of(one)
            trainer = Trainer(implementation, model, schedule.optimization, schedule.computation, SINGLE, device)
            trainer.set_up_optimizers()
            trainer.follow_schedule(schedule.max_iters - 1, schedule.max_iters)
            trainer.step([Batch(tokens, tokens.flip(0))])
            # A draft may only be made of pieces that are there: so write last.
            list(write_tokens(implementation, model.eval(), tokens[:, :1], schedule, boundary=0))
    return {"finished": True}


def train_and_save(
    settings: Settings, console, watch: contextlib.AbstractContextManager, milestones: dict[str, str]
) -> dict:
    """The run itself. `watch` stands around the learner's code; what is reached on the way is put into `milestones`."""
    from scripts.training.processes import open_processes

    with open_processes(settings.parallel, settings.device) as processes:
        # Of several processes, the main one prints.
        console.quiet = not processes.is_main
        return train_here(settings, console, watch, milestones, processes)


def train_here(
    settings: Settings,
    console,
    watch: contextlib.AbstractContextManager,
    milestones: dict[str, str],
    processes: "Processes",
) -> dict:
    """This process's part of the run."""
    import torch

    from scripts.training.log import CONTENT, RunLog
    from scripts.training.loop import device_name, finishing_the_step, train
    from scripts.training.optimizing import set_up_optimizers
    from scripts.training.plan import Run
    from scripts.training.report import (
        ProgressReport,
        describe_files,
        facts_of,
        keep_run,
        require_writable,
        show_result,
        writable_run_folder,
    )

    def say(text: str) -> None:
        console.print(fitted(text), highlight=False, markup=False, soft_wrap=True)

    available = torch.get_num_threads()
    start = starting_model(settings)
    device, config, corpus, schedule, implementation = prepared(settings, processes.world_size, start)
    threads, measured = threads_for(settings, config, schedule, device, processes.world_size, available)
    torch.set_num_threads(threads)
    run = Run(milestones=milestones)
    # Where a run's files go is decided before it, so that checkpoints can go there.
    out_dir = processes.agree_on(settings.out_dir or writable_run_folder(settings.impl, settings.model, say))
    require_writable(out_dir)
    content = corpus.sums(config.max_seq_len, schedule.seed)
    if any(theirs != content for theirs in processes.gathered(content)):
        raise UsageError(f"--data {settings.data}: the processes do not all find the same text there")
    checkpoints = checkpoints_of(settings, out_dir, config, schedule, content, processes, say)

    @cache
    def facts() -> dict:
        about = facts_of(settings.impl, config, schedule, settings.data, device_name(device), processes.world_size)
        begun = {"init_from": str(settings.init_from)} if start else {}
        return about | {"documents": settings.documents, CONTENT: content} | begun

    if settings.impl == "reference" or settings.data != Settings.data:
        say(corpus.summary(settings.data))
    if start:
        say(starting_point(start, config))
    if settings.impl == "reference" and processes.is_main:
        from scripts.training.startup import memory_needed, require_memory, startup_report
        from scripts.training.trainer import autocast, prepare_model

        options = {
            "accumulation": schedule.accumulation,
            "setup": partial(set_up_optimizers, schedule.optimization, implementation),
            "prepare": partial(prepare_model, schedule.computation),
            "autocast": partial(autocast, schedule.computation, device),
            "loss_chunk": schedule.computation.loss_chunk,
        }
        memory = memory_needed(config, schedule.batch_size, device, **options)
        if not settings.force:
            certain = memory if not schedule.computation.compile else replace(memory, activations=None)
            require_memory(config, schedule.batch_size, device, certain, processes.world_size)
        say(startup_report(config, schedule.batch_size, device, memory))
    if device.type == "cpu" and (measured or settings.impl == "reference"):
        from scripts.training.speed import threads_in_words

        say(threads_in_words(threads, measured))
    log = RunLog(out_dir, facts, settings.tensorboard, say) if processes.is_main else None

    def keep() -> tuple[Path, Path | None]:
        assert log  # the main process has one
        # Ctrl-C waits that long.
        with finishing_the_step(True):
            return keep_run(out_dir, log, say, run, facts(), config, corpus.tokenizer)

    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(log or contextlib.nullcontext())
            progress = stack.enter_context(ProgressReport(console, schedule.max_iters))
            stack.enter_context(watch)
            hooks = {"on_stage": progress.on_stage, "on_step": progress.on_step}
            how = {"checkpoints": checkpoints, "log": log, "processes": processes}
            how["initial_weights"] = start.weights if start else None
            train(implementation, config, corpus, schedule, device, run, **how, **hooks)
    except BaseException:
        # Whatever has ended it, what is trained is kept.
        if processes.is_main and run.weights:
            describe_files(console, *keep())
        raise
    if processes.is_main:
        out_dir, moved = keep()
        show_result(console, run, config, processes.world_size)
        describe_files(console, out_dir, moved)
    processes.wait()
    result = {"val_loss": run.val_loss, "val_bits_per_byte": run.val_bits_per_byte, "out_dir": str(out_dir)}
    if run.val_accuracy is not None:
        result["val_accuracy"] = run.val_accuracy
    result = finite(result)
    if run.diverged or (not run.interrupted and result["val_loss"] is None):
        return {"finished": False, "steps": len(run.losses), "diverged": run.diverged, **result}
    if run.interrupted:
        return {"finished": False, "steps": len(run.losses), **result}
    milestones["Full pipeline"] = f"trained, validated, sampled and saved in {shown(out_dir)}"
    return {"finished": True, **result}


def starting_point(start: "WholeModel", config: GPTConfig) -> str:
    """What --init_from has found, in words."""
    dtype = str(start.dtype).removeprefix("torch.")
    return (
        f"goes on from {shown(start.folder)}: weights of {dtype}, trained and saved in float32; windows of "
        f"{config.max_seq_len:,} tokens, which are the positions of the trained model (--max_seq_len)"
    )


def threads_for(
    settings: Settings, config: GPTConfig, schedule, device, processes: int, available: int
) -> tuple[int, dict[int, float] | None]:
    """How many threads a run takes, and what was measured: those that are asked for, those that it has begun with, or
    the faster of one and all that are available. A track's models are tiny, and several processes have as many as
    torchrun gives them."""
    import torch

    if settings.threads or settings.track or device.type != "cpu" or processes > 1:
        return settings.threads or torch.get_num_threads(), None
    from scripts.training.speed import begun_with, fastest_threads, pass_flops, pass_timer

    if settings.resume and settings.out_dir and (begun := begun_with(settings.out_dir)[1]):
        return begun, None
    timer = partial(pass_timer, config, schedule.batch_size, schedule.computation)
    return fastest_threads(pass_flops(config, schedule.batch_size), available, timer)


def starting_model(settings: Settings) -> "WholeModel | None":
    """The model that --init_from goes on from. Raises `UsageError`."""
    if settings.init_from is None:
        return None
    from scripts.public.whole_models import require_there, whole_to_train

    require_there(settings.init_from, "python -m scripts.train --init_from {}")
    return whole_to_train(settings.init_from, settings.impl, settings.overrides)


def prepared(settings: Settings, processes: int = 1, start: "WholeModel | None" = None):
    """What a training needs: device, configuration, corpus, schedule and implementation. start: `starting_model`.
    Raises `UsageError` where they do not go together.

    The reference takes the fastest backend unless one is given; a run that is resumed, the one that it has begun with.
    """
    import torch

    from scripts.training.loop import choose_device, use_threads_fit_for
    from scripts.training.text.data import load_corpus
    from scripts.training.trainer import require_possible
    from scripts.workshop.pieces.loading import load

    device = choose_device(settings.device)
    try:
        config = start.config if start else named(settings.model, settings.tiny, **settings.overrides)
        if settings.impl == "reference" and not says_backend(settings.model, settings.overrides):
            from scripts.training.speed import begun_with, fastest_backend

            begun, _ = begun_with(settings.out_dir) if settings.resume and settings.out_dir else (None, None)
            backend = begun or fastest_backend(config)
            settings = replace(settings, overrides=settings.overrides | {"attention_backend": backend})
            config = replace(config, attention_backend=backend)
        # A track's runs are made of what goes together.
        if settings.track is None:
            require_sound(settings, config, device, processes)
        tokenizer = start.tokenizer if start else settings.tokenizer
        corpus = load_corpus(settings.data, config.max_seq_len, settings.documents, tokenizer, settings.bpe_vocab_size)
        config = config if start else with_vocabulary(settings, corpus.tokenizer.vocab_size)
    except ValueError as error:
        raise UsageError(str(error)) from error
    schedule = schedule_of(settings, accumulation_of(settings, config, processes))
    require_possible(schedule.computation, device, settings.parallel)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    else:
        use_threads_fit_for(config, device)
    check_shapes = settings.check_shapes and settings.impl != "reference"
    return device, config, corpus, schedule, load(settings.impl, check_shapes, settings.track)


def require_sound(settings: Settings, config: GPTConfig, device, processes: int) -> None:
    """Raises `UsageError` where a training needs more memory than there is, or its backend cannot train, and
    `ValueError` where the configuration's names and fields do not go together."""
    from reference.attentions.settings_read import as_read
    from scripts.project.implementation import on_meta
    from scripts.training.startup import least_memory, require_memory
    from scripts.workshop.pieces.loading import load

    require_backend(config, device)
    if not settings.force:
        least = least_memory(config, settings.batch_size)
        require_memory(config, settings.batch_size, device, least, processes)
    # Names are looked up where they are used: look all of them up now, before the long part begins.
    reference = load("reference")
    with on_meta():
        reference.positions.Positions(config)  # where layers read each other's keys
        model = reference.gpt.GPT(as_read(replace(config, n_layer=1, n_loop=1, vocab_size=1)))
        reference.optimization.initialization.initialise(model)
        if settings.qk_clip is not None:
            reference.optimization.qk_clip.QKClip(reference.gpt.GPT(config), settings.qk_clip)
    if settings.index_warmup_iters and "dsa" not in config.in_turn(config.attention_type):
        raise UsageError(
            f"--index_warmup_iters {settings.index_warmup_iters}: attention_type = {config.attention_type!r} has no "
            "indexer that could warm up; it goes with dsa"
        )


def require_backend(config: GPTConfig, device) -> None:
    """Raises `UsageError` where the backend cannot train such a model on this device, naming those that can."""
    if config.attention_backend == "manual":
        return  # which can do everything; to ask the others loads a compiler
    from reference.attentions.backends.fused import BACKENDS, why_unsupported

    def why_not(backend: str) -> str | None:
        if backend == "flex" and device.type == "cpu":
            return "torch's flex attention has no backward pass on a CPU"
        return why_unsupported(backend, config)

    if reason := why_not(config.attention_backend):
        able = " or ".join(backend for backend in BACKENDS if not why_not(backend))
        raise UsageError(f"--attention_backend {config.attention_backend} cannot train here: {reason}. Choose {able}")


def checkpoints_of(
    settings: Settings, out_dir: Path, config: GPTConfig, schedule, content: dict, processes: "Processes", say
):
    """The run's checkpoints; None where neither --save_every nor --resume is given. Raises `UsageError`."""
    if settings.resume and settings.out_dir is None:
        raise UsageError("--resume: give the run to continue with --out_dir")
    if settings.save_every is None and not settings.resume:
        return None
    from scripts.training.checkpoints import Checkpoints
    from scripts.training.log import CONTENT

    names = ("data", "documents", "tokenizer", "bpe_vocab_size", "eval_tokens", "max_iters", "seed", "dtype")
    about = {name: getattr(settings, name) for name in names} | asdict(schedule.optimization) | {CONTENT: content}
    # How they are divided into passes and processes may change.
    about["sequences_per_step"] = schedule.batch_size * schedule.accumulation * processes.world_size
    checkpoints = Checkpoints(out_dir, config, about, settings.save_every, settings.keep, say, processes)
    if not settings.resume and processes.is_main:
        checkpoints.set_aside()
    return checkpoints


def with_vocabulary(settings: Settings, needed: int) -> GPTConfig:
    """The configuration with the data's vocabulary, or with the one that was asked for if it is large enough."""
    asked = settings.overrides.get("vocab_size", needed)
    if asked < needed:
        raise UsageError(
            f"--vocab_size {asked}: --data {settings.data} needs {needed} tokens, "
            f"{needed - 1} for the text and one for the boundary between documents"
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
            f"try {possible}"
        )
    return total // per_pass
