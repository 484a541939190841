"""Cases for flash.py."""

import torch
from torch import Tensor

from . import case, draw
from .work import Work

MERGE, FORWARD, BACKWARD = "flash.merge_tile", "flash.tiled_forward", "flash.tiled_backward"

INFINITY = float("inf")
NOWHERE = 2**30  # the position of a slot that holds nothing


def called(function, *inputs) -> tuple:
    """What a function returns, and whether its inputs came out as they went in."""
    before = [value.clone() if isinstance(value, Tensor) else value for value in inputs]
    result = function(*inputs)
    kept = all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True) if isinstance(a, Tensor))
    return result, {"the inputs are left as they were": kept}


# Online softmax


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


@case(MERGE, "the first tile of all")
def first_tile(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case(MERGE, "a tile that brings a greater score for some queries, and for others not")
def later_tile(package):
    return merge(package, *something_seen(2, 6, Dv=3), draw(2, 6, 4), draw(2, 4, 3, seed=1))


@case(MERGE, "as many queries as keys and numbers in a value")
def square_tile(package):
    return merge(package, *something_seen(4, 4, Dv=4), draw(4, 4, 4), draw(4, 4, 4, seed=1))


@case(MERGE, "a tile of one key, for one query")
def single(package):
    return merge(package, *something_seen(1, Dv=3), draw(1, 1), draw(1, 3, seed=1))


@case(MERGE, "query heads that share values")
def shared_values(package):
    return merge(package, *something_seen(2, 2, 3, 4, Dv=3), draw(2, 2, 3, 4, 5), draw(2, 2, 1, 5, 3, seed=1))


@case(MERGE, "some keys hidden from some queries")
def some_hidden(package):
    scores = draw(2, 4, 4).masked_fill(torch.ones(4, 4).triu(1).bool(), -INFINITY)
    return merge(package, *something_seen(2, 4, Dv=3), scores, draw(2, 4, 3, seed=1))


@case(MERGE, "queries that see nothing of this tile")
def all_hidden(package):
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return merge(package, *something_seen(2, 4, Dv=3), scores, draw(2, 5, 3, seed=1))


@case(MERGE, "queries that have seen nothing, and see nothing of this tile either")
def never_seen(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    blank = torch.tensor([True, True, False, False])[:, None]
    maximum, total, out = maximum.masked_fill(blank, -INFINITY), total * ~blank, out * ~blank
    scores = draw(2, 4, 5).masked_fill(torch.tensor([True, False, True, False])[:, None], -INFINITY)
    return merge(package, maximum, total, out, scores, draw(2, 5, 3, seed=1))


# In float32 the exponential of 89 is infinite, that of -104 is zero.


@case(MERGE, "scores whose exponentials overflow")
def overflow(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    return merge(package, maximum + 100, total, out, draw(2, 4, 5) + 100, draw(2, 5, 3, seed=1))


@case(MERGE, "scores whose exponentials are zero, the first of all")
def underflow(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 120, draw(2, 5, 3, seed=1))


@case(MERGE, "scores far below zero, the first of all")
def far_below(package):
    return merge(package, *nothing_seen(2, 4, Dv=3), draw(2, 4, 5) - 20000, draw(2, 5, 3, seed=1))


@case(MERGE, "a tile far below what was seen, for some queries far above")
def far_apart(package):
    maximum, total, out = something_seen(2, 4, Dv=3)
    return merge(package, maximum + 120 * draw(4, 1, seed=6).sign(), total, out, draw(2, 4, 5), draw(2, 5, 3, seed=1))


@case(MERGE, "three tiles, one after the other")
def three_tiles(package):
    state = nothing_seen(2, 4, Dv=3)
    for seed, size in ((0, 3), (1, 1), (2, 5)):
        state = package.flash.merge_tile(*state, 4 * draw(2, 4, size, seed=seed), draw(2, size, 3, seed=seed + 10))
    maximum, total, out = state
    return {"out / total": out / total, "maximum + log(total)": maximum + total.log()}


# The two passes

# Nothing that divides anything else, two query heads to a key/value head, values of a size of their own.
SIZES = {"B": 2, "H": 4, "G": 2, "Tq": 13, "Tk": 13, "D": 5, "Dv": 3}


def tensors(**changes) -> dict[str, Tensor]:
    B, H, G, Tq, Tk, D, Dv = (SIZES | changes).values()
    return {
        "query": draw(B, H, Tq, D, seed=1),
        "key": draw(B, G, Tk, D, seed=2),
        "value": draw(B, G, Tk, Dv, seed=3),
        "query_position": torch.arange(Tk - Tq, Tk),
        "key_position": torch.arange(Tk),
    }


def forward(package, inputs: dict[str, Tensor], scale: float = 0.7, window: int | None = None, blocks=(4, 3)) -> dict:
    (out, logsumexp), report = called(package.flash.tiled_forward, *inputs.values(), scale, window, *blocks)
    return report | {"out": out, "logsumexp": logsumexp}


def backward(package, inputs: dict[str, Tensor], scale: float = 0.7, window: int | None = None, blocks=(4, 3)) -> dict:
    query, key, value, *positions = inputs.values()
    out, logsumexp = package.flash.tiled_forward(*inputs.values(), scale, window)
    d_out = draw(*out.shape, seed=9).to(out.dtype)
    (dq, dk, dv), report = called(
        package.flash.tiled_backward, d_out, query, key, value, out, logsumexp, *positions, scale, window, *blocks
    )
    return report | {"dq": dq, "dk": dk, "dv": dv}


def both(about: str, dtype: torch.dtype = torch.float32, blocks=(4, 3), scale: float = 0.7, window: int | None = None):
    """Register the inputs that a function makes as a case of both passes."""

    def register(make):
        for piece, run in ((FORWARD, forward), (BACKWARD, backward)):
            case(piece, about, dtype)(
                lambda package, run=run: run(package, make(), blocks=blocks, scale=scale, window=window)
            )
        return make

    return register


@both("as many heads for keys and values as for queries, and several tiles")
def several_tiles():
    return tensors(B=1, H=2, G=2, Tq=12, Tk=12)


@both("lengths that the tiles do not divide")
def ragged():
    return tensors()


@both("a head for keys and values for every query head, and tiles larger than everything", blocks=(64, 64))
def one_tile():
    return tensors(H=3, G=3)


@both("one key/value head for all, and tiles of a single query", blocks=(1, 4))
def multi_query():
    return tensors(B=1, H=3, G=1)


@both("tiles of a single key", blocks=(5, 1))
def single_keys():
    return tensors(B=1, H=2)


@both("a single token")
def single_token():
    return tensors(B=1, Tq=1, Tk=1)


@both("tiles that fit, as many queries as keys and numbers in a head", blocks=(4, 4))
def square():
    return tensors(B=4, H=4, Tq=4, Tk=4, D=4, Dv=4)


@both("a window that ends inside a tile", window=5)
def window():
    return tensors()


@both("a window of one: every token sees itself only", window=1)
def narrow_window():
    return tensors()


@both("a window as wide as a tile", window=3, blocks=(3, 3))
def window_of_a_tile():
    return tensors()


@both("a window wider than the text", window=50)
def wide_window():
    return tensors()


@both("queries of the last tokens only, as with a cache")
def cached():
    return tensors(Tq=5)


@both("queries of the last tokens only, and a window", window=4)
def cached_window():
    return tensors(Tq=5)


@both("a single query, the newest", blocks=(4, 4))
def newest():
    return tensors(Tq=1)


@both("a position of its own for every sequence", blocks=(2, 4))
def own_positions():
    positions = {
        "query_position": torch.tensor([[3, 4, 5], [8, 9, 10]]),
        "key_position": torch.arange(11).expand(2, -1),
    }
    return tensors(Tq=3, Tk=11) | positions


@both("keys in the order of a rolling cache, with empty slots", blocks=(2, 2), window=4)
def rolling():
    positions = {
        "query_position": torch.tensor([[6, 7, 8], [2, 3, 4]]),
        "key_position": torch.tensor([[4, 5, 2, 3, 6, 7, 8], [0, 1, NOWHERE, NOWHERE, 2, 3, 4]]),
    }
    return tensors(Tq=3, Tk=7) | positions


@both("scores whose exponentials overflow", scale=30.0)
def large_scores():
    return tensors()


@both("scores that grow from tile to tile until their exponentials overflow")
def growing_scores():
    inputs = tensors()
    growth = 2.0 * torch.arange(13)[:, None]
    return inputs | {"query": inputs["query"].abs(), "key": inputs["key"].abs() * growth}


@both("scores that get so small from tile to tile that their exponentials are zero")
def shrinking_scores():
    inputs = tensors()
    growth = -2.0 * torch.arange(13)[:, None]
    return inputs | {"query": inputs["query"].abs(), "key": inputs["key"].abs() * growth}


@both("heads that stand behind the positions in memory, as a model hands them over")
def transposed():
    return {name: x.transpose(1, 2).contiguous().transpose(1, 2) if x.ndim == 4 else x for name, x in tensors().items()}


@both("float64 inputs")
def float64():
    return {name: x.double() if x.is_floating_point() else x for name, x in tensors().items()}


@both("bfloat16 inputs", dtype=torch.bfloat16, blocks=(8, 8))
def bfloat16():
    return tensors(Tq=61, Tk=61)


@both("bfloat16 inputs and a window", dtype=torch.bfloat16, blocks=(8, 8), window=20)
def bfloat16_window():
    return tensors(Tq=61, Tk=61)


@case(FORWARD, "the blocks' sizes left to the function, and more tokens than fit into one")
def default_blocks(package):
    return forward(package, tensors(B=1, H=2, Tq=70, Tk=70), blocks=())


@case(BACKWARD, "the blocks' sizes left to the function, and more tokens than fit into one")
def default_blocks_back(package):
    return backward(package, tensors(B=1, H=2, Tq=70, Tk=70), blocks=())


# What it takes: 128 tokens in tiles of 16 by 16. This alone tells flash attention from other ways to the same numbers.
LONG = {"B": 1, "H": 2, "G": 1, "Tq": 128, "Tk": 128, "D": 4, "Dv": 4}
BLOCK, SCORES = 16, 2 * 128 * 128


def taken(function, *inputs, products: int) -> dict:
    """products: how many matrix products there are for every score."""
    with Work() as work:
        function(*inputs)
    everything = products * SCORES * LONG["D"]
    # With a window of one tile, two tiles of each row hold something visible. A tile more for each is let pass.
    return {
        "a tensor as large as all scores of a head was made": work.largest >= 128 * 128,
        "a tensor as large as a whole row of tiles was made": work.largest >= LONG["H"] * BLOCK * 128,
        "less than three quarters of all scores were computed": work.products < 0.75 * everything,
        "less than half of all scores were computed": work.products < 0.5 * everything,
    }


def forward_takes(package, window: int | None) -> dict:
    inputs = tensors(**LONG).values()
    return taken(package.flash.tiled_forward, *inputs, 0.5, window, BLOCK, BLOCK, products=2)


def backward_takes(package, window: int | None) -> dict:
    query, key, value, *positions = tensors(**LONG).values()
    out, logsumexp = package.flash.tiled_forward(query, key, value, *positions, 0.5, window)
    inputs = draw(*out.shape), query, key, value, out, logsumexp, *positions
    return taken(package.flash.tiled_backward, *inputs, 0.5, window, BLOCK, BLOCK, products=5)


@case(FORWARD, "128 tokens in tiles of 16 by 16, and an eye on what is computed")
def forward_takes_little(package):
    return forward_takes(package, window=None)


@case(FORWARD, "128 tokens in tiles of 16 by 16, a window of 16, and an eye on what is computed")
def forward_with_a_window_takes_little(package):
    return forward_takes(package, window=16)


@case(BACKWARD, "128 tokens in tiles of 16 by 16, and an eye on what is computed")
def backward_takes_little(package):
    return backward_takes(package, window=None)


@case(BACKWARD, "128 tokens in tiles of 16 by 16, a window of 16, and an eye on what is computed")
def backward_with_a_window_takes_little(package):
    return backward_takes(package, window=16)
