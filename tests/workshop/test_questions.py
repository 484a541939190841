"""Questions: each with an answer to compare with, and a command that shows it."""

import importlib
import itertools
import shlex

import pytest

from scripts.learn import main
from scripts.project import ROOT, UsageError
from scripts.training.settings import parser
from scripts.workshop.pieces import TRACKS
from scripts.workshop.teach.questions import QUESTIONS, TRACK_OF


def test_they_come_in_the_order_of_the_tracks():
    # Those of a track stand together, in the order of the tracks; STATUS.md knows the first twelve by their numbers.
    tracks = [track for track, _ in itertools.groupby(TRACK_OF[question] for question in QUESTIONS)]
    assert tracks == [track.name for track in TRACKS]
    assert [question.number for question in QUESTIONS] == [*range(1, len(QUESTIONS) + 1)]
    status = (ROOT / "STATUS.md").read_text(encoding="utf-8")
    assert all(f"\n{question.number}. {question.text}\n" in status for question in QUESTIONS[:12])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text[:40])
def test_each_has_an_answer_and_a_command_that_exists(question):
    assert question.text.endswith("?")
    assert question.answer.count(".") >= 3
    python, flag, module, *arguments = shlex.split(question.tryout.partition(" &&")[0])
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(module)
    if module == "scripts.train":
        parser("").parse_args(arguments)


def test_an_answer_is_asked_for_by_its_number(capsys):
    assert main(["answer"]) == 0
    assert QUESTIONS[0].text.split()[1] in capsys.readouterr().out
    assert main(["answer", "1"]) == 0
    out = capsys.readouterr().out
    assert QUESTIONS[0].tryout in out
    assert max(map(len, out.splitlines())) <= 90
    with pytest.raises(UsageError, match="there are"):
        main(["answer", "999"])
