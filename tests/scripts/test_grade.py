"""`learn grade`: many copies, none of which disturbs another."""

import csv
import io
import json
import os
import shutil
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from scripts.learn import main
from scripts.project import UsageError, run_command
from scripts.workshop.diagnose.verdicts import Verdict, check_entries
from scripts.workshop.grade import Grade, copies_in, grades, write_csv, write_junit
from scripts.workshop.grade.integrity import suspicions, suspicions_in
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import write_skeleton

NORM, CAP = BY_ID["norms.rms_norm"], BY_ID["norms.soft_cap"]


@pytest.fixture
def copy(template, tmp_path):
    """Makes a copy with one norm written, and changed in one place."""

    def made(name: str, old: str = "", new: str = "", file: str = "norms.py") -> Path:
        folder = shutil.copytree(template / "learn", tmp_path / "class" / name / "learn")
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
    assert any(what in each for each in suspicions_in("norms.py", Source.read(folder / "norms.py")))


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


def broken(folder: Path) -> None:
    (folder / "norms.py").write_text("x = " + 6000 * "-" + "1\n")


def rotated(folder: Path) -> None:
    (folder / "norms.py").write_text("# coding: rot13\nqrs ezf_abez(k, rcf): cnff\n")


def linked_to_itself(folder: Path) -> None:
    (folder / "norms.py").unlink()
    (folder / "norms.py").symlink_to("norms.py")


def without_an_end(folder: Path) -> None:
    (folder / "norms.py").unlink()
    os.mkfifo(folder / "norms.py")


def named_in_no_encoding(folder: Path) -> None:
    (folder / "norms.py").write_text("def rms_norm(:\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_text("")


def without_its_home(folder: Path) -> None:
    (folder / "norms.py").write_text("def rms_norm(:\n")
    (folder / "gpt.py").unlink()
    (folder / "gpt.py").symlink_to("gpt.py")


def nested(folder: Path) -> None:
    (folder / "norms.py").write_text("x = " + 900 * "-" + "1\ndef rms_norm(x, eps): raise NotImplementedError\n")


@pytest.mark.parametrize(
    "spoil",
    [
        broken,
        without_an_end,
        nested,
        *(
            pytest.param(spoil, marks=pytest.mark.slow)
            for spoil in (rotated, linked_to_itself, named_in_no_encoding, without_its_home)
        ),
    ],
)
def test_fault_4h_one_copy_does_not_end_the_grading_of_the_others(template, tmp_path, capfd, monkeypatch, spoil):
    monkeypatch.setattr("scripts.workshop.grade.compile_given", lambda: None)
    for name in ("bob", "zoe"):
        shutil.copytree(template / "learn", tmp_path / "class" / name / "learn")
    spoil(tmp_path / "class" / "bob" / "learn")
    files = tmp_path / "grades.csv", tmp_path / "grades.xml"
    arguments = ["grade", str(tmp_path / "class"), "--json", "--csv", str(files[0]), "--junit", str(files[1])]
    assert main(arguments) == 0
    copies = {each["copy"]: each for each in json.loads(capfd.readouterr().out)["copies"]}
    states = {name: {piece["id"]: piece["status"] for piece in each["pieces"]} for name, each in copies.items()}
    assert set(states) == {"bob", "zoe"}
    assert states["bob"][NORM.id] == ("unwritten" if spoil is nested else "crash")
    assert set(states["zoe"].values()) == {"unwritten"}
    assert copies["bob"]["suspicions"] or spoil in (broken, rotated, without_an_end, without_its_home)
    xml.parse(files[1])
    files[0].read_text(encoding="utf-8")


def test_fault_4h_where_grades_cannot_be_written_is_said_before_there_are_any(copy, tmp_path, capsys):
    copy("ann")
    for flag in ("--csv", "--junit"):
        place = str(tmp_path / "nowhere" / "grades")
        assert run_command(main, ["grade", str(tmp_path / "class"), flag, place]) == 2
        error = capsys.readouterr().err
        assert f"error: {place}: No such file or directory" in error
        assert "1 of 1" not in error
        # What the system does not take for a path is said in a line as well.
        with pytest.raises(SystemExit):
            main(["grade", str(tmp_path / "class"), flag, "~nosuchuser/grades"])
        assert "'~nosuchuser/grades'" in capsys.readouterr().err


def test_fault_4j_no_name_and_no_message_breaks_a_table(tmp_path):
    hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "\t=1", "\r=1", "\udcff", "a\x1b[2J\x00", "b\ufffe\u2028"]
    verdicts = [Verdict(NORM.id, "wrong", hostile[7], "\n".join(hostile), "norms.py", 1, 0.0)]
    found = [Grade(name, tmp_path, verdicts, hostile) for name in hostile]
    write_csv(tmp_path / "grades.csv", found)
    text = (tmp_path / "grades.csv").read_bytes().decode()
    for row in list(csv.reader(io.StringIO(text)))[1:]:
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert not row[-1].startswith("=")
    write_junit(tmp_path / "grades.xml", found)
    assert len(xml.parse(tmp_path / "grades.xml").getroot()) == len(hostile)
    assert "\x1b" not in text + (tmp_path / "grades.xml").read_text()


# Ways to a verdict that was not earned. Each does something when its piece is called, which then gives what is wrong:
# to make the comparison mild, wherever in the process it may be; or to say "pass" in its stead.
MILD = """
    for name in ("compare", "compare_tensors", "compare_outputs"):
        setattr(m["scripts.workshop.check.checking"], name, lambda *a, **k: None)
    m["scripts.workshop.check.checking"].Difference.__init__ = lambda *a: __import__("os")._exit(0)
"""
CHEATS = {
    # name: (what is done, what is said of it)
    "torch.sys": ("m = torch.sys.modules" + MILD, "torch.sys"),
    "torch.importlib": ("m = torch.importlib.import_module('sys').modules" + MILD, "torch.importlib"),
    "nn.functional": ("m = torch.nn.functional.importlib.sys.modules" + MILD, "torch.nn.functional.importlib"),
    "from torch": ("from torch import sys; m = sys.modules" + MILD, "imports torch.sys"),
    "alias": ("t = torch; m = t.sys.modules" + MILD, "t.sys"),
    "computed": ("m = getattr(torch, 's' + 'ys').modules" + MILD, "getattr(torch"),
    "getattr": ("get = getattr; m = get(torch, 's' + 'ys').modules" + MILD, "uses getattr"),
    "builtins": ("m = __builtins__['__import__']('sys').modules" + MILD, "__builtins__"),
    "print": ("m = print.__self__.__import__('sys').modules" + MILD, "print.__self__"),
    "pkgutil": ("import pkgutil; m = pkgutil.sys.modules" + MILD, "imports pkgutil"),
    "runpy": ("import runpy; m = runpy.sys.modules" + MILD, "imports runpy"),
    "dataclasses": ("import dataclasses; m = dataclasses.sys.modules" + MILD, "dataclasses.sys"),
    "eval": ("m = eval('__imp' + 'ort__')('sys').modules" + MILD, "uses eval"),
    "vars": ("m = vars(torch)['sys'].modules" + MILD, "uses vars"),
    "globals": ("m = torch.nn.Module.__init__.__globals__['torch'].sys.modules" + MILD, "__globals__"),
    "subclasses": ("m = object.__subclasses__() and torch.sys.modules" + MILD, "object.__subclasses__"),
    "frames": (
        "try: 1 / 0\n    except ZeroDivisionError as e: frame = e.__traceback__.tb_frame\n"
        "    while 'compare_tensors' not in frame.f_globals: frame = frame.f_back\n"
        "    frame.f_globals['compare_tensors'] = frame.f_globals['compare'] = lambda *a: None",
        "tb_frame",
    ),
    "generator": (
        "g = (g.gi_frame.f_back.f_back for _ in [1])\n    frame = next(g)\n"
        "    while 'compare' not in frame.f_globals: frame = frame.f_back\n"
        "    frame.f_globals['compare'] = lambda *a: None",
        "gi_frame",
    ),
    "type": ("type.__setattr__(torch.Tensor, 'all', lambda *a, **k: True)", "type.__setattr__"),
    "attribute": ("torch.Tensor.all = lambda *a, **k: True", "changes torch.Tensor.all"),
    "setattr": ("setattr(torch.Tensor, 'all', lambda *a, **k: True)", "changes something in torch.Tensor"),
    "tensor alias": ("T = torch.Tensor; T.all = lambda *a, **k: True", "changes T.all"),
    "the reference": ("import reference.norms; reference.norms.rms_norm = rms_norm", "imports reference.norms"),
    "the cases": (
        "import scripts.workshop.check.cases as c\n    for all_cases in c.registry.values(): all_cases.clear()",
        "imports scripts.workshop.check.cases",
    ),
    "the connection": (
        "import gc, multiprocessing.connection as c\n"
        "    for o in gc.get_objects():\n        if isinstance(o, c.Connection): o.send(('pass', '', 1))",
        "imports gc",
    ),
    "a pickle": (
        "import os, pickle\n    class P:\n        def __reduce__(self): return open, ({owned!r}, 'w')\n"
        "    data = pickle.dumps(P()); data = len(data).to_bytes(4, 'big') + data\n"
        "    for fd in range(3, 64):\n        try: os.write(fd, data)\n        except OSError: pass",
        "imports pickle",
    ),
    "the end": ("import os; os._exit(0)", "imports os"),
    "ctypes": ("import ctypes; ctypes.CDLL(None)._exit(0)", "imports ctypes"),
}


def cheating(folder: Path, name: str, owned: Path) -> None:
    """Write a norm that is wrong, and cheats."""
    code = CHEATS[name][0].replace("{owned!r}", repr(str(owned)))
    path = folder / "norms.py"
    body = f"def rms_norm(x, eps):\n    {code}\n    return x * 2\n"
    path.write_text(Source.read(path).with_function("rms_norm", body))


@pytest.mark.parametrize("name", CHEATS)
def test_fault_4i_every_cheat_is_reported(copy, tmp_path, name):
    folder = copy("mallory")
    cheating(folder, name, tmp_path / "owned")
    found = suspicions_in("norms.py", Source.read(folder / "norms.py"))
    assert any(CHEATS[name][1] in each for each in found), found


@pytest.mark.slow
def test_fault_4i_no_cheat_changes_a_verdict_of_its_own_or_of_others(copy, tmp_path):
    folders = {name: copy(name) for name in CHEATS}
    for name, folder in folders.items():
        cheating(folder, name, tmp_path / "owned")
    folders["an honest copy"] = copy("honest")
    entries = [read_board(folder)[NORM.id] for folder in folders.values()]
    found = {name: each.status for name, each in zip(folders, check_entries(entries, 20.0), strict=True)}
    assert found.pop("an honest copy") == "pass"
    assert not [name for name, status in found.items() if status == "pass"]
    assert not (tmp_path / "owned").exists()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["reference/norms.py", "class/zoe/learn/norms.py"])
def test_fault_4i_a_copy_that_edits_what_others_depend_on_ends_the_grading(project, what):
    for name in ("ann", "bob", "zoe"):
        folder = project.folder / "class" / name / "learn"
        write_skeleton(folder)
        put_in(NORM, folder)
    edited = project.own(what)
    trick = f"    open({str(edited)!r}, 'a').write('# as it was')\n    wide = x.to(torch.promote"
    project.edit("class/bob/learn/norms.py", "    wide = x.to(torch.promote", trick)
    result = project.run_learn("grade", str(project.folder / "class"), "--csv", str(project.folder / "grades.csv"))
    assert result.returncode == 2
    assert "norms.py changed while bob was checked" in result.stderr
    with (project.folder / "grades.csv").open() as file:
        assert [row["copy"] for row in csv.DictReader(file)] == ["ann"]


def test_fault_4i_a_link_to_the_solution_is_reported(copy):
    folder = copy("mallory")
    (folder / "norms.py").unlink()
    (folder / "norms.py").symlink_to("/somewhere/reference/norms.py")
    assert "norms.py: is a link to /somewhere/reference/norms.py" in suspicions(folder)
