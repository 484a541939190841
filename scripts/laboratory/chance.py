"""What chance can do: intervals and tests by Student's t, for runs that differ in their seed alone."""

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95  # of every interval


@dataclass(frozen=True)
class Estimate:
    """A mean, and what a few values say about how far it may be from that of all possible ones."""

    mean: float
    low: float | None  # the interval; None where there is but one value
    high: float | None
    p: float | None  # how often a mean at least so far from 0 would come about if the true one were 0


def two_sided(t: float, freedom: int) -> float:
    r"""P(|T| >= t) for Student's t with so many degrees of freedom: I_x(freedom / 2, 1 / 2), the regularised incomplete
    beta function, with x = freedom / (freedom + t^2). Abramowitz and Stegun 1964, 26.7.1 and 26.5.27."""
    import mpmath

    return float(mpmath.betainc(freedom / 2, 0.5, 0, freedom / (freedom + t * t), regularized=True))


@functools.cache
def quantile(level: float, freedom: int) -> float:
    """The t with P(|T| <= t) = level."""
    low, high = 0.0, 1.0
    while two_sided(high, freedom) > 1 - level:
        high *= 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if two_sided(middle, freedom) > 1 - level else (low, middle)
    return high


def estimate(values: Sequence[float], level: float = LEVEL) -> Estimate:
    """The mean, with t * s / sqrt(n) on both sides of it, where s is the values' standard deviation (n - 1)."""
    mean = statistics.fmean(values)
    if len(values) == 1:
        return Estimate(mean, None, None, None)
    error, freedom = statistics.stdev(values) / math.sqrt(len(values)), len(values) - 1
    reach = quantile(level, freedom) * error
    # Without any spread, a difference is certain, and none is none.
    p = two_sided(mean / error, freedom) if error else float(mean == 0)
    return Estimate(mean, mean - reach, mean + reach, p)


def holm(ps: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Which of several differences are told apart from chance, such that in only 1 - level of all experiments one is
    that does not exist: Holm 1979, A simple sequentially rejective multiple test procedure."""
    order = sorted(range(len(ps)), key=ps.__getitem__)
    apart = [False] * len(ps)
    for place, index in enumerate(order):
        if ps[index] > (1 - level) / (len(ps) - place):
            break
        apart[index] = True
    return apart
