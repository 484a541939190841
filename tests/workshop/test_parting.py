"""`learn compare`: which training agrees with which, and because of which pieces two of them part."""

import functools
import json
from functools import partial

import pytest

from scripts.training.settings import Settings
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.teach.paired_training import differing, name_of, open_settings, plans, report, trained
from scripts.workshop.teach.parting import fewest, given_code_changed, to_blame

STEPS = 3


def trained_here(impl: str, given: str = "{}", nudge: bool = False) -> dict:
    run, found = trained(load(impl, track="nanochat"), settings_for(impl), json.loads(given), nudge)
    return {"losses": run.losses, "settings": found}


def settings_for(impl: str) -> Settings:
    return Settings(impl=impl, max_iters=STEPS, eval_tokens=64, track="nanochat")


# The reference's trainings are the same for all copies that leave the optimizers as they are.
of_reference = functools.cache(partial(trained_here, "reference"))


def beside_reference(project) -> dict:
    """A short training of the copy's code beside the reference's."""
    learn = trained_here(str(project.learn))
    given = json.dumps(open_settings(learn["settings"]))
    return report(settings_for(str(project.learn)), learn, of_reference(given), of_reference(given, nudge=True))


@pytest.fixture
def first_track(project):
    """A copy in which the first track is written, and nothing else."""
    for piece in TRACKS[0].pieces:
        put_in(piece, project.learn)
    return project


def test_a_finished_first_track_agrees_also_with_a_muon_of_another_dtype(first_track):
    first_track.edit(
        "learn/optimization/optimizers.py",
        "Muon(matrices, lr=matrix_lr, momentum=0.95)",
        "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=torch.bfloat16)",
    )
    result = beside_reference(first_track)
    assert result["agree"]
    (said,) = differing(result, left_open=True)
    assert said.startswith("dtype: yours bfloat16, the reference's float32 (blocks.0.attn.q_proj.weight and ")
    assert not list(differing(result, left_open=False))


def test_where_two_runs_part_the_piece_is_named_and_what_differs(first_track):
    first_track.edit_in(
        "learn/optimization/optimizers.py", "setup_optimizers", "matrix_lr: float = 0.02", "matrix_lr: float = 0.05"
    )
    first_track.edit_in(
        "learn/optimization/optimizers.py", "setup_nanochat", "matrix_lr: float = 0.02", "matrix_lr: float = 0.05"
    )
    result = beside_reference(first_track)
    assert not result["agree"]
    # A default of the given function is to blame, so no piece helps.
    assert to_blame(result, ()) == []
    (said,) = given_code_changed(first_track.learn)
    assert "the default of matrix_lr in setup_nanochat: yours 0.05, the reference's 0.02" in said
    (said,) = (line for line in differing(result, left_open=False) if line.startswith("lr"))
    assert "yours 0.05, the reference's 0.02" in said


def test_a_wrong_piece_is_found_among_right_ones(first_track):
    first_track.edit_in("learn/attention.py", "manual_attention", "scores.softmax(", "(0.9 * scores).softmax(")
    result = beside_reference(first_track)
    assert not result["agree"]
    assert to_blame(result, ("attention.causal_mask", "attention.manual_attention")) == ["attention.manual_attention"]


@pytest.mark.parametrize("guilty", ["", "c", "bd", "abcde"])
def test_as_few_pieces_as_possible_are_blamed(guilty):
    assert fewest(list("abcde"), lambda ids: set(guilty) <= set(ids)) == (list(guilty) or ["a"])
    assert fewest(list("abcde"), lambda ids: False) == []


def test_a_track_is_compared_run_by_run():
    by_name = {track.name: track for track in TRACKS}
    (first,) = plans(by_name["nanochat"], True, 70, 1)
    assert (first.max_iters, first.seed, name_of(first)) == (70, 1, "nanochat_tiny")
    assert [name_of(run) for run in plans(by_name["optimizers"], False, 70, 1)][1] == "optimizer muon, schedule cosine"
    # To write text in another way trains nothing.
    assert plans(by_name["inference"], False, 70, 1) == []
