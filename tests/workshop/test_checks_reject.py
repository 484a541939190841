"""The checks reject wrong answers: every known mistake must be found out and named, and no mutant may pass unnoticed.

`make test` tries a mistake of every piece in the way in which a learner's file is checked, and all of `rms_norm`. The
rest is left to CI, and so are the mutants.
"""

import functools
import itertools
import re

import pytest
import torch

from scripts.workshop import gate
from scripts.workshop.checking import check_piece
from scripts.workshop.checks import cases_of
from scripts.workshop.diagnosis import attempt
from scripts.workshop.gate import Tried, try_mistakes
from scripts.workshop.mistakes import Mistake, all_mistakes, mistakes_of
from scripts.workshop.mistakes.__main__ import main
from scripts.workshop.mutants import known_survivors, mutants_of, survives
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.skeleton import REFERENCE
from scripts.workshop.source import Source
from scripts.workshop.splice import reference_source
from scripts.workshop.swap import swapped, workbench

MISTAKES = all_mistakes()
PROMPT = 1  # of every piece, as many are tried in the way of a learner's file


def checked(mistake: Mistake):
    piece = BY_ID[mistake.piece]
    source = Source.read(REFERENCE / piece.file)
    text = mistake.put_into(source.text_of(piece.qualname))
    return check_piece(piece, Source(source.with_function(piece.qualname, text), source.path))


def name(mistake: Mistake) -> str:
    return f"{mistake.piece}: {mistake.name}"


@pytest.mark.parametrize(
    "mistake", [each for piece in PIECES for each in itertools.islice(mistakes_of(piece), PROMPT)], ids=name
)
def test_mistake_is_rejected(mistake):
    finding = checked(mistake)
    assert finding.status in ("wrong", "crash")
    assert finding.case


@functools.cache
def tried(piece_id: str) -> dict[Mistake, Tried]:
    """What came of all mistakes of a piece: tried together, since each is held against all others."""
    return {each.mistake: each for each in try_mistakes(BY_ID[piece_id])}


def together(mistake: Mistake):
    """A mistake as a parameter; those of one piece are run by one process."""
    marks = [pytest.mark.xdist_group(mistake.piece)]
    return pytest.param(
        mistake, id=name(mistake), marks=marks if mistake.piece == "norms.rms_norm" else [*marks, pytest.mark.slow]
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mistake", [together(mistake) for mistake in MISTAKES])
def test_mistake_is_caught_and_named(mistake):
    found = tried(mistake.piece)[mistake]
    assert found.caught
    assert not found.misspelt
    assert found.named, found.diagnosis and found.diagnosis.cause


def test_gradients_are_on_again_after_a_piece_that_switches_them_off():
    (mistake,) = (m for m in MISTAKES if (m.piece, m.name) == ("gpt.GPT.forward", "no gradient at all"))
    assert checked(mistake).status == "wrong"
    assert torch.is_grad_enabled()


def test_what_a_mistake_writes_on_a_class_is_gone_when_the_next_is_tried():
    piece = BY_ID["cache.ContiguousCache.update"]
    right = reference_source(piece.module).text_of(piece.qualname)
    (case, *_) = (case for case in cases_of(piece.module) if case.piece == piece.id)
    with swapped(piece, right.replace("self.used = ", "type(self).used = ")) as package:
        assert not isinstance(attempt(case, package), Exception)
    assert workbench().cache.ContiguousCache.used == 0


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_piece_has_mistakes(piece):
    assert len(mistakes_of(piece)) >= 3


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_mistake_has_one_place_and_two_sentences(piece):
    text = Source.read(REFERENCE / piece.file).text_of(piece.qualname)
    for mistake in mistakes_of(piece):
        assert mistake.put_into(text) != text
        assert len(re.findall(r"[.?](?=\s|$)", mistake.why)) == 2, mistake.why
        assert mistake.old not in mistake.why, "the answer is given away"


# Mutants


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(piece, id=piece.id, marks=[] if piece.id == "norms.rms_norm" else [pytest.mark.slow])
        for piece in PIECES
    ],
)
def test_no_mutant_survives_but_those_that_are_listed(piece):
    surviving = [mutant.name for mutant in mutants_of(piece) if survives(mutant)]
    assert surviving == list(known_survivors().get(piece.id, {}))


def test_a_survivor_has_a_piece_and_a_reason():
    for piece, survivors in known_survivors().items():
        assert set(survivors) <= {mutant.name for mutant in mutants_of(BY_ID[piece])}
        assert all(reason.endswith(".") for reason in survivors.values())


@pytest.mark.slow
def test_the_report_fails_where_a_mistake_goes_unnoticed(monkeypatch, capsys):
    assert main(["--report", "--json", "norms.soft_cap"]) == 0
    assert capsys.readouterr().out.startswith('{"pieces": 1, "mistakes": 29, "caught": 29, "named": 29, "mutants": 2')
    right = Mistake("norms.soft_cap", "none", "none", "", "torch.tanh(x / cap)", "(x / cap).tanh()")
    monkeypatch.setattr(gate, "mistakes_of", lambda piece: [right])
    judgement = gate.judge(BY_ID["norms.soft_cap"])
    assert [each.caught for each in judgement.tried] == [False]
