"""What is kept from one command to the next: by several at once, and where the file is damaged."""

import json
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.teach.progress import Progress, read_facts
from scripts.workshop.teach.status_file import remember

VERDICT = {"fingerprint": "f", "status": "pass", "cause": None, "explanation": ""}
RIGHT = {
    "verdicts": {"norms.rms_norm": VERDICT},
    "milestones": {"Forward pass works": {"date": "2025-11-30", "figure": "loss 3.3"}},
    "comparison": {"Speed": ["1", "2", "slow"]},
    "finished": ["nanochat"],
    "hints": {"norms.rms_norm": {"rung": 2, "cause": None}},
}


def test_fault_4d_what_two_commands_found_out_at_once_is_both_kept(tmp_path):
    path = tmp_path / "progress.json"
    first, second = Progress(path), Progress(path)
    first.verdicts["a"] = second.verdicts["b"] = VERDICT
    first.finished, second.finished = ["nanochat"], ["norms"]
    first.reach({"Forward pass works": "loss 3.3"})
    first.save()
    second.save()
    assert set(second.verdicts) == {"a", "b"}
    found = Progress(path)
    assert set(found.verdicts) == {"a", "b"}
    assert found.finished == ["nanochat", "norms"]
    assert set(found.milestones) == {"Forward pass works"}


def test_fault_4d_what_a_command_takes_back_stays_away(tmp_path):
    path = tmp_path / "progress.json"
    path.write_text(json.dumps(RIGHT))
    first, second = Progress(path), Progress(path)
    del first.milestones["Forward pass works"]
    first.save()
    second.verdicts["b"] = VERDICT
    second.save()
    assert Progress(path).milestones == {}


def save_many(path, name: int) -> None:
    for number in range(20):
        progress = Progress(path)
        progress.verdicts[f"{name}.{number}"] = VERDICT
        progress.save()


@pytest.mark.parametrize("how", ["threads", "processes"])
def test_fault_4d_no_save_is_lost_or_raises_however_many_there_are(tmp_path, how, capfd):
    path = tmp_path / "progress.json"
    if how == "threads":
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(save_many, [path] * 6, range(6)))
    else:
        processes = multiprocessing.get_context("spawn")
        started = [processes.Process(target=save_many, args=(path, name)) for name in range(2)]
        for process in started:
            process.start()
        for process in started:
            process.join()
        assert [process.exitcode for process in started] == [0, 0]
    assert len(Progress(path).verdicts) == 20 * (6 if how == "threads" else 2)
    assert capfd.readouterr().err == ""
    assert {each.name for each in tmp_path.iterdir()} <= {"progress.json", "lock"}


BROKEN = {
    "empty": b"",
    "half written": json.dumps(RIGHT).encode()[:-20],
    "another encoding": b'{"verdicts": {"\xfc": {}}}',
    "nothing": b"null",
    "a list": b"[1, 2]",
    "zeros": bytes(100),
    "nested by the thousand": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_fault_4e_a_damaged_file_is_set_aside_and_the_work_goes_on(tmp_path, name, capsys):
    path = tmp_path / "progress.json"
    path.write_bytes(BROKEN[name])
    progress = Progress(path)
    said = capsys.readouterr().err
    (backup,) = (tmp_path / "backups").glob("*/*.json")
    assert backup.read_bytes() == BROKEN[name]
    assert backup.name in said
    assert progress.verdicts == {}
    progress.verdicts["a"] = VERDICT
    progress.save()
    assert Progress(path).verdicts == {"a": VERDICT}
    assert capsys.readouterr().err == ""


def test_fault_4e_what_can_be_read_of_a_damaged_file_stays(tmp_path, capsys):
    path = tmp_path / "progress.json"
    spoilt = RIGHT | {"hints": ["norms.rms_norm"], "finished": ["nanochat", 7]}
    spoilt["verdicts"] = {"a": VERDICT, "b": {"status": "pass"}, "c": None}
    path.write_text(json.dumps(spoilt))
    for _ in range(2):
        progress = Progress(path)
        assert progress.verdicts == {"a": VERDICT}
        assert (progress.finished, progress.hints) == (["nanochat"], {})
        assert (progress.milestones, progress.comparison) == (RIGHT["milestones"], RIGHT["comparison"])
    assert capsys.readouterr().err.count("damaged") == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_fault_4e_another_encoding_loses_nothing(tmp_path, encoding):
    path = tmp_path / "progress.json"
    path.write_text(json.dumps(RIGHT), encoding=encoding)
    progress = Progress(path)
    assert progress.verdicts == RIGHT["verdicts"]
    progress.save()
    assert Progress(path).finished == ["nanochat"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*VERDICT, "rung", "a"]), inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*RIGHT]), JSON | st.dictionaries(st.text(max_size=2), JSON, max_size=3)))
def test_fault_4e_whatever_stands_there_is_read_without_a_traceback(tmp_path_factory, facts):
    path = tmp_path_factory.getbasetemp() / "any" / "progress.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(facts))
    progress = Progress(path)
    # What is kept is right, and stays so.
    progress.save()
    read_facts(path)


def test_fault_4e_where_nothing_can_be_saved_it_says_so_and_goes_on(project, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scripts.workshop.teach.status_file.STATUS", tmp_path / "nowhere.md")
    (tmp_path / "file").write_text("")
    in_a_file, a_folder = Progress(tmp_path / "file" / "progress.json"), tmp_path / "progress.json"
    a_folder.mkdir()
    for progress in (in_a_file, Progress(a_folder)):
        progress.verdicts["a"] = VERDICT
        assert not remember({}, progress)
        assert "Your progress is not saved: " in capsys.readouterr().err
    assert a_folder.is_dir()


def at(project, progress) -> str:
    return progress.current(read_board(project.learn)).piece.id


def saved_at(path, seconds: float) -> None:
    os.utime(path, (seconds, seconds))


def test_the_piece_that_failed_last_or_was_edited_last_is_the_current_one(project, tmp_path, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    progress = Progress(tmp_path / "progress.json")
    assert at(project, progress) == "gpt.GPT.__init__"
    # Of two pieces that were edited, the one that was saved last.
    put_in(BY_ID["blocks.Block.__init__"], project.learn)
    put_in(BY_ID["norms.rms_norm"], project.learn)
    saved_at(project.learn / "blocks.py", now - 60)
    saved_at(project.learn / "norms.py", now - 50)
    assert at(project, progress) == "norms.rms_norm"
    progress.judge(read_board(project.learn)["norms.rms_norm"], "pass")
    assert at(project, progress) == "blocks.Block.__init__"
    # The stub's raise still stands below it: it is edited all the same, alone of the pieces of its file.
    project.edit_in("learn/norms.py", "soft_cap", "    raise", "    x = x / cap\n    raise")
    saved_at(project.learn / "norms.py", now - 40)
    assert at(project, progress) == "norms.soft_cap"
    # A run goes past what nobody has checked, and not past what has failed.
    monkeypatch.setattr(time, "time", lambda: now - 30)
    progress.stop_at("gpt.GPT.forward")
    assert at(project, progress) == "gpt.GPT.forward"
    progress.judge(read_board(project.learn)["blocks.Block.__init__"], "wrong")
    progress.save()
    progress = Progress(tmp_path / "progress.json")
    progress.stop_at("gpt.GPT.forward")
    assert at(project, progress) == "blocks.Block.__init__"
    assert [entry.piece.id for entry in progress.failed(read_board(project.learn))] == ["blocks.Block.__init__"]
    project.edit_in("learn/norms.py", "soft_cap", "x = x / cap", "x = x * cap")
    saved_at(project.learn / "norms.py", now - 20)
    assert at(project, progress) == "norms.soft_cap"
