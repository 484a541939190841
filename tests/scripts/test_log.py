"""The log of a run: what is in it, that a killed run has one, and that a run that goes on keeps it."""

import errno
import json
import math
import os
import sys

import pytest
import torch

from reference.config import GPTConfig
from reference.gpt import GPT
from scripts.project import UsageError
from scripts.training.log import RunLog, read_log, same_run
from scripts.training.loop import train
from scripts.training.memory import memory_free, memory_now
from scripts.training.plan import Run, Schedule
from scripts.training.report import commit, facts_of
from scripts.training.text.data import load_corpus
from scripts.workshop.pieces.loading import load

H100 = "NVIDIA H100 80GB HBM3"
FACTS = {
    "data": "names",
    "schedule": {"max_iters": 9},
    "tokens_per_step": 100,
    "flops_per_token": 7,
    "environment": {"device": "cpu", "devices": 1},
}


def write_steps(folder, first: int, last: int, facts=FACTS, seconds: float = 0.5, **options) -> None:
    """A run, or the rest of one, without an end. The loss of a step is its number."""
    with RunLog(folder, lambda: facts, **options) as log:
        log.begin(first - 1)
        for step in range(first, last + 1):
            log.step(step, float(step), 0.01, 2.0, seconds, memory_bytes=1000)


def lines_of(folder) -> list[dict]:
    def no_such_number(word):
        raise AssertionError(f"{word} is no JSON")

    text = (folder / "log.jsonl").read_text()
    return [json.loads(line, parse_constant=no_such_number) for line in text.splitlines()]


def test_every_line_is_there_as_soon_as_it_is_written(tmp_path):
    with RunLog(tmp_path, lambda: FACTS) as log:
        log.begin(0)
        assert lines_of(tmp_path) == [{"run": FACTS}]
        log.step(1, 3.5, 0.02, 1.25, seconds=0.5, memory_bytes=4096)
        log.step(2, 3.0, 0.01, 1.5, seconds=0.25, memory_bytes=8192, further={"idle_experts": 2})
        assert lines_of(tmp_path)[2] == {
            "step": 2,
            "loss": 3.0,
            "learning_rate": 0.01,
            "gradient_norm": 1.5,
            "tokens": 200,
            "flops": 1400,
            "seconds": 0.75,
            "tokens_per_second": 400.0,
            "mfu": None,
            "memory_bytes": 8192,
            "idle_experts": 2,
        }
        log.evaluation(2, 3.1, 2.2)
        log.end(True, 3.1, 2.2)
        assert lines_of(tmp_path)[3:] == [
            {"step": 2, "val_loss": 3.1, "val_bits_per_byte": 2.2},
            {"finished": True, "val_loss": 3.1, "val_bits_per_byte": 2.2},
        ]


class Disk:
    """A file on a disk that has room for so many bytes more."""

    def __init__(self, file, room: int):
        self.file, self.room, self.close = file, room, file.close

    def write(self, content: bytes) -> int:
        taken = content[: self.room]
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(taken)
        return self.file.write(taken)


@pytest.mark.parametrize("room", [0, 1, 100, 500])
def test_fault_6_on_a_full_disk_lines_wait_and_none_is_lost_or_cut(room, tmp_path):
    write_steps(tmp_path / "whole", 1, 6)
    said = []
    with RunLog(tmp_path / "full", lambda: FACTS, say=said.append) as log:
        log.begin(0)
        log.file = disk = Disk(log.file, room)
        for step in range(1, 7):
            log.step(step, float(step), 0.01, 2.0, 0.5, memory_bytes=1000)
            if step == 5:
                (tmp_path / "copy").mkdir()
                log.copy_to(tmp_path / "copy")
                # Somebody makes room.
                disk.room = 10**6
    assert lines_of(tmp_path / "full") == lines_of(tmp_path / "whole")
    assert lines_of(tmp_path / "copy") == lines_of(tmp_path / "whole")[:-1]
    (line,) = said
    assert f"{tmp_path / 'full' / 'log.jsonl'} cannot be written" in line
    assert "No space left on device; free some space there" in line


def test_the_share_of_the_peak_is_that_of_all_devices(tmp_path):
    facts = FACTS | {"flops_per_token": 989 * 10**10, "environment": {"device": H100, "devices": 2}}
    write_steps(tmp_path, 1, 1, facts, seconds=1.0)
    # 100 tokens a second at 9.89 TFLOP each, on two devices of 989 TFLOP/s.
    assert read_log(tmp_path).steps[0]["mfu"] == pytest.approx(0.5)


def test_what_is_not_finite_is_null(tmp_path):
    with RunLog(tmp_path, lambda: FACTS) as log:
        log.begin(0)
        log.step(1, math.nan, 0.01, math.inf, 0.5, 1)
        log.end(False, math.nan)
    step, end = lines_of(tmp_path)[1:]
    assert (step["loss"], step["gradient_norm"], end["val_loss"]) == (None, None, None)


def test_a_killed_run_has_a_log_up_to_half_a_line(tmp_path):
    write_steps(tmp_path, 1, 4)
    path = tmp_path / "log.jsonl"
    path.write_text(path.read_text()[:-30])
    log = read_log(tmp_path)
    assert [entry["step"] for entry in log.steps] == [1, 2, 3]
    assert log.end is None


def test_damage_elsewhere_is_named(tmp_path):
    write_steps(tmp_path, 1, 4)
    path = tmp_path / "log.jsonl"
    path.write_text(path.read_text().replace('{"step": 2', '"step": 2'))
    with pytest.raises(UsageError, match=r"log.jsonl:3: this is no JSON"):
        read_log(tmp_path)


def test_of_lines_about_one_step_the_last_counts(tmp_path):
    write_steps(tmp_path, 1, 3)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 2, "loss": 9.0}\n')
    assert [entry["loss"] for entry in read_log(tmp_path).steps] == [1.0, 9.0, 3.0]


def test_a_run_that_goes_on_replaces_what_is_done_again(tmp_path):
    with RunLog(tmp_path, lambda: FACTS) as log:
        log.begin(0)
        for step in range(1, 6):
            log.step(step, -1.0 if step > 3 else float(step), 0.01, 2.0, 0.5, 1)
            log.evaluation(step, 10.0 + step)
        log.end(False, 1.0)
    path = tmp_path / "log.jsonl"
    path.write_text(path.read_text() + '{"step"')
    # On another machine, from the checkpoint of step 3.
    write_steps(tmp_path, 4, 7, FACTS | {"environment": {"device": "mps", "devices": 1}}, seconds=2.0)
    log = read_log(tmp_path)
    assert log.run["environment"]["device"] == "mps"
    assert [entry["step"] for entry in log.steps] == list(range(1, 8))
    assert [entry["loss"] for entry in log.steps] == [float(step) for step in range(1, 8)]
    assert [entry["seconds"] for entry in log.steps] == [0.5, 1.0, 1.5, 3.5, 5.5, 7.5, 9.5]
    assert [entry["tokens"] for entry in log.steps][-1] == 700
    assert [entry["step"] for entry in log.evaluations] == [1, 2, 3]
    assert log.end is None
    assert [file.name for file in tmp_path.iterdir()] == ["log.jsonl"]


@pytest.mark.parametrize(("step", "facts"), [(0, FACTS), (2, FACTS | {"data": "pydoc"})])
def test_the_files_of_another_run_are_moved_aside(step, facts, tmp_path):
    write_steps(tmp_path, 1, 3)
    before = (tmp_path / "log.jsonl").read_text()
    (tmp_path / "run.json").write_text("{}")
    said = []
    with RunLog(tmp_path, lambda: facts, say=said.append) as log:
        log.begin(step)
    (moved,) = tmp_path.glob("earlier-*")
    assert said == [f"An earlier run was there; its files are now in {moved}/"]
    assert (moved / "log.jsonl").read_text() == before
    assert (moved / "run.json").read_text() == "{}"
    assert lines_of(tmp_path) == [{"run": facts}]


def test_where_the_earlier_part_is_lost_the_time_is_unknown(tmp_path):
    write_steps(tmp_path, 4, 5)
    first, second = read_log(tmp_path).steps
    assert (first["step"], first["tokens"], first["seconds"], second["seconds"]) == (4, 400, None, None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # protobuf's own
def test_tensorboard_gets_the_same_figures(tmp_path):
    pytest.importorskip("tensorboard", reason="the extra `track` is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write_steps(tmp_path, 1, 4, tensorboard=True)
    with RunLog(tmp_path, lambda: FACTS, tensorboard=True) as log:
        log.begin(2)
        log.step(3, 30.0, 0.01, 2.0, 0.5, 1)
        log.evaluation(3, 4.5)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("training/loss")] == [(1, 1.0), (2, 2.0), (3, 30.0)]
    assert [(event.step, event.value) for event in events.Scalars("validation/val_loss")] == [(3, 4.5)]
    assert "training/mfu" not in events.Tags()["scalars"]


def test_without_tensorboard_it_is_said_before_anything_begins(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"--tensorboard needs the package: pip install .*\[track\]"):
        RunLog(tmp_path / "out", lambda: FACTS, tensorboard=True)
    assert not (tmp_path / "out").exists()


def test_a_log_of_an_older_version_is_completed_from_run_json(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 1, "loss": 3.0}\n{"step": 2, "loss": 2.0}\n')
    assert "tokens" not in read_log(tmp_path).run
    facts = {
        "schedule": {"batch_size": 2, "accumulation": 3},
        "config": {"max_seq_len": 5},
        "flops_per_token": 7,
        "interrupted": True,
        "val_loss": 1.5,
    }
    (tmp_path / "run.json").write_text(json.dumps(facts))
    log = read_log(tmp_path)
    assert [(entry["tokens"], entry["flops"]) for entry in log.steps] == [(30, 210), (60, 420)]
    assert log.end == {"finished": False, "val_loss": 1.5}


@pytest.mark.parametrize(("name", "words"), [("nowhere", "no such folder"), (".", "has no log.jsonl")])
def test_where_there_is_no_log_it_is_said(name, words, tmp_path):
    with pytest.raises(UsageError, match=words):
        read_log(tmp_path / name)


def test_a_run_whose_settings_have_older_names_is_the_same_run():
    older, newer = (
        FACTS | {"schedule": {"max_iters": 9, "optimization": optimization}}
        for optimization in (
            {"schedule": "trapezoidal", "final_lr": 0.1, "clip": None},
            {"schedule": "wsd", "min_lr_ratio": 0.1, "clip": None},
        )
    )
    assert same_run(newer, older)
    newer["schedule"]["optimization"]["min_lr_ratio"] = 0.2
    assert not same_run(newer, older)


def test_the_facts_of_a_run_and_its_log(tmp_path):
    config = GPTConfig(n_layer=1, n_embd=16, n_head=2, max_seq_len=8)
    schedule = Schedule(max_iters=3, batch_size=2, accumulation=4)
    facts = facts_of("reference", config, schedule, "names", "cpu", devices=2)
    assert facts["parameters"] == sum(weight.numel() for weight in GPT(config).parameters())
    assert facts["tokens_per_step"] == 2 * 2 * 4 * 8
    assert facts["environment"]["threads"] == torch.get_num_threads()
    assert facts["environment"]["torch"] == torch.__version__
    run = Run()
    with RunLog(tmp_path, lambda: facts) as log:
        log.begin(0)

        def on_step(run: Run) -> None:
            log.step(len(run.losses), run.losses[-1], 0.01, run.gradient_norms[-1], 0.5, 1)

        train(load("reference"), config, load_corpus("names", 8), schedule, torch.device("cpu"), run, on_step=on_step)
    written = read_log(tmp_path)
    assert written.run == json.loads(json.dumps(facts))
    assert [entry["loss"] for entry in written.steps] == run.losses
    assert written.steps[-1]["flops"] == 3 * facts["tokens_per_step"] * run.flops_per_token


def test_the_commit_is_that_of_the_code_and_nobody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.training.report.ROOT", tmp_path)
    assert commit() is None


def test_the_memory_of_the_process_is_seen_to_grow():
    cpu = torch.device("cpu")
    before = memory_now(cpu)
    block = torch.ones(2**24)
    assert 0.9 * block.nbytes < memory_now(cpu) - before < 2 * block.nbytes
    assert memory_free(cpu) > 0
