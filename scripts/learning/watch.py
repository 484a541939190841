"""Watch: check what changed on every save, then run on to the next piece.

A server that has torch loaded and warm forks a process for every check and every run (`verdicts.context`), so that
nothing that the learner's code does can take the watcher down. Files are looked at twenty times a second: that is cheap
for so few, and works where no file system tells of changes (network shares, containers). The library watchfiles, where
it has to look by itself, knows times to the second, and misses what is saved again within one.
"""

import contextlib
import os
import select
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from rich.console import Console

from scripts.project import UsageError, leave, printable, run_command, shown, some
from scripts.workshop.check.judging import CheckerEnded
from scripts.workshop.diagnose.verdicts import Checkers, Verdict, context
from scripts.workshop.pieces.board import LEARN, Entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember

from . import hint
from .check import show_verdicts
from .list import command as show_list
from .run import command as run_on

PAUSE = 0.05  # seconds between two looks
SETTLED = 0.01  # seconds in which a file that is being written goes on changing
KEYS = "c check   h hint   r run   a check all   l list   q quit"

Keys = Callable[[float], str | None]  # waits so many seconds for a key; None where none was pressed


def command(options: Namespace) -> int:
    """Check what is saved, run on where it is right, and listen to keys, until q."""
    saves, work = Saves(LEARN), Work(options.timeout)
    print(f"Watching {shown(LEARN)}: save a file to have it checked.\n{KEYS}", flush=True)
    try:
        with keyboard() as key:
            while True:
                pressed, save = key(PAUSE), saves.next()
                if save:
                    work.take(save)
                if pressed == "q":
                    return 0
                if pressed in ("c", "r", "a"):
                    chosen = {"c": at_hand(), "r": [], "a": list(read_board().values())}[pressed]
                    work.stop()
                    work.start(chosen, run=pressed == "r")
                elif pressed in ("h", "l"):
                    work.stop_run()
                    answer(pressed)
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        work.close()


def at_hand() -> list[Entry]:
    """The piece that the learner is at, which the keys are about; none where nothing is left to do."""
    entry = Progress().current(read_board())
    return [entry] if entry else []


def answer(pressed: str) -> None:
    """Show a hint or the list. What there is no answer to is said, and ends nothing."""
    try:
        if pressed == "l":
            show_list(Namespace(json=False))
        else:
            hint.command(Namespace(piece=None, rung=None, json=False))
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)


def run_and_leave() -> None:
    # What the pieces say of themselves would stand between a save and what comes of it.
    os.environ.setdefault("LEARN_DEBUG", "folded")
    leave(run_command(run_on, Namespace(json=False, max_iters=None)))


class Work:
    """What goes on while keys are listened to: a check, and the run behind it. It can be stopped at any time."""

    def __init__(self, timeout: float):
        self.timeout = timeout
        self.processes = context("scripts.workshop.diagnose.warm")
        self.checkers = Checkers(self.processes)
        self.waiting: dict[str, Entry] = {}  # what is being checked and has no verdict yet
        self.running: Any = None  # the process of the run
        self.ready, self.stopped = Event(), Event()
        # The server loads torch while nobody waits for it.
        Thread(target=self.get_ready, daemon=True).start()
        self.thread = Thread()

    def get_ready(self) -> None:
        # Where that cannot be, the first check says so.
        with contextlib.suppress(CheckerEnded), self.checkers.judge():
            self.ready.set()

    def take(self, save: "Save") -> None:
        """Say at once what becomes of a save, and do it. What waits for a verdict still gets it, unless it has been
        saved once more."""
        becomes = "no piece in it has changed" if not save.changed else "nothing there is written"
        if save.written:
            loading = "" if self.ready.is_set() else ", as soon as torch is loaded"
            becomes = f"checking {some(entry.piece.qualname for entry in save.written)}{loading} ..."
        elif save.broken:
            becomes = "not to be checked before Python can read it"
        print(f"saved {', '.join(map(shown, save.files))}: {becomes}", flush=True)
        for entry in save.broken:
            print(f"{entry.place}: {printable(entry.message)}", flush=True)
        if not save.changed:
            return
        self.stop()
        for entry in save.changed:
            if self.waiting.pop(entry.piece.id, None):
                print(f"superseded before its verdict: {entry.piece.id}", flush=True)
        if save.written or self.waiting:
            self.start(save.written, run=not save.broken)

    def start(self, entries: list[Entry], run: bool = True) -> None:
        """Check the entries, and what still waits for a verdict; where all pass and a `run` is wanted, run. What is
        wrong would only be met by it again."""
        board = read_board()
        self.waiting = {id: board[id] for id in self.waiting} | {entry.piece.id: entry for entry in entries}
        self.thread = Thread(target=self.check_and_run, args=(list(self.waiting.values()), run), daemon=True)
        self.thread.start()

    def check_and_run(self, entries: list[Entry], run: bool) -> None:
        if (not entries or self.check(entries)) and run and not self.stopped.is_set():
            self.running = self.processes.Process(target=run_and_leave)
            self.running.start()
            self.running.join()
            self.running = None
        if not self.stopped.is_set():
            print(KEYS, flush=True)

    def check(self, entries: list[Entry]) -> bool:
        progress = Progress()
        try:
            verdicts = show_verdicts(entries, self.while_wanted(entries), progress, Console())
        except InterruptedError:
            return False
        except UsageError as error:
            # Where it was stopped, what ran has been ended.
            if not self.stopped.is_set():
                print(f"error: {error}", file=sys.stderr)
            return False
        finally:
            remember(read_board(), progress)
        return all(verdict.status == "pass" for verdict in verdicts)

    def while_wanted(self, entries: Iterable[Entry]) -> Iterator[Verdict]:
        with contextlib.closing(self.checkers.check(entries, self.timeout)) as verdicts:
            for verdict in verdicts:
                if self.stopped.is_set():
                    raise InterruptedError
                yield verdict
                # Now it has been shown.
                self.waiting.pop(verdict.id)

    def stop(self) -> None:
        """Stop what is going on, and wait until it has."""
        self.stopped.set()
        while self.thread.is_alive():
            self.checkers.stop()
            self.end_run()
            self.thread.join(PAUSE / 10)
        self.stopped.clear()

    def stop_run(self) -> None:
        """Stop what goes on once there is nothing left to check."""
        if not self.waiting:
            self.stop()

    def end_run(self) -> None:
        running = self.running
        # Between `Process` and `start` there is nothing to kill.
        with contextlib.suppress(AttributeError, ValueError):
            running.kill()

    def close(self) -> None:
        self.stop()
        self.checkers.close()


@contextlib.contextmanager
def keyboard() -> Iterator[Keys]:
    """Keys one by one, without Enter, where there is a terminal; else the first letters of lines of standard input."""
    if sys.platform == "win32":
        import msvcrt

        def windows_key(seconds: float) -> str | None:
            time.sleep(seconds)
            return msvcrt.getwch() if msvcrt.kbhit() else None

        yield windows_key
        return
    closed = False

    def key(seconds: float) -> str | None:
        nonlocal closed
        if closed or not select.select([sys.stdin], [], [], seconds)[0]:
            time.sleep(seconds if closed else 0)
            return None
        pressed = sys.stdin.read(1) if sys.stdin.isatty() else sys.stdin.readline()
        # Without anything to read from, files are still watched.
        closed = not pressed
        return pressed[:1] or None

    if not sys.stdin.isatty():
        yield key
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield key
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """When each file was last written, and how large it is."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            # Some editors delete a file for a moment and write it anew.
            with contextlib.suppress(OSError):
                if name.endswith(".py"):
                    status = os.stat(path := os.path.join(place, name))
                    found[Path(path)] = (status.st_mtime_ns, status.st_size)
    return found


def state(entry: Entry) -> tuple:
    """Changes when the piece does."""
    return entry.state, entry.message, entry.fingerprint() if entry.state == "written" else ""


@dataclass(frozen=True)
class Save:
    """What was saved at a time: the files, which pieces in them are other than before, and one of every file that
    Python cannot read, which breaks all that are in it."""

    files: list[Path]
    changed: list[Entry]
    broken: list[Entry]

    @property
    def written(self) -> list[Entry]:
        return [entry for entry in self.changed if entry.state == "written"]


class Saves:
    """Notices what is saved in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.stamps = stamps(folder)
        self.states = {id: state(entry) for id, entry in read_board(folder).items()}

    def next(self) -> Save | None:
        """What has been saved since it was last asked; None where nothing has."""
        now = stamps(self.folder)
        if now == self.stamps:
            return None
        # Half of a file may have been written: wait until it stays as it is.
        time.sleep(SETTLED)
        while (later := stamps(self.folder)) != now:
            now = later
            time.sleep(SETTLED)
        files = sorted(path for path in now.keys() | self.stamps.keys() if now.get(path) != self.stamps.get(path))
        self.stamps = now
        entries = [entry for entry in read_board(self.folder).values() if entry.path in files]
        states = {entry.piece.id: state(entry) for entry in entries}
        changed = [entry for entry in entries if states[entry.piece.id] != self.states.get(entry.piece.id)]
        self.states |= states
        broken = {entry.path: entry for entry in entries if entry.state == "broken"}
        return Save(files, changed, list(broken.values()))
