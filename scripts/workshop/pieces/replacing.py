"""Files that belong to the learner, written in one step: through links, with the mode that they have."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

PAUSES = (0.01, 0.1, 0.5)  # seconds; Windows lets no file be replaced while somebody reads it
WAIT = 20.0  # seconds for a lock, which is held for milliseconds


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that there is never half of it, however many do so at once. Raises `OSError`."""
    place = Path(os.path.realpath(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists() and (not os.access(place, os.W_OK) or place.stat().st_nlink > 1):
        # What is protected stays so, and what has two names keeps both: another file in its place would do neither.
        place.write_bytes(data)
        return
    scratch = place.with_name(f".{place.name}.{os.getpid()}.{os.urandom(4).hex()}.new")
    try:
        with scratch.open("xb") as file:
            file.write(data)
        if place.exists():
            shutil.copymode(place, scratch)
        rename(scratch, place)
    finally:
        scratch.unlink(missing_ok=True)


def rename(scratch: Path, place: Path) -> None:
    for pause in (*PAUSES, None):
        try:
            scratch.replace(place)
            return
        except PermissionError:
            if pause is None:
                raise
            time.sleep(pause)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """While it lasts, nobody else is in here for the same path. Raises `OSError` where that cannot be had."""
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name("lock"), timeout=WAIT):
        yield
