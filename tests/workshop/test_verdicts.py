"""Verdicts: each piece in a process of its own."""

import multiprocessing

import pytest

from scripts.workshop.check.cases import cases_now, cases_of
from scripts.workshop.diagnose.verdicts import check_entries
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.board import read_board, tracks_begun
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source

NORM = "norms.rms_norm"


def verdict(project, piece=NORM, limit=20.0):
    (found,) = check_entries([read_board(project.learn)[piece]], limit)
    return found


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("return x", "wrong", "expected"),
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
    finished.edit("learn/norms.py", "    # Take the mean", "    while True:\n        pass\n    # Take the mean")
    board = read_board(finished.learn)
    found = list(check_entries([board[NORM], board["optimization.flops.estimate_flops"], board["norms.soft_cap"]], 8.0))
    assert [verdict.status for verdict in found] == ["timeout", "pass", "pass"]
    assert not multiprocessing.active_children()


def test_what_another_track_needs_is_asked_once_that_track_is_begun(project):
    text = reference_source("gpt").text_of("GPT.forward")
    # Right as long as nobody hands a cache in.
    without = text.replace("self.positions(position, cache), strict", "self.positions(position), strict")
    path = project.learn / "gpt.py"
    path.write_text(Source.read(path).with_function("GPT.forward", without))
    assert verdict(project, "gpt.GPT.forward", 60.0).status == "pass"
    put_in(BY_ID["decoding.cache.ContiguousCache.update"], project.learn)
    assert tracks_begun(read_board(project.learn)) == {"nanochat", "inference"}
    found = verdict(project, "gpt.GPT.forward", 60.0)
    assert found.status == "wrong" and "With a cache" in found.message


def test_the_gate_asks_all_and_a_learner_what_their_tracks_need():
    cases = cases_of(BY_ID["gpt.GPT.forward"])
    asked = [cases_now(BY_ID["gpt.GPT.forward"], begun) for begun in ((), ("inference",), ("positions", "inference"))]
    assert len(asked[0]) < len(asked[1]) < len(asked[2]) == len(cases)
    assert {case.track for case in cases} <= {None, *(track.name for track in TRACKS)}


def test_what_cannot_be_run_is_not_run(project):
    (project.learn / "norms.py").write_text("def rms_norm(x, eps:\n")
    (project.learn / "optimization" / "flops.py").unlink()
    assert verdict(project).status == "crash"
    assert verdict(project).line == 1
    missing = verdict(project, "optimization.flops.estimate_flops")
    assert missing.status == "unwritten"
    assert "learn reset optimization.flops.estimate_flops" in missing.message
    assert verdict(project, "gpt.GPT.forward").status == "unwritten"
