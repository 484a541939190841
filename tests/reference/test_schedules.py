import itertools
import math

import pytest
import torch

from reference.optimization.schedules import SCHEDULES, cosine, learning_rate_factor, linear, wsd


def rates(make, steps: int) -> list[float]:
    """What a scheduler of torch's makes of a rate of one."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def curve(steps: int, *arguments, **settings) -> list[float]:
    return [learning_rate_factor(step, steps, *arguments, **settings) for step in range(steps)]


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine_is_torchs(final):
    torchs = rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=12, eta_min=final), 12)
    assert curve(12, "cosine", min_lr_ratio=final) == pytest.approx(torchs, abs=1e-12)


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_linear_is_torchs(final):
    torchs = rates(lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, end_factor=final, total_iters=12), 12)
    assert curve(12, "linear", min_lr_ratio=final) == pytest.approx(torchs, abs=1e-12)


def test_warm_up_is_torchs():
    def make(optimizer):
        # Torch's begins with a factor of the first step, and is at the peak `total_iters` steps later.
        up = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / 4, total_iters=3)
        down = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
        return torch.optim.lr_scheduler.SequentialLR(optimizer, [up, down], milestones=[4])

    assert curve(12, "cosine", warmup_iters=4) == pytest.approx(rates(make, 12), abs=1e-12)


def test_the_default_is_level_and_then_falls_over_the_last_two_fifths():
    assert curve(10) == pytest.approx([1.0] * 7 + [0.75, 0.5, 0.25])


@pytest.mark.parametrize("shape", [linear, cosine, wsd])
def test_every_shape_falls_from_one_to_zero_and_never_rises(shape):
    values = [shape(i / 50) for i in range(51)]
    assert values[0] == 1
    assert values[-1] == pytest.approx(0, abs=1e-15)
    assert all(later <= earlier for earlier, later in itertools.pairwise(values))


def test_an_older_name_of_wsd_stays():
    assert SCHEDULES["trapezoidal"] is SCHEDULES["wsd"]


def test_wsd_decays_over_the_fraction_that_is_given():
    assert [wsd(p, 0.5) for p in (0.0, 0.5, 0.75, 1.0)] == [1, 1, 0.5, 0]
    assert [wsd(p, 1.0) for p in (0.0, 0.3)] == [1, linear(0.3)]


def test_cosine_of_a_third_is_three_quarters():
    assert cosine(1 / 3) == pytest.approx(0.75, abs=1e-15)
    assert cosine(0.5) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_ends_at_the_peak_and_what_follows_begins_there(schedule):
    assert curve(10, schedule, warmup_iters=4)[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


@pytest.mark.parametrize("warmup_iters", [6, 60])
def test_a_warm_up_may_last_to_the_end(warmup_iters):
    assert curve(6, "linear", warmup_iters) == pytest.approx([(step + 1) / warmup_iters for step in range(6)])


def test_a_constant_rate_is_constant_whatever_shall_be_left():
    assert curve(5, "constant", min_lr_ratio=0.3) == pytest.approx([1.0] * 5)


def test_the_mean_rate_is_that_of_the_shape():
    many = 10_000
    means = {name: math.fsum(curve(many, name)) / many for name in SCHEDULES}
    assert means == pytest.approx(
        {"constant": 1.0, "linear": 0.5, "cosine": 0.5, "wsd": 0.8, "trapezoidal": 0.8}, abs=1e-3
    )


@pytest.mark.parametrize("step", [0, 5])
def test_a_schedule_that_nobody_knows_is_refused(step):
    with pytest.raises(ValueError, match=r"schedule = 'cosinus'.*cosine"):
        learning_rate_factor(step, 10, "cosinus", warmup_iters=2)
