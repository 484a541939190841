"""Files that are whole or not there at all, their check sums, and what is read out of them: never trusted."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PureWindowsPath
from types import NoneType, UnionType
from typing import Any, BinaryIO, get_args

from scripts.project import UsageError, cut, shown

# What a field of an object may be, in words.
KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}
Fields = Mapping[str, type | UnionType]  # by name; one that may be None may also be missing


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


def read_bytes(path: Path, wanted: str) -> bytes:
    """The content of a file. Raises `UsageError`, which also says what is wanted, where it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is a folder" if path.is_dir() else "it is a pipe or a device")
        return path.read_bytes()
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it does not fit into memory"
        raise UsageError(f"{shown(path)}: {reason}; {wanted}") from error


def read_utf8(path: Path, wanted: str) -> str:
    """The text of a file, in which lines end with "\\n". Raises `UsageError`, as `read_bytes`."""
    content = read_bytes(path, wanted)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown(path)}: byte {error.start} is not UTF-8; {wanted}") from error


def read_object(path: Path, fields: Fields, wanted: str) -> dict[str, Any]:
    """The JSON object in a file, with these fields. Raises `UsageError`, which also says what is wanted."""
    text = read_utf8(path, wanted)
    try:
        return require(parsed(text, shown(path)), fields, shown(path))
    except UsageError as error:
        raise UsageError(f"{error}; {wanted}") from error


def parsed(text: str, where: str) -> Any:
    """What a text is in JSON. Raises `UsageError`, also for halves of characters, which can be printed nowhere."""
    try:
        found = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: this is no JSON ({error})") from error


def require(found: Any, fields: Fields, where: str) -> dict[str, Any]:
    """`found`, if it is an object with these fields, of these types. Raises `UsageError`."""
    if not isinstance(found, dict):
        raise UsageError(f"{where}: {KINDS[dict]} is needed, not {cut(repr(found))}")
    for name, kind in fields.items():
        if not is_a(found.get(name), kind):
            words = " or ".join(KINDS[each] for each in get_args(kind) or (kind,))
            given = f"it is {cut(repr(found[name]))}" if name in found else "there is none"
            raise UsageError(f"{where}: {KINDS[dict]} with {name}, {words}, is needed; {given}")
    return found


def is_a(value: Any, kind: type | UnionType) -> bool:
    """Whether a value is of a kind. True is no number; a whole number is one."""
    kinds = get_args(kind) or (kind,)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


def inside(folder: Path, name: Any, where: str) -> Path:
    """The file of a folder that one of its files names. Raises `UsageError` where that leads out of the folder."""
    path = PureWindowsPath(name if isinstance(name, str) else "")  # which knows both kinds of slashes, and drives
    if not path.parts or path.anchor or ".." in path.parts or "\0" in name:
        raise UsageError(f"{where}: {cut(repr(name))} should be the name of a file in the same folder")
    return folder / name
