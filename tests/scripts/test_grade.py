"""`learn grade`: many copies, none of which disturbs another."""

import csv
import json
import os
import textwrap
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from scripts import learn
from scripts.learning import grade
from scripts.project import UsageError
from scripts.workshop.diagnose.verdicts import Verdict, check_entries
from scripts.workshop.grade import Grade, copies_in, grades, write_csv, write_junit
from scripts.workshop.grade.integrity import suspicions
from scripts.workshop.grade.tampering import refuse_changes, stamps
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.board import read_board
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


# What may stand in a wrong norm, so that its verdict be another one.
CHEATS = {
    "the reference, by a module that torch imported": "torch.sys.modules['reference.norms']",
    "the reference, by torch's importlib": "torch.importlib.import_module('reference.norms')",
    "builtins by name": "__builtins__['__import__']('reference.norms')",
    "pkgutil": "import pkgutil\npkgutil.resolve_name('reference.norms:rms_norm')",
    "runpy": "import runpy\nrunpy.run_module('reference.norms')",
    "frames": "(lambda: 0).__globals__",
    "frames of an error": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    e.__traceback__.tb_frame.f_back",
    "a class changed past itself": "type.__setattr__(torch.Tensor, '__eq__', lambda a, b: True)",
    "object's own setattr": "object.__setattr__(torch, 'equal', lambda a, b: True)",
    "a function of torch's replaced": "torch.allclose = lambda *a, **k: True",
    "a method of tensors replaced": "torch.Tensor.all = lambda *a, **k: True",
    "through a name of one's own": "t = torch\nt.equal = lambda a, b: True",
    "setattr": "setattr(torch, 'equal', lambda a, b: True)",
    "getattr with a name put together": "getattr(torch, 'sy' + 's').modules",
    "eval": "eval('__import__(\"reference.norms\")')",
    "exec": "exec('import reference.norms')",
    "subclasses": "object.__subclasses__()",
    "collecting garbage": "import gc\ngc.get_objects()",
    "ctypes": "import ctypes\nctypes.pythonapi",
    "a process": "import subprocess\nsubprocess.run(['true'])",
    "files": "from pathlib import Path\nPath('reference/norms.py').read_text()",
    "torch's files": "torch.load('reference/norms.py')",
    "inspect": "import inspect\ninspect.stack()",
    "the importer": "import importlib.util\nimportlib.util.find_spec('reference')",
    "a trace": "import sys\nsys.settrace(None)",
    "numpy's": "import numpy\nnumpy.testing",
    "the default dtype for all": "torch.set_default_dtype(torch.float64)",
    "the package's own loader": "__loader__.load_module",
    "the rest of the checker": "from scripts.workshop.check import checking\nchecking.compare_outputs = None",
    "what goes out": "import os\nos.write(1, b'{}')\nos.write(4, b'{}')",
    "an end that looks well": "import os\nos._exit(0)",
    "at the end": "import atexit\natexit.register(print)",
}


@pytest.fixture
def cheating(copy):
    """Makes a copy whose norm is wrong, beside a cheat in its body."""

    def made(name: str) -> Path:
        folder = copy("mallory", "mean_square + eps)", "mean_square)")
        text = (folder / "norms.py").read_text()
        beginning = "    # Take the mean"
        assert text.count(beginning) == 1
        path = folder / "norms.py"
        path.write_text(text.replace(beginning, textwrap.indent(CHEATS[name], "    ") + f"\n{beginning}"))
        return folder

    return made


@pytest.mark.parametrize("name", CHEATS)
def test_fault_4i_a_cheat_is_reported_with_its_line(cheating, name):
    assert any(each.startswith("norms.py:") for each in suspicions(cheating(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEATS)
def test_fault_4i_a_cheat_makes_nothing_pass(cheating, name):
    entry = read_board(cheating(name))[NORM.id]
    (found,) = check_entries([entry], 20.0)
    assert found.status != "pass"


@pytest.mark.slow
def test_fault_4i_a_copy_that_changes_its_process_changes_nothing_for_the_next(copy):
    poison = "    torch.Tensor.pow = lambda *a: None\n    torch.equal = torch.allclose = lambda *a, **k: False\n"
    copy("a mallory", "    # Take the mean", poison + "    # Take the mean")
    copy("b honest")
    passed = {one.copy: one.passed for one in grades(copies_in([copy("c honest").parents[1]]), 20.0)}
    assert passed == {"a mallory": 0, "b honest": 1, "c honest": 1}


def test_fault_4i_whoever_changes_what_verdicts_depend_on_ends_the_grading(copy):
    folder, other = copy("mallory"), copy("ann")
    before = stamps([folder, other])
    refuse_changes(before, stamps([folder, other]), "mallory")
    path = other / "norms.py"
    text = path.read_bytes()
    path.write_bytes(text + b"#")
    path.write_bytes(text)  # and puts it back
    with pytest.raises(UsageError, match=r"norms\.py changed while mallory was checked"):
        refuse_changes(before, stamps([folder, other]), "mallory")


def broken(folder: Path, how: str) -> None:
    path = folder / "norms.py"
    if how == "nested":
        path.write_text("x = " + "-" * 6000 + "1\n")
    elif how == "an encoding of no texts":
        path.write_text("# coding: rot13\n")
    elif how == "a link to itself":
        path.unlink()
        path.symlink_to(path)
    else:
        (folder / os.fsdecode(b"caf\xe9.py")).write_text("")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["nested", "an encoding of no texts", "a link to itself", "a name that is not UTF-8"])
def test_fault_4h_a_copy_that_cannot_be_read_ends_nothing_for_the_others(copy, tmp_path, how):
    broken(copy("bob"), how)
    copy("cleo")
    files = tmp_path / "grades.csv", tmp_path / "grades.xml"
    arguments = ["--csv", str(files[0]), "--junit", str(files[1])]
    assert learn.main(["grade", str(tmp_path / "class"), "--json", *arguments]) == 0
    with files[0].open() as file:
        found = {row["copy"]: row[NORM.id] for row in csv.DictReader(file)}
    assert found == {"bob": "pass" if how.startswith("a name") else "crash", "cleo": "pass"}
    assert {suite.get("name") for suite in xml.parse(files[1]).getroot()} == {"bob", "cleo"}


@pytest.mark.parametrize("flag", ["--csv", "--junit"])
def test_fault_4h_what_cannot_be_written_is_noticed_before_the_grading(copy, tmp_path, monkeypatch, flag):
    copy("ann")
    monkeypatch.setattr(grade, "grades", lambda *_: pytest.fail("graded"))
    with pytest.raises(UsageError, match="choose another place"):
        learn.main(["grade", str(tmp_path / "class"), flag, str(tmp_path / "nowhere" / "grades")])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a\x00\x1b[2J\x0b", "\ud800", "<&>]]>"])
def test_fault_4j_no_text_of_a_copy_is_a_formula_or_breaks_a_file(tmp_path, text):
    verdicts = [Verdict(piece.id, "wrong", text, text, text, 1, 0.1) for piece in PIECES]
    one = Grade(text, tmp_path, verdicts, [text])
    write_csv(tmp_path / "grades.csv", [one])
    write_junit(tmp_path / "grades.xml", [one])
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        (row,) = list(csv.DictReader(file))
    assert not row["copy"].startswith(tuple("=+-@\t\r")) and not row["suspicions"].startswith(tuple("=+-@\t\r"))
    (suite,) = xml.parse(tmp_path / "grades.xml").getroot()
    assert all(character.isprintable() or character == "\t" for character in suite.get("name"))
