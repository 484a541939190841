"""What attentions.backends.flash.online_softmax_update is asked."""

import torch
from torch import Tensor

from scripts.course.attentions.backends.flash.shared import (
    called,
)
from scripts.workshop.check.cases import case, draw

INFINITY = float("inf")


def update(package, m, l, acc, scores, value) -> dict:
    (m, l, acc), report = called(package.attentions.backends.flash.online_softmax_update, m, l, acc, scores, value)
    # Minus infinity cannot be held against minus infinity as a number.
    return report | {
        "the rows that have seen nothing yet": m == -INFINITY,
        "the new m elsewhere": m.masked_fill(m == -INFINITY, 0.0),
        "the new l": l,
        "the new acc": acc,
    }


def nothing_seen(*rows: int, Dv: int) -> tuple[Tensor, Tensor, Tensor]:
    return torch.full((*rows, 1), -INFINITY), torch.zeros(*rows, 1), torch.zeros(*rows, Dv)


def something_seen(*rows: int, Dv: int) -> tuple[Tensor, Tensor, Tensor]:
    return draw(*rows, 1, seed=3), 1 + draw(*rows, 1, seed=4).abs(), draw(*rows, Dv, seed=5)


@case("the first tile of all")
def first_tile(package):
    return update(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case("a tile that brings a greater score for some queries, and for others not")
def later_tile(package):
    return update(package, *something_seen(2, 6, Dv=3), draw(2, 6, 4), draw(2, 4, 3, seed=1))


@case("as many queries as keys and numbers in a value")
def square_tile(package):
    return update(package, *something_seen(4, 4, Dv=4), draw(4, 4, 4), draw(4, 4, 4, seed=1))


@case("a tile of one key, for one query")
def single(package):
    return update(package, *something_seen(1, Dv=3), draw(1, 1), draw(1, 3, seed=1))


@case("query heads that share values")
def shared_values(package):
    return update(package, *something_seen(2, 2, 3, 4, Dv=3), draw(2, 2, 3, 4, 5), draw(2, 2, 1, 5, 3, seed=1))


@case("some keys hidden from some queries")
def some_hidden(package):
    scores = draw(2, 4, 4).masked_fill(torch.ones(4, 4).triu(1).bool(), -INFINITY)
    return update(package, *something_seen(2, 4, Dv=3), scores, draw(2, 4, 3, seed=1))


@case("queries that see nothing of this tile")
def all_hidden(package):
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return update(package, *something_seen(2, 4, Dv=3), scores, draw(2, 5, 3, seed=1))


@case("queries that have seen nothing, and see nothing of this tile either")
def never_seen(package):
    m, l, acc = something_seen(2, 4, Dv=3)
    blank = torch.tensor([True, True, False, False])[:, None]
    m, l, acc = m.masked_fill(blank, -INFINITY), l * ~blank, acc * ~blank
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return update(package, m, l, acc, scores, draw(2, 5, 3, seed=1))


@case("scores whose exponentials overflow")
def overflow(package):
    m, l, acc = something_seen(2, 4, Dv=3)
    return update(package, m + 100, l, acc, draw(2, 4, 5) + 100, draw(2, 5, 3, seed=1))


@case("scores whose exponentials are zero, the first of all")
def underflow(package):
    return update(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 120, draw(2, 5, 3, seed=1))


@case("scores far below zero, the first of all")
def far_below(package):
    return update(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 20000, draw(2, 5, 3, seed=1))


@case("a tile far below what was seen, for some queries far above")
def far_apart(package):
    m, l, acc = something_seen(2, 4, Dv=3)
    return update(package, m + 120 * draw(4, 1, seed=6).sign(), l, acc, draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case("three tiles, one after the other")
def three_tiles(package):
    state = nothing_seen(2, 4, Dv=3)
    for seed, size in ((0, 3), (1, 1), (2, 5)):
        state = package.attentions.backends.flash.online_softmax_update(
            *state, 4 * draw(2, 4, size, seed=seed), draw(2, size, 3, seed=seed + 10)
        )
    m, l, acc = state
    return {"acc / l": acc / l, "m + log(l)": m + l.log()}
