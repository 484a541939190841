"""Schedules: how the learning rate rises and falls over a training."""

import math

from reference.config import choose


def constant(progress: float) -> float:
    """The peak, to the end."""
    return 1.0


def linear(progress: float) -> float:
    r"""In a straight line from 1 to 0: 1 - p.

    progress: p, the share of the steps after the warm-up that is done, 0 ... 1.

    Defazio et al. 2023 (arXiv:2310.07831) find it hard to beat.
    """
    # Every step is a little smaller than the one before, by the same amount.
    return 1 - progress


def cosine(progress: float) -> float:
    r"""Half a wave of the cosine, from 1 to 0: (1 + cos(pi p)) / 2.

    progress: p, the share of the steps after the warm-up that is done, 0 ... 1.

    Loshchilov and Hutter 2016, SGDR (arXiv:1608.03983), equation 5, without restarts.
    """
    # Long near the peak, quickly through the middle, and gently down to nothing.
    return (1 + math.cos(math.pi * progress)) / 2


def trapezoidal(progress: float, warmdown: float = 0.4) -> float:
    r"""Level at 1, then in a straight line to 0 over the last part: min(1, (1 - p) / warmdown).

    progress: p, the share of the steps after the warm-up that is done, 0 ... 1. warmdown: the share of the steps in
    which it falls, greater than 0.

    Also called warm-up, stable, decay. Zhai et al. 2021 (arXiv:2106.04560), appendix; Haegele et al. 2024
    (arXiv:2405.18392). nanochat falls over the last 40% as well.
    """
    # On the level part nothing depends on how long the training will be: it can be prolonged from there.
    return min(1.0, (1 - progress) / warmdown)


SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine, "trapezoidal": trapezoidal}


def learning_rate_factor(
    step: int, max_iters: int, schedule: str = "trapezoidal", warmup_iters: int = 0, final: float = 0.0
) -> float:
    r"""What the initial learning rates are multiplied by in a step.

        step < warmup_iters:   (step + 1) / warmup_iters
        after it:              final + (1 - final) shape(p),   p = (step - warmup_iters) / (max_iters - warmup_iters)

    step: 0 ... max_iters - 1. shape: `SCHEDULES[schedule]`. final: the share of the peak that is left at the end.
    Raises `ValueError` that names the schedule where there is no such, as `choose` does.

    Warm-up: Goyal et al. 2017 (arXiv:1706.02677), section 2.2.
    """
    # The first gradients come from a model that knows nothing, and Adam has seen too few to know their size: small
    # steps first, but never one of size zero.
    shape = choose(SCHEDULES, "schedule", schedule)
    if step < warmup_iters:
        return (step + 1) / warmup_iters
    # From the peak to what shall be left of it, in the shape that is wanted.
    progress = (step - warmup_iters) / (max_iters - warmup_iters)
    return final + (1 - final) * shape(progress)
