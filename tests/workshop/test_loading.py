"""What a run of somebody's copy is lent, and what is theirs."""

import inspect
import sys
from typing import Any

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.loading import lent, load
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.shapes import typechecker

FIRST = TRACKS[0].pieces


def file_of(function) -> str:
    return function.__code__.co_filename


def lent_ids(folder) -> list[str]:
    return [entry.piece.id for entry in lent(read_board(folder))]


def test_what_belongs_to_tracks_that_are_not_open_is_lent(project):
    assert lent_ids(project.learn) == [piece.id for track in TRACKS[1:] for piece in track.pieces]
    for piece in FIRST:
        put_in(piece, project.learn)
    # The second track is open now: its run stops at what is not written.
    assert lent_ids(project.learn) == [piece.id for track in TRACKS[2:] for piece in track.pieces]


def test_a_finished_first_track_trains_with_a_muon_that_is_lent(project):
    for piece in FIRST:
        put_in(piece, project.learn)
    code = load(str(project.learn))
    model = code.gpt.GPT(GPTConfig())
    (_, muon) = code.optimization.optimizers.setup_optimizers(model)
    assert type(muon) is code.optimization.muon.Muon
    assert file_of(inspect.unwrap(type(muon).step)).endswith("reference/optimization/muon.py")
    # The rest of the file is theirs, as it stands there.
    assert file_of(type(muon).__init__).startswith(str(project.learn))


def test_a_piece_that_is_written_is_theirs_beside_one_that_is_lent(project):
    put_in(BY_ID["optimization.muon.newton_schulz"], project.learn)
    muon = load(str(project.learn)).optimization.muon
    assert file_of(muon.newton_schulz).startswith(str(project.learn))
    assert not file_of(inspect.unwrap(muon.Muon.step)).startswith(str(project.learn))


def test_of_what_is_open_nothing_is_lent(project):
    code = load(str(project.learn))
    assert file_of(code.norms.rms_norm).startswith(str(project.learn))


def one(x: Float[Tensor, "2"] | None, scale: float = 1.0, anything: Any = None) -> Tensor | None:
    return x


def many(first: int, *rest: int, more: list[str], **names: str) -> None:
    return None


RIGHT = [
    (one, (torch.zeros(2),), {}),
    (one, (None,), {"scale": 2}),  # a whole number is a float
    (many, (1, 2, 3), {"more": ["a"], "b": "c"}),
]
WRONG = [
    (one, (torch.zeros(3),), {}),
    (one, (None, "x"), {}),
    (many, (1, 2, "x"), {"more": []}),
    (many, (1,), {"more": [2]}),
    (many, (1,), {"more": [], "b": 2}),
]


@pytest.mark.parametrize(("function", "args", "kwargs"), RIGHT)
def test_what_fits_its_annotations_passes(function, args, kwargs):
    assert typechecker(function)(*args, **kwargs) is function(*args, **kwargs)


@pytest.mark.parametrize(("function", "args", "kwargs"), WRONG)
def test_what_does_not_is_told_by_beartype(function, args, kwargs):
    from beartype.roar import BeartypeCallHintViolation

    with pytest.raises(BeartypeCallHintViolation):
        typechecker(function)(*args, **kwargs)


def test_what_fits_does_not_ask_beartype(monkeypatch):
    monkeypatch.setitem(sys.modules, "beartype", None)
    assert typechecker(one)(torch.zeros(2)) is not None
