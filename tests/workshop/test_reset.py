"""Reset: the stub back, and nothing of the learner's lost."""

import ast

import pytest

from scripts.learn import main
from scripts.learning import backups as commands
from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, backup
from scripts.workshop.pieces.put_back import reset_file, reset_piece
from scripts.workshop.pieces.source import Source, is_unwritten
from scripts.workshop.pieces.stubs import skeleton_file


@pytest.fixture
def backups(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "BACKUPS", tmp_path / "backups")
    return lambda: [path.read_bytes() for path in sorted((tmp_path / "backups").rglob("*.*")) if path.is_file()]


FORWARD = BY_ID["gpt.GPT.forward"]


def stub(piece):
    return Source(skeleton_file(piece.file), "x").text_of(piece.qualname)


def test_one_piece_goes_back_and_the_others_stay(finished, backups, capsys):
    path = finished.learn / "gpt.py"
    before = path.read_bytes()
    reset_piece(FORWARD, finished.learn)
    assert backups() == [before]
    source = Source.read(path)
    assert source.text_of("GPT.forward") == stub(FORWARD)
    assert source.with_function("GPT.forward", Source(before.decode(), path).text_of("GPT.forward")) == before.decode()
    assert "backups" in capsys.readouterr().out


def test_windows_line_ends_stay(finished, backups):
    path = finished.learn / "gpt.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    reset_piece(FORWARD, finished.learn)
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert Source.read(path).text_of("GPT.forward") == stub(FORWARD)


@pytest.mark.parametrize("id", ["gpt.GPT.get_device", "norms.rms_norm"])
def test_a_deleted_piece_comes_back_to_where_it_belongs(finished, backups, id):
    piece = BY_ID[id]
    path = finished.learn / piece.file
    path.write_text(Source.read(path).with_function(piece.qualname, ""))
    reset_piece(piece, finished.learn)
    assert Source.read(path).text_of(piece.qualname) == stub(piece)


def test_a_deleted_file_comes_back_whole(finished, backups):
    (finished.learn / "gpt.py").unlink()
    reset_piece(FORWARD, finished.learn)
    assert (finished.learn / "gpt.py").read_text() == skeleton_file("gpt.py")
    assert backups() == []


@pytest.mark.parametrize("text", ["def broken(:\n", "x = 1\n"], ids=["syntax error", "class gone"])
def test_where_the_piece_cannot_be_placed_it_says_what_can_be_done(finished, backups, text):
    path = finished.learn / "gpt.py"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"learn reset gpt\.py"):
        reset_piece(FORWARD, finished.learn)
    assert path.read_text() == text
    reset_file(path.name, finished.learn)
    assert path.read_text() == skeleton_file("gpt.py")
    assert backups() == [text.encode()]


def test_given_files_come_back_too_and_others_are_refused(project, backups):
    (project.learn / "debug.py").unlink()
    reset_file("debug.py", project.learn)
    assert (project.learn / "debug.py").exists()
    with pytest.raises(UsageError, match=r"no mine\.py in the skeleton"):
        reset_file("mine.py", project.learn)


def test_two_backups_in_one_second_are_two_files(tmp_path, backups):
    path = tmp_path / "a.py"
    for text in ("1", "2"):
        path.write_text(text)
        backup.back_up(path)
    assert backups() == [b"1", b"2"]


@pytest.fixture
def restorable(finished, monkeypatch):
    """A copy whose norms.py has been reset, with the backup of what it was."""
    for module in (backup, commands):
        monkeypatch.setattr(module, "ROOT", finished.folder)
        monkeypatch.setattr(module, "BACKUPS", finished.folder / ".learn" / "backups")
    before = (finished.learn / "norms.py").read_bytes()
    reset_piece(BY_ID["norms.rms_norm"], finished.learn)
    return finished, before


def test_backups_are_listed_and_put_back_and_what_is_there_is_kept_too(restorable, capsys):
    project, before = restorable
    path = project.learn / "norms.py"
    after = path.read_bytes()
    assert main(["backups"]) == 0
    (name,) = (line.split()[0] for line in capsys.readouterr().out.splitlines() if "learn/norms.py" in line)
    assert main(["backups", "--restore", "last", "learn/norms.py"]) == 0
    assert path.read_bytes() == before
    assert (project.folder / ".learn" / "backups" / name / "learn" / "norms.py").read_bytes() == before
    assert main(["backups", "--restore", "last"]) == 0
    assert path.read_bytes() == after
    assert main(["backups", "--restore", name]) == 0
    assert path.read_bytes() == before
    capsys.readouterr()
    assert main(["backups", "--restore", name]) == 0
    assert "is what is there" in capsys.readouterr().out


def test_a_backup_of_an_earlier_version_goes_where_its_file_is(restorable):
    project, before = restorable
    kept = project.folder / ".learn" / "backups" / "2026-01-01T00-00-00.000000-norms.py"
    kept.write_bytes(before)
    assert main(["backups", "--restore", "2026-01"]) == 0
    assert (project.learn / "norms.py").read_bytes() == before


@pytest.mark.parametrize(("words", "said"), [(["x"], "no backup"), (["last", "y"], "no y")])
def test_a_backup_that_is_not_there_is_answered_in_a_line(restorable, words, said):
    with pytest.raises(UsageError, match=said):
        main(["backups", "--restore", *words])


NEIGHBOUR = "def helper(x):\n    y = x * 2\n    return y\n"


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"], ids=ascii)
def test_fault_4c_the_neighbour_of_a_piece_below_a_form_feed_keeps_its_return(finished, backups, separator):
    path = finished.learn / "norms.py"
    text = path.read_text(encoding="utf-8")
    first = text.index("def rms_norm")
    before = f"{text[:first]}# {separator}\n# {separator}\n\n\n{NEIGHBOUR}\n\n"
    path.write_text(before + text[first:], encoding="utf-8", newline="")
    reset_piece(BY_ID["norms.rms_norm"], finished.learn)
    assert path.read_bytes().startswith(before.encode())
    assert Source.read(path).text_of("rms_norm") == stub(BY_ID["norms.rms_norm"])


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8-sig"])
def test_fault_4c_the_encoding_of_a_file_stays(finished, backups, encoding):
    path = finished.learn / "norms.py"
    cookie = "" if encoding.startswith("utf") else f"# -*- coding: {encoding} -*-\n"
    before = f"{cookie}# Früher\n".encode(encoding)
    path.write_bytes(before + path.read_bytes())
    reset_piece(BY_ID["norms.rms_norm"], finished.learn)
    assert path.read_bytes().startswith(before)
    assert Source.read(path).text_of("rms_norm") == stub(BY_ID["norms.rms_norm"])


def test_fault_4c_a_link_and_a_mode_stay(finished, backups):
    path, real = finished.learn / "norms.py", finished.folder / "mine.py"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    reset_piece(BY_ID["norms.rms_norm"], finished.learn)
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert Source.read(real).text_of("rms_norm") == stub(BY_ID["norms.rms_norm"])


@pytest.mark.parametrize("margin", ["  ", "\t"], ids=["two columns", "a tab"])
@pytest.mark.parametrize("deleted", [False, True])
def test_fault_4c_a_stub_is_indented_as_its_class_is(project, backups, margin, deleted):
    path = project.learn / "blocks.py"
    method = "" if deleted else f"{margin}def forward(self, x, context):\n{margin * 2}return x\n"
    path.write_text(
        f"from torch import nn\n\n\nclass Block(nn.Module):\n{margin}eps = 1\n\n{method}", encoding="utf-8", newline=""
    )
    reset_piece(BY_ID["blocks.Block.forward"], project.learn)
    found = Source.read(path).function("Block.forward")
    assert is_unwritten(found)
    assert ast.get_docstring(found) == ast.get_docstring(skeleton_function("blocks.Block.forward"))


def skeleton_function(id):
    piece = BY_ID[id]
    return Source(skeleton_file(piece.file), "x").function(piece.qualname)


def test_fault_4c_a_file_without_a_last_line_end_or_without_code_takes_a_stub(project, backups):
    path = project.learn / "norms.py"
    for text in ("x = 1", "# nothing\n", ""):
        path.write_text(text)
        reset_piece(BY_ID["norms.rms_norm"], project.learn)
        assert path.read_text().startswith(text)
        assert is_unwritten(Source.read(path).function("rms_norm"))
        assert "from .debug import debug\n" in path.read_text()


def test_fault_4c_where_the_stub_has_no_place_nothing_is_touched(project, backups):
    path = project.learn / "blocks.py"
    path.write_text("class Block: x = 1\n")
    with pytest.raises(UsageError, match="is left as it is"):
        reset_piece(BY_ID["blocks.Block.forward"], project.learn)
    assert path.read_text() == "class Block: x = 1\n"
    assert backups() == []


def test_fault_4c_what_is_no_text_or_no_file_is_answered_in_a_line(project, backups):
    path = project.learn / "norms.py"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"learn reset norms\.py"):
        reset_piece(BY_ID["norms.rms_norm"], project.learn)
    reset_file("norms.py", project.learn)
    assert backups() == [b"\xff\xfe\x00"]
    path.unlink()
    path.mkdir()
    for reset, argument in ((reset_file, "norms.py"), (reset_piece, BY_ID["norms.rms_norm"])):
        with pytest.raises(UsageError, match="Is a directory"):
            reset(argument, project.learn)
    assert path.is_dir()


def test_fault_4c_without_a_backup_nothing_is_replaced(finished, tmp_path, monkeypatch):
    (tmp_path / "in the way").write_text("")
    monkeypatch.setattr(backup, "BACKUPS", tmp_path / "in the way" / "backups")
    before = (finished.learn / "norms.py").read_bytes()
    with pytest.raises(UsageError, match=r"norms\.py is left as it is: Not a directory"):
        reset_piece(BY_ID["norms.rms_norm"], finished.learn)
    assert (finished.learn / "norms.py").read_bytes() == before
