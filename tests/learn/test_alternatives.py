"""The checks accept right answers, however they are written.

Each file in alternatives/ is a piece of a learner's file (the folder says which one), with one or more of its pieces
written in other ways than the reference's. A check that rejects right code is as broken as one that passes wrong code.
"""

from pathlib import Path

import pytest
import torch

from scripts.workshop.checking import check_piece
from scripts.workshop.pieces import PIECES, Piece
from scripts.workshop.source import Source

SOURCES = [Source.read(path) for path in sorted(Path(__file__).with_name("alternatives").glob("*/*.py"))]


def alternatives_of(piece: Piece) -> list[Source]:
    return [source for source in SOURCES if source.path.parent.name == piece.module and source.find(piece.qualname)]


# The first of every piece, and in the long tail all others.
ALTERNATIVES = [
    pytest.param(piece, source, id=f"{piece.id}-{source.path.stem}", marks=[pytest.mark.slow] if index else [])
    for piece in PIECES
    for index, source in enumerate(alternatives_of(piece))
]


# Two threads add in another order than one; the reference's numbers may come from either.
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("piece", "source"), ALTERNATIVES)
def test_alternative_passes(piece, source, threads):
    torch.set_num_threads(threads)
    finding = check_piece(piece, source)
    assert finding.status == "pass", finding.message


def test_every_piece_has_an_alternative():
    assert {param.values[0].id for param in ALTERNATIVES} == {piece.id for piece in PIECES}


def test_every_alternative_is_used():
    assert {param.values[1].path for param in ALTERNATIVES} == {source.path for source in SOURCES}
