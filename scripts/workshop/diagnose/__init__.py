"""The catalogue: known wrong versions of every piece, as people really write them: mistakes.py in its folder.

Each is one edit of the reference's own text: a text that stands in the piece exactly once, and what somebody writes
instead. Put in, it must fail the piece's check, which is what makes the check worth anything; and where a learner's
code gives the same numbers, the check names it. Mistakes of one `Kind` have one explanation; no input need tell them
apart. What people get wrong in every piece is made by rule: `families`.
"""

import functools
from dataclasses import dataclass

from scripts.workshop.diagnose.by_rule import made_by_rule
from scripts.workshop.diagnose.common import Kind
from scripts.workshop.pieces import PIECES, Piece
from scripts.workshop.pieces.content import run_file
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import REFERENCE

__all__ = ["Kind", "Mistake", "all_mistakes", "mistakes_of"]


@dataclass(frozen=True)
class Mistake:
    piece: str  # the id of the piece
    kind: str
    name: str
    why: str
    old: str
    new: str
    by_rule: bool = False

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
    """Those that are written by hand, then those made by rule."""
    written = run_file(piece, "mistakes.py")
    by_hand = [
        Mistake(piece.id, kind, name, why, old, new)
        for kind, (why, edits) in written.MISTAKES.items()
        for name, (old, new) in edits.items()
    ]
    text = Source.read(REFERENCE / piece.file).text_of(piece.qualname)
    by_rule = [
        # A kind that the piece has too is explained in the piece's words.
        Mistake(piece.id, kind, name, written.MISTAKES.get(kind, Kind(why, {})).why, old, new, by_rule=True)
        for kind, (why, edits) in made_by_rule(text, getattr(written, "WITHOUT", {})).items()
        for name, (old, new) in edits.items()
    ]
    return by_hand + by_rule
