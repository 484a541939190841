"""Checkpoints: everything that a run needs to continue with the same loss curve.

    OUT_DIR/checkpoints/step-00000200/    config.json, model.safetensors, state.pt, SHA256SUMS

A checkpoint is written under another name and renamed when all of it is on the disk, so that a run that is killed, or
meets a full disk, leaves the earlier ones as they were. What is damaged later does not fit its check sums, and the one
before is taken; what cannot be read for another reason stays as it is, and the run does not begin. state.pt holds
tensors, Python numbers and strings only, and is loaded with `weights_only`.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError

from reference.attentions.settings_read import as_read
from reference.config import GPTConfig
from scripts.project import UsageError, in_words, shown, some
from scripts.public.model_folders import (
    PARTS,
    SUMS,
    WEIGHTS,
    BadCheckpoint,
    BadSums,
    names_in,
    read_folder,
    save_ours,
    verify_sums,
    write_sums,
)

from .log import CONTENT, set_aside
from .optimizing import OLD_STATE, rate_factor, with_new_names
from .plan import Run
from .processes import SINGLE, Processes
from .text.files import sync
from .trainer import Trainer

CONFIG, STATE = "config.json", "state.pt"
LEARNED_LAST = "positions.encodings.learned_absolute.embedding.weight"
REMEMBERED = ("init_loss", "losses", "gradient_norms", "clipped")  # of a run
# How a text was asked for. Only where its content cannot be compared must it be the same.
ASKED = ("data", "documents", "tokenizer", "bpe_vocab_size")

Content = tuple[dict[str, torch.Tensor] | None, dict[str, Any]]  # weights, None where they are sharded; the state
Found = tuple[Path, Content | None]  # a checkpoint, and what is in it where this process has read it


@dataclass
class Checkpoints:
    """Those of one run. `about`: what two runs must agree in for one to go on where the other stopped; `CONTENT` among
    it holds the check sums of what it is trained on, `max_iters` may be another where the schedule allows it."""

    out_dir: Path
    config: GPTConfig
    about: Mapping[str, Any]
    save_every: int | None  # steps; None: none are written
    keep: int  # how many of the newest stay
    say: Callable[[str], None] = field(default=print)
    processes: Processes = SINGLE

    @property
    def folder(self) -> Path:
        return self.out_dir / "checkpoints"

    def newest_first(self) -> list[Path]:
        return sorted(self.named("step-"), reverse=True)

    def named(self, beginning: str) -> list[Path]:
        """What is in the folder under such a name. Raises `OSError` where that cannot be told."""
        if not self.folder.exists():
            return []
        return [path for path in self.folder.iterdir() if path.name.startswith(beginning)]

    def due(self, step: int) -> bool:
        """Whether one is to be written after so many steps."""
        return self.save_every is not None and step % self.save_every == 0

    def save(self, trainer: Trainer, run: Run) -> None:
        """Write a checkpoint, then delete those that are too old; called by all processes. Where it cannot be written,
        say so: the run can go on, and the earlier ones are still there."""
        step = len(run.losses)
        target = self.folder / f"step-{step:08}"
        partial = self.folder / f".{target.name}.partial"
        is_main, sharded = self.processes.is_main, self.processes.parallel == "fsdp"
        state = {
            **trainer.state(),
            "random": self.processes.gathered(random_states()),
            "run": {name: getattr(run, name) for name in REMEMBERED},
            "milestones": run.milestones,
        }
        if is_main:
            shutil.rmtree(partial, ignore_errors=True)
        self.processes.wait()
        try:
            if sharded:
                from .sharded import save_parts

                save_parts(trainer, partial)
            if is_main:
                self.write(partial, None if sharded else trainer.model.state_dict(), state)
                # From here on it counts.
                partial.rename(target)
                sync(self.folder)
                for old in self.newest_first()[self.keep :]:
                    discard(old)
        except (OSError, RuntimeError, SafetensorError) as error:
            # Of a full disk, each library speaks in its own way.
            if is_main:
                shutil.rmtree(partial, ignore_errors=True)
                last = next((f"the last one is {shown(path)}" for path in self.newest_first()), "there is none yet")
                self.say(f"The checkpoint of step {step} could not be written ({first_line(error)}); {last}.")
        self.processes.wait()

    def write(self, folder: Path, weights: Mapping[str, torch.Tensor] | None, state: dict[str, Any]) -> None:
        """Everything that belongs to a checkpoint, to the disk. weights: None where their parts are there already."""
        if weights is None:
            (folder / CONFIG).write_text(self.config.to_json(), encoding="utf-8")
        else:
            save_ours(folder, self.config, weights)
        torch.save({"about": dict(self.about), "state": state}, folder / STATE)
        write_sums(folder)
        for path in (*folder.iterdir(), folder):
            sync(path)

    def find(self, trainer: Trainer) -> Found | None:
        """The newest checkpoint that is whole; None where there is none.

        Called by all processes. Raises `UsageError` where the newest is that of another run or cannot be read, or where
        all are damaged.
        """
        path, problem, found = None, None, None
        if self.processes.is_main:
            try:
                rate = partial(rate_factor, trainer.optimization, trainer.implementation)
                path, found = self.newest_whole(rate)
            except UsageError as error:
                problem = str(error)
            except OSError as error:
                problem = in_words(error)
        path, problem = self.processes.agree_on((path, problem))
        if problem:
            raise UsageError(problem)
        return None if path is None else (path, found)

    def resume(self, found: Found, trainer: Trainer, run: Run) -> None:
        """Restore what `find` has found. Called by all processes. Raises `UsageError` where it cannot be read."""
        path, content = found
        with readable(path):
            weights, state = content or self.read(path)[1:]
            if weights is None:
                from .sharded import load_parts

                load_parts(trainer, path)
            else:
                trainer.model.load_state_dict(weights)
            trainer.load_state(state)
            # Another number of processes draws other random numbers.
            if len(state["random"]) == self.processes.world_size:
                set_random_states(state["random"][self.processes.rank])
            for name, value in state["run"].items():
                setattr(run, name, value)
            run.milestones.update(state["milestones"])

    def newest_whole(
        self, rate: Callable[[int, int], float] = lambda step, max_iters: 1.0
    ) -> tuple[Path | None, Content | None]:
        """The newest checkpoint that is whole, and what is in it. Those that are damaged get another name.

        rate: the schedule's factor at a step of so many. Of a run of another length, the newest that a run of ours
        would have come by as well; those behind it are moved away.
        """
        for unfinished in self.named(".step-"):
            shutil.rmtree(unfinished)
        candidates, apart = self.newest_first(), []
        for path in candidates:
            try:
                theirs, weights, state = self.read(path)
            except BadSums as error:
                # Under its old name it would count among the newest, which stay, and good ones would go for it.
                moved = path.with_name(f"damaged-{datetime.now():%Y-%m-%dT%H-%M-%S.%f}-{path.name}")
                path.rename(moved)
                self.say(f"{shown(path)} is damaged ({first_line(error)}), and is now called {moved.name}.")
                continue
            self.require_same(path, theirs)
            require_order(path)
            if not self.comes_by(len(state["run"]["losses"]), theirs, rate):
                apart.append((path, theirs["max_iters"]))
                continue
            if apart:
                moved = set_aside(self.out_dir, [f"{self.folder.name}/{later.name}" for later, _ in apart])
                self.say(f"Checkpoints of the run of {apart[0][1]} steps that are no part of this one: {shown(moved)}/")
            self.say(f"Continuing from {shown(path)}.")
            return path, (weights, state)
        if apart:
            (path, length), ours = apart[0], self.about["max_iters"]
            raise UsageError(
                f"{shown(path)} is of a run of {length} steps, whose learning rates on the way there are not those of "
                f"{ours} steps; give --max_iters {length}, or train {ours} from the beginning, with another --out_dir: "
                "with --schedule constant, or --keep for checkpoints from before the decay, a run can be made longer"
            )
        if damaged := self.named("damaged-"):
            raise UsageError(
                f"{shown(self.folder)} holds damaged checkpoints only ({some(path.name for path in damaged)}); put a "
                "good copy there as step-NUMBER, or begin anew without --resume"
            )
        return None, None

    def comes_by(self, steps: int, theirs: Mapping[str, Any], rate: Callable[[int, int], float]) -> bool:
        """Whether so many steps of a run of their length are also those of a run of ours."""
        then, now = theirs.get("max_iters"), self.about.get("max_iters")
        return then == now or (steps <= now and all(rate(step, then) == rate(step, now) for step in range(steps)))

    def read(self, path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor] | None, dict[str, Any]]:
        """Of which run a checkpoint is, its weights (None where they are sharded), and its state. Raises `BadSums`, or
        `UsageError` where it is not damaged, and still cannot be read."""
        with readable(path):
            return self.parts_of(path)

    def parts_of(self, path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor] | None, dict[str, Any]]:
        sharded = (path / PARTS).exists()
        require_sums(path, PARTS if sharded else WEIGHTS)
        if sharded:
            verify_sums(path)
            config, weights = as_read(GPTConfig.from_json((path / CONFIG).read_text(encoding="utf-8"))), None
        else:
            config, weights = read_folder(path)
        try:
            saved = torch.load(path / STATE, weights_only=True)
        except UnpicklingError as error:
            raise BadCheckpoint(f"{STATE} holds what is no tensor, number or string") from error
        for optimizer in saved["state"]["optimizers"]:
            optimizer["state"] = {
                number: {OLD_STATE.get(key, key): value for key, value in of_weight.items()}
                for number, of_weight in optimizer["state"].items()
            }
        return asdict(config) | with_new_names(saved["about"]) | parallel_of(sharded), weights, saved["state"]

    def require_same(self, path: Path, theirs: Mapping[str, Any]) -> None:
        ours = asdict(self.config) | with_new_names(self.about) | parallel_of(self.processes.parallel == "fsdp")
        content = ours.pop(CONTENT, {})
        apart = {"max_iters", *(ASKED if CONTENT in theirs else ())}
        others = [
            f"{name} {theirs.get(name)} (now {ours[name]})"
            for name in ours
            if name not in apart and theirs.get(name) != ours[name]
        ]
        if CONTENT in theirs:
            changed = [name for name in content if theirs[CONTENT].get(name) != content[name]]
            # Other windows follow from another text, or another seed.
            if changed and (changed[0] != "windows" or not others):
                names = ", ".join(name for name in changed if name != "windows") or "windows"
                others.append(f"other check sums of {names} (--data {theirs.get('data')} then, {ours.get('data')} now)")
        elif content:
            self.say(
                f"{shown(path)} is of an older version, without check sums of the text: whether --data {ours['data']} "
                "still holds the same cannot be compared."
            )
        if others:
            raise UsageError(
                f"{shown(path)} is of a run with {', '.join(others)}; continue with the same settings, or give another "
                "--out_dir"
            )

    def set_aside(self) -> None:
        """Move the checkpoints of an earlier run out of the way, and say where they are."""
        if self.named("step-") + self.named("damaged-"):
            moved = set_aside(self.out_dir, [self.folder.name])
            self.say(
                f"Checkpoints of an earlier run are now in {shown(moved)}/; --resume would have continued from them."
            )


def require_sums(path: Path, weights: str) -> None:
    """Raises `BadSums` where a file of a checkpoint has no check sum: a flipped bit in it would go unnoticed."""
    sums = path / SUMS
    text = sums.read_text(encoding="utf-8", errors="replace") if sums.exists() else ""
    missing = {CONFIG, weights, STATE} - {line.partition("  ")[2] for line in text.splitlines()}
    if missing:
        raise BadSums(f"{SUMS} is missing, or does not list {some(missing)}")


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raises `UsageError` where a checkpoint that is not damaged cannot be read: another version may have written
    it."""
    try:
        yield
    except BadSums:
        raise
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError, EOFError) as error:
        raise UsageError(
            f"{shown(path)} cannot be read, though its check sums are right ({first_line(error)}); nothing was "
            "changed: resume with the version that wrote it, or give another --out_dir"
        ) from error


def require_order(path: Path) -> None:
    """Raises `UsageError` where the optimizers' state, which goes by the order of the weights, is of another order: a
    learned position encoding once stood behind all other weights."""
    if (path / WEIGHTS).exists() and LEARNED_LAST in names_in(path / WEIGHTS):
        raise UsageError(
            f"{shown(path)} was written when learned positions came last among the weights, so that its optimizers' "
            "state is in another order; its weights can still be read (sample, evaluate, convert), but to train, begin "
            "anew with another --out_dir"
        )


def parallel_of(sharded: bool) -> dict[str, str]:
    """What --parallel must be for a checkpoint: those of fsdp are its own."""
    return {"parallel": "fsdp" if sharded else "anything but fsdp"}


def discard(path: Path) -> None:
    """Delete a checkpoint. Killed halfway, no part of it is taken for a whole one."""
    if path.exists():
        doomed = path.with_name(f".{path.name}.old")
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
        shutil.rmtree(doomed)


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def random_states() -> dict[str, torch.Tensor]:
    """The states of torch's own random number generators, which dropout draws from."""
    return {"cpu": torch.get_rng_state()} | {
        f"cuda:{index}": state for index, state in enumerate(torch.cuda.get_rng_state_all())
    }


def set_random_states(states: Mapping[str, torch.Tensor]) -> None:
    for device, state in states.items():
        if device == "cpu":
            torch.set_rng_state(state)
        else:
            torch.cuda.set_rng_state(state, device)
