"""The checks accept right answers, however they are written.

Each file in a piece's alternatives/ is a part of a learner's file, with the piece written in another way than the
reference's. A check that rejects right code is as broken as one that passes wrong code. `make test` tries one for
each piece of the first track; all of them are tried, in the same way, by the gate, `python -m scripts.workshop.mistakes
--report`.
"""

import pytest

from scripts.workshop.check.checking import check_piece
from scripts.workshop.pieces import COURSE, PIECES, TRACKS
from scripts.workshop.pieces.content import alternatives_of
from scripts.workshop.pieces.source import Source

FIRST_TRACK = [
    pytest.param(piece, path, id=f"{piece.id}-{path.stem}")
    for piece in TRACKS[0].pieces
    for path in alternatives_of(piece)[:1]
]


@pytest.mark.parametrize(("piece", "path"), FIRST_TRACK)
def test_alternative_passes(piece, path):
    finding = check_piece(piece, Source.read(path))
    assert finding.status == "pass", finding.message


def test_every_piece_has_an_alternative_and_no_file_is_left_over():
    assert all(alternatives_of(piece) for piece in PIECES)
    used = {path for piece in PIECES for path in alternatives_of(piece)}
    assert used == set(COURSE.rglob("alternatives/*.py"))
    for piece in PIECES:
        assert all(Source.read(path).find(piece.qualname) for path in alternatives_of(piece))
