import math
import statistics

import pytest

from scripts.laboratory.chance import estimate, holm, quantile, two_sided


def test_quantiles_are_those_of_the_closed_forms():
    # One degree of freedom is Cauchy's distribution; two have a formula too.
    for level in (0.5, 0.95, 0.999):
        assert quantile(level, 1) == pytest.approx(math.tan(math.pi * level / 2))
        assert quantile(level, 2) == pytest.approx(level * math.sqrt(2 / (1 - level**2)))
    # Infinitely many are the normal distribution.
    assert quantile(0.95, 10**7) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), rel=1e-5)


@pytest.mark.parametrize(("freedom", "printed"), [(3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045)])
def test_quantiles_are_those_of_the_printed_tables(freedom, printed):
    assert quantile(0.95, freedom) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("freedom", [1, 4, 30])
@pytest.mark.parametrize("t", [0.0, 0.3, 2.5])
def test_two_sided_is_the_integral_of_the_density(freedom, t):
    scale = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    middles = [(place + 0.5) * t / 2000 for place in range(2000)]
    inside = 2 * scale * sum((1 + x * x / freedom) ** (-(freedom + 1) / 2) for x in middles) * t / 2000
    assert two_sided(t, freedom) == pytest.approx(1 - inside, abs=1e-6)
    assert two_sided(-t, freedom) == two_sided(t, freedom)


def test_an_interval_by_hand():
    found = estimate([2.0, 4.0, 6.0])
    reach = 4.302652729911275 * 2 / math.sqrt(3)
    assert (found.mean, found.low, found.high) == pytest.approx((4, 4 - reach, 4 + reach))
    # Where an end of the interval of level 1 - p is 0, p is the chance of being so far from 0.
    assert estimate([2.0, 4.0, 6.0], 1 - found.p).low == pytest.approx(0, abs=1e-9)


def test_what_one_value_says_and_what_equal_ones_say():
    alone = estimate([2.0])
    assert (alone.mean, alone.low, alone.high, alone.p) == (2, None, None, None)
    assert (estimate([0.0, 0.0]).p, estimate([0.5, 0.5]).p) == (1, 0)


def test_holm_compares_the_smallest_with_the_strictest_level_and_stops_at_the_first_that_fails():
    # Levels in order: 0.05 / 4 = 0.0125, 0.05 / 3 = 0.0167, 0.05 / 2 = 0.025, 0.05.
    assert holm([0.04, 0.001, 0.03, 0.016]) == [False, True, False, True]
    assert holm([0.013, 0.013]) == [True, True]
    assert holm([0.03, 0.03]) == [False, False]
    assert holm([]) == []
