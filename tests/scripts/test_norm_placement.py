"""The norm-placement experiment: its model, what it measures, and what it says of it."""

import contextlib
import json
import math
import random
from dataclasses import replace

import pytest
import torch
from pytest import approx

from reference.gpt import GPT
from scripts import norm_placement
from scripts.laboratory import placement, placement_figures, xiong
from scripts.looking.pictures import drawn_into
from scripts.project import UsageError

NAMES = ["ada", "bo", "cleo", "maximiliana-josephina"]


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(NAMES) + "\n")
    return path


def drawn(place: str, n_layer: int = 2) -> GPT:
    model = GPT(placement.configuration(place, vocab_size=27, n_layer=n_layer))
    placement.draw_weights(model, seed=1)
    return model


# Seed 004 has these in its table: eight layers, 27 tokens.
@pytest.mark.parametrize(("place", "weights"), [("pre", 25968), ("post", 25952), ("none", 25696)])
def test_the_model_has_as_many_weights_as_the_published_one(place, weights):
    assert sum(weight.numel() for weight in drawn(place, n_layer=8).parameters()) == weights


def test_all_placements_begin_with_the_same_weights():
    ours = dict(drawn("pre").named_parameters())
    for place in ("post", "none", "sandwich", "output"):
        shared = dict(drawn(place).named_parameters()).keys() & ours.keys()
        assert "blocks.1.mlp.down_proj.weight" in shared
        for name in shared:
            assert torch.equal(dict(drawn(place).named_parameters())[name], ours[name]), (place, name)


def test_names_are_read_in_the_order_that_random_gives_them(names):
    expected = list(NAMES)
    random.seed(42)
    random.shuffle(expected)
    found = placement.read_names(str(names), seed=42)
    assert found.documents == expected
    assert found.boundary == len(set("".join(NAMES)))
    tokens = found.tokens("cleo")
    assert tokens[0] == tokens[-1] == found.boundary
    assert found.text(tokens[1:]) == "cleo"


def test_running_text_is_refused(tmp_path):
    (tmp_path / "poem.txt").write_text("a line\n\nanother\n")
    with pytest.raises(UsageError, match="short lines"):
        placement.read_names(str(tmp_path / "poem.txt"), seed=0)


def test_what_is_inside_is_what_a_pass_by_hand_finds():
    model = drawn("pre")
    tokens = torch.randint(27, (3, 17), generator=torch.Generator().manual_seed(0))
    found = placement.look_inside(model, tokens)
    embedded = (
        model.embedding.token_embedding(tokens[:, :-1]) + model.embedding.positions.learned_absolute.embedding.weight
    )
    assert found["stream"][0] == approx(embedded.square().mean().sqrt().item())
    assert len(found["stream"]) == 3
    weights = list(model.blocks[1].parameters())
    gradients = torch.autograd.grad(model(tokens[:, :-1], tokens[:, 1:]), weights)
    assert found["gradients"][1] == approx(torch.cat([each.flatten() for each in gradients]).norm().item())
    assert all(weight.grad is None for weight in model.parameters())


def trial_of(names, **changes) -> dict:
    settings = {"data": str(names), "seed": 1, "placement": "pre", "n_layer": 1, "learning_rate": 0.01}
    return settings | {"warmup_iters": 0, "max_iters": 100} | changes


def test_a_training_learns_and_counts_its_steps(names):
    steps = []
    result = placement.train(trial_of(names), steps.append)
    told = placement.figures(result["losses"])
    assert sum(steps) == len(result["losses"]) == 100
    assert told["last100"] == approx(sum(result["losses"]) / 100)
    assert min(result["losses"][-20:]) < 0.5 * result["losses"][0]
    assert list(result["inside"]) == [0, 1, 10, 100]
    assert len(result["samples"]) == 5
    # A long name is cut, and what is asked for is followed.
    assert placement.train(trial_of(names, warmup_iters=50), steps.append)["losses"][1:] != result["losses"][1:]


def test_together_they_learn_what_each_learns_alone(names, monkeypatch):
    # Adam makes whole steps of the rounding errors in gradients that should be zero: attention has to be the same.
    configuration = placement.configuration
    by_hand = {"attention_backend": "manual"}
    monkeypatch.setattr(placement, "configuration", lambda *sizes: replace(configuration(*sizes), **by_hand))
    trials = [trial_of(names, seed=seed, placement="post", n_layer=2) for seed in (1, 2, 3)]
    steps = []
    together = placement.train_together(trials, steps.append)
    assert sum(steps) == 300
    alone = placement.train(trials[1], lambda steps: None)
    # The same to rounding, which grows from step to step.
    assert together[1]["losses"][:20] == approx(alone["losses"][:20], rel=1e-4)
    assert together[1]["inside"][1]["gradients"] == approx(alone["inside"][1]["gradients"], rel=1e-3)
    assert together[0]["losses"] != together[2]["losses"]
    assert together[1]["params"] == alone["params"]
    assert list(together[0]["inside"]) == [0, 1, 10, 100]


def test_what_diverges_is_said_to(names):
    result = placement.train(trial_of(names, placement="none", learning_rate=1e30), lambda steps: None)
    assert result["samples"] == []
    told = placement.figures(result["losses"])
    assert told["last100"] is None
    assert placement.diverged(told, vocab_size=27)
    assert placement.diverged({"last100": math.log(27) + 0.01}, vocab_size=27)
    assert not placement.diverged({"last100": math.log(27) - 0.01}, vocab_size=27)


def cell(place: str, *runs: list[float]) -> dict:
    told = [{"seed": seed, "losses": losses, **placement.figures(losses)} for seed, losses in enumerate(runs)]
    lost = [placement.diverged(run, vocab_size=40) for run in told]
    return {"settings": {"placement": place, "n_layer": 8}, "runs": told, "diverged": lost}


def test_conclusions_say_what_is_more_than_chance():
    generator = random.Random(0)
    noise = [generator.gauss(0, 0.1) for _ in range(100)]
    pre, same, worse = ([3 + each + shift for each in noise] for shift in (0, 0, 0.5))
    same = [loss + generator.gauss(0, 0.01) for loss in same]
    found = norm_placement.conclusions(
        {"pre": cell("pre", pre), "same": cell("same", same), "worse": cell("worse", worse)}
    )
    assert "same ends level with pre" in found[0]
    assert "worse ends above pre: +0.500" in found[1]
    assert found[2:] == ["(Differences of pairs, of the last 100 names, which say nothing of other seeds.)"]
    # Three seeds of which one is otherwise: nothing can be told.
    mixed = cell("mixed", worse, worse, [3 - 1.0] * 100)
    text, pairs = norm_placement.conclusions({"pre": cell("pre", pre, pre, pre), "mixed": mixed})
    assert "level with" in text and pairs == "(Differences of pairs, of 3 seeds.)"
    (text,) = norm_placement.conclusions({"pre": cell("pre", pre), "none": cell("none", [math.nan] * 100)})
    assert text == "The training of 'none' diverged: it ends worse than by guessing."
    one_of_two = {"pre": cell("pre", pre, pre), "none": cell("none", pre, [50.0] * 100)}
    (text,) = norm_placement.conclusions(one_of_two)
    assert "'none' diverged with 1 of 2 seeds" in text


def test_before_the_first_step_it_is_as_xiong_et_al_predict():
    layers = 6
    post, pre = (xiong.measured(place, layers) for place in ("post", "pre"))
    for layer in range(1, layers + 1):
        assert post["stream"][layer - 1] == approx(1.5, rel=0.2)
        assert 1 + layer / 2 <= pre["stream"][layer - 1] <= 1 + 3 * layer / 2
    assert post["gradients"][-1] > 2 * pre["gradients"][-1]


@pytest.mark.slow
def test_the_command_reports_draws_and_does_nothing_twice(names, tmp_path, capsys):
    line = f"--data {names} --placements pre none --n_layer 1 2 --seeds 2 --max_iters 100 --out_dir {tmp_path} --json"
    assert norm_placement.main(line.split()) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out.splitlines()[-1])
    assert list(report) == ["pre, layers 1", "pre, layers 2", "none, layers 1", "none, layers 2"]
    assert set(report["pre, layers 1"]) == {"params", *norm_placement.FIGURES, "diverged", "samples", "seeds"}
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "loss_curves.png", "avg_loss.png", "inside.png", "n_layer.png", "diverged.png"
    }  # fmt: skip
    assert norm_placement.main(line.split()) == 0
    again = capsys.readouterr()
    assert again.out == captured.out
    assert "8 of 8 trials are there already" in again.err


@pytest.fixture
def figures(monkeypatch):
    """The figures that were drawn, open."""
    found = []

    @contextlib.contextmanager
    def kept(path, **options):
        with drawn_into(path, **options) as figure:
            found.append(figure)
            yield figure

    monkeypatch.setattr(placement_figures, "drawn_into", kept)
    return found


def test_what_diverges_leaves_the_picture_and_the_rest_can_be_seen(tmp_path, figures):
    cells = {"pre": [{"losses": [3.3, 2.5] * 100}], "none": [{"losses": [4.0, 1e9] * 80 + [math.nan] * 40}]}
    placement_figures.loss_curves(cells, tmp_path / "curves.png")
    placement_figures.average_loss(cells, tmp_path / "average.png")
    for axes in (axes for figure in figures for axes in figure.axes):
        low, high = axes.get_ylim()
        assert 0 < low < 3 and high == 3 * 4.0 and "leaves the picture" in axes.get_title()


def test_a_mean_is_of_one_setting_and_what_diverged_is_a_cross(tmp_path, figures):
    def cell(rate, warmup, ends, diverged=False):
        settings = {"placement": "none", "learning_rate": rate, "warmup_iters": warmup}
        return {"settings": settings, "runs": [{"last100": end} for end in ends], "diverged": [diverged] * len(ends)}

    lines = {"none, warm-up 0": [cell(0.05, 0, [9.0, 9.0], True), cell(0.01, 0, [2.0, 3.0])]}
    lines["none, warm-up 50"] = [cell(0.05, 50, [4.0, 6.0]), cell(0.01, 50, [1.0, 2.0])]
    placement_figures.across(lines, "learning_rate", tmp_path / "rate.png")
    axes = figures[0].axes[0]
    solid = {line.get_label(): line.get_xydata().tolist() for line in axes.lines if line.get_marker() == "o"}
    assert solid == {"none, warm-up 0": [[0.01, 2.5]], "none, warm-up 50": [[0.01, 1.5], [0.05, 5.0]]}
    crosses = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [[0.05], []]
    assert [text.get_text() for text in axes.texts] == ["none, warm-up 0"]


def test_the_map_says_how_many_seeds_diverge_and_where(tmp_path, figures):
    def cell(place, losses, lost):
        return {"settings": {"placement": place}, "runs": [{"last100": loss} for loss in losses], "diverged": lost}

    cells = {
        "pre, rate 0.01": cell("pre", [2.0, 3.0], [False, False]),
        "pre, rate 0.1": cell("pre", [None, 3.0], [True, False]),
        "post,pre, rate 0.01": cell("post,pre", [2.0, 2.0], [False, False]),
        "post,pre, rate 0.1": cell("post,pre", [9.0, None], [True, True]),
    }
    placement_figures.who_diverges(cells, tmp_path / "diverged.png")
    axes = figures[0].axes[0]
    assert [text.get_text() for text in axes.texts] == ["2.50", "1 of 2", "2.00", "2 of 2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["pre", "post,pre"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["rate 0.01", "rate 0.1"]


@pytest.mark.parametrize("place", placement.PLACEMENTS)
def test_every_placement_can_be_trained(place):
    model = drawn(place)
    tokens = torch.randint(27, (1, 8))
    model(tokens, tokens).backward()
    assert model.config.norm_position == place
    assert model.config.init == ("deepnorm" if place == "deepnorm" else "torch")


def test_norms_and_turns_are_settings_of_the_grid():
    line = "--placements pre post,pre --normalization rmsnorm layernorm --n_layer 1 2"
    trials = norm_placement.trials_of(norm_placement.parser().parse_args(line.split()))
    labels = [norm_placement.label_of(trial, ["n_layer"]) for trial in trials]
    assert len(trials) == 8
    assert set(labels) >= {"pre, rmsnorm, layers 1", "post,pre, layernorm, layers 2"}
    (plain,) = norm_placement.trials_of(norm_placement.parser().parse_args(["--placements", "pre"]))
    assert "normalization" not in plain


def test_what_is_asked_for_wrongly_is_told(tmp_path):
    for line, words in (
        ("--placements between", "choose some of pre, post"),
        ("--placements post,between", "--placements post,between: choose some of pre, post"),
        ("--normalization batchnorm", "--normalization batchnorm: choose some of rmsnorm"),
        ("--warmup_iters 1000", "less than --max_iters 1000"),
        ("--data nowhere.txt", "nowhere.txt"),
    ):
        with pytest.raises(UsageError, match=words):
            norm_placement.main([*line.split(), "--out_dir", str(tmp_path)])
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file/trials cannot be made: Not a directory"):
        norm_placement.main(["--out_dir", str(tmp_path / "file")])
