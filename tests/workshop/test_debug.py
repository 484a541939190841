"""The debug prints of the pieces."""

import pytest
import torch

from scripts.workshop.pieces import debug as module
from scripts.workshop.pieces.debug import debug, summary


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(module, "spoken", set())
    monkeypatch.delenv("LEARN_DEBUG", raising=False)


def test_a_piece_says_its_name_and_what_it_was_given(capsys):
    debug("GPT.forward", tokens=torch.zeros(2, 3, dtype=torch.int64), targets=None)
    assert capsys.readouterr().out == (
        "[DEBUG] GPT.forward() called\n[DEBUG]   tokens: (2, 3) int64\n[DEBUG]   targets: None\n"
    )


@pytest.mark.parametrize(("wanted", "times"), [(None, 1), ("all", 3), ("0", 0)])
def test_how_often_it_speaks(wanted, times, monkeypatch, capsys):
    if wanted:
        monkeypatch.setenv("LEARN_DEBUG", wanted)
    for _ in range(3):
        debug("rms_norm")
    assert capsys.readouterr().out.count("called") == times


def test_only_rank_0_speaks(monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    debug("rms_norm")
    assert capsys.readouterr().out == ""


def test_summaries():
    from reference.attentions.backends.scored import ScoreMods
    from reference.positions import Context

    assert summary(Context(torch.arange(2), torch.zeros(2, 3), torch.zeros(2, 3))) == (
        "Context(position=(2,) int64, cos=(2, 3) float32, sin=(2, 3) float32, "
        "rotation=apply_rotary, bias=None, cache=None)"
    )
    assert summary(ScoreMods(torch.arange(2), torch.arange(3), 0.5)) == (
        "ScoreMods(query_position=(2,) int64, key_position=(3,) int64, scale=0.5, "
        "window=None, softcap=None, bias=None, sinks=None, dropout=0.0)"
    )
    assert summary(torch.nn.Linear(1, 1)) == "Linear"
    assert summary(0.5) == "0.5"
    assert len(summary("x" * 1000)) == 200
