"""Grouping: many cases in few words."""

import pytest

from scripts.workshop.check.grouping import Asked, grouped, listed, summed_up

CASES = [
    Asked("five tokens"),
    Asked("a cache, and a text in two parts"),
    Asked("a cache, and targets"),
    Asked("top_k = 3"),
    Asked("top_k = 3 and temperature 0.5"),
    Asked("top_k above V"),
    Asked("bfloat16 weights", "bfloat16"),
    Asked("small weights in bfloat16", "bfloat16"),
]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([1, 2], "with a cache (2)"),
        # Another one that begins like it is right.
        ([3, 4], "with top_k = 3 (2)"),
        ([3, 4, 5], "with top_k (3)"),
        ([1], "with a cache, and a text in two parts (1)"),
        ([0, 6, 7], "with five tokens (1), in bfloat16 (2)"),
        ([7], "with small weights in bfloat16 (1)"),
    ],
)
def test_cases_are_put_together_by_what_they_ask_and_no_right_one_is_among_them(chosen, said):
    assert listed(grouped(CASES, chosen)) == said


def test_of_many_groups_the_last_are_counted():
    assert listed(grouped(CASES, [0, 1, 3, 6]), most=2).endswith("in two parts (1), and in 2 more")


def test_a_summary_says_how_many_are_right_wrong_and_not_tried():
    assert summed_up(CASES, [1, 2], 8) == "right: 6 cases; wrong: with a cache (2)"
    assert summed_up(CASES, [0], 2) == "right: 1 case; wrong: with five tokens (1); not tried: 6"
    assert summed_up(CASES, range(8), 8) == "wrong: all 8 cases"
