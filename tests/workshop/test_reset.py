"""Reset: the stub back, and nothing of the learner's lost."""

import pytest

from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, backup
from scripts.workshop.pieces.put_back import reset_file, reset_piece
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import skeleton_file


@pytest.fixture
def backups(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "BACKUPS", tmp_path / "backups")
    return lambda: [path.read_bytes() for path in sorted((tmp_path / "backups").glob("*"))]


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
