"""Schedules: how the learning rate rises and falls over a training."""

import math

from reference.config import lookup

from ..debug import debug


def constant(progress: float) -> float:
    r"""The peak, to the end: f(p) = 1."""
    return 1.0


def linear(progress: float) -> float:
    r"""Linear decay from 1 to 0: 1 - p.

    progress: p, the fraction of the steps after warmup that is done, from 0 to 1.

    Defazio et al. 2023 (arXiv:2310.07831) find it hard to beat.
    """
    debug("linear", progress=progress)
    # Decay by the same amount in every step.
    raise NotImplementedError("TODO: 1 - p")


def cosine(progress: float) -> float:
    r"""Cosine decay from 1 to 0, half a period: (1 + cos(pi p)) / 2.

    progress: p, the fraction of the steps after warmup that is done, from 0 to 1.

    Loshchilov and Hutter 2016, SGDR (arXiv:1608.03983), equation 5, without restarts.
    """
    debug("cosine", progress=progress)
    # Decay slowly near the peak, fast in the middle, and slowly again near 0.
    raise NotImplementedError("TODO: (1 + cos(pi p)) / 2")


def wsd(progress: float, warmdown: float = 0.4) -> float:
    r"""Warmup, stable, decay: 1 behind the warmup, falling in a line to 0 at the end: min(1, (1 - p) / warmdown).

    progress: p, the fraction of the steps after warmup that is done, from 0 to 1. warmdown: the fraction of them in
    which the rate decays, greater than 0.

    Also called trapezoidal. Zhai et al. 2021 (arXiv:2106.04560), section 3.5, where a constant is one of the options;
    Hu et al. 2024, MiniCPM (arXiv:2404.06395); Hägele et al. 2024 (arXiv:2405.18392). nanochat decayed over the last
    20% in November 2025, over more later.
    """
    debug("wsd", progress=progress, warmdown=warmdown)
    # Stay at the peak, where nothing depends on the length of the training, then decay linearly to 0 at its end.
    raise NotImplementedError("TODO: 1, then linear decay to 0 over the last part")


# An older name of wsd stays valid.
SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine, "wsd": wsd, "trapezoidal": wsd}


def learning_rate_factor(
    step: int, max_iters: int, schedule: str = "wsd", warmup_iters: int = 0, min_lr_ratio: float = 0.0
) -> float:
    r"""The factor by which the initial learning rates are multiplied in a step.

        step < warmup_iters:   (step + 1) / warmup_iters
        after it:              min_lr_ratio + (1 - min_lr_ratio) shape(p)
                               p = (step - warmup_iters) / (max_iters - warmup_iters)

    step: 0 ... max_iters - 1. shape: `SCHEDULES[schedule]`. Raises `ValueError` that names the schedule where there is
    no such, as `lookup` does.

    Warmup: Goyal et al. 2017 (arXiv:1706.02677), section 2.2.
    """
    debug(
        "learning_rate_factor",
        step=step,
        max_iters=max_iters,
        schedule=schedule,
        warmup_iters=warmup_iters,
        min_lr_ratio=min_lr_ratio,
    )
    # Warm up linearly, never from a step of size zero: the first gradients come from random weights, and Adam has seen
    # too few to know their size.
    # Decay from the peak to min_lr_ratio, in the shape of the schedule.
    raise NotImplementedError("TODO: linear warmup, then the shape of the schedule, down to min_lr_ratio")
