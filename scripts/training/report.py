"""What a run shows while it goes, and the files that it writes."""

import contextlib
import errno
import itertools
import json
import math
import os
import platform
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reference.config import GPTConfig
from scripts.project import ROOT, UsageError, finite, fitted, in_words, shown

from .log import RESULTS, RunLog, set_aside
from .mfu import utilisation
from .plan import Run, Schedule
from .text.files import written_whole
from .text.published import TOKENIZERS
from .text.tokenizers import Tokenizer


class ProgressReport:
    """A bar with loss, speed and time left; plain lines, ten to a run, where the output is not a terminal."""

    def __init__(self, console: Console, max_iters: int):
        self.console = console
        self.max_iters = max_iters
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("training", total=max_iters, figures="", visible=False)

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *error):
        self.bar.stop()

    def on_stage(self, stage: str) -> None:
        self.console.print(f"{stage} ...", style="dim", highlight=False)
        self.bar.update(self.task, visible=stage == "training")

    def on_step(self, run: Run) -> None:
        step = len(run.losses)
        speed = "" if math.isnan(run.tokens_per_second) else f"  {run.tokens_per_second:,.0f} tokens/s"
        figures = f"loss {run.losses[-1]:.3f}{speed}"
        self.bar.update(self.task, completed=step, figures=figures)
        if not self.console.is_terminal and step % max(1, self.max_iters // 10) == 0:
            self.console.print(f"  step {step:4} of {self.max_iters}  {figures}", highlight=False)


def loss_curve(losses: list[float], width: int = 78, height: int = 14) -> str:
    """The training loss over the steps, drawn with characters."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, height)
    plotext.plot(list(range(1, len(losses) + 1)), losses, marker="braille")
    plotext.title("training loss, nats per token")
    plotext.xlabel("step")
    return plotext.uncolorize(plotext.build())


def show_result(console: Console, run: Run, config: GPTConfig, devices: int = 1) -> None:
    """Validation loss, curve and samples. devices: how many have trained together."""
    finite_losses = run.losses[: run.diverged - 1] if run.diverged else run.losses
    if len(finite_losses) > 1:
        console.print(loss_curve(finite_losses), markup=False, highlight=False)
    if run.interrupted:
        console.print(f"Stopped by Ctrl-C after {len(run.losses)} steps; these are the results so far.")
    if run.diverged or not (run.interrupted or math.isfinite(run.val_loss)):
        where = f"is {run.losses[-1]} from step {run.diverged} on" if run.diverged else f"is {run.val_loss} at the end"
        console.print(
            f"The loss {where}: the run has diverged, and writes no samples. A smaller learning rate, --clip 1 or "
            "--warmup_iters may help.",
            highlight=False,
        )
    before = f"{run.init_loss:.4f} before training"
    console.print(f"validation loss {run.val_loss:.4f} nats per token ({before})", highlight=False)
    console.print(f"                {math.log(config.vocab_size):.4f} is the uniform baseline, ln V", highlight=False)
    console.print(f"                {run.val_bits_per_byte:.4f} bits per byte", highlight=False)
    if run.val_accuracy is not None:
        console.print(f"accuracy        {run.val_accuracy:.4f} of what is asked for", highlight=False)
    if run.clipped:
        console.print(clipping(run), highlight=False)
    if not math.isnan(run.tokens_per_second):
        flops = run.tokens_per_second * run.flops_per_token
        speed = f"{run.tokens_per_second:,.0f} tokens/s, {flops / 1e9:.1f} GFLOP/s in the model"
        console.print(f"{speed}; {utilisation(flops, run.device, devices)}", highlight=False)
    if not run.samples:
        return
    if any("\n" in sample for sample in run.samples):
        # Of running text, one is enough.
        console.print(f"It writes:\n{textwrap.indent(run.samples[0], '    ')}", highlight=False, markup=False)
    else:
        written = ", ".join(sample or "(nothing)" for sample in run.samples)
        console.print("It writes:", written, highlight=False, markup=False)


def clipping(run: Run) -> str:
    """What QK-clip has seen and done."""
    clipped = sum(int(step["clipped_heads"]) for step in run.clipped)
    largest = max(step["largest_logit"] for step in run.clipped)
    of = run.watched_heads * len(run.clipped)
    return f"QK-clip: {clipped:,} of {of:,} head-steps clipped; largest logit {largest:.1f}"


def new_run_folder(impl: str, model: str) -> Path:
    name = Path(impl).name if impl not in ("learn", "reference") else impl
    of = Path(model).name if Path(model).is_dir() else Path(model).stem
    wanted = f"{datetime.now():%Y-%m-%dT%H-%M-%S}-{name}-{of}"
    # Two runs may begin in the same second.
    endings = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    return next(folder for ending in endings if not (folder := ROOT / "runs" / (wanted + ending)).exists())


def facts_of(impl: str, config: GPTConfig, schedule: Schedule, data: str, device: str, devices: int = 1) -> dict:
    """What was asked for, and where it runs: for run.json and the first line of the log.

    device: as its maker calls it; devices: how many work together, each on a batch of its own.
    """
    from .architecture import summary_of

    summary = summary_of(config)
    return {
        "impl": impl,
        "data": data,
        "architecture": summary.name,
        "parameters": summary.parameters,
        "flops_per_token": summary.flops_per_token,
        "tokens_per_step": devices * schedule.batch_size * schedule.accumulation * config.max_seq_len,
        "config": asdict(config),
        "schedule": asdict(schedule),
        "environment": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "platform": platform.platform(),
            "device": device,
            "devices": devices,
            "threads": torch.get_num_threads(),
            "commit": commit(),
        },
    }


def commit() -> str | None:
    """The commit that the code is at, with -dirty behind it where it was changed; None without git."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stdout.strip() or None


def require_writable(folder: Path) -> None:
    """Raises `OSError` where a folder cannot be written, or not be made. Nothing is written to find that out."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
    problem = None if there.is_dir() else errno.ENOTDIR
    problem = problem or (None if os.access(there, os.W_OK | os.X_OK) else errno.EACCES)
    if problem:
        raise OSError(problem, os.strerror(problem), str(there))


def writable_run_folder(impl: str, model: str, say: Callable[[str], None]) -> Path:
    """`new_run_folder`, or where that cannot be made, one among temporary files."""
    folder = new_run_folder(impl, model)
    try:
        require_writable(folder)
    except OSError as error:
        place = Path(tempfile.gettempdir(), folder.name)
        say(f"{shown(folder.parent)}/ cannot be written ({error.strerror}); this run goes to {place}/")
        return place
    return folder


def keep_run(folder: Path, log: RunLog, say: Callable[[str], None], *results) -> tuple[Path, Path | None]:
    """`save_run`, and where the folder cannot be written, into a new one in the home folder or among temporary files,
    with a copy of the log. Returns the folder that it is, and where an earlier run's files are. Raises `UsageError`
    where no place takes all of it; what the first one takes is written then."""
    with contextlib.suppress(OSError):
        return folder, save_run(folder, *results)
    for parent in (Path.home, lambda: Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError, RuntimeError):
            place = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=parent()))
            try:
                save_run(place, *results)
                log.copy_to(place)
            except OSError:
                shutil.rmtree(place, ignore_errors=True)
                raise
            say(f"{shown(folder)} cannot be written; everything is in {place}/ instead. Move it when there is space.")
            return place, None
    # Whatever the reason is, it is said for the last attempt.
    failed: list[OSError] = []

    @contextlib.contextmanager
    def each():
        try:
            yield
        except OSError as error:
            failed.append(error)

    with each():
        save_run(folder, *results, attempt=each)
    raise UsageError("not everything could be written, here or elsewhere: " + "; ".join(map(in_words, failed)))


def save_run(folder: Path, *results, **how) -> Path | None:
    """Write a run's results, beside its log: see `write_results`. What an earlier run, or an earlier part of this one,
    left there is moved to a folder of its own, which is returned, once the new ones are on the disk. Raises
    `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".results-", dir=folder) as name:
        partial = Path(name)
        write_results(partial, *results, **how)
        moved = set_aside(folder, RESULTS)
        for path in partial.iterdir():
            path.rename(folder / path.name)
    return moved


def write_results(
    folder: Path,
    run: Run,
    facts: dict,
    config: GPTConfig,
    tokenizer: Tokenizer,
    attempt: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext,
) -> None:
    """attempt: stands around the writing of each file."""
    from scripts.public.model_folders import WEIGHTS, each_once, save_weights

    # With config.json beside them, these weights are a checkpoint that `scripts.convert` reads.
    with attempt():
        save_weights(folder / WEIGHTS, each_once(run.weights, config))
    facts = facts | {
        "init_loss": run.init_loss,
        "val_loss": run.val_loss,
        "val_bits_per_byte": run.val_bits_per_byte,
        **({} if run.val_accuracy is None else {"val_accuracy": run.val_accuracy}),
        "tokens_per_second": run.tokens_per_second,
        "steps": len(run.losses),
        "interrupted": run.interrupted,
        "diverged": run.diverged,
    }
    with attempt():
        facts["tokenizer"] = tokenizer.save(folder)
    texts = {
        "config.json": config.to_json(),
        "run.json": json.dumps(finite(facts), indent=1, allow_nan=False) + "\n",
        "samples.txt": "".join(sample + "\n" for sample in run.samples),
    }
    for name, text in texts.items():
        with attempt(), written_whole(folder / name) as file:
            file.write(text.encode())


def describe_files(console: Console, folder: Path, moved: Path | None) -> None:
    tokenizer = "".join(f", {name}" for name in TOKENIZERS if (folder / name).exists())
    said = [f"Files: {shown(folder)}/ (config.json, run.json, log.jsonl, samples.txt, model.safetensors{tokenizer})"]
    if moved:
        said.append(f"An earlier run was there; its files are now in {shown(moved)}/")
    console.print(fitted("\n".join(said)), highlight=False, markup=False, soft_wrap=True)
