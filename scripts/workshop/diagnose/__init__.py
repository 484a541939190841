"""The catalogue: known wrong versions of every piece, as people really write them: mistakes.py in its folder.

Each is one edit of the reference's own text: a text that stands in the piece exactly once, and what somebody writes
instead. Put in, it must fail the piece's check, which is what makes the check worth anything; and where a learner's
code gives the same numbers, the check names it. Mistakes of one `Kind` have one explanation; no input need tell them
apart.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

from scripts.workshop.pieces import PIECES, Piece
from scripts.workshop.pieces.content import run_file


class Kind(NamedTuple):
    """Mistakes with one explanation: what was done, and why it matters, without the code that would be right."""

    why: str
    edits: dict[str, tuple[str, str]]  # by the mistake's name: what stands in the reference, what stands there instead


@dataclass(frozen=True)
class Mistake:
    piece: str  # the id of the piece
    kind: str
    name: str
    why: str
    old: str
    new: str

    def put_into(self, text: str) -> str:
        """The piece's text with this mistake in it. Raises `ValueError` unless there is exactly one place for it."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.piece}, {self.name!r}: {text.count(self.old)} places for {self.old!r}, not one")
        return text.replace(self.old, self.new)


def all_mistakes() -> list[Mistake]:
    """Every mistake of every piece."""
    return [mistake for piece in PIECES for mistake in mistakes_of(piece)]


@functools.cache
def mistakes_of(piece: Piece) -> list[Mistake]:
    return [
        Mistake(piece.id, kind, name, why, old, new)
        for kind, (why, edits) in run_file(piece, "mistakes.py").MISTAKES.items()
        for name, (old, new) in edits.items()
    ]
