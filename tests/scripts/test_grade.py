"""`learn grade`: many copies, none of which disturbs another."""

import csv
import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from scripts.project import UsageError
from scripts.workshop.grade import copies_in, grades
from scripts.workshop.grade.integrity import suspicions
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.stubs import write_skeleton

NORM, CAP = BY_ID["norms.rms_norm"], BY_ID["norms.soft_cap"]


@pytest.fixture
def copy(tmp_path):
    """Makes a copy with one norm written, and changed in one place."""

    def made(name: str, old: str = "", new: str = "", file: str = "norms.py") -> Path:
        folder = tmp_path / "class" / name / "learn"
        write_skeleton(folder)
        put_in(NORM, folder)
        text = (folder / file).read_text()
        assert text.count(old) == 1 or not old
        (folder / file).write_text(text.replace(old, new) if old else text)
        return folder

    return made


@pytest.mark.slow
def test_a_class_is_graded_copy_by_copy(project, copy, tmp_path):
    copy("ann")
    copy("bob", "mean_square + eps)", "mean_square)")
    copy("cleo", "    wide = x.to(torch.promote", "    import os\n    os._exit(9)\n    wide = x.to(torch.promote")
    copy("dan", "def rms_norm(", "def rms_norm((")
    copy("eve", "import torch\n", "import torch\nfrom reference.norms import rms_norm as theirs\n")
    files = tmp_path / "grades.csv", tmp_path / "grades.xml"
    written = [str(path) for path in files]
    result = project.run_learn(
        "grade", str(tmp_path / "class"), "--json", "--csv", written[0], "--junit", written[1], "--timeout", "10"
    )
    assert result.returncode == 0, result.stderr
    copies = {each["copy"]: each for each in json.loads(result.stdout.splitlines()[-1])["copies"]}
    found = {
        name: next(piece["status"] for piece in each["pieces"] if piece["id"] == NORM.id)
        for name, each in copies.items()
    }
    assert found == {"ann": "pass", "bob": "wrong", "cleo": "crash", "dan": "crash", "eve": "pass"}
    assert {name: each["passed"] for name, each in copies.items()} == {
        "ann": 1,
        "bob": 0,
        "cleo": 0,
        "dan": 0,
        "eve": 1,
    }
    assert copies["eve"]["suspicions"] == ["norms.py:4: imports reference.norms"]
    assert copies["ann"]["suspicions"] == []
    # The same in the other forms.
    with files[0].open() as file:
        assert {row["copy"]: row[NORM.id] for row in csv.DictReader(file)} == found
    suites = {suite.get("name"): suite for suite in xml.parse(files[1]).getroot()}
    assert suites["bob"].get("failures") == "1"
    assert suites["bob"].find("testcase/failure").get("message") == "eps forgotten"
    assert len(suites["ann"]) == len(PIECES)
    assert "look at eve/norms.py:4: imports reference.norms" in result.stderr
    assert "5 of 5" in result.stderr


def test_a_copy_may_be_given_by_itself_or_among_others(copy, tmp_path):
    here = copy("ann")
    copy("bob")
    assert copies_in([here]) == {"learn": here}
    assert copies_in([here.parent]) == {"ann": here}
    assert list(copies_in([tmp_path / "class"])) == ["ann", "bob"]
    other = tmp_path / "other" / "ann"
    write_skeleton(other)
    assert len(copies_in([tmp_path / "class", other.parent])) == 3
    with pytest.raises(UsageError, match=r"gpt\.py"):
        copies_in([tmp_path])


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import reference", "imports reference"),
        ("from reference import norms", "imports reference.norms"),
        ("import scripts.workshop.check.checking", "imports scripts.workshop.check.checking"),
        ("import importlib", "imports importlib"),
        ("theirs = __import__('reference.norms')", "uses __import__"),
        ("theirs = open('reference/norms.py').read()", "uses open"),
        ("import sys\ntheirs = sys.modules", "uses sys.modules"),
        ("torch.equal = lambda a, b: True", "changes torch.equal"),
        ("torch.Tensor.__eq__ = None", "changes torch.Tensor.__eq__"),
        ("setattr(torch, 'equal', None)", "changes something in torch"),
    ],
)
def test_what_reaches_for_more_is_said_with_its_line(copy, code, what):
    folder = copy("mallory", "\n\ndef rms_norm", f"\n{code}\n\n\ndef rms_norm")
    assert any(each.startswith("norms.py:") and what in each for each in suspicions(folder))


def test_given_code_that_was_edited_is_named(copy):
    folder = copy("mallory", "def build_norm(config: GPTConfig) -> nn.Module:", "def build_norm(config) -> nn.Module:")
    assert suspicions(folder) == ["norms.py: build_norm, which was given, was edited"]


def test_helpers_of_ones_own_are_nothing_special(copy):
    helper = "\n\ndef square(x):\n    import math\n    y = [x * x]\n    return y[0]\n\n\ndef rms_norm"
    assert suspicions(copy("ann", "\n\ndef rms_norm", helper)) == []


def test_memory_is_limited(project):
    put_in(CAP, project.learn)
    project.edit("learn/norms.py", "return cap *", "torch.zeros(2**35)\n    return cap *")
    (verdict,) = json.loads(project.run_learn("check", "soft_cap", "--json").stdout.splitlines()[-1])["pieces"]
    assert verdict["status"] == "crash"
    assert "memory" in verdict["message"]


def test_a_copy_from_before_some_files_were_there_has_not_written_them(copy):
    folder = copy("old")
    gone = ("optimization/adamw.py", "optimization/muon.py", "optimization/schedules.py")
    for file in gone:
        (folder / file).unlink()
    (grade,) = grades({"old": folder}, limit=60.0)
    verdicts = {verdict.id: verdict for verdict in grade.verdicts}
    assert list(verdicts) == [piece.id for piece in PIECES]
    assert [id for id, verdict in verdicts.items() if verdict.status == "pass"] == [NORM.id]
    for piece in PIECES:
        if piece.file in gone:
            assert verdicts[piece.id].status == "unwritten"
            assert "the file is not there" in verdicts[piece.id].message
    assert not grade.suspicions
