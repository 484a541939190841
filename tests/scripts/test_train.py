"""`python -m scripts.train`: flags, results, files, and what is said about bad input."""

import contextlib
import errno
import json
import os
import signal
from pathlib import Path

import pytest
import safetensors.torch
import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file

from reference.config import GPTConfig
from scripts import describe, sample
from scripts.project import UsageError, flags_in, run_command
from scripts.train import main
from scripts.training import synonyms
from scripts.training.log import read_log
from scripts.training.processes import Processes
from scripts.training.settings import parser, settings_of
from scripts.workshop.pieces import PIECES
from scripts.workshop.teach.runs import train_here

QUICK = ("--max_iters", "3", "--batch_size", "2", "--eval_tokens", "64", "--device", "cpu")


def settings(*arguments: str):
    return settings_of(parser("").parse_args(list(arguments)))


@pytest.mark.parametrize(
    ("seed_spelling", "ours"),
    [
        ("--num_iterations", "--max_iters"),
        ("--device_batch_size", "--batch_size"),
        ("--device-batch-size", "--batch_size"),
        ("--max-iters", "--max_iters"),
    ],
)
def test_both_spellings_mean_the_same(seed_spelling, ours):
    assert settings(seed_spelling, "7") == settings(ours, "7") != settings()


def test_older_names_of_flags_and_schedules_stay():
    older = settings("--schedule", "trapezoidal", "--final_lr", "0.1")
    assert older == settings("--schedule", "wsd", "--min_lr_ratio", "0.1")
    assert (older.schedule, older.min_lr_ratio) == ("wsd", 0.1)


def test_older_names_of_configuration_fields_stay():
    older = settings("--n_expert_active", "1", "--balance_loss_weight", "0.5", "--score_scale", "0.25")
    assert older.overrides == {"num_experts_per_tok": 1, "router_aux_loss_coef": 0.5, "softmax_scale": 0.25}


def test_depth_is_nanochats_one_knob():
    assert settings("--depth", "4").overrides == {"n_layer": 4, "n_head": 2, "n_embd": 256}
    assert settings("--depth", "4", "--n-layer", "2").overrides["n_layer"] == 2


def test_values_may_hold_dashes_and_stand_behind_an_equals_sign():
    assert settings("--data=a-b/c-d.txt").data == "a-b/c-d.txt"
    assert settings("--data", "a-b").data == "a-b"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nonsense"], "unknown flag --nonsense"),
        (["--max_iter", "3"], "did you mean --max_iters?"),
        (["extra"], "unknown argument extra"),
        (["--max_iters", "many"], "whole number of 0 or more"),
        (["--batch_size", "0"], "whole number of 1 or more"),
        (["--max_iters"], "expected one argument"),
        (["--device", "tpu"], "auto"),
    ],
)
def test_a_wrong_flag_is_one_line_and_status_2(arguments, said, capsys):
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--lr", "here it is --learning_rate"),
        ("--block_size=256", "here it is --max_seq_len"),
        ("--block-size", "here it is --max_seq_len"),
        ("--gradient_accumulation_steps", "here it is --total_batch_size"),
        ("--unembedding_lr", "here it is --head_lr"),
        ("--per_device_train_batch_size", "here it is --batch_size"),
        ("--num_hidden_layers", "here it is --n_layer"),
        ("--compile=False", "'False' is given, but it takes no value; leave the flag away for no"),
    ],
)
def test_fault_9_what_others_call_a_flag_is_answered_with_ours(argument, said, capsys):
    with pytest.raises(SystemExit) as exit:
        main([argument])
    assert exit.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.parametrize(
    ("table", "parser"),
    [
        (synonyms.MODEL, describe.parser()),
        (synonyms.TRAINING, parser("")),
        (synonyms.SAMPLING, sample.parser()),
    ],
    ids=["model", "training", "sampling"],
)
def test_fault_9_every_synonym_stands_for_flags_that_exist(table, parser):
    known = parser._option_string_actions
    for other, meant in table.items():
        assert f"--{other}" not in known, "it is a flag itself"
        assert set(flags_in(meant)) <= set(known), other
        # What looks like a piece of a command line is one.
        if "--" in meant and not set(",:;") & set(meant):
            parser.parse_known_args(meant.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "gpt9"], "unknown model 'gpt9'"),
        (["--n_embd", "65"], "n_embd = 65: it must be a multiple of n_head = 4"),
        (["--n_embd", "12"], "it must be even"),
        (["--n_kv_head", "3"], "n_kv_head = 3"),
        (["--norm_eps", "0"], "norm_eps = 0.0"),
        (["--normalization", "batchnorm"], "normalization = 'batchnorm': choose one of rmsnorm_noparam"),
        (["--data", "nowhere.txt"], "nowhere.txt: No such file"),
        (["--impl", "nowhere"], "no such folder: "),
        (["--impl", "tests"], "no Python files"),
        (["--vocab_size", "20"], "needs 27 tokens"),
        (["--attention_backend", "flex", "--device", "cpu"], "backward pass on a CPU. Choose manual or sdpa or tiled"),
        (
            ["--attention_backend", "tiled", "--attention_type", "forgetting", "--device", "cpu"],
            "its tiles are made of a scale and a window, nothing else. Choose manual or sdpa\n",
        ),
        (["--qk_clip", "10"], "undoes any scaling of the weights of queries and keys; it goes with --qk_norm off"),
        (
            ["--index_warmup_iters", "5"],
            "attention_type = 'standard' has no indexer that could warm up; it goes with dsa",
        ),
        (["--total_batch_size", "100"], "must be a multiple of batch_size * max_seq_len = 16 * 32 = 512"),
    ],
)
def test_a_wrong_value_is_one_line_and_status_2(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    assert run_command(main, arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused(project):
    result = project.train("--device", "cuda")
    assert result.returncode == 2
    assert "available: cpu" in result.stderr or "available: mps, cpu" in result.stderr


def test_a_run_shows_its_result_and_keeps_its_files(project):
    result = project.train(*QUICK, "--out_dir", "out")
    assert result.returncode == 0, result.stderr
    for words in ("validation loss", "training loss", "It writes:", "out/"):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    out = project.folder / "out"
    facts = json.loads((out / "run.json").read_text())
    assert facts["steps"] == 3
    log = read_log(out)
    assert [entry["step"] for entry in log.steps] == [1, 2, 3]
    assert log.run.items() <= facts.items()
    assert log.end["val_loss"] == facts["val_loss"] == log.evaluations[-1]["val_loss"]
    assert len((out / "samples.txt").read_text().splitlines()) == 10
    from reference.gpt import GPT

    GPT(GPTConfig(**facts["config"])).load_state_dict(load_file(out / "model.safetensors"))


def test_json_is_one_object_and_everything_else_is_elsewhere(tmp_path, capfd):
    assert run_command(main, [*QUICK, "--json", "--out_dir", str(tmp_path / "out")]) == 0
    out, err = capfd.readouterr()
    report = json.loads(out)
    assert report["finished"] is True
    assert report["track"] is None
    assert 2 < report["val_loss"] < 4
    assert "It writes:" in err


def test_an_earlier_run_in_the_same_folder_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run_command(main, [*QUICK, "--out_dir", "out"]) == 0
    (earlier,) = (tmp_path / "out").glob("earlier-*")
    assert earlier.name in capsys.readouterr().out
    assert {path.name for path in earlier.iterdir()} == {
        "config.json",
        "run.json",
        "log.jsonl",
        "samples.txt",
        "model.safetensors",
    }


DIVERGES = ("--optimizer", "adamw", "--learning_rate", "1e4", "--logit_softcap", "none", "--max_iters", "40")


def no_such_number(word):
    raise AssertionError(f"{word} is no JSON")


def test_fault_4b_a_diverged_run_is_saved_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(main, [*QUICK, *DIVERGES, "--out_dir", "out", "--json"]) == 0
    out, err = capsys.readouterr()
    facts = json.loads((tmp_path / "out" / "run.json").read_text(), parse_constant=no_such_number)
    report = json.loads(out, parse_constant=no_such_number)
    losses = [entry["loss"] for entry in read_log(tmp_path / "out").steps]
    # The first step whose loss is no number is the last one: no other makes the weights finite again.
    step = losses.index(None) + 1
    assert step == len(losses) == facts["steps"] == facts["diverged"] == report["diverged"] < 40
    assert (facts["val_loss"], report["val_loss"], report["finished"]) == (None, None, False)
    assert f"The loss is nan from step {step} on: the run has diverged" in " ".join(err.split())
    assert (tmp_path / "out" / "samples.txt").read_text() == ""
    assert len(load_file(tmp_path / "out" / "model.safetensors")) > 3
    assert "It writes:" not in err


def test_fault_4b_where_only_the_last_step_was_too_much_it_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # One step, whose loss is that of the untrained model.
    rate = ("--learning_rate", "1e30", "--max_iters", "1")
    assert run_command(main, [*QUICK, *DIVERGES, *rate, "--out_dir", "out"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "The loss is nan at the end: the run has diverged, and writes no samples." in said
    assert (tmp_path / "out" / "model.safetensors").exists()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to work in, with the user's home and the place for temporary files beside it."""
    for name in ("work", "home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return tmp_path / "home"


@pytest.mark.parametrize("place", ["home", "temporary"])
def test_fault_6_on_a_full_disk_the_results_go_to_another_place_that_is_said(place, home, monkeypatch, capsys):
    if place != "home":
        home.rmdir()

    def save_file(tensors, path, metadata):
        if path.resolve().is_relative_to(Path("out").resolve()):
            raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
        safetensors.torch.save_file(tensors, path, metadata)

    assert run_command(main, [*QUICK, "--out_dir", "out"]) == 0
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    monkeypatch.setattr("scripts.public.model_folders.save_file", save_file)
    assert run_command(main, [*QUICK, "--out_dir", "out", "--seed", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    (rescued,) = (home.parent / place).iterdir()
    assert f"out cannot be written; everything is in {rescued}/ instead." in said
    assert f"Files: {rescued}/" in said
    assert {path.name for path in rescued.iterdir()} == before.keys()
    assert len(read_log(rescued).steps) == json.loads((rescued / "run.json").read_text())["steps"] == 3
    # Nothing half done lies about, and the earlier run is all there.
    (earlier,) = Path("out").glob("earlier-*")
    assert load_file(rescued / "model.safetensors").keys() == load_file(earlier / "model.safetensors").keys()
    assert {path.name: path.read_bytes() for path in earlier.iterdir()} == before
    assert sorted(path.name for path in Path("out").iterdir()) == [earlier.name, "log.jsonl"]


def test_fault_6_where_no_place_takes_the_weights_the_rest_is_kept_and_it_is_said(home, monkeypatch, capsys):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond this: what is written stops in the middle, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**13, before[1]))
    try:
        assert run_command(main, [*QUICK, "--max_iters", "60", "--out_dir", "out"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    out, err = capsys.readouterr()
    assert out.count("out/log.jsonl cannot be written (") == 1
    assert err.startswith("error: not everything could be written, here or elsewhere: out/")
    assert err.count("\n") == 1
    assert "model.safetensors: File too large; free some space there" in err
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "config.json",
        "log.jsonl",
        "run.json",
        "samples.txt",
    ]
    assert json.loads(Path("out/run.json").read_text())["steps"] == 60
    assert read_log(Path("out")).steps
    assert list(home.iterdir()) == list(Path("../temporary").iterdir()) == []


@pytest.mark.parametrize("stage", ["final validation", "sampling"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, BrokenPipeError])
def test_fault_6_whatever_ends_a_run_after_its_training_keeps_what_is_trained(
    stage, error, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)

    def fails(self, name):
        if name == stage:
            raise error("something")

    monkeypatch.setattr("scripts.training.report.ProgressReport.on_stage", fails)
    with pytest.raises(RuntimeError) if error is RuntimeError else contextlib.nullcontext():
        run_command(main, [*QUICK, "--out_dir", "out"])
    assert json.loads((tmp_path / "out" / "run.json").read_text())["steps"] == 3
    assert (tmp_path / "out" / "model.safetensors").exists()
    assert "Files: out/" in capsys.readouterr().out


def test_fault_6_what_fails_within_the_training_keeps_the_steps_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = []

    def fails(self, run):
        if len(run.losses) == 2:
            trained.append({name: weight.clone() for name, weight in run.model.state_dict().items()})
            raise OSError(errno.EIO, os.strerror(errno.EIO), "shards/00000.npy")

    monkeypatch.setattr("scripts.training.report.ProgressReport.on_step", fails)
    assert run_command(main, [*QUICK, "--out_dir", "out"]) == 2
    facts = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (facts["steps"], facts["interrupted"]) == (2, True)
    for name, weight in load_file(tmp_path / "out" / "model.safetensors").items():
        assert torch.equal(weight, trained[0][name])


@pytest.mark.parametrize("folder", ["file", "file/below", "file/below/that"])
def test_fault_6_a_folder_that_cannot_be_is_refused_before_anything_begins(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert run_command(main, [*QUICK, "--out_dir", folder]) == 2
    out, err = capsys.readouterr()
    assert err == "error: file: Not a directory; a part of this path is a file; give a path through folders\n"
    assert "initial validation" not in out


def test_fault_6_a_folder_that_may_not_be_written_is_refused_before_anything_begins(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs").mkdir()
    # For root, everything may be written.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "theirs")
    assert run_command(main, [*QUICK, "--out_dir", "theirs/mine"]) == 2
    out, err = capsys.readouterr()
    assert err == "error: theirs: Permission denied; choose another folder, or allow it there\n"
    assert "initial validation" not in out


def test_fault_1_processes_that_find_another_text_are_refused(tmp_path):
    class Apart(Processes):
        def gathered(self, value):
            return [value, value | {"text": "another"}]

    with pytest.raises(UsageError, match="--data names: the processes do not all find the same text there"):
        train_here(settings(*QUICK, "--out_dir", str(tmp_path)), Console(), contextlib.nullcontext(), {}, Apart())


def test_any_text_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "Über allen Gipfeln\nist Ruh,\nin allen Wipfeln\nspürest du\n" * 10
    (tmp_path / "poem.txt").write_text(text, encoding="utf-8")
    arguments = [*QUICK, "--data", "poem.txt", "--max_seq_len", "8", "--total_batch_size", "32"]
    assert run_command(main, arguments) == 0


@pytest.mark.slow
def test_the_skeleton_stops_the_run_without_failing_it(project):
    result = project.train("--impl", "learn", "--json")
    assert result.returncode == 0
    line = (project.learn / "gpt.py").read_text().split("def __init__")[0].count("\n") + 1
    assert json.loads(result.stdout) == {
        "stopped_at": "gpt.GPT.__init__",
        "file": "learn/gpt.py",
        "line": line,
        "track": None,
        "done": 0,
        "total": len(PIECES),
    }
    assert "[DEBUG] GPT.__init__() called" in result.stderr


def test_ctrl_c_ends_a_run_cleanly(project):
    with project.start("-m", "scripts.train", "--max_iters", "100000", "--json", "--eval_tokens", "64") as process:
        for line in process.stderr:
            if line.startswith("training"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    report = json.loads(out)
    assert report["finished"] is False
    assert "Stopped by Ctrl-C" in err
    assert "Traceback" not in err
    assert (project.folder / report["out_dir"] / "model.safetensors").exists()
