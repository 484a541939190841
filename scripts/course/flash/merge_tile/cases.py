"""What flash.merge_tile is asked."""

import torch
from torch import Tensor

from scripts.course.flash.shared import (
    called,
)
from scripts.workshop.check.cases import case, draw

INFINITY = float("inf")


def merge(package, maximum, total, out, scores, value) -> dict:
    (maximum, total, out), report = called(package.flash.merge_tile, maximum, total, out, scores, value)
    # Minus infinity cannot be held against minus infinity as a number.
    return report | {
        "the rows that have seen nothing yet": maximum == -INFINITY,
        "the new maximum elsewhere": maximum.masked_fill(maximum == -INFINITY, 0.0),
        "the new total": total,
        "the new out": out,
    }


def nothing_seen(*rows: int, Dv: int) -> tuple[Tensor, Tensor, Tensor]:
    return torch.full((*rows, 1), -INFINITY), torch.zeros(*rows, 1), torch.zeros(*rows, Dv)


def something_seen(*rows: int, Dv: int) -> tuple[Tensor, Tensor, Tensor]:
    return draw(*rows, 1, seed=3), 1 + draw(*rows, 1, seed=4).abs(), draw(*rows, Dv, seed=5)


@case("the first tile of all")
def first_tile(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case("a tile that brings a greater score for some queries, and for others not")
def later_tile(package):
    return merge(package, *something_seen(2, 6, Dv=3), draw(2, 6, 4), draw(2, 4, 3, seed=1))


@case("as many queries as keys and numbers in a value")
def square_tile(package):
    return merge(package, *something_seen(4, 4, Dv=4), draw(4, 4, 4), draw(4, 4, 4, seed=1))


@case("a tile of one key, for one query")
def single(package):
    return merge(package, *something_seen(1, Dv=3), draw(1, 1), draw(1, 3, seed=1))


@case("query heads that share values")
def shared_values(package):
    return merge(package, *something_seen(2, 2, 3, 4, Dv=3), draw(2, 2, 3, 4, 5), draw(2, 2, 1, 5, 3, seed=1))


@case("some keys hidden from some queries")
def some_hidden(package):
    scores = draw(2, 4, 4).masked_fill(torch.ones(4, 4).triu(1).bool(), -INFINITY)
    return merge(package, *something_seen(2, 4, Dv=3), scores, draw(2, 4, 3, seed=1))


@case("queries that see nothing of this tile")
def all_hidden(package):
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return merge(package, *something_seen(2, 4, Dv=3), scores, draw(2, 5, 3, seed=1))


@case("queries that have seen nothing, and see nothing of this tile either")
def never_seen(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    blank = torch.tensor([True, True, False, False])[:, None]
    maximum, total, out = maximum.masked_fill(blank, -INFINITY), total * ~blank, out * ~blank
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return merge(package, maximum, total, out, scores, draw(2, 5, 3, seed=1))


@case("scores whose exponentials overflow")
def overflow(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    return merge(package, maximum + 100, total, out, draw(2, 4, 5) + 100, draw(2, 5, 3, seed=1))


@case("scores whose exponentials are zero, the first of all")
def underflow(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 120, draw(2, 5, 3, seed=1))


@case("scores far below zero, the first of all")
def far_below(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 20000, draw(2, 5, 3, seed=1))


@case("a tile far below what was seen, for some queries far above")
def far_apart(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    return merge(package, maximum + 120 * draw(4, 1, seed=6).sign(), total, out, draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case("three tiles, one after the other")
def three_tiles(package):
    state = nothing_seen(2, 4, Dv=3)
    for seed, size in ((0, 3), (1, 1), (2, 5)):
        state = package.flash.merge_tile(*state, 4 * draw(2, 4, size, seed=seed), draw(2, size, 3, seed=seed + 10))
    maximum, total, out = state
    return {"out / total": out / total, "maximum + log(total)": maximum + total.log()}
