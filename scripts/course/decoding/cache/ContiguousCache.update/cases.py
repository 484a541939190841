"""What decoding.cache.ContiguousCache.update is asked."""

import torch

from scripts.course.decoding.cache.shared import (
    labelled,
    read_in_pieces,
    remember,
)
from scripts.workshop.check.cases import case, draw, small


def contiguous(package, capacity: int, *positions, **options) -> dict:
    cache = package.decoding.cache.ContiguousCache(capacity)
    report = remember(cache, *positions, **options)
    return report | {"used": int(cache.used), "the slots": [tuple(slots.shape) for slots in cache.slots]}


@case("the first tokens of all")
def contiguous_first(package):
    return contiguous(package, 8, [[0, 1, 2], [0, 1, 2]])


@case("one token after the other")
def contiguous_one_by_one(package):
    return contiguous(package, 8, [[0]], [[1]], [[2]])


@case("pieces of several sizes")
def contiguous_pieces(package):
    return contiguous(package, 8, [[0, 1, 2]] * 2, [[3]] * 2, [[4, 5]] * 2)


@case("exactly as many tokens as slots")
def contiguous_full(package):
    return contiguous(package, 5, [[0, 1, 2, 3]] * 2, [[4]] * 2)


@case("sequences that stand in different places")
def contiguous_places(package):
    return contiguous(package, 8, [[0, 1, 2, 3, 4]] * 3, 4, [[2, 3], [4, 5], [1, 2]], [[4], [6], [3]])


@case("tokens that were taken back and come again")
def contiguous_again(package):
    return contiguous(package, 8, [[0, 1, 2, 3, 4, 5]] * 2, 2, [[2]] * 2, [[3, 4]] * 2)


@case("slots used up, and some written again")
def contiguous_over(package):
    return contiguous(package, 5, [[0, 1, 2, 3]] * 2, [[3, 4], [1, 2]])


@case("a latent and a rotary key, which know no heads")
def contiguous_latents(package):
    return contiguous(
        package, 6, [[0, 1]] * 2, [[2]] * 2, make=lambda B, T, seed: (draw(B, T, 4, seed=seed), draw(B, T, 2, seed=7))
    )


@case("a single kind of entry, then three")
def contiguous_kinds(package):
    def three(B, T, seed):
        return draw(B, T, 4, seed=seed), draw(B, T, 2, 2, seed=seed + 10), draw(B, T, seed=seed + 20)

    one = contiguous(package, 6, [[0, 1]], [[2]], make=lambda B, T, seed: (draw(B, T, 4, seed=seed),))
    return labelled("of one kind", one) | labelled(
        "of three kinds", contiguous(package, 6, [[0, 1]], [[2]], make=three)
    )


@case("two layers, one after the other")
def contiguous_layers(package):
    first, second = package.decoding.cache.ContiguousCache(6), package.decoding.cache.ContiguousCache(6)
    remember(first, [[0, 1, 2]])
    report = remember(second, [[0, 1]])
    return report | labelled("of the first layer, later", remember(first, [[3]])) | {"used": int(second.used)}


@case("bfloat16 entries", dtype=torch.bfloat16)
def contiguous_bfloat16(package):
    return contiguous(package, 8, [[0, 1, 2]] * 2, [[3]] * 2)


@case("a model that reads a text in pieces")
def contiguous_model(package):
    return read_in_pieces(package, small(), (3, 1, 2, 4))
