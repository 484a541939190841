"""Files that are whole or not there at all, and their check sums."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_of(content: Iterable[bytes]) -> str:
    """The SHA-256 of all of it, one behind the other."""
    found = hashlib.sha256()
    for part in content:
        found.update(part)
    return found.hexdigest()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which gets its name when all of it is on the disk; one that is there already stays so
    long. Where writing fails, nothing is left behind, and the error names the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        put_in_place(partial, path)
    except OSError as error:
        # Of a disk that is full, Python does not say in which file.
        error.filename = error.filename or str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def put_in_place(partial: Path, path: Path) -> None:
    """Give a file that is complete its name, such that a power cut leaves the old file or the new one."""
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """See to it that what was written is on the disk. Windows cannot do that for a folder."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
