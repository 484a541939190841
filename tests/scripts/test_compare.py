"""`python -m scripts.compare`: tables, rankings at what is equal, a plot."""

import json
import math
import os

import pytest

from scripts.compare import main
from scripts.project import UsageError
from scripts.training.log import RunLog


def write_run(folder, losses, tokens_per_step=100, flops_per_token=10, seconds=1.0, val_loss=None, **facts):
    facts = {
        "data": "names",
        "architecture": f"{folder.name}-architecture",
        "parameters": 1_640_000,
        "tokens_per_step": tokens_per_step,
        "flops_per_token": flops_per_token,
        "config": {"vocab_size": 27},
        "environment": {"device": "cpu", "devices": 1},
    } | facts
    with RunLog(folder, lambda: facts) as log:
        log.begin(0)
        for step, loss in enumerate(losses, start=1):
            log.step(step, loss, 0.01, 1.0, seconds, 1)
        if val_loss is not None:
            log.end(True, val_loss, val_loss + 1)
    return folder


def write_older(folder, losses, described=True):
    folder.mkdir()
    lines = (json.dumps({"step": step, "loss": loss, "gradient_norm": 1.0}) for step, loss in enumerate(losses, 1))
    (folder / "log.jsonl").write_text("".join(line + "\n" for line in lines))
    if described:
        facts = {
            "schedule": {"batch_size": 5, "accumulation": 1},
            "config": {"max_seq_len": 20, "vocab_size": 27},
            "data": "names",
            "flops_per_token": 10,
            "interrupted": False,
            "val_loss": 2.5,
        }
        (folder / "run.json").write_text(json.dumps(facts))
    return folder


def compared(capsys, *arguments) -> dict:
    assert main([*map(str, arguments), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def order(found: dict, measure: str) -> tuple[float, list[tuple[int, float]]]:
    (ranking,) = (ranking for ranking in found["rankings"] if ranking["measure"] == measure)
    return ranking["at"], [(entry["number"], entry["loss"]) for entry in ranking["order"]]


def test_who_is_ahead_depends_on_what_is_equal(tmp_path, capsys):
    # The second takes half as many tokens a step, each with three times the FLOPs, and its steps are quick.
    first = write_run(tmp_path / "first", [5.0, 4.0, 3.0, 2.0])
    second = write_run(
        tmp_path / "second", [4.5, 3.5, 2.8, 2.2, 1.9, 1.5], tokens_per_step=50, flops_per_token=30, seconds=0.25
    )
    found = compared(capsys, first, second, "--smooth", 0)
    # Four steps each.
    assert order(found, "step") == (4, [(1, 2.0), (2, 2.2)])
    # The second has seen 300 tokens in all: those are three steps of the first.
    assert order(found, "tokens") == (300, [(2, 1.5), (1, 3.0)])
    # 4,000 FLOPs: all of the first, two steps of the second.
    assert order(found, "flops") == (4000, [(1, 2.0), (2, 3.5)])
    # 1.5 seconds: one step of the first, all of the second.
    assert order(found, "seconds") == (1.5, [(2, 1.5), (1, 5.0)])


def test_losses_are_means_in_which_older_steps_count_less(tmp_path, capsys):
    losses = [4.0, 1.0, 3.0]
    runs = [write_run(tmp_path / name, losses) for name in "ab"]
    found = compared(capsys, *runs, "--smooth", 0.5)
    weights = [0.25, 0.5, 1.0]
    expected = sum(w * loss for w, loss in zip(weights, losses, strict=True)) / sum(weights)
    assert found["runs"][0]["training_loss"] == pytest.approx(expected)


def test_a_run_is_summed_up(tmp_path, capsys):
    runs = [write_run(tmp_path / "a", [3.0, 2.0], val_loss=2.25), write_run(tmp_path / "b", [3.0])]
    found = compared(capsys, *runs, "--smooth", 0)
    assert found["runs"][0] == {
        "number": 1,
        "run": str(runs[0]),
        "architecture": "a-architecture",
        "parameters": 1_640_000,
        "steps": 2,
        "tokens": 200,
        "flops": 2000,
        "seconds": 2.0,
        "training_loss": 2.0,
        "val_loss": 2.25,
        "val_bits_per_byte": 3.25,
        "finished": True,
    }
    assert (found["runs"][1]["val_loss"], found["runs"][1]["finished"]) == (None, None)


def test_of_a_run_that_goes_on_the_last_evaluation_counts(tmp_path, capsys):
    runs = [write_run(tmp_path / name, [3.0]) for name in "ab"]
    with (runs[0] / "log.jsonl").open("a") as file:
        file.write('{"step": 1, "val_loss": 2.75}\n')
    assert compared(capsys, *runs)["runs"][0]["val_loss"] == 2.75


def test_what_diverged_comes_last(tmp_path, capsys):
    runs = [write_run(tmp_path / "a", [3.0, math.nan, 2.0]), write_run(tmp_path / "b", [3.0, 9.0, 9.0])]
    found = compared(capsys, *runs, "--smooth", 0.9)
    assert [number for number, _ in order(found, "step")[1]] == [2, 1]
    assert found["runs"][0]["training_loss"] is None
    main([str(run) for run in runs])
    assert "1  diverged" in capsys.readouterr().out


@pytest.mark.slow
def test_older_logs_are_compared_by_what_they_have(tmp_path, capsys):
    new = write_run(tmp_path / "new", [4.0, 3.0, 2.0])
    older = write_older(tmp_path / "older", [3.9, 2.9])
    bare = write_older(tmp_path / "bare", [3.8, 2.8], described=False)
    found = compared(capsys, new, older, bare, "--smooth", 0)
    assert order(found, "step") == (2, [(3, 2.8), (2, 2.9), (1, 3.0)])
    assert order(found, "tokens") == (200, [(2, 2.9), (1, 3.0)])
    assert [ranking["measure"] for ranking in found["rankings"]] == ["step", "tokens", "flops"]
    assert found["runs"][1]["val_loss"] == 2.5
    main([str(new), str(older), str(bare)])
    text = capsys.readouterr().out
    assert "seconds: not in the log of 2, 3" in text
    assert "tokens: not in the log of 3" in text


def test_where_a_run_was_too_coarse_to_be_there_it_is_left_out(tmp_path, capsys):
    runs = [write_run(tmp_path / "a", [3.0, 2.0]), write_run(tmp_path / "b", [3.0], tokens_per_step=1000)]
    assert order(compared(capsys, *runs, "--smooth", 0), "tokens") == (200, [(1, 2.0)])


def test_the_text_fits_a_terminal_and_numbers_the_curves(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    big = {"tokens_per_step": 5 * 10**8, "flops_per_token": 10**12, "seconds": 12345.6}
    for name, top in (("a", 5.0), ("b", 9.0)):
        write_run(tmp_path / name, [top - step / 50 for step in range(200)], val_loss=2.0, **big)
    assert main(["a", "b"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    for words in ("1  a\n   a-architecture", "1.64M", "100B", "1.00e+23", "validation", "written to a/compare.png"):
        assert words in text
    drawing = text[text.index("smoothed   ") :]
    assert "111" in drawing
    assert "222" in drawing
    assert "Careful" not in text


def test_the_plot_has_four_panels_that_can_be_told_apart_without_colour(tmp_path, monkeypatch):
    from matplotlib import figure, image

    saved = []
    save = figure.Figure.savefig
    monkeypatch.setattr(
        figure.Figure, "savefig", lambda self, *args, **rest: saved.append(self) or save(self, *args, **rest)
    )
    runs = [write_run(tmp_path / name, [3.0, 2.0, 1.0]) for name in "abc"]
    main([*map(str, runs), "--out", str(tmp_path / "plot.png"), "--smooth", "0"])
    assert image.imread(tmp_path / "plot.png").shape[:2] == (1020, 1320)
    axes = saved[0].axes
    labels = ["optimizer steps", "tokens", "floating-point operations", "seconds of training"]
    assert [axis.get_xlabel() for axis in axes] == labels
    for axis in axes:
        assert len({(line.get_linestyle(), line.get_marker()) for line in axis.lines}) == 3
    assert list(axes[1].lines[0].get_xdata()) == [100, 200, 300]
    assert list(axes[1].lines[0].get_ydata()) == [3.0, 2.0, 1.0]


def test_different_data_are_a_reason_to_be_careful(tmp_path, capsys):
    runs = [write_run(tmp_path / "a", [3.0]), write_run(tmp_path / "b", [3.0], config={"vocab_size": 99}, data="pydoc")]
    main([str(run) for run in runs])
    assert "Careful: these runs differ in data and vocabulary" in capsys.readouterr().out


def test_the_newest_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scripts.compare.ROOT", tmp_path)
    for age, name in enumerate(("newest", "middle", "oldest")):
        path = write_run(tmp_path / "runs" / name, [3.0]) / "log.jsonl"
        os.utime(path, (1e9 - age, 1e9 - age))
    found = compared(capsys, "--latest", 2)
    assert [run["architecture"] for run in found["runs"]] == ["newest-architecture", "middle-architecture"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give the folders of two or more runs, or --latest N"),
        (["full", "full", "--latest", "2"], "but not both"),
        (["full"], "there is only .*full to compare; it takes two"),
        (["--latest", "2"], "there is no run to compare"),
        (["full", "nowhere"], "no such folder: nowhere"),
        (["full", "without"], "without has no log.jsonl"),
        (["full", "empty"], "empty.log.jsonl: there is no step in it"),
        (["full", "full", "--out", "nowhere/a.png"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_compared_is_said(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scripts.compare.ROOT", tmp_path)
    write_run(tmp_path / "full", [3.0])
    write_run(tmp_path / "empty", [])
    (tmp_path / "without").mkdir()
    with pytest.raises(UsageError, match=words):
        main(arguments)
