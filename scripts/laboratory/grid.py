"""A grid: trials that are run side by side, each in a process with one thread, each kept as a file when it is done. The
processes are this machine's, or those behind any executor of `concurrent.futures`, on many machines.

A trial is a dictionary of settings that JSON can hold. Its result is kept under the sum over the settings, over what
runs them and over the code of the model and of its training, so that the same line again does only what is missing, and
so that nothing is ever taken for the result of another code.
"""

import ast
import functools
import hashlib
import inspect
import itertools
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from pathlib import Path

from scripts.project import ROOT, UsageError, shown
from scripts.training.text.files import read_object, written_whole

Trial = dict
Result = dict
Advance = Callable[[int], None]  # called by a trial with the number of steps that it has just done
# Functions of a module, so that another process can find them: one runs a trial, the other several together.
Work = Callable[[Trial, Advance], Result] | Callable[[list[Trial], Advance], list[Result]]

SECONDS = 0.2  # between two looks at how far the trials have got
GIVEN = ROOT / "reference", ROOT / "scripts" / "training"  # what trains a model, whosever it is


class Stopped(Exception):
    """Raised inside a trial when the grid is to stop."""


@functools.cache
def code_of(folder: Path) -> str:
    """A sum over the Python files of a folder that comments leave as it is."""
    trees = (ast.dump(ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(folder.rglob("*.py")))
    return hashlib.sha256("".join(trees).encode()).hexdigest()


class Grid:
    """Trials, what runs them, and the folder in which their results are.

    code: where the code of their model is. data: what the results depend on besides, a check sum of the text, say.
    apart: settings in which trials may differ that `work` is given together, as a list, to return a list of results;
    without any, it is given one trial, and returns one result.
    """

    def __init__(
        self,
        trials: Sequence[Trial],
        work: Work,
        folder: Path,
        code: Path = ROOT / "reference",
        data: str = "",
        apart: Sequence[str] = (),
    ):
        self.trials, self.work, self.folder, self.apart = trials, work, folder, apart
        # Looked at once: somebody may go on writing while the trials run.
        self.about = [inspect.getsource(work), *map(code_of, (*GIVEN, code)), data]

    def file_of(self, trial: Trial) -> Path:
        key = hashlib.sha256(json.dumps([*self.about, trial], sort_keys=True).encode()).hexdigest()[:16]
        return self.folder / f"{key}.json"

    def result_of(self, trial: Trial) -> Result | None:
        """What is kept of a trial; None where it has not been run to its end. Raises `UsageError` where the file is
        damaged."""
        path = self.file_of(trial)
        if not path.exists():
            return None
        return read_object(path, {"result": dict}, "remove it to run it again")["result"]

    def keep(self, trial: Trial, result: Result) -> None:
        with written_whole(self.file_of(trial)) as file:
            file.write(json.dumps({"trial": trial, "result": result}, indent=1).encode())

    def results(
        self,
        steps: Callable[[Trial], int],
        console,
        processes: int | None = None,
        executor: Executor | None = None,
    ) -> list[Result]:
        """The results of all trials, in their order; what is missing is run first, with one bar over all its steps.

        steps: how many of them a trial takes. processes: how many work at a time; None for one per core, or a few more
        where that ends them together. executor: what runs them instead, wherever that is; what comes from another code
        than this one's is refused. Ctrl-C ends it with `KeyboardInterrupt`; what is done is kept, and a trial that
        fails ends it with its own exception.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{shown(self.folder)} cannot be made: {error.strerror}; choose another folder") from error
        missing = [trial for trial in self.trials if self.result_of(trial) is None]
        if len(missing) < len(self.trials):
            there = len(self.trials) - len(missing)
            console.print(f"{there} of {len(self.trials)} trials are there already, in {shown(self.folder)}")
        if missing:
            self.run(missing, steps, console, processes, executor)
        return [self.result_of(trial) for trial in self.trials]

    def groups(self, trials: list[Trial]) -> list[list[Trial]]:
        """Those that are run together."""
        found: dict[str, list[Trial]] = {}
        for trial in trials:
            alike = {name: value for name, value in trial.items() if name not in self.apart}
            found.setdefault(json.dumps(alike, sort_keys=True), []).append(trial)
        return list(found.values())

    def run(
        self,
        missing: list[Trial],
        steps: Callable[[Trial], int],
        console,
        processes: int | None,
        executor: Executor | None,
    ) -> None:
        groups = self.groups(missing)
        workers = Elsewhere(executor) if executor else Here(processes, len(groups))
        total = sum(map(steps, missing))
        with workers:
            waiting = {workers.submit(self.work, group, bool(self.apart)): group for group in groups}
            try:
                with Progress(console, total, len(missing)) as show:
                    while waiting:
                        finished, _ = wait(waiting, SECONDS, FIRST_COMPLETED)
                        for future in finished:
                            group = waiting.pop(future)
                            try:
                                self.keep_all(group, future.result())
                            except Exception:
                                failed = ", ".join(map(json.dumps, group))
                                console.print(f"this trial failed: {failed}", highlight=False, markup=False)
                                raise
                        open_trials = [trial for group in waiting.values() for trial in group]
                        done = workers.steps()
                        show(
                            total - sum(map(steps, open_trials)) if done is None else done,
                            len(missing) - len(open_trials),
                        )
            except BaseException:
                workers.stop(waiting)
                self.keep_finished(waiting)
                kept = len(missing) - sum(self.result_of(trial) is None for trial in missing)
                console.print(f"{kept} of {len(missing)} trials are kept; the same line again does the others")
                raise

    def keep_finished(self, waiting: dict[Future, list[Trial]]) -> None:
        """Those that were done just when the grid stopped."""
        for future, group in waiting.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                self.keep_all(group, future.result())

    def keep_all(self, group: list[Trial], results: list[Result]) -> None:
        for trial, result in zip(group, results, strict=True):
            self.keep(trial, result)


class Here:
    """Processes of this machine, one for each core, or a few more where that ends all groups together."""

    def __init__(self, processes: int | None, groups: int):
        cores = usable_cores()
        # Three on two cores are done sooner side by side than two and then one.
        processes = min(processes or (groups if groups < 2 * cores else cores), groups)
        spawn = multiprocessing.get_context("spawn")
        self.done, self.stopping = spawn.Value("q", 0), spawn.Event()
        told = self.done, self.stopping
        self.executor = ProcessPoolExecutor(processes, spawn, initializer=open_worker, initargs=told)

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *error) -> None:
        self.executor.shutdown()

    def submit(self, work: Work, group: list[Trial], together: bool) -> Future:
        return self.executor.submit(run_group, work, group, together)

    def steps(self) -> int | None:
        """How many are done."""
        return self.done.value

    def stop(self, waiting: Iterable[Future]) -> None:
        """What is running stops at its next step, what has not begun never does."""
        self.stopping.set()
        self.executor.shutdown(wait=True, cancel_futures=True)


class Elsewhere:
    """Somebody's executor, whose workers have this code too, and share nothing else with this process."""

    def __init__(self, executor: Executor):
        self.executor = executor
        self.code = tuple(map(code_of, GIVEN))

    def __enter__(self) -> "Elsewhere":
        return self

    def __exit__(self, *error) -> None:
        """It is not this grid's to end."""

    def submit(self, work: Work, group: list[Trial], together: bool) -> Future:
        return self.executor.submit(run_elsewhere, work, group, together, self.code)

    def steps(self) -> int | None:
        """Nobody counts them."""
        return None

    def stop(self, waiting: Iterable[Future]) -> None:
        for future in waiting:
            future.cancel()


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_worker(done, stop) -> None:
    """What each process begins with."""
    # Ctrl-C is for the process that has started this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Models this small are slower with two threads than with one. Read when the work imports torch.
    os.environ["OMP_NUM_THREADS"] = "1"
    parent = multiprocessing.parent_process()
    global advance

    def advance(count: int) -> None:
        if not parent.is_alive():
            os._exit(1)  # it was killed, and there is nobody left to wait for this
        if stop.is_set():
            raise Stopped
        with done.get_lock():
            done.value += count


def run_group(work: Work, group: list[Trial], together: bool) -> list[Result]:
    return work(group, advance) if together else [work(trial, advance) for trial in group]


def run_elsewhere(work: Work, group: list[Trial], together: bool, code: tuple[str, ...]) -> list[Result]:
    """The same by a worker that is not told of steps. Raises `UsageError` where its code is another one."""
    if tuple(map(code_of, GIVEN)) != code:
        raise UsageError("a worker has another version of the code; give all of them the same one")
    if together:
        return work(group, uncounted)
    return [work(trial, uncounted) for trial in group]


def uncounted(count: int) -> None:
    """Where nobody counts steps."""


class Progress:
    """A bar over all steps; where the output is no terminal, a line for every tenth of them."""

    def __init__(self, console, total: int, trials: int):
        from rich import progress

        self.console, self.total, self.trials, self.tenths = console, total, trials, 0
        columns = progress.TextColumn("{task.description}"), progress.BarColumn(None), progress.TimeRemainingColumn()
        self.bar = progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("starting", total=total)

    def __enter__(self):
        self.bar.start()
        return self.show

    def __exit__(self, *error):
        self.bar.stop()

    def show(self, steps: int, ended: int) -> None:
        what = f"{ended} of {self.trials} trials"
        # What has made all its steps still writes, looks inside, and hands over.
        steps = self.total if ended == self.trials else min(steps, self.total - 1)
        self.bar.update(self.task, completed=steps, description=what)
        tenths = 10 * steps // self.total
        if not self.console.is_terminal and tenths > self.tenths:
            self.tenths = tenths
            self.console.print(f"  {10 * tenths:3} %, {what} done", highlight=False)


def grid_of(axes: dict[str, Sequence]) -> Iterator[dict]:
    """Every combination of the axes' values, the last axis fastest."""
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))
