"""Playthrough: from the skeleton to a trained model, asked for piece by piece. CI plays it, to the end."""

import json

import pytest

from scripts.workshop import playthrough
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.playthrough import main


def test_a_piece_out_of_order_is_noticed(monkeypatch, capsys):
    monkeypatch.setattr(playthrough, "PIECES", PIECES[::-1])
    assert main([]) == 1
    assert "gpt.GPT.__init__" in capsys.readouterr().out


@pytest.mark.slow
def test_check_passes_exactly_the_pieces_that_are_put_in(project):
    written = PIECES[::5]
    for piece in written:
        put_in(piece, project.learn)
    result = project.run_learn("check", "--all", "--impl", str(project.learn), "--json")
    assert result.returncode == 1
    verdicts = json.loads(result.stdout.splitlines()[-1])["pieces"]
    statuses = {verdict["id"]: verdict["status"] for verdict in verdicts}
    assert statuses == {piece.id: "pass" if piece in written else "unwritten" for piece in PIECES}
