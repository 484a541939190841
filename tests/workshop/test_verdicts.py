"""Verdicts: each piece in a process of its own."""

import multiprocessing

import pytest

from scripts.workshop.check.verdicts import check_entries
from scripts.workshop.pieces.board import read_board

NORM = "norms.rms_norm"


def verdict(project, piece=NORM, limit=20.0):
    (found,) = check_entries([read_board(project.learn)[piece]], limit)
    return found


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("return x", "wrong", "expected"),
        ("return None", "wrong", "return"),
        ("return x.nothing", "crash", "nothing"),
        ("while True: pass", "timeout", "2 s"),
        ("import os; os._exit(3)", "crash", "exit status 3"),
        ("raise SystemExit", "crash", "ended"),
        ("import math; return x / math.sqrt(1)", "wrong", "yours"),
    ],
)
def test_every_way_to_fail_has_its_verdict(project, body, status, said):
    (project.learn / "norms.py").write_text(f"\n\ndef rms_norm(x, eps):\n    {body}\n")
    # A busy machine may take seconds over what is quick; only the endless loop is waited for in vain.
    found = verdict(project, limit=2.0 if status == "timeout" else 60.0)
    assert (found.status, found.id, found.cause) == (status, NORM, None)
    assert said in found.message
    assert found.file.endswith("norms.py")
    assert found.line in (3, 4)


@pytest.mark.slow
def test_a_hanging_piece_does_not_keep_the_others_from_their_verdicts(finished):
    finished.edit("learn/norms.py", "    # The mean square", "    while True:\n        pass\n    # The mean square")
    board = read_board(finished.learn)
    found = list(check_entries([board[NORM], board["flops.estimate_flops"], board["norms.soft_cap"]], 8.0))
    assert [verdict.status for verdict in found] == ["timeout", "pass", "pass"]
    assert not multiprocessing.active_children()


def test_what_cannot_be_run_is_not_run(project):
    (project.learn / "norms.py").write_text("def rms_norm(x, eps:\n")
    (project.learn / "flops.py").unlink()
    assert verdict(project).status == "crash"
    assert verdict(project).line == 1
    missing = verdict(project, "flops.estimate_flops")
    assert missing.status == "unwritten"
    assert "learn reset flops.estimate_flops" in missing.message
    assert verdict(project, "gpt.GPT.forward").status == "unwritten"
