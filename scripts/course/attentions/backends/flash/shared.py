"""Cases for flash.py."""

import torch
from torch import Tensor

from scripts.workshop.check.cases import case_of, draw
from scripts.workshop.check.work import Work

UPDATE, FORWARD, BACKWARD = (
    "attentions.backends.flash.online_softmax_update",
    "attentions.backends.flash.tiled_forward",
    "attentions.backends.flash.tiled_backward",
)


EMPTY_SLOT = 2**30  # the position of a slot that holds nothing


def called(function, *inputs) -> tuple:
    """What a function returns, and whether its inputs came out as they went in."""
    before = [value.clone() if isinstance(value, Tensor) else value for value in inputs]
    result = function(*inputs)
    kept = all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True) if isinstance(a, Tensor))
    return result, {"the inputs are left as they were": kept}


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
    (out, logsumexp), report = called(
        package.attentions.backends.flash.tiled_forward, *inputs.values(), scale, window, *blocks
    )
    return report | {"out": out, "logsumexp": logsumexp}


def backward(package, inputs: dict[str, Tensor], scale: float = 0.7, window: int | None = None, blocks=(4, 3)) -> dict:
    query, key, value, *positions = inputs.values()
    out, logsumexp = package.attentions.backends.flash.tiled_forward(*inputs.values(), scale, window)
    d_out = draw(*out.shape, seed=9).to(out.dtype)
    (dq, dk, dv), report = called(
        package.attentions.backends.flash.tiled_backward,
        d_out,
        query,
        key,
        value,
        out,
        logsumexp,
        *positions,
        scale,
        window,
        *blocks,
    )
    return report | {"dq": dq, "dk": dk, "dv": dv}


def both(about: str, dtype: torch.dtype = torch.float32, blocks=(4, 3), scale: float = 0.7, window: int | None = None):
    """Register the inputs that a function makes as a case of both passes."""

    def register(make):
        for piece, run in ((FORWARD, forward), (BACKWARD, backward)):
            case_of(piece, about, dtype)(
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
        "key_position": torch.tensor([[4, 5, 2, 3, 6, 7, 8], [0, 1, EMPTY_SLOT, EMPTY_SLOT, 2, 3, 4]]),
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


@both("bfloat16 inputs, four queries, and 200 tiles of a key", dtype=torch.bfloat16, blocks=(4, 1), scale=0.1)
def many_tiles():
    # In bfloat16 a sum of 256 stays what it is when one is added. With the values as keys, what is added to dq points
    # the same way every time.
    inputs = tensors(B=1, H=2, G=1, Tq=4, Tk=200, D=3)
    return inputs | {"key": inputs["value"]}


@both("bfloat16 inputs, four keys, and 200 tiles of a query", dtype=torch.bfloat16, blocks=(1, 4), scale=0.1)
def many_queries():
    # With the gradients to the output as queries, so it is for dk.
    inputs = tensors(B=1, H=2, G=1, Tq=200, Tk=4, D=3)
    return inputs | {"query": draw(1, 2, 200, 3, seed=9), "query_position": torch.arange(3, 203)}


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
