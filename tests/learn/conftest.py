"""The pieces that you have written, against the reference. `learn check` says the same, with more about the cause."""

import functools

import pytest

from scripts.project import ROOT
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.board import Entry, read_board, tracks_begun


@functools.cache
def board() -> dict[str, Entry]:
    return read_board(ROOT / "learn")


@pytest.fixture
def passes():
    """A function that runs one case on the learner's piece; it skips where its track has not been begun."""
    from scripts.workshop.check.checking import check_piece

    def check(case):
        entry = board()[case.piece]
        if case.track not in (None, *tracks_begun(board())):
            pytest.skip(f"asked when the track {case.track} has been begun")
        if entry.source is None or entry.state == "missing":
            pytest.fail(f"{entry.place}: {entry.message}", pytrace=False)
        finding = check_piece(entry.piece, entry.source, [case])
        if finding.status != "pass":
            pytest.fail(f"{entry.path}:{finding.line}: {finding.status}. {finding.message}", pytrace=False)

    return check


def pytest_generate_tests(metafunc):
    """Every test file here asks for `case`: the cases of the file of learn/ that it is named after. Of a piece that is
    not written there is one, which is skipped: to make all of its cases takes a while."""
    if "case" in metafunc.fixturenames:
        from scripts.workshop.check.cases import cases_of

        # test_norms.py is about norms.py, test_attentions__gated.py about attentions/gated.py.
        module = metafunc.module.__name__.rpartition("test_")[2].replace("__", ".")
        unwritten = pytest.mark.skip(reason="not written yet")
        cases = []
        for piece in (piece for piece in PIECES if piece.module == module):
            if board()[piece.id].state == "unwritten":
                cases.append(pytest.param(None, id=piece.qualname, marks=unwritten))
            else:
                cases += [pytest.param(case, id=f"{piece.qualname} with {case.about}") for case in cases_of(piece)]
        metafunc.parametrize("case", cases)
