"""Known wrong versions of every piece, as people really write them: one file per file of reference/.

Each is one edit of the reference's own text: a text that stands in the piece exactly once, and what somebody writes
instead. Put in, it must fail the piece's check; that is what makes the check worth anything.
"""

import importlib
from dataclasses import dataclass

from scripts.workshop.pieces import FILES


@dataclass(frozen=True)
class Mistake:
    piece: str  # the id of the piece
    name: str
    old: str
    new: str


def all_mistakes() -> list[Mistake]:
    """Every mistake of every piece."""
    modules = [importlib.import_module(f"{__name__}.{file.removesuffix('.py')}") for file in FILES]
    return [
        Mistake(piece, name, old, new)
        for module in modules
        for piece, edits in module.MISTAKES.items()
        for name, (old, new) in edits.items()
    ]
