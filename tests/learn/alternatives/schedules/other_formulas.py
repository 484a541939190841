"""Other formulas for the same curves: what is left instead of what is done, a squared cosine, early returns."""

import math


def linear(progress):
    return -progress + 1.0


def cosine(progress):
    return math.cos(math.pi / 2 * progress) ** 2


def trapezoidal(progress, warmdown=0.4):
    left = 1.0 - progress
    if left >= warmdown:
        return 1.0
    return left / warmdown


def learning_rate_factor(step, max_iters, schedule="trapezoidal", warmup_iters=0, final=0.0):
    if schedule not in SCHEDULES:  # noqa: F821 - the file that this goes into has it
        raise ValueError(f"there is no schedule {schedule}")
    if warmup_iters > step:
        return (1 + step) * (1 / warmup_iters)
    remaining = (max_iters - step) / (max_iters - warmup_iters)
    height = SCHEDULES[schedule](1 - remaining)  # noqa: F821 - the file that this goes into has it
    return height + (1 - height) * final
