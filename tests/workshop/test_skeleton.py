"""The skeleton: the reference with the bodies of all pieces removed."""

import ast
import re
import shutil

import pytest

from scripts.learn import parser
from scripts.workshop.grade.integrity import suspicions
from scripts.workshop.pieces import FILES, PIECES
from scripts.workshop.pieces.source import Source, is_unwritten, parameters
from scripts.workshop.pieces.stubs import (
    README,
    REFERENCE,
    RULES,
    mirrored,
    skeleton,
    with_debug_import,
    write_skeleton,
)
from scripts.workshop.skeleton import difference, main


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """A skeleton to be read only."""
    folder = tmp_path_factory.mktemp("skeleton") / "learn"
    write_skeleton(folder)
    return folder


@pytest.fixture
def learn(stubs, tmp_path):
    """A skeleton that may be changed."""
    return shutil.copytree(stubs, tmp_path / "learn")


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_a_stub_keeps_signature_decorators_and_docstring(piece, stubs):
    whole = Source.read(REFERENCE / piece.file).find(piece.qualname)
    stub = Source.read(stubs / piece.file).find(piece.qualname)
    for part in ("args", "returns", "decorator_list", "name"):
        wanted, found = getattr(whole, part), getattr(stub, part)
        assert (
            [ast.dump(node) for node in wanted] == [ast.dump(node) for node in found]
            if isinstance(wanted, list)
            else (ast.dump(wanted) == ast.dump(found) if isinstance(wanted, ast.AST) else wanted == found)
        )
    assert ast.get_docstring(whole) == ast.get_docstring(stub)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_a_stub_says_what_was_called_with_what_and_what_is_to_be_written(piece, stubs):
    stub = Source.read(stubs / piece.file).find(piece.qualname)
    spoken, missing = stub.body[-2:]
    assert spoken.value.func.id == "debug"
    assert spoken.value.args[0].value == piece.qualname
    assert [word.arg for word in spoken.value.keywords] == parameters(stub)
    assert is_unwritten(stub)
    assert missing.exc.args[0].value == f"TODO: {piece.todo}"


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_comment_of_a_body_survives_and_no_code_does(piece, stubs):
    whole = Source.read(REFERENCE / piece.file)
    stub = Source.read(stubs / piece.file)
    comments = [line.strip() for line in whole.text_of(piece.qualname).splitlines() if line.strip().startswith("#")]
    assert comments == [
        line.strip() for line in stub.text_of(piece.qualname).splitlines() if line.strip().startswith("#")
    ]
    assert len(stub.find(piece.qualname).body) <= 3


def test_every_piece_has_an_outline():
    for piece in PIECES:
        assert "# " in Source.read(REFERENCE / piece.file).text_of(piece.qualname), piece.id


def test_there_is_a_twin_for_every_file_with_pieces_and_nothing_else(learn):
    found = {path.relative_to(learn).as_posix() for path in learn.rglob("*.py")}
    assert found >= {*FILES, "__init__.py", "debug.py"}
    # What these import stands beside them, and a room as a whole.
    assert found == {*mirrored(), "__init__.py", "debug.py"}
    assert all((REFERENCE / file).exists() for file in found - {"debug.py"})


def test_the_texts_are_the_templates(learn):
    assert (learn / "README.md").read_bytes() == README.read_bytes()
    assert (learn / "AGENTS.md").read_bytes() == RULES.read_bytes()
    # What they are told to run is there.
    commands = re.findall(r"^\| `learn (.+?)`", RULES.read_text(), re.MULTILINE)
    assert [parser().parse_args(re.sub(r"\[?PIECE\]?", "rms_norm", line).split()).json for line in commands] == [
        True
    ] * 4
    # Assistants that look for the other name find the same rules.
    assert "AGENTS.md" in (learn / "CLAUDE.md").read_text()


def test_generating_twice_gives_the_same_bytes():
    assert skeleton() == skeleton()


def test_check_is_silent_about_the_skeleton_itself(learn, capsys):
    assert main(["--check", "--out", str(learn)]) == 0
    assert "byte for byte" in capsys.readouterr().out


@pytest.mark.parametrize(
    "spoil",
    [
        lambda learn: (learn / "norms.py").write_text("x = 1\n"),
        lambda learn: (learn / "norms.py").unlink(),
        lambda learn: (learn / "extra.py").write_text("x = 1\n"),
        lambda learn: (learn / "norms.py").write_bytes((learn / "norms.py").read_bytes().replace(b"\n", b"\r\n")),
        lambda learn: (learn / "README.md").write_text("My own notes.\n"),
        lambda learn: (learn / "README.md").unlink(),
        lambda learn: (learn / "AGENTS.md").write_text("Write it all.\n"),
        lambda learn: (learn / "CLAUDE.md").unlink(),
    ],
    ids=["changed", "deleted", "added", "line ends", "README changed", "README deleted", "rules changed", "no pointer"],
)
def test_check_shows_what_differs(learn, spoil, capsys):
    before = {path.name: path.read_bytes() for path in learn.glob("*.*")}
    spoil(learn)
    after = {path.name: path.read_bytes() for path in learn.glob("*.*")}
    (spoilt,) = (name for name in before | after if before.get(name) != after.get(name))
    assert main(["--check", "--out", str(learn)]) == 1
    assert spoilt in capsys.readouterr().out
    assert difference(learn)


def test_no_command_minds_what_a_learner_writes_into_the_readme(project):
    (project.learn / "README.md").write_text("My own notes.\n")
    listed = project.run_learn("list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "README" not in listed.stdout
    assert suspicions(project.learn) == []
    assert (project.learn / "README.md").read_text() == "My own notes.\n"


def test_nothing_is_written_over_somebodys_work_without_a_flag(learn, capsys):
    (learn / "norms.py").write_text("mine = 1\n")
    (learn / "gpt.py").unlink()
    assert main(["--out", str(learn)]) == 1
    assert (learn / "norms.py").read_text() == "mine = 1\n"
    assert (learn / "gpt.py").exists()
    assert "norms.py; --force writes over them" in capsys.readouterr().out


def test_writing_over_somebodys_work_backs_it_up_and_says_where(learn, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("scripts.workshop.pieces.backup.BACKUPS", tmp_path / "backups")
    (learn / "norms.py").write_text("mine = 1\n")
    assert main(["--out", str(learn), "--force"]) == 0
    (backup,) = (tmp_path / "backups").glob("*/norms.py")
    assert backup.read_text() == "mine = 1\n"
    assert str(backup) in capsys.readouterr().out
    assert difference(learn) == ""


def test_the_debug_import_stands_where_a_sorter_would_put_it():
    source = Source("import a\n\nfrom .blocks import b\nfrom .norms import n\n", REFERENCE / "x.py")
    assert ".blocks import b\nfrom .debug import debug\nfrom .norms" in with_debug_import(source)


def test_every_file_about_tensors_has_torch_and_f_at_hand():
    files = skeleton()
    for file in FILES:
        if "Tensor" in files[file]:
            assert "\nimport torch\n" in files[file], file
            assert "\nfrom torch.nn import functional as F\n" in files[file], file
