"""The recall experiment: its sequences, what its models keep, and what it says."""

import json

import pytest
import torch

from scripts import recall
from scripts.laboratory.recalling import KEYS, accuracy, configuration, draw, remembered
from scripts.project import UsageError


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
    batch = draw(4, 32, torch.Generator().manual_seed(0))

    class Knows(torch.nn.Module):
        def forward(self, tokens):
            return torch.nn.functional.one_hot(batch.targets.clamp(min=0), 2 * KEYS).float()

    assert accuracy(Knows(), batch) == 1
    assert accuracy(lambda tokens: torch.zeros(*tokens.shape, 2 * KEYS), batch) == 0  # a key is no answer


# Of a layer: keys and values of 16 channels for each of 16 tokens; or a state of 16 times 16.
@pytest.mark.parametrize(("kind", "kept"), [("standard", 2 * 512), ("delta", 2 * 256), ("delta,standard", 256 + 512)])
def test_a_state_is_as_large_for_many_pairs_as_for_few(kind, kept):
    assert remembered(kind, pairs=8, state=16) == kept
    assert (remembered(kind, pairs=16, state=16) > kept) == ("standard" in kind)


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


@pytest.mark.slow
def test_the_command_trains_draws_and_reports(tmp_path, capsys):
    arguments = ["--attention_type", "standard", "--pairs", "2", "--state", "16", "--seeds", "2", "--max_iters", "60"]
    assert recall.main([*arguments, "--out_dir", str(tmp_path), "--json", "--processes", "1"]) == 0
    (cell,) = json.loads(capsys.readouterr().out.splitlines()[-1])["cells"]
    assert cell["accuracy"] == pytest.approx(sum(cell["seeds"]) / 2)
    assert cell["low"] <= cell["accuracy"] <= cell["high"]
    assert (tmp_path / "recall.png").stat().st_size > 5000
