"""The recall experiment: its sequences, what its models keep, and what it says."""

import json
import math

import pytest
import torch

from reference.attentions import ATTENTIONS
from scripts import recall
from scripts.laboratory import ablation_report
from scripts.laboratory.ablation import axes_of, cells_of, outcome, train_trial
from scripts.laboratory.recalling import configuration, remembered
from scripts.project import UsageError
from scripts.training.text.data import load_corpus
from scripts.training.text.recall_task import KEYS, draw, share_right
from scripts.training.text.tokenizers import CharTokenizer


def test_every_key_comes_twice_and_what_is_asked_for_is_its_value():
    tokens, targets = draw(5, 64, torch.Generator().manual_seed(0))
    assert tokens.shape == targets.shape == (64, 20)
    for row, asked in zip(tokens.tolist(), targets.tolist(), strict=True):
        value_of = dict(zip(row[:10:2], row[1:10:2], strict=True))
        assert len(value_of) == 5
        assert max(value_of) < KEYS <= min(value_of.values())
        assert sorted(row[10::2]) == sorted(value_of)
        assert asked[:10] == [-1] * 10
        assert asked[11::2] == [-1] * 5
        assert asked[10::2] == [value_of[key] for key in row[10::2]] == row[11::2]
    # The order of the questions is not that of the pairs.
    assert (tokens[:, :10:2] != tokens[:, 10::2]).any()


def test_accuracy_counts_the_questions_alone():
    tokens, targets = draw(4, 32, torch.Generator().manual_seed(0))
    assert share_right(torch.nn.functional.one_hot(targets.clamp(min=0), 2 * KEYS), targets) == 1
    assert share_right(torch.zeros(*tokens.shape, 2 * KEYS), targets) == 0  # a key is no answer


def test_it_is_a_data_set_of_its_own_whose_answers_alone_count():
    corpus = load_corpus("recall", 18)
    assert corpus.asks and corpus.tokenizer.vocab_size == 2 * KEYS + 1
    rows = corpus.windows(5, 3, 18, seed=1)
    for batch in (rows, corpus.validation(18, max_tokens=54)):
        assert batch.tokens.shape == batch.targets.shape == (3, 18)
        for row, asked in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
            value_of = dict(zip(row[:8:2], row[1:8:2], strict=True))
            assert asked[8:16:2] == [value_of[key] for key in row[8:16:2]] == row[9:16:2]
            assert (asked[:8], asked[9:16:2], asked[16:], row[16:]) == ([-1] * 8, [-1] * 4, [-1, -1], [0, 0])
            assert 1 <= min(value_of) <= max(value_of) <= KEYS < min(value_of.values())
    # A window follows from its number and the seed, whoever draws it; no other has its pairs.
    assert torch.equal(corpus.windows(6, 1, 18, seed=1).tokens, rows.tokens[1:2])
    assert not torch.equal(corpus.windows(6, 1, 18, seed=2).tokens, rows.tokens[1:2])
    assert len({tuple(row) for row in corpus.windows(0, 50, 18, seed=1).tokens.tolist()}) == 50
    # An answer is a byte.
    assert corpus.bits_per_byte(math.log(8), rows.targets) == pytest.approx(3)


@pytest.mark.parametrize(
    ("length", "flags", "words"),
    [
        (132, {}, "--max_seq_len 132: .* 32 keys; give 4 to 128"),
        (3, {}, "--max_seq_len 3: .* give 4 to 128"),
        (32, {"tokenizer": "bpe"}, "--tokenizer bpe: --data recall has tokens of its own"),
        (32, {"tokenizer": CharTokenizer("abc")}, "other tokens than the model's"),
    ],
)
def test_what_cannot_be_asked_of_it_is_refused(length, flags, words):
    with pytest.raises(UsageError, match=words):
        load_corpus("recall", length, **flags)


def test_a_run_reports_the_accuracy_and_an_ablation_compares_it():
    fields = {"n_layer": 1, "n_embd": 16, "max_seq_len": 8}
    options = {"data": "recall", "max_iters": 2, "eval_tokens": 64, **fields}
    _, cells, _ = cells_of(options, axes_of(["attention_type=standard,lightning"]), "steps", 2 * KEYS + 1)
    results = [train_trial(cell.trial(seed), lambda steps: None) for seed in (1, 2) for cell in cells]
    # Of eight sequences, two answers each.
    assert all(result["accuracy"] * 16 == pytest.approx(round(result["accuracy"] * 16)) for result in results)
    report = outcome(cells, [1, 2], results)
    best = report["ranking"][0]["accuracy"]
    assert best["low"] <= best["mean"] <= best["high"]
    at = ablation_report.columns(report).index("accuracy")
    assert ablation_report.row(report["ranking"][0])[at].startswith(f"{best['mean']:.3f}")


# Of a layer: keys and values of 16 channels for each of 16 tokens; or a state of 16 times 16.
@pytest.mark.parametrize(("kind", "kept"), [("standard", 2 * 512), ("delta", 2 * 256), ("delta,standard", 256 + 512)])
def test_a_state_is_as_large_for_many_pairs_as_for_few(kind, kept):
    assert remembered(kind, pairs=8, state=16) == kept
    assert (remembered(kind, pairs=16, state=16) > kept) == ("standard" in kind)


def test_every_mixer_is_asked_with_two_sizes_where_that_is_the_size_of_a_state():
    trials, left_out = recall.trials_of(recall.parser().parse_args([]))
    states = {}
    for trial in trials:
        states.setdefault(trial["kind"], set()).add(trial["state"])
    assert {kind.split(",")[-1] for kind in states} | left_out.keys() == set(ATTENTIONS)
    assert left_out == {}
    assert states["standard"] == states["standard,shared"] == {64}
    assert states["delta"] == states["lightning"] == {16, 64}


def test_all_kinds_have_the_same_sizes():
    assert configuration("delta", 4, 16).head_dim == configuration("standard", 4, 16).head_dim == 16


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pairs", "33"], "--pairs 33: there are 32 different keys; give 32 or less"),
        (["--attention_type", "softmax"], "--attention_type softmax --state 16: "),
        (["--attention_type", "shared"], "--attention_type shared --state 16: attention_type: layer 0 is 'shared'"),
    ],
)
def test_what_there_is_not_is_refused(options, words):
    with pytest.raises(UsageError) as refused:
        recall.trials_of(recall.parser().parse_args(options))
    assert str(refused.value).startswith(words)


def test_what_the_results_say_is_said_of_the_most_pairs():
    shares = {("delta", 16, 4): 0.2, ("delta", 16, 8): 0.6, ("delta", 64, 8): 0.95, ("linear", 64, 8): 0.9}
    keys = ("attention_type", "state", "pairs")
    said = recall.findings([dict(zip(keys, each, strict=True), accuracy=share) for each, share in shares.items()])
    assert "of 8 pairs: nine in ten or more are found by delta (64), linear (64) (in brackets" in said
    assert said.endswith("half of them or more by delta (16); fewer by none.")


@pytest.mark.slow
def test_the_command_trains_draws_and_reports(tmp_path, capsys):
    arguments = ["--attention_type", "standard", "--pairs", "2", "--seeds", "2", "--max_iters", "20"]
    assert recall.main([*arguments, "--out_dir", str(tmp_path), "--json", "--processes", "1"]) == 0
    (cell,) = json.loads(capsys.readouterr().out.splitlines()[-1])["cells"]
    assert cell["accuracy"] == pytest.approx(sum(cell["seeds"]) / 2)
    assert 0 <= cell["low"] <= cell["accuracy"] <= cell["high"] <= 1
    assert (tmp_path / "recall.png").stat().st_size > 5000
