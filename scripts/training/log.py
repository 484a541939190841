"""The log of a run: one JSON object a line, written while the run goes, so that a killed run has its log too.

    {"run": {...}}                                          first: the settings, and where it runs
    {"step": 7, "loss": 2.9, "learning_rate": 0.02, ...}    after every step: the fields of `RunLog.step`
    {"step": 100, "val_loss": 2.4, "val_bits_per_byte": 1.9}    at every evaluation
    {"finished": true, "val_loss": 2.3, ...}                at the end; false after Ctrl-C

A number that is not finite is null. Imports no torch, so that reading is quick.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import RawIOBase
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scripts.project import UsageError, in_words, json_line, shown

from .mfu import fraction_of_peak
from .optimizing import with_new_names
from .text.files import parsed, read_bytes, read_object, require, written_whole
from .text.published import TOKENIZERS

MAY_DIFFER = ("batch_size", "accumulation", "computation", "max_iters")  # what may differ between parts of a run
CONTENT = "content"  # what `Corpus.sums` returns, among the facts of a run
# What is read out of a log and of run.json, and of which type, by the key that says what kind of line it is.
OF_RUN = {
    "architecture": str | None,
    "parameters": int | None,
    "data": str | None,
    "config": dict | None,
    "schedule": dict | None,
    "tokens_per_step": int | None,
    "flops_per_token": int | None,
    "environment": dict | None,
}
OF_LINES = {
    "run": {"run": dict},
    "step": {"step": int},
    "loss": {"loss": float | None, "tokens": int | None, "flops": int | None, "seconds": float | None},
    "val_loss": {"val_loss": float | None, "val_bits_per_byte": float | None},
    "finished": {"finished": bool},
}
LOG, TENSORBOARD = "log.jsonl", "tensorboard"
RESULTS = ("config.json", "run.json", "samples.txt", "model.safetensors", *TOKENIZERS)  # written at the end of a run


def set_aside(folder: Path, names: Iterable[str] = (*RESULTS, LOG, TENSORBOARD)) -> Path | None:
    """Move what an earlier run left in a folder into one of its own, which is returned; None where there is nothing."""
    earlier = [folder / name for name in names if (folder / name).exists()]
    if not earlier:
        return None
    moved = folder / f"earlier-{datetime.now():%Y-%m-%dT%H-%M-%S.%f}"
    moved.mkdir()
    for path in earlier:
        path.rename(moved / path.name)
    return moved


class RunLog:
    """Writes the log of one run; `begin` opens it, every line is on its way to the disk when its call returns. Where
    the disk is full, lines wait in memory, and are tried again with every further one.

    facts: asked when the run begins, returns what `report.facts_of` does; tokens_per_step, flops_per_token and the
    environment's device are used here.
    tensorboard: write the same figures for TensorBoard, into FOLDER/tensorboard. Raises `UsageError` where the package
    is missing. say: what tells people where an earlier run's files have gone, and that lines wait.
    """

    def __init__(
        self,
        folder: Path,
        facts: Callable[[], dict[str, Any]],
        tensorboard: bool = False,
        say: Callable[[str], None] = print,
    ):
        self.folder = folder
        self.facts_of_run = facts
        self.say = say
        self.events_class = summary_writer() if tensorboard else None
        self.events = None
        self.file: RawIOBase | None = None
        self.waiting = b""  # what could not be written yet
        self.seconds: float | None = 0.0  # of training so far; None where the log of an earlier part is lost

    def begin(self, step: int) -> None:
        """Open the log behind so many steps. A run that goes on keeps its lines up to there. Any other run's files are
        moved into a folder of their own."""
        self.facts = self.facts_of_run()
        kept: list[dict] = []
        if step and (self.folder / LOG).exists() and same_run(self.facts, (log := read_log(self.folder)).run):
            kept = [line for line in (*log.steps, *log.evaluations) if line["step"] <= step]
            self.seconds = next((line["seconds"] for line in log.steps if line["step"] == step), None)
        else:
            self.seconds = None if step else 0.0
            if moved := set_aside(self.folder):
                self.say(f"An earlier run was there; its files are now in {shown(moved)}/")
        with written_whole(self.folder / LOG) as file:
            for line in ({"run": self.facts}, *sorted(kept, key=lambda line: line["step"])):
                file.write(as_line(line))
        self.file = (self.folder / LOG).open("ab", buffering=0)
        if self.events_class:
            self.events = self.events_class(str(self.folder / TENSORBOARD), purge_step=step + 1)

    def step(
        self,
        step: int,
        loss: float,
        learning_rate: float,
        gradient_norm: float,
        seconds: float,
        memory_bytes: int,
        further: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """After an optimizer step. loss: cross-entropy of the next token in nats; gradient_norm: over all weights;
        seconds: this step's own; further: figures of their own, `Trainer.extra_loss` (what is minimised besides: of
        experts and of further tokens), and what `expert_load.balance` and `QKClip.step` return.

        Writes besides: tokens and flops so far, the seconds of training so far (over all resumptions, without
        evaluations), tokens_per_second and mfu (null where the device's peak is not known) of this step.
        """
        tokens, flops_per_token = self.facts["tokens_per_step"], self.facts["flops_per_token"]
        environment = self.facts["environment"]
        speed = tokens / seconds
        if self.seconds is not None:
            self.seconds += seconds
        figures = {
            "loss": loss,
            "learning_rate": learning_rate,
            "gradient_norm": gradient_norm,
            "tokens": step * tokens,
            "flops": step * tokens * flops_per_token,
            "seconds": self.seconds,
            "tokens_per_second": speed,
            "mfu": fraction_of_peak(speed * flops_per_token, environment["device"], environment["devices"]),
            "memory_bytes": memory_bytes,
            **further,
        }
        self.write({"step": step} | figures)
        self.show("training", figures, step)

    def evaluation(
        self, step: int, val_loss: float, val_bits_per_byte: float | None = None, val_accuracy: float | None = None
    ) -> None:
        """On the held-out text, after so many steps; val_accuracy where the data ask for something."""
        figures = {"val_loss": val_loss, "val_bits_per_byte": val_bits_per_byte}
        if val_accuracy is not None:
            figures["val_accuracy"] = val_accuracy
        self.write({"step": step} | figures)
        self.show("validation", figures, step)

    def end(self, finished: bool, val_loss: float, val_bits_per_byte: float | None = None) -> None:
        """The last line. finished: false where Ctrl-C ended the training."""
        self.write({"finished": finished, "val_loss": val_loss, "val_bits_per_byte": val_bits_per_byte})

    def write(self, line: dict[str, Any]) -> None:
        late, self.waiting = bool(self.waiting), self.waiting + as_line(line)
        try:
            while self.waiting:
                self.waiting = self.waiting[self.file.write(self.waiting) :]
        except OSError as error:
            if not late:
                self.say(f"{shown(self.folder / LOG)} cannot be written ({in_words(error)}). The run goes on.")

    def copy_to(self, folder: Path) -> None:
        """Write the log into another folder, with all that waits."""
        with written_whole(folder / LOG) as file:
            file.write((self.folder / LOG).read_bytes() + self.waiting)

    def show(self, group: str, figures: dict[str, float | None], step: int) -> None:
        try:
            for name, value in figures.items():
                if self.events and value is not None:
                    self.events.add_scalar(f"{group}/{name}", value, step)
        except OSError as error:
            self.events = None
            self.say(f"{shown(self.folder / TENSORBOARD)} cannot be written ({in_words(error)}). The run goes on.")

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(self, *error) -> None:
        for file in (self.file, self.events):
            if file:
                file.close()


def as_line(line: dict[str, Any]) -> bytes:
    return (json_line(line) + "\n").encode()


def same_run(facts: dict, others: dict) -> bool:
    """Whether two runs have the same settings. They may run on different machines, divide the work of a step in other
    ways, be of other lengths, and call the same text by other names."""
    ours, theirs = ({**json.loads(json.dumps(each)), "environment": None} for each in (facts, others))
    compared = CONTENT in ours and CONTENT in theirs
    apart = ("data", "documents") if compared else (CONTENT,)
    for each in (ours, theirs):
        for name in apart:
            each.pop(name, None)
        each["schedule"] = {name: value for name, value in each.get("schedule", {}).items() if name not in MAY_DIFFER}
        if "optimization" in each["schedule"]:
            each["schedule"]["optimization"] = with_new_names(each["schedule"]["optimization"])
    return all(theirs.get(name) == value for name, value in ours.items())


def summary_writer() -> type:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError("--tensorboard needs the package: pip install -c constraints.txt -e '.[track]'") from error
    return SummaryWriter


@dataclass(frozen=True)
class Log:
    """What is read from a log. Of lines about the same step, the last one counts."""

    run: dict[str, Any]
    steps: list[dict[str, Any]]
    evaluations: list[dict[str, Any]]
    end: dict[str, Any] | None  # None: the run still goes on, or was killed


def read_log(folder: Path) -> Log:
    """The log in a run's folder. Raises `UsageError` where there is none, or where it is damaged.

    Logs of older versions hold steps, losses and gradient norms only; run.json beside them says the rest.
    """
    path = folder / LOG
    if not folder.is_dir():
        raise UsageError(f"no such folder: {shown(folder)}")
    if not path.exists():
        raise UsageError(f"{shown(folder)} has no {LOG}; give a folder that scripts.train has written")
    lines = read_bytes(path, "scripts.train writes it").decode("utf-8", errors="replace").rstrip("\n").split("\n")
    entries = []
    for number, line in enumerate(lines, start=1):
        where = f"{shown(path)}:{number}"
        try:
            entry = parsed(line, where)
        except UsageError:
            # A run that was killed may have left half a line.
            if number < len(lines):
                raise
            continue
        for key, fields in OF_LINES.items():
            if key in require(entry, {}, where):
                require(entry, fields, where)
        if "run" in entry:
            require(entry["run"], OF_RUN, where)
        entries.append(entry)
    run = next((entry["run"] for entry in entries if "run" in entry), None)
    steps = {entry["step"]: entry for entry in entries if "step" in entry and "loss" in entry}
    evaluations = {entry["step"]: entry for entry in entries if "step" in entry and "val_loss" in entry}
    end = next((entry for entry in reversed(entries) if "finished" in entry), None)
    if run is None:
        run, end = older_facts(folder)
        per_step, per_token = run.get("tokens_per_step"), run.get("flops_per_token")
        for step, entry in steps.items():
            entry["tokens"] = per_step and step * per_step
            entry["flops"] = per_step and per_token and step * per_step * per_token
    return Log(run, *([found[step] for step in sorted(found)] for found in (steps, evaluations)), end)


def older_facts(folder: Path) -> tuple[dict, dict | None]:
    """What run.json says where the log says nothing: about the run, and how it ended."""
    path = folder / "run.json"
    if not path.exists():
        return {}, None
    where, ends = shown(path), {"interrupted": bool, "val_loss": float | None}
    run = read_object(path, OF_RUN | ends | {"schedule": dict, "config": dict}, "scripts.train writes it")
    schedule = require(run["schedule"], {"batch_size": int, "accumulation": int}, f"{where}, schedule")
    config = require(run["config"], {"max_seq_len": int}, f"{where}, config")
    tokens = schedule["batch_size"] * schedule["accumulation"] * config["max_seq_len"]
    return run | {"tokens_per_step": tokens}, {"finished": not run["interrupted"], "val_loss": run["val_loss"]}
