"""The board: which pieces are written, and what is recorded of them."""

import json
import tomllib

import pytest

from scripts.workshop.pieces import BY_ID, COURSE, PIECES
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.teach.progress import Progress

NORM = "norms.rms_norm"


@pytest.fixture
def learn(project):
    return project.learn


def test_ids_are_places_and_prerequisites_are_pieces():
    assert len(BY_ID) == len(PIECES)
    for piece in PIECES:
        assert set(piece.requires) <= set(BY_ID), piece.id
        assert piece.todo and piece.why.endswith(".")


def test_every_piece_that_a_track_lists_is_there():
    tracks = tomllib.loads((COURSE / "tracks.toml").read_text(encoding="utf-8"))["track"]
    assert {id for track in tracks for id in track["pieces"]} <= set(BY_ID)


def test_a_skeleton_is_unwritten_throughout(learn):
    board = read_board(learn)
    assert list(board) == [piece.id for piece in PIECES]
    assert {entry.state for entry in board.values()} == {"unwritten"}
    for entry in board.values():
        assert f"def {entry.piece.qualname.rpartition('.')[2]}(" in entry.path.read_text().splitlines()[entry.line - 1]


def test_a_written_piece_is_seen(learn):
    put_in(BY_ID[NORM], learn)
    assert read_board(learn)[NORM].state == "written"


def test_code_above_the_remaining_raise_is_not_written_yet(learn):
    path = learn / "norms.py"
    path.write_text(path.read_text().replace("    raise NotImpl", "    y = x\n    raise NotImpl"))
    assert read_board(learn)[NORM].state == "unwritten"


def test_a_deleted_function_and_a_deleted_file_are_missing(learn):
    (learn / "norms.py").write_text("x = 1\n")
    (learn / "optimization" / "flops.py").unlink()
    board = read_board(learn)
    assert board[NORM].state == board["optimization.flops.estimate_flops"].state == "missing"
    assert board["gpt.GPT.forward"].state == "unwritten"


def test_a_syntax_error_is_placed(learn):
    (learn / "norms.py").write_text("x = 1\ndef rms_norm(x, eps:\n    return x\n")
    entry = read_board(learn)[NORM]
    assert (entry.state, entry.line) == ("broken", 2)


def test_windows_line_ends_change_nothing(learn):
    lines = {entry.piece.id: entry.line for entry in read_board(learn).values()}
    for path in learn.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert {entry.piece.id: entry.line for entry in read_board(learn).values()} == lines


def test_a_verdict_holds_until_the_piece_or_its_helpers_change(learn, tmp_path):
    put_in(BY_ID[NORM], learn)
    progress = Progress(tmp_path / "progress.json")
    progress.judge(read_board(learn)[NORM], "pass")
    progress.save()
    path = learn / "norms.py"
    text = path.read_text()

    def state(new_text):
        path.write_text(new_text)
        return Progress(tmp_path / "progress.json").state(read_board(learn)[NORM])

    assert state(text) == "pass"
    assert state(text + "\n# a comment\n") == "pass"
    assert state(text.replace("+ eps", "- eps")) == "written"
    assert state(text + "\ndef helper():\n    return 1\n") == "written"


def test_milestones_keep_the_day_they_were_first_reached(tmp_path):
    progress = Progress(tmp_path / "progress.json")
    progress.milestones["Forward pass works"] = {"date": "2020-01-01", "figure": "old"}
    progress.reach({"Forward pass works": "new"})
    assert progress.milestones["Forward pass works"] == {"date": "2020-01-01", "figure": "new"}


def test_what_has_moved_is_a_piece_where_it_is_said_to_be():
    moved = json.loads((COURSE / "moved.json").read_text(encoding="utf-8"))
    assert {id for id in moved.values() if id is not None} <= set(BY_ID)
    # Nobody looks up the id of a piece that is there.
    assert not set(moved) & set(BY_ID)


GELU = "    return x * 0.5 * (1 + torch.erf(x / 2 ** 0.5))\n    raise NotImplementedError('TODO')\n"


def test_fault_4e_a_stubs_raise_behind_the_return_is_written_and_remarked(learn):
    piece = next(piece for piece in PIECES if piece.id.endswith("gelu"))
    path = learn / piece.file
    path.write_text(Source.read(path).with_function(piece.qualname, f"def gelu(x):\n{GELU}"))
    entry = read_board(learn)[piece.id]
    assert entry.state == "written"
    assert f"line {entry.line + 2}, the stub's raise, is never reached: it may go" in entry.message


def test_fault_4j_a_line_that_python_cannot_read_is_safe_to_show(learn):
    (learn / "norms.py").write_text("x = (\x1b[31m \x9b )\n")
    message = read_board(learn)[NORM].message
    assert r"\x1b[31m" in message
    assert message.isprintable()


def test_fault_4c_code_nested_by_the_hundred_is_no_traceback(learn):
    put_in(BY_ID[NORM], learn)
    path = learn / "norms.py"
    text = path.read_text()
    path.write_text(text.replace("    return ", "    y = " + "-" * 1500 + "1\n    return ", 1))
    first = read_board(learn)[NORM]
    assert first.state == "broken" or first.fingerprint()
