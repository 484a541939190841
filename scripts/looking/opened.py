"""The code that a notebook works with: the reference, or the learner's where it is written."""

import os
from collections.abc import Container
from dataclasses import dataclass

from scripts.project import shown
from scripts.project.implementation import Implementation, implementation_folder
from scripts.workshop.pieces.board import find_piece, read_board
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.source import docstring_node
from scripts.workshop.pieces.splice import splice


def opened(impl: str, only: Container[str] | None = None) -> Implementation:
    """`reference`; or `learn`, or the folder of a copy of it: the reference with every piece that is written there in
    the place of its own, which say nothing of being called unless LEARN_DEBUG is set. only: of them, those with these
    ids. Raises `UsageError` where there is no such folder."""
    os.environ.setdefault("LEARN_DEBUG", "0")
    if impl == "reference":
        return load(impl)
    board = read_board(implementation_folder(impl))
    written = [entry for id, entry in board.items() if entry.state == "written" and (only is None or id in only)]
    return splice((entry.piece for entry in written), {entry.piece.module: entry.source for entry in written})


@dataclass(frozen=True)
class Markdown:
    """A text that Jupyter shows as what it means."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text


def source(piece: str, impl: str) -> Markdown:
    """The code of a piece, to be shown in a notebook: the learner's where it is written, else the reference's."""
    entry = read_board(implementation_folder(impl))[find_piece(piece).id]
    whose = shown_as(impl)
    if entry.state != "written":
        whose = f"the reference's, since {whose} is not written yet"
        entry = read_board(implementation_folder("reference"))[entry.piece.id]
    node = entry.source.find(entry.piece.qualname)
    # The docstring tells what the notebook tells, and is long.
    lines = entry.source.lines[entry.source.span(node)]
    docstring = docstring_node(node)
    if docstring:
        first = entry.source.span(node).start
        del lines[docstring.lineno - 1 - first : docstring.end_lineno - first]
    return Markdown(f"`{entry.piece.id}` ({whose}):\n```python\n{''.join(lines)}```")


def shown_as(impl: str) -> str:
    return {"reference": "the reference's", "learn": "yours"}.get(impl, shown(implementation_folder(impl)))
