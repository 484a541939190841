"""All of learn/, and STATUS.md, with a newer skeleton under it."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.project import UsageError
from scripts.workshop.pieces.source import Source, decoded, with_python_ends
from scripts.workshop.updating.carrying import Moved, carry
from scripts.workshop.updating.kept import Kept, take_out
from scripts.workshop.updating.merging import Unmergeable, block, merge, merge_block, module_of
from scripts.workshop.updating.prose import merge_status, merge_text

Tree = Mapping[str, bytes]  # files by their paths in the project: learn/gpt.py, STATUS.md
LEARN, STATUS = "learn/", "STATUS.md"


class Updated(NamedTuple):
    files: dict[str, bytes]  # those that are to be there
    moves: list[tuple[str, str]]
    left: list[Kept]  # what of theirs is in no file any more: only in the backup


def update_tree(base: Tree, mine: Tree, new: Tree, moved: Moved) -> Updated:
    """What `mine` has become of `base`, over `new` instead. Raises `UsageError` where a file cannot be read."""
    files: dict[str, bytes] = {}
    texts: dict[str, tuple[str, str, bool]] = {}  # of the Python files: text, encoding, whether lines end as on Windows
    homeless: list[tuple[Kept, Source]] = []
    for name in sorted({*base, *mine, *new}):
        before, ours, theirs = base.get(name), mine.get(name), new.get(name)
        path = name.removeprefix(LEARN)
        if ours is None or ours == before:
            chosen = theirs
        elif theirs == before:
            chosen = ours
        elif not name.endswith(".py"):
            merging = merge_status if name == STATUS else merge_text_theirs
            chosen = ours if theirs is None else merging(before or b"", ours, theirs)
        elif theirs is None:
            homeless += remains("" if before is None else read(name, before), read(name, ours), path)
            chosen = None
        else:
            text, encoding = decoded_or_refused(name, ours)
            try:
                old = None if before is None else read(name, before)
                merged = merge(old, text, read(name, theirs), module_of(path))
            except Unmergeable as error:
                raise UsageError(f"{name}: {error}; mend it, then try again. Nothing has been changed") from error
            texts[path] = merged.text, encoding, "\r\n" in text
            continue
        if chosen is None:
            continue
        files[name] = chosen
        if name.startswith(LEARN) and name.endswith(".py"):
            # One that cannot be read, and that no newer version changes, stays as it is.
            with contextlib.suppress(UsageError):
                text, encoding = decoded_or_refused(name, chosen)
                texts[path] = with_python_ends(text), encoding, "\r\n" in text
    carried = carry({path: text for path, (text, _, _) in texts.items()}, homeless, moved)
    for path, text in carried.files.items():
        _, encoding, windows = texts[path]
        try:
            files[LEARN + path] = (text.replace("\n", "\r\n") if windows else text).encode(encoding)
        except UnicodeEncodeError as error:
            raise UsageError(f"{LEARN}{path}: its encoding, {encoding}, has no {error.object[error.start]!r}; "
                             "save it as UTF-8, then try again. Nothing has been changed") from error  # fmt: skip
    return Updated(files, carried.moves, carried.left)


def merge_text_theirs(base: bytes, mine: bytes, new: bytes) -> bytes:
    return merge_text(base, mine, new, conflicts="theirs")


def decoded_or_refused(name: str, data: bytes) -> tuple[str, str]:
    """The text of a Python file and its encoding. Raises `UsageError` where it has none."""
    try:
        text, encoding = decoded(data, Path(name))
        Source(with_python_ends(text), Path(name))
    except SyntaxError as error:
        raise UsageError(
            f"{name}:{error.lineno}: Python cannot read this line ({error.msg}); mend it, then try again. "
            "Nothing has been changed"
        ) from error
    return text, encoding


def read(name: str, data: bytes) -> str:
    return with_python_ends(decoded_or_refused(name, data)[0])


def remains(base: str, mine: str, path: str) -> list[tuple[Kept, Source]]:
    """What somebody has written in a file that is gone."""
    plain, fresh = take_out(mine)
    source = Source(plain, Path(path))
    merge_block(block(Source(take_out(base)[0], Path(path))), block(source), None, f"{module_of(path)}.", fresh)
    return [(each, source) for each in fresh]


def kept_in(files: Tree) -> list[tuple[str, int, Kept]]:
    """Everything that is kept as a comment in files of learn/, with its file and line."""
    found = []
    for name, data in sorted(files.items()):
        if name.startswith(LEARN) and name.endswith(".py") and b"# --- yours, kept: " in data:
            text = with_python_ends(data.decode(errors="replace"))
            for each in take_out(text)[1]:
                line = text[: text.index(f"# --- yours, kept: {each.id}: ")].count("\n") + 1
                found.append((name, line, each))
    return found
