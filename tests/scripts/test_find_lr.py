import json
import math

import pytest

from scripts import find_lr
from scripts.project import UsageError

FACTORS = [10 ** (exponent / 20) for exponent in range(-60, 40)]


def bowl(factor: float) -> float:
    """A loss that falls around a factor of 0.1 and rises around one of 10."""
    return 3.3 - 1 / (1 + (0.1 / factor) ** 4) + 2 / (1 + (10 / factor) ** 4)


def test_it_finds_where_a_known_curve_falls_and_turns():
    found = find_lr.findings(FACTORS, [bowl(factor) for factor in FACTORS])
    # The mean lags behind by some ten steps, half a power of ten.
    assert 0.1 < found["steepest"] < 0.1 * 10**0.7
    assert 1 < found["lowest"] < 10
    assert not found["broke"]


def test_what_falls_back_from_an_outbreak_is_no_place_to_train():
    losses = [bowl(factor) if factor < 20 else 3.0 + 10 / factor for factor in FACTORS]
    assert find_lr.findings(FACTORS, losses)["steepest"] < 1


def test_means_of_a_constant_are_that_constant():
    assert find_lr.smoothed([2.5] * 5, 0.9) == pytest.approx([2.5] * 5)


def test_the_command(tmp_path, capsys):
    flags = ["--optimizer", "adamw", "--n_layer", "1", "--max_iters", "60", "--batch_size", "8", "--high", "1e5"]
    assert find_lr.main([*flags, "--out_dir", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["factors"][0] == pytest.approx(0.001)
    assert 0.1 < report["steepest"] < 1000
    assert report["rates"] == {"learning_rate": pytest.approx(0.001 * report["steepest"])}
    assert report["losses"][0] == pytest.approx(math.log(27), abs=0.1)
    assert (tmp_path / "find_lr.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--warmup_iters", "5"], "--warmup_iters means nothing here"),
        (["--parallel", "ddp"], "--parallel means nothing here"),
        (["--low", "2", "--high", "1"], "--low 2 --high 1: the first factor must be smaller"),
        (["--max_iters", "3"], "--max_iters 3: at least 10 steps"),
        (["--low", "1e9", "--high", "1e12", "--optimizer", "adamw"], "the loss broke after"),
    ],
)
def test_what_cannot_work_is_said(flags, said, tmp_path):
    with pytest.raises(UsageError, match=said):
        find_lr.main([*flags, "--out_dir", str(tmp_path)])
