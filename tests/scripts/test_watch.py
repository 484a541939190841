"""`learn watch`: what is saved is checked, and nothing that the learner writes takes it down."""

import contextlib
import os
import select
import subprocess
import threading

import pytest

from scripts.learning import watch
from scripts.learning.watch import Save, Saves, keyboard
from scripts.workshop.diagnose.verdicts import Verdict
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import REFERENCE
from scripts.workshop.teach.progress import Progress


@pytest.fixture
def saves(finished):
    return Saves(finished.learn)


def ids(entries) -> list[str]:
    return [entry.piece.id for entry in entries]


def test_only_pieces_that_were_changed_are_checked(finished, saves):
    assert saves.next() is None
    finished.edit_in("learn/norms.py", "rms_norm", "mean_square + eps", "mean_square")
    assert ids(saves.next().written) == ["norms.rms_norm"]
    assert saves.next() is None


def test_a_comment_is_no_change(finished, saves):
    finished.edit_in("learn/norms.py", "rms_norm", "# Widen", "# I widen")
    assert saves.next() == Save([finished.learn / "norms.py"], changed=[], broken=[])


def test_a_helper_counts_for_all_that_may_call_it(finished, saves):
    path = finished.learn / "norms.py"
    path.write_text(path.read_text() + "\n\ndef helper(x):\n    return x\n")
    assert set(ids(saves.next().written)) == {piece.id for piece in PIECES if piece.module == "norms"}


def test_a_file_that_cannot_be_read_is_said_once_at_every_save(finished, saves):
    path = finished.learn / "norms.py"
    text = path.read_text()
    for ending in ("", "\n"):
        path.write_text(f"{text}def broken(:\n{ending}")
        save = saves.next()
        ((entry,), written) = save.broken, save.written
        assert (entry.path, entry.line, written) == (path, text.count("\n") + 1, [])
    path.write_text(text)
    assert "norms.rms_norm" in ids(saves.next().written)


def test_a_file_that_is_gone_and_comes_back_is_noticed(finished, saves):
    path = finished.learn / "norms.py"
    text = path.read_text()
    path.unlink()
    assert ids(saves.next().written) == []
    path.write_text(text)
    assert "norms.rms_norm" in ids(saves.next().written)


def test_without_a_terminal_lines_are_keys_and_the_end_is_no_key(monkeypatch, tmp_path):
    path = tmp_path / "keys"
    path.write_text("r\nquit\n")
    with path.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        with keyboard() as key:
            assert [key(0), key(0), key(0), key(0)] == ["r", "q", None, None]


class Turns:
    """Checkers that give a verdict whenever the test says so."""

    def __init__(self, processes=None):
        self.asked = threading.Semaphore(0)

    @contextlib.contextmanager
    def judge(self):
        yield

    def check(self, entries, limit):
        self.turns = threading.Semaphore(0)  # however often an earlier check was stopped
        for entry in entries:
            self.asked.release()
            self.turns.acquire()
            yield Verdict(entry.piece.id, "wrong", None, "the verdict", "", 1, seconds=0.0)

    def stop(self):
        self.turns.release()


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "context", lambda preload: None)
    monkeypatch.setattr(watch, "Checkers", Turns)
    monkeypatch.setattr(watch, "Progress", lambda: Progress(tmp_path / "progress.json"))
    monkeypatch.setattr(watch, "remember", lambda board, progress: None)
    monkeypatch.setattr(watch, "read_board", lambda: read_board(REFERENCE))
    return watch.Work(timeout=1.0)


def saved(*ids: str) -> Save:
    entries = [read_board(REFERENCE)[id] for id in ids]
    return Save([entry.path for entry in entries], entries, [])


def let_through(work, verdicts: int) -> None:
    for _ in range(verdicts):
        work.checkers.turns.release()
    work.thread.join()


def test_a_save_that_is_saved_again_is_said_to_be_superseded(work, capsys):
    for _ in range(2):
        work.take(saved("norms.rms_norm"))
        assert work.checkers.asked.acquire(timeout=60)
        said = capsys.readouterr().out
        assert "norms.py: checking rms_norm" in said
    assert said.splitlines()[1:] == ["superseded before its verdict: norms.rms_norm"]
    let_through(work, 1)
    assert capsys.readouterr().out.count("the verdict") == 1


def test_a_save_of_another_piece_swallows_no_verdict(work, capsys):
    for id in ("norms.rms_norm", "attention.causal_mask"):
        work.take(saved(id))
        assert work.checkers.asked.acquire(timeout=60)
    let_through(work, 2)
    said = capsys.readouterr().out
    assert "superseded" not in said
    assert [said.count(f"\n{id}  ") for id in ("norms.rms_norm", "attention.causal_mask")] == [1, 1]
    assert not work.waiting


def test_what_changes_no_piece_is_said_and_stops_nothing(work, capsys):
    work.take(saved("norms.rms_norm"))
    assert work.checkers.asked.acquire(timeout=60)
    work.take(Save([REFERENCE / "norms.py"], changed=[], broken=[]))
    let_through(work, 1)
    said = capsys.readouterr().out
    assert "norms.py: no piece in it has changed" in said
    assert said.count("the verdict") == 1


class Watching:
    """A `learn watch` that runs."""

    def __init__(self, project, timeout: int = 3):
        self.process = project.start("-m", "scripts.learn", "watch", "--timeout", f"{timeout}", stdin=subprocess.PIPE)
        # What never comes shall not be waited for.
        self.end = threading.Timer(120, self.process.kill)
        self.end.start()

    def until(self, words: str) -> str:
        """All that is written until a line with these words."""
        lines = []
        while line := self.process.stdout.readline():
            lines.append(line)
            if words in line:
                return "".join(lines)
        raise AssertionError(f"{words!r} never came: {''.join(lines)} {self.process.stderr.read()}")

    def press(self, key: str) -> None:
        self.process.stdin.write(key + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.end.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def watching(project):
    watching = Watching(project)
    watching.until("q quit")
    yield watching
    watching.close()


def test_right_wrong_hanging_dying_and_the_keys(project, watching):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    assert "saved learn/norms.py: checking rms_norm" in watching.until("...")
    assert "passes" in watching.until("norms.rms_norm")
    # What is right goes on to the run.
    said = watching.until("q quit")
    assert "Next: gpt.GPT.__init__" in said
    assert "seen: 1 piece, `LEARN_DEBUG=all` shows them" in said
    assert "[DEBUG]" not in said
    line = Source.read(project.learn / "norms.py").find("soft_cap").lineno
    project.edit("learn/norms.py", "def soft_cap(", "def soft_cap((")
    said = watching.until(f"learn/norms.py:{line}: Python cannot read this line")
    assert "norms.rms_norm" not in said
    project.edit("learn/norms.py", "def soft_cap((", "def soft_cap(")
    watching.until("passes")
    project.edit("learn/norms.py", "mean_square + eps", "mean_square")
    watching.until("WRONG")
    assert "This is a known mistake: eps forgotten." in watching.until("stuck?")
    outline = "# Widen to float32: in"
    project.edit("learn/norms.py", outline, f"import os\n    os._exit(3)\n    {outline}")
    assert "ended without a word (exit status 3)" in " ".join(watching.until("stuck?").split())
    project.edit("learn/norms.py", "os._exit(3)", "while os: pass")
    watching.until("HANGS")
    watching.press("h")
    assert "norms.rms_norm" in watching.until("hint 1 of 3")
    watching.press("l")
    assert "timeout" in watching.until("norms.rms_norm")
    watching.press("q")
    assert watching.process.wait(30) == 0


@pytest.mark.slow
def test_r_runs_where_nothing_was_saved(watching):
    watching.press("r")
    watching.until("Next: gpt.GPT.__init__")
    watching.press("q")
    assert watching.process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the signal is a named pipe")
def test_keys_are_listened_to_while_a_piece_hangs(project):
    os.mkfifo(project.folder / "hanging")
    hanging = os.open(project.folder / "hanging", os.O_RDWR)
    watching = Watching(project, timeout=1000)
    watching.until("q quit")
    put_in(BY_ID["norms.rms_norm"], project.learn)
    outline = "# Widen to float32: in"
    project.edit("learn/norms.py", outline, f"open('hanging', 'w').write('x')\n    while x is x: pass\n    {outline}")
    assert select.select([hanging], [], [], 100)[0], "the piece was never run"
    watching.press("q")
    assert watching.process.wait(60) == 0
    watching.close()
