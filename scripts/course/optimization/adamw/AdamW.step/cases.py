"""What optimization.adamw.AdamW.step is asked."""

from functools import partial

import torch

from scripts.workshop.check.cases import case, draw
from scripts.workshop.check.descent import descend, drawn, start, with_gaps

STEP = "optimization.adamw.AdamW.step"


SHAPES = [(3, 4), (5,), ()]


# Rates and betas that show after a step, and an eps that is not lost beside the root.
SETTINGS = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.03, "weight_decay": 0.0}


def step_case(about: str, count: int, shapes=SHAPES, gradients=None, change=None, saved_after=None, **settings) -> None:
    @case(about)
    def steps(package):
        make = partial(package.optimization.adamw.AdamW, **SETTINGS | settings)
        rows = gradients() if gradients else drawn(shapes, count)
        return descend(make, start(shapes), rows, change, saved_after)


def small_gradients():
    """As small as eps, in the first step smaller still."""
    return [[1e-3 * (step + 0.1) * draw(4, 3, seed=step)] for step in range(3)]


def falling_rates(optimizer, step):
    for group in optimizer.param_groups:
        group["lr"] = 0.2 / step
        group["betas"] = (0.5 + 0.1 * step, 0.95)
        group["weight_decay"] = 0.1 * step


step_case("a single step", 1)


step_case("four steps", 4)


step_case("an eps that is as large as the gradients", 3, [(4, 3)], small_gradients, eps=1e-3)


step_case("no eps worth speaking of", 3, eps=1e-12)


step_case("weight decay", 3, weight_decay=0.7)


step_case("nothing but weight decay", 2, [(4, 3)], lambda: [[torch.zeros(4, 3)]] * 2, weight_decay=0.7)


step_case("gradients that are missing now and then", 4, SHAPES, partial(with_gaps, SHAPES), weight_decay=0.5)


step_case("settings that change from step to step", 3, change=falling_rates)


step_case("a state that is saved and loaded after two steps", 4, saved_after=2)


@case("two groups with settings of their own")
def two_groups(package):
    def make(weights):
        other = {"lr": 0.02, "betas": (0.5, 0.6), "eps": 0.2, "weight_decay": 3.0}
        return package.optimization.adamw.AdamW([{"params": weights[:1]}, {"params": weights[1:]} | other], **SETTINGS)

    return descend(make, start(SHAPES), drawn(SHAPES, 3))


@case("a weight in float64")
def wide_weight(package):
    weight = torch.nn.Parameter(draw(3, 4, seed=1).double())
    rows = [[draw(3, 4, seed=step).double()] for step in (2, 3)]
    return descend(partial(package.optimization.adamw.AdamW, **SETTINGS), [weight], rows)


@case("the state of a torch.optim.AdamW after two steps")
def state_of_torchs(package):
    weights, rows = start(SHAPES), drawn(SHAPES, 4)
    torchs = torch.optim.AdamW(weights, **SETTINGS)
    descend(lambda weights: torchs, weights, rows[:2])

    def make(weights):
        optimizer = package.optimization.adamw.AdamW(weights, **SETTINGS)
        optimizer.load_state_dict(torchs.state_dict())
        return optimizer

    return descend(make, weights, rows[2:])
