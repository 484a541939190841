"""The checks reject wrong answers: every known mistake, put into the reference's own text, must be found out."""

from collections import Counter

import pytest
import torch

from scripts.workshop.checking import check_piece
from scripts.workshop.mistakes import all_mistakes
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.skeleton import REFERENCE
from scripts.workshop.source import Source

MISTAKES = all_mistakes()
PROMPT = 3  # of every piece, as many are tried by `make test`; the rest is left to CI


def params():
    seen = Counter()
    for mistake in MISTAKES:
        seen[mistake.piece] += 1
        marks = [pytest.mark.slow] if seen[mistake.piece] > PROMPT else []
        yield pytest.param(mistake, marks=marks, id=f"{mistake.piece}: {mistake.name}")


@pytest.mark.parametrize("mistake", list(params()))
def test_mistake_is_rejected(mistake):
    piece = BY_ID[mistake.piece]
    source = Source.read(REFERENCE / piece.file)
    text = source.text_of(piece.qualname)
    assert text.count(mistake.old) == 1, "the edit must hit exactly one place"
    mutant = Source(source.with_function(piece.qualname, text.replace(mistake.old, mistake.new)), source.path)
    finding = check_piece(piece, mutant)
    assert finding.status in ("wrong", "crash")
    # A name that the edit itself got wrong would be found out by any check.
    assert "NameError" not in finding.message


def test_gradients_are_on_again_after_a_piece_that_switches_them_off():
    (mistake,) = (m for m in MISTAKES if (m.piece, m.name) == ("gpt.GPT.forward", "no gradient at all"))
    test_mistake_is_rejected(mistake)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_piece_has_mistakes(piece):
    assert sum(mistake.piece == piece.id for mistake in MISTAKES) >= 3
