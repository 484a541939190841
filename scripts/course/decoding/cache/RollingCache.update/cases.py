"""What decoding.cache.RollingCache.update is asked."""

import torch

from scripts.course.decoding.cache.shared import (
    WINDOWED,
    entries,
    go_on,
    labelled,
    read_in_pieces,
    remember,
)
from scripts.workshop.check.cases import case, draw, small


def rolling(package, capacity: int, *positions, **options) -> dict:
    cache = package.decoding.cache.RollingCache(capacity)
    return remember(cache, *positions, **options) | {"the positions of the slots": cache.position.clone()}


@case("fewer tokens than slots")
def rolling_first(package):
    return rolling(package, 5, [[0, 1, 2]] * 2)


@case("one token after the other, twice round")
def rolling_one_by_one(package):
    return rolling(package, 3, *([[t]] for t in range(8)))


@case("pieces that end in the middle of a round")
def rolling_pieces(package):
    return rolling(package, 4, [[0, 1, 2]] * 2, [[3, 4, 5]] * 2, [[6, 7]] * 2, [[8]] * 2)


@case("pieces of as many tokens as there are slots")
def rolling_rounds(package):
    return rolling(package, 3, [[0, 1, 2]] * 2, [[3, 4, 5]] * 2, [[6]] * 2)


@case("more new tokens than slots")
def rolling_long(package):
    return rolling(package, 3, [[0, 1, 2, 3, 4, 5, 6]] * 2, [[7]] * 2, [[8, 9, 10, 11]] * 2, [[12]] * 2)


@case("a single sequence, and more new tokens than slots")
def rolling_long_alone(package):
    return rolling(package, 3, [[0, 1, 2, 3, 4]], [[5]])


@case("a single slot")
def rolling_single(package):
    return rolling(package, 1, [[0]] * 2, [[1]] * 2, [[2, 3]] * 2, [[4]] * 2)


@case("sequences that stand in different places")
def rolling_places(package):
    return rolling(
        package, 4, [[0, 1, 2, 3]] * 3, [[2, 3], [4, 5], [1, 2]], [[4], [6], [3]], [[5, 6, 7], [7, 8, 9], [4, 5, 6]]
    )


@case("tokens that were taken back and come again")
def rolling_again(package):
    return rolling(package, 6, [[0, 1, 2, 3, 4, 5, 6, 7]] * 2, [[6]] * 2, [[7, 8], [7, 8]], [[8], [9]])


@case("everything taken back, and another text from the start")
def rolling_from_the_start(package):
    return rolling(package, 4, [[0, 1, 2]] * 2, [[0, 1]] * 2, [[2]] * 2)


@case("a latent and a rotary key, which know no heads")
def rolling_latents(package):
    return rolling(
        package,
        3,
        [[0, 1]] * 2,
        [[2, 3]] * 2,
        make=lambda B, T, seed: (draw(B, T, 4, seed=seed), draw(B, T, 2, seed=7)),
    )


@case("a single kind of entry, then three")
def rolling_kinds(package):
    def three(B, T, seed):
        return draw(B, T, 4, seed=seed), draw(B, T, 2, 2, seed=seed + 10), draw(B, T, seed=seed + 20)

    one = rolling(package, 2, [[0, 1]], [[2]], make=lambda B, T, seed: (draw(B, T, 4, seed=seed),))
    return labelled("of one kind", one) | labelled("of three kinds", rolling(package, 2, [[0, 1]], [[2]], make=three))


@case("two layers, one after the other")
def rolling_layers(package):
    first, second = package.decoding.cache.RollingCache(3), package.decoding.cache.RollingCache(4)
    remember(first, [[0, 1, 2]])
    report = remember(second, [[0, 1]])
    return report | labelled("of the first layer, later", remember(first, [[3]]))


@case("what was handed out, looked at after the next call")
def rolling_afterwards(package):
    cache = package.decoding.cache.RollingCache(3)
    cache.update(torch.tensor([[0, 1, 2]]), *entries(1, 3))
    key_position, *found = cache.update(torch.tensor([[3, 4]]), *entries(1, 2, seed=1))
    cache.update(torch.tensor([[5, 6]]), *entries(1, 2, seed=2))
    return {"the positions": key_position, "the keys": found[0], "the values": found[1]}


@case("bfloat16 entries", dtype=torch.bfloat16)
def rolling_bfloat16(package):
    return rolling(package, 3, [[0, 1]] * 2, [[2, 3]] * 2)


@case("a model with a window that reads a text in pieces")
def rolling_model(package):
    return read_in_pieces(package, small(**WINDOWED), (2, 1, 5, 1, 1))


@case("a model with a window that takes tokens back and goes on")
def rolling_model_goes_on(package):
    return go_on(package, small(**WINDOWED), 2)
