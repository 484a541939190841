"""The board: which pieces are written, by reading the learner's files. Never runs them, and needs no torch."""

import ast
import errno
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.project import ROOT, UsageError, printable, shown
from scripts.workshop.pieces import BY_ID, FILES, PIECES, Piece
from scripts.workshop.pieces.source import Source, is_unwritten, remark
from scripts.workshop.pieces.splice import merged, reference_source

LEARN = ROOT / "learn"
CONFLICT = re.compile(r"(<{7}|={7}|>{7})\s")
MOST = 2**23  # bytes of a file of pieces


@dataclass(frozen=True)
class Entry:
    """One piece in one folder. `state`: unwritten, written, missing (the function or its file is gone) or broken."""

    piece: Piece
    state: str
    path: Path
    line: int
    message: str = ""  # what is the matter, where something is; of a piece, what is none of its verdict (`remark`)
    source: Source | None = None  # the file, where it can be read

    @property
    def place(self) -> str:
        return f"{shown(self.path)}:{self.line}"

    @property
    def begun(self) -> bool:
        """Whether anything stands in its body, be it before the stub's raise."""
        return self.source is not None and (self.state == "written" or bool(self.message))

    def fingerprint(self) -> str:
        """Changes whenever anything changes that the piece's check would see."""
        assert self.source is not None, self.path
        tree = merged(
            reference_source(self.piece.module).tree.body, self.source.tree.body, "", {self.piece.qualname}, set()
        )
        try:
            text = "".join(map(ast.dump, tree))
        except RecursionError:
            text = self.source.text  # nested so deeply that only Python's own reader gets through
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_board(folder: Path = LEARN) -> dict[str, Entry]:
    """Every piece's entry, by id, in the order of the course."""
    sources = {file: read_source(folder / file) for file in FILES}
    return {piece.id: entry(piece, folder / piece.file, sources[piece.file]) for piece in PIECES}


def read_source(path: Path) -> Source | OSError | SyntaxError:
    try:
        if path.exists() and not is_source(path):
            return OSError(errno.EINVAL, f"it is no text of up to {MOST >> 20} MB")
        return Source.read(path)
    except (OSError, SyntaxError) as error:
        return error


def is_source(path: Path) -> bool:
    """Whether a path leads to a file, of a size that somebody may have written: a pipe or a device has no end."""
    return path.is_file() and path.stat().st_size <= MOST


def entry(piece: Piece, path: Path, source: Source | OSError | SyntaxError) -> Entry:
    if isinstance(source, SyntaxError):
        text = f": {source.text.strip()}" if source.text else ""
        if CONFLICT.match(source.text or ""):
            return Entry(piece, "broken", path, source.lineno or 1, "git has left a conflict here: run `learn update`")
        message = printable(f"Python cannot read this line, {source.msg}{text}", most=500)
        return Entry(piece, "broken", path, source.lineno or 1, message)
    if isinstance(source, FileNotFoundError | NotADirectoryError):
        return Entry(piece, "missing", path, 1, f"the file is not there ({source.strerror})")
    if isinstance(source, OSError):
        return Entry(piece, "broken", path, 1, f"the file cannot be read ({source.strerror})")
    node = source.find(piece.qualname)
    if node is None:
        return Entry(piece, "missing", path, 1, f"there is no {piece.qualname} in it any more")
    state = "unwritten" if is_unwritten(node) else "written"
    return Entry(piece, state, path, node.lineno, remark(node), source)


def next_entry(board: dict[str, Entry]) -> Entry | None:
    """That of the first piece that is not written."""
    return next((entry for entry in board.values() if entry.state != "written"), None)


def tracks_begun(board: dict[str, Entry]) -> frozenset[str]:
    """The names of the tracks of which any piece is written."""
    return frozenset(entry.piece.track for entry in board.values() if entry.state == "written")


def find_piece(name: str) -> Piece:
    """The piece with this id, or the only one whose id ends like this. Raises `UsageError`."""
    found = [BY_ID[name]] if name in BY_ID else [piece for piece in BY_ID.values() if piece.id.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{name!r} could be {' or '.join(piece.id for piece in found)}; give more of it")
    import difflib

    near = difflib.get_close_matches(name, [*BY_ID, *(piece.qualname for piece in BY_ID.values())], n=1)
    if not near and len(name) > 2:
        near = [piece.id for piece in BY_ID.values() if name.lower() in piece.id.lower()][:3]
    raise UsageError(
        f"unknown piece {name!r}"
        + (f"; did you mean {' or '.join(near)}?" if near else "; `learn list` shows them all")
    )
