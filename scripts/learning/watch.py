"""Watch: check what changed on every save, then run on to the next piece.

A server that has torch loaded and warm forks a process for every check and every run (`verdicts.context`), so that
nothing that the learner's code does can take the watcher down. Files are looked at ten times a second: that is cheap
for so few, and works where no file system tells of changes (network shares, containers). The library watchfiles, where
it has to look by itself, knows times to the second, and misses what is saved again within one.
"""

import contextlib
import multiprocessing
import select
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event, Thread

from rich.console import Console

from scripts.project import UsageError, leave, run_command, shown
from scripts.workshop.diagnose.verdicts import Verdict, check_entries, context
from scripts.workshop.pieces.board import LEARN, Entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember

from . import hint
from .check import show_verdicts
from .list import command as show_list
from .run import command as run_on

PAUSE = 0.1  # seconds between two looks
KEYS = "r run   c check all   h hint   l list   q quit"

Keys = Callable[[float], str | None]  # waits so many seconds for a key; None where none was pressed


def command(options: Namespace) -> int:
    """Check what is saved, run on where it is right, and listen to keys, until q."""
    saves, work, last = Saves(LEARN), Work(options.timeout), None
    print(f"Watching {shown(LEARN)}: save a file to have it checked.\n{KEYS}", flush=True)
    try:
        with keyboard() as key:
            while True:
                pressed, changed = key(PAUSE), saves.changed()
                if pressed or changed:
                    work.stop()
                if pressed == "q":
                    return 0
                if changed:
                    last = changed[0].piece.id
                    work.start(changed)
                elif pressed == "r":
                    work.start([])
                elif pressed == "c":
                    work.start(list(read_board().values()), run=False)
                elif pressed == "l":
                    show_list(Namespace(json=False))
                elif pressed == "h":
                    hint.command(Namespace(piece=last, rung=None, json=False))
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        work.stop()


def run_and_leave() -> None:
    leave(run_command(run_on, Namespace(json=False, max_iters=None)))


class Work:
    """What goes on while keys are listened to: a check, and the run behind it. It can be stopped at any time."""

    def __init__(self, timeout: float):
        self.timeout = timeout
        self.processes = context("scripts.workshop.diagnose.warm")
        self.stopped = Event()
        # The server loads torch while nobody waits for it.
        Thread(target=self.processes.Process(target=int).start, daemon=True).start()
        self.thread = Thread()

    def start(self, entries: list[Entry], run: bool = True) -> None:
        """Check the entries; where all pass and a `run` is wanted, run. What is wrong would only be met by it again."""
        self.thread = Thread(target=self.check_and_run, args=(entries, run), daemon=True)
        self.thread.start()

    def check_and_run(self, entries: list[Entry], run: bool) -> None:
        if (entries and not self.check(entries)) or not run or self.stopped.is_set():
            return
        process = self.processes.Process(target=run_and_leave)
        process.start()
        process.join()
        if not self.stopped.is_set():
            print(KEYS, flush=True)

    def check(self, entries: list[Entry]) -> bool:
        progress = Progress()
        try:
            verdicts = show_verdicts(
                entries,
                self.while_wanted(check_entries(entries, self.timeout, self.processes)),
                progress,
                Console(),
            )
        except InterruptedError:
            return False
        except UsageError as error:
            # Where it was stopped, the checker has been ended with all else.
            if not self.stopped.is_set():
                print(f"error: {error}", file=sys.stderr)
            return False
        finally:
            remember(read_board(), progress)
        return all(verdict.status == "pass" for verdict in verdicts)

    def while_wanted(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        for verdict in verdicts:
            if self.stopped.is_set():
                raise InterruptedError
            yield verdict

    def stop(self) -> None:
        """Stop what is going on, and wait until it has."""
        self.stopped.set()
        while self.thread.is_alive():
            for process in multiprocessing.active_children():
                process.kill()
            self.thread.join(PAUSE / 10)
        self.stopped.clear()


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
    for path in folder.rglob("*.py"):
        # Some editors delete a file for a moment and write it anew.
        with contextlib.suppress(OSError):
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def state(entry: Entry) -> tuple:
    """Changes when the piece does."""
    return entry.state, entry.message, entry.fingerprint() if entry.state == "written" else ""


class Saves:
    """Notices what is saved in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.stamps = stamps(folder)
        self.states = {id: state(entry) for id, entry in read_board(folder).items()}

    def changed(self) -> list[Entry]:
        """The pieces that are other than when last asked; those that were emptied again are not among them."""
        now = stamps(self.folder)
        if now == self.stamps:
            return []
        # Half of a file may have been written: wait until it stays as it is.
        while (later := stamps(self.folder)) != now:
            now = later
            time.sleep(PAUSE / 10)
        files = {path for path in now.keys() | self.stamps.keys() if now.get(path) != self.stamps.get(path)}
        self.stamps = now
        entries = [entry for entry in read_board(self.folder).values() if entry.path in files]
        states = {entry.piece.id: state(entry) for entry in entries}
        changed = [entry for entry in entries if states[entry.piece.id] != self.states.get(entry.piece.id)]
        self.states |= states
        # A file that Python cannot read breaks all of its pieces: one is enough to say so.
        broken = [entry for entry in changed if entry.state == "broken"]
        return broken[:1] + [entry for entry in changed if entry.state == "written"]
