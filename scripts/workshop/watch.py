"""Watch: check what changed on every save, then run on to the next piece.

A server that has torch loaded and warm forks a process for every check and every run (`verdicts.context`), so that
nothing that the learner's code does can take the watcher down. Files are looked at ten times a second: that is cheap
for so few, and works where no file system tells of changes (network shares, containers).
"""

import contextlib
import select
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .board import Entry, read_board

PAUSE = 0.1  # seconds between two looks

Keys = Callable[[float], str | None]  # waits so many seconds for a key; None where none was pressed


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
    for path in folder.glob("*.py"):
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
