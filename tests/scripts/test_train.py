"""`python -m scripts.train`: flags, results, files, and what is said about bad input."""

import json
import signal

import pytest
import torch
from safetensors.torch import load_file

from reference.config import GPTConfig
from scripts import describe, sample
from scripts.project import flags_in, run_command
from scripts.train import main
from scripts.training import synonyms
from scripts.training.log import read_log
from scripts.training.settings import parser, settings_of
from scripts.workshop.pieces import PIECES

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
        ("--init_from=resume", "here it is --resume, which goes on with the run in --out_dir, or --model"),
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


def test_json_is_one_object_and_everything_else_is_elsewhere(project):
    result = project.train(*QUICK, "--json", "--out_dir", "out")
    report = json.loads(result.stdout)
    assert report["finished"] is True
    assert report["track"] is None
    assert 2 < report["val_loss"] < 4
    assert "It writes:" in result.stderr


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
