"""What a learner has written: how far each piece is, its code beside the reference's, and what its variants do."""

import ast
import contextlib
import io
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from scripts.looking.opened import opened
from scripts.project import UsageError, printable, shown
from scripts.project.implementation import Implementation
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.board import Entry as BoardEntry
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.splice import REFERENCE, reference_source
from scripts.workshop.teach.progress import FAILED, Progress
from scripts.workshop.teach.stops import Bug, Stop, watch_for_stops

from ..drawings import draw
from ..drawings.svg import Panel
from ..entries import Axis, Entry, registry
from ..site import taught_by
from ..sources import helpers, highlighted, without_docstrings

Made = TypeVar("Made")


@dataclass(frozen=True)
class Told:
    """A piece as its page has it."""

    piece: Piece
    state: str  # as `learn list` has it
    place: str
    code: str  # theirs, as HTML; empty where none is written
    beside: str | None  # the reference's, as HTML, where theirs passes; empty where it is the same
    said: str  # what the last check, or Python, says of it


def plain(text: str) -> str:
    """The code of a function without its docstring, and without the call that says that it was called."""
    code = without_docstrings(text)
    lines = code.splitlines()
    for node in ast.parse(code).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.Expr) and ast.unparse(node).startswith("debug("):
            lines[node.lineno - 1 : node.end_lineno] = ["\0"] * (node.end_lineno - node.lineno + 1)  # type: ignore[operator]
    return "\n".join(line for line in lines if line != "\0")


def told(entry: BoardEntry, state: str, progress: Progress) -> Told:
    """Of what has not passed, nothing of the reference's is given away."""
    piece, code, beside = entry.piece, "", None
    said = progress.verdicts[piece.id]["explanation"] if state in FAILED else entry.message
    if entry.state == "written":
        assert entry.source is not None, entry.path
        code = plain(entry.source.text_of(piece.qualname))
        if state == "pass":
            other = plain(reference_source(piece.module).text_of(piece.qualname))
            beside = highlighted(other) if other != code else ""
    return Told(piece, state, entry.place, highlighted(code) if code else "", beside, printable(said))


@dataclass
class Learner:
    """Somebody's folder: their pieces and their code. What of it goes wrong is a line in `failed`, and nothing more."""

    folder: Path
    progress: Progress
    failed: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.board = read_board(self.folder)
        self.states = {id: self.progress.state(entry) for id, entry in self.board.items()}
        # What hangs would hang here as well.
        self.used = {
            id for id, entry in self.board.items() if entry.state == "written" and self.states[id] != "timeout"
        }
        self.code: Implementation = opened(str(self.folder), self.used)

    def attempt(self, what: str, work: Callable[[], Made]) -> Made | str:
        """What `work` returns, or a line that says why not. What their code prints is for a run."""
        try:
            with contextlib.redirect_stdout(io.StringIO()), watch_for_stops(self.folder):
                return work()
        except Bug as bug:
            where = f"{shown(bug.path)}:{bug.line} in {bug.function}: " if bug.path else self.outside_functions(bug)
            reason = where + bug.reason
        except Stop as stop:
            reason = f"{stop.piece.id} is not written yet ({shown(stop.path)}:{stop.line})"
        except UsageError as error:
            reason = str(error)
        line = f"{what}: {printable(' '.join(reason.split()), most=500)}"
        self.failed.append(line)
        return line

    def outside_functions(self, bug: Bug) -> str:
        """Where in one of their files it went wrong outside all functions, which runs under the name of the
        reference's file, at the lines of theirs; empty where it did not."""
        frames = traceback.extract_tb(bug.__cause__.__traceback__ if bug.__cause__ else None)
        ran = [frame for frame in frames if Path(frame.filename).is_relative_to(REFERENCE)]
        if not ran or ran[-1].name != "<module>":
            return ""
        return f"{shown(self.folder / Path(ran[-1].filename).relative_to(REFERENCE))}:{ran[-1].lineno}: "

    def has_written(self, *found: Any, package: str = "reference") -> bool:
        """Whether all pieces of these classes and functions are theirs."""
        return all(piece.id in self.used for piece in taught_by(*found, package=package))

    def told(self, track: str) -> list[Told]:
        entries = [entry for entry in self.board.values() if entry.piece.track == track]
        return [told(entry, self.states[entry.piece.id], self.progress) for entry in entries]

    def variants(self, axes: list[Axis]) -> Iterator[tuple[str, Axis, Entry]]:
        """The entries whose own code they have written, all of it, with the track that teaches it. A drawing of code
        that they have not written would give it away."""
        for axis in axes:
            for entry in axis.entries:
                if entry.refused:
                    continue
                found = [entry.object, *helpers(entry.object)]
                own, bases = taught_by(*found), getattr(entry.object, "__mro__", ())
                if own and self.has_written(*found, *bases):
                    yield own[0].track, axis, entry

    def drawn(self, axis: Axis, entry: Entry) -> list[Panel] | str:
        """What an entry does, computed with their code."""
        what = f"{axis.name} {entry.name} could not be drawn"
        return self.attempt(what, lambda: draw(self.theirs(axis, entry), axis))

    def theirs(self, axis: Axis, entry: Entry) -> Entry:
        try:
            held = registry(axis.registry, self.code)
        except LookupError:  # the axis is none of the reference's dictionaries
            held = {}
        return replace(entry, value=held.get(entry.name, entry.value), code=self.code)
