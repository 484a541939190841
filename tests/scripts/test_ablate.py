import json
import signal
import statistics
import time

import psutil
import pytest

from reference.normalizations import NORMS
from reference.optimization.initialization import INITS
from reference.placements import BLOCKS
from scripts import ablate
from scripts.laboratory import ablation_report
from scripts.laboratory.ablation import Cell, axes_of, axis_of, cells_of, curve_of, outcome, ranked, train_trial
from scripts.laboratory.ablation_report import columns, row, sentences
from scripts.laboratory.grid import Grid
from scripts.project import UsageError
from scripts.train import main as train
from scripts.training.optimizing import OPTIMIZERS
from scripts.training.settings import Settings
from scripts.training.text.data import load_corpus

TINY = {"overrides": {"n_layer": 1, "n_embd": 16}, "batch_size": 4, "eval_tokens": 320}
VOCABULARY = 27
FLAGS = ["--n_layer", "1", "--n_embd", "16", "--batch_size", "4", "--eval_tokens", "320"]


@pytest.fixture(scope="module")
def words(tmp_path_factory) -> str:
    """A text that is read sooner than all the names."""
    path = tmp_path_factory.mktemp("words") / "words.txt"
    path.write_text("".join(f"{number:b}\n" for number in range(1, 300)))
    return str(path)


def values_of(text: str) -> list:
    name, flags = axis_of(text)
    return [flag[name] for flag in flags]


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        ("normalization", NORMS),
        ("norm_position", BLOCKS),
        ("init", INITS),
        ("optimizer", OPTIMIZERS),
        ("post_norm", [False, True]),
        ("schedule", ["constant", "linear", "cosine", "wsd"]),
    ],
)
def test_an_axis_without_values_has_all_there_are(axis, names):
    assert sorted(values_of(axis)) == sorted(names)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n_layer=1,2", [1, 2]),
        ("n-layer=1,2", [1, 2]),
        ("n_kv_head=none,1", [None, 1]),
        ("qk_clip=none,5", [None, 5.0]),
        ("post_norm=true,false", [True, False]),
        ("learning_rate=1e-3, 0.01", [0.001, 0.01]),
        ("position_encoding=rope;rope,none", ["rope", "rope,none"]),
        ("schedule=trapezoidal,linear", ["wsd", "linear"]),
    ],
)
def test_values_are_read_as_flags_are(text, values):
    assert values_of(text) == values


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["normalisation"], "--axis normalisation: did you mean normalization"),
        (["n_layer"], "--axis n_layer: it has no list of values; give some"),
        (["model"], "--axis model: it has no list of values"),
        (["seed=1,2"], "--axis seed: "),
        (["n_layer=2"], "--axis n_layer=2: give two or more values that differ"),
        (["n_layer=2,2"], "give two or more values that differ"),
        (["bias", "bias"], "--axis bias: it is given twice"),
    ],
)
def test_what_is_no_axis_is_said(texts, said):
    with pytest.raises(UsageError, match=said):
        axes_of(texts)


def test_a_name_that_there_is_not():
    with pytest.raises(UsageError, match="--axis normalization: there is no 'layrnorm'; did you mean layernorm"):
        axis_of("normalization=rmsnorm,layrnorm")
    with pytest.raises(UsageError, match="there is no 'rop'; did you mean rope"):
        axis_of("position_encoding=rope;rope,rop,none")
    assert len(axis_of("post_norm=True,False")[1]) == 2


def test_a_value_of_the_wrong_kind_is_said_as_for_a_flag(capsys):
    with pytest.raises(SystemExit):
        axis_of("n_layer=1,many")
    assert "argument --n_layer: 'many' is no whole number" in capsys.readouterr().err


@pytest.mark.slow
def test_what_the_configuration_or_the_optimizer_refuses_is_listed():
    asked = TINY["overrides"]
    axes = axes_of(["n_head=4,5", "optimizer=adamw,nanochat"])
    _, cells, refused = cells_of(asked | {"beta1": 0.8, "optimizer": "adamw"}, axes, "steps", VOCABULARY)
    assert [cell.values for cell in cells] == [{"n_head": 4, "optimizer": "adamw"}]
    reasons = [entry["reason"] for entry in refused if entry["settings"]["n_head"] == 4]
    assert any("--beta1: the optimizer nanochat has none" in reason for reason in reasons)
    assert all("n_embd = 16" in entry["reason"] for entry in refused if entry["settings"]["n_head"] == 5)
    with pytest.raises(UsageError, match="every combination is refused; the first one: n_embd = 16"):
        cells_of(asked, axes_of(["n_head=3,5"]), "steps", VOCABULARY)
    with pytest.raises(UsageError, match="--beta1"):
        cells_of(asked | {"beta1": 0.8}, axes, "steps", VOCABULARY)


def test_what_cannot_be_trained_is_listed_as_refused():
    asked = TINY["overrides"] | {"device": "cpu"}
    axes = axes_of(["attention_backend=manual,flex", "qk_norm=head,off", "qk_clip=none,5"])
    _, cells, refused = cells_of(asked, axes, "steps", VOCABULARY)
    assert [tuple(cell.values.values()) for cell in cells] == [
        ("manual", "head", None),
        ("manual", "off", None),
        ("manual", "off", 5.0),
    ]
    assert "it goes with --qk_norm off" in refused[0]["reason"]
    assert all("no backward pass on a CPU" in entry["reason"] for entry in refused[1:])


def test_equal_flops_are_equal_to_half_a_step():
    axes, asked = axes_of(["n_layer=1,2,5", "batch_size=4,16", "max_seq_len=16,32"]), {"max_iters": 90}
    base, cells, _ = cells_of(asked, axes, "flops", VOCABULARY)
    assert len(cells) == 12
    for cell in cells:
        assert abs(cell.flops - base.flops) <= cell.flops_per_step / 2
    same, twice = cells_of(asked, axes_of(["batch_size=16,32"]), "flops", VOCABULARY)[1]
    assert (same.settings.max_iters, same.flops, twice.settings.max_iters) == (90, base.flops, 45)
    assert {cell.settings.max_iters for cell in cells_of(asked, axes, "steps", VOCABULARY)[1]} == {90}


@pytest.mark.slow
def test_a_trial_is_the_run_that_scripts_train_makes(words, tmp_path, capsys):
    steps = []
    result = train_trial({**TINY, "data": words, "max_iters": 12, "seed": 7}, steps.append)
    train([*FLAGS, "--data", words, "--max_iters", "12", "--seed", "7", "--out_dir", str(tmp_path), "--json"])
    assert result["loss"] == json.loads(capsys.readouterr().out.splitlines()[-1])["val_loss"]
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert result["losses"] == pytest.approx(losses, abs=1e-4)
    assert (result["steps"], result["diverged"], sum(steps)) == (list(range(1, 13)), None, 12)


@pytest.mark.parametrize("max_iters", [1, 30])
def test_a_trial_that_diverges_says_so(words, max_iters):
    trial = {**TINY, "data": words, "optimizer": "adamw", "rates": {"learning_rate": 1e38}, "max_iters": max_iters}
    result = train_trial(trial, lambda count: None)
    assert result["loss"] is None
    assert 1 <= result["diverged"] <= max_iters
    json.dumps(result, allow_nan=False)


def test_a_letter_makes_another_text(tmp_path):
    sums = set()
    for number, word in enumerate(("first", "firsd", "second")):
        path = tmp_path / f"{number}.txt"
        path.write_text(word + "\n" + "the same again\n" * 30)
        sums.add(load_corpus(str(path), 8).tokens_sum)
        assert load_corpus(str(path), 8).tokens_sum in sums
    assert len(sums) == 3


def test_a_curve_keeps_the_mean_of_every_stretch():
    losses = [float(step % 7) for step in range(1, 121)]
    curve = curve_of(losses)
    assert curve["steps"][-1] == 120 and len(curve["steps"]) == len(curve["losses"]) == 50
    lengths = [last - first for first, last in zip([0, *curve["steps"]], curve["steps"], strict=False)]
    assert set(lengths) == {2, 3}
    whole = sum(mean * length for mean, length in zip(curve["losses"], lengths, strict=True))
    assert whole == pytest.approx(sum(losses), abs=0.01)


def cells(count: int) -> list[Cell]:
    return [Cell({"n_layer": n_layer}, Settings(), parameters=1, flops_per_step=1) for n_layer in range(1, count + 1)]


def test_paired_differences_tell_apart_what_intervals_do_not():
    # Seeds differ by far more than the first two designs do, which differ by nearly the same from every seed.
    easy = [2.0, 2.2, 2.4, 2.6]
    close = [loss + extra for loss, extra in zip(easy, (0.010, 0.011, 0.010, 0.012), strict=True)]
    noisy = [loss + extra for loss, extra in zip(easy, (0.3, -0.2, 0.2, -0.1), strict=True)]
    broken = [1.0, 1.0, 1.0, None]
    first, second, third, last = ranking = ranked(cells(4), [broken, noisy, close, easy])
    assert [entry["settings"]["n_layer"] for entry in ranking] == [4, 3, 2, 1]
    assert [entry["rank"] for entry in ranking] == [1, 2, 3, 4]
    assert second["low"] < first["mean"] < second["high"]
    assert second["behind"]["apart"] and second["behind"]["low"] > 0
    assert second["behind"]["mean"] == pytest.approx(0.01075)
    assert not third["behind"]["apart"] and third["behind"]["low"] < 0 < third["behind"]["high"]
    assert (first["behind"], last["behind"], last["mean"], last["losses"]) == (None, None, None, broken)
    said = list(sentences({"ranking": ranking, "seeds": 4}))
    assert said[0] == "Not told apart from the best, n_layer 4: n_layer 2."
    assert said[1] == "By more than chance worse than the best, n_layer 4: n_layer 3."
    assert said[-1] == "Ranked last: n_layer 1, which diverged from 1 of 4 seeds."


def test_one_seed_tells_nothing_apart():
    ranking = ranked(cells(2), [[2.0], [1.0]])
    assert [entry["mean"] for entry in ranking] == [1, 2]
    assert ranking[1]["behind"] == {"mean": 1, "low": None, "high": None, "p": None}
    assert "From one seed, nothing" in next(sentences({"ranking": ranking, "seeds": 1}))


@pytest.fixture
def in_this_process(monkeypatch):
    """Trials one after the other, here: processes are for test_grid.py. Returns those that were run."""
    done = []

    def run(grid, missing, steps, console, processes, executor):
        for trial in missing:
            grid.keep(trial, grid.work(trial, lambda count: None))
        done.extend(missing)

    monkeypatch.setattr(Grid, "run", run)
    return done


def test_the_time_of_a_step_is_the_median_over_the_seeds_and_stands_beside_the_weights():
    cells = [
        Cell({"normalization": name}, Settings(), parameters, flops_per_step=1)
        for name, parameters in (("layernorm", 3000), ("rmsnorm", 2900))
    ]
    times = [(4.0, 3.0), (9.0, 3.5), (5.0, None)]
    results = [
        {"loss": loss, "milliseconds": took} for pair in times for loss, took in zip((2.0, 2.5), pair, strict=True)
    ]
    found = outcome(cells, range(3), results)["ranking"]
    assert [entry["milliseconds"] for entry in found] == [5.0, None]
    shown = [dict(zip(columns({"ranking": found}), row(entry), strict=True)) for entry in found]
    assert [(each["weights"], each["ms a step"]) for each in shown] == [("3k", "5"), ("2.9k", "")]


@pytest.mark.slow
def test_the_command(words, tmp_path, capsys, monkeypatch, in_this_process):
    line = ["--axis", "norm_position=pre,post", "--axis", "attention_backend=manual,tiled", "--attention_sinks", *FLAGS]
    line += ["--data", words, "--max_iters", "4", "--seeds", "2", "--seed", "5", "--out_dir", str(tmp_path), "--json"]
    assert ablate.main(line) == 0
    out, err = capsys.readouterr()
    report = json.loads(out.splitlines()[-1])
    # The tiles know no sinks.
    assert [entry["settings"]["attention_backend"] for entry in report["refused"]] == ["tiled", "tiled"]
    assert "refused: pre + tiled: --attention_backend tiled cannot train here" in err
    assert report["base"]["n_layer"] == 1 and report["base"]["max_iters"] == 4
    assert report["axes"] == {"norm_position": ["pre", "post"], "attention_backend": ["manual", "tiled"]}
    assert [(trial["settings"]["norm_position"], trial["seed"]) for trial in report["trials"]] == [
        ("pre", 5), ("post", 5), ("pre", 6), ("post", 6),
    ]  # fmt: skip
    for entry in report["ranking"]:
        losses = [trial["loss"] for trial in report["trials"] if trial["settings"] == entry["settings"]]
        assert entry["losses"] == losses
        assert entry["mean"] == pytest.approx(statistics.fmean(losses))
    for name in ("ranking", "curves", "heat_map"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "ablation.md").read_text()
    assert f"$ python -m scripts.ablate {' '.join(line)}" in text
    assert "- post + tiled: --attention_backend tiled cannot train here" in text

    # The same line again does nothing, and with another seed only that one; the report before it is kept.
    monkeypatch.setattr(ablation_report, "draw", lambda report, folder: None)
    assert ablate.main(line) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == report
    assert len(in_this_process) == 4
    line[line.index("--seeds") + 1] = "3"
    assert ablate.main(line) == 0
    assert [trial["seed"] for trial in in_this_process[4:]] == [7, 7]
    (earlier,) = tmp_path.glob("earlier-*")
    assert json.loads((earlier / "ablation.json").read_text())["seeds"] == 2
    assert f"now in {earlier}/" in capsys.readouterr().err.replace("\n", " ")


def test_a_flag_of_the_ablation_that_is_not_given_has_a_default():
    assert set(ablate.OURS) <= vars(ablate.parser().parse_args(["--axis", "bias"])).keys()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--resume"], "--resume: this is for a single long run"),
        (["--max_iters", "0"], "--max_iters 0: at least one step"),
        (["--n_head", "5"], "n_embd = 16"),
    ],
)
def test_what_cannot_work_is_said(flags, said, words, tmp_path):
    with pytest.raises(UsageError, match=said):
        ablate.main(["--axis", "bias", *FLAGS, *flags, "--data", words, "--out_dir", str(tmp_path)])


def test_a_piece_that_is_not_written_is_said(words, tmp_path):
    (tmp_path / "gpt.py").write_text("def GPT(config):\n    raise NotImplementedError('TODO: create the embedding')\n")
    with pytest.raises(UsageError, match="TODO: create the embedding: this piece is not written yet"):
        ablate.main(["--axis", "bias", *FLAGS, "--data", words, "--impl", str(tmp_path)])


@pytest.mark.slow
def test_what_is_done_outlasts_ctrl_c_and_a_kill_and_the_same_line_goes_on(project):
    command = ["-m", "scripts.ablate", "--axis", "bias", *FLAGS, "--max_iters", "100", "--processes", "1"]
    trials = project.folder / "runs" / "ablation-bias" / "trials"
    with project.start(*command) as process:
        while not list(trials.glob("*.json")) and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    there = len(list(trials.glob("*.json")))
    assert 1 <= there < 6
    assert f"{there} of 6 trials are kept; the same line again does the others" in err
    with project.start(*command) as process:
        while len(list(trials.glob("*.json"))) == there and process.poll() is None:
            time.sleep(0.1)
        workers = psutil.Process(process.pid).children()
        process.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert workers and not alive
    there = len(list(trials.glob("*.json")))
    done = project.run(*command)
    assert done.returncode == 0, done.stderr
    assert f"{there} of 6 trials are there already" in done.stderr
    assert len(list(trials.glob("*.json"))) == 6
    assert "bias true" in done.stdout and "bias false" in done.stdout
