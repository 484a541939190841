"""What cache.KVCache.rewind is asked."""

import torch

from scripts.course.cache.shared import (
    WINDOWED,
    go_on,
    labelled,
    raised,
    stand,
)
from scripts.workshop.check.cases import case, draw_tokens, small


def layers_that_listen(package, told: list) -> list:
    class Listener(package.cache.ContiguousCache):
        def rewind(self, longest):
            told.append(int(longest))

    return [Listener(12), Listener(12)]


def rewound(package, read: int, *lengths: list[int], **options) -> dict:
    """Read that many tokens, then go back to these lengths, one after the other."""
    cache, told = package.cache.KVCache(small(), **options), []
    cache.layers = layers_that_listen(package, told)
    cache.advance(draw_tokens(len(lengths[0]), read))
    report = {}
    for length in lengths:
        length = torch.tensor(length)
        before = length.clone()
        cache.rewind(length)
        report |= labelled(f"after going back to {before.tolist()}", stand(cache))
        report[f"the lengths handed in, {before.tolist()}, are left as they were"] = torch.equal(length, before)
    return report | {"what the layers are told": told}


@case("every sequence taken back to another length")
def back_to_different_lengths(package):
    return rewound(package, 9, [4, 7, 2])


@case("the shortest sequence first")
def shortest_first(package):
    return rewound(package, 9, [1, 5, 6])


@case("nothing taken back from some")
def some_stay(package):
    return rewound(package, 6, [6, 3])


@case("nothing taken back at all")
def all_stay(package):
    return rewound(package, 6, [6, 6])


@case("everything taken back")
def back_to_the_start(package):
    return rewound(package, 5, [0, 0])


@case("tokens taken back twice")
def back_twice(package):
    return rewound(package, 9, [8, 6], [3, 6])


@case("more taken back than `spare`, where no layer has a window")
def spare_without_windows(package):
    cache = package.cache.KVCache(small(), spare=1)
    cache.advance(draw_tokens(2, 9))
    return {"what is raised": raised(cache.rewind, torch.tensor([3, 4]))[0], **stand(cache)}


def refused(package, config, read: int, *lengths: list[int], spare: int = 0) -> dict:
    report = {}
    for length in lengths:
        cache = package.cache.KVCache(config, spare=spare)
        cache.advance(draw_tokens(len(length), read))
        report[f"what going back to {length} raises"] = raised(cache.rewind, torch.tensor(length))[0]
        report |= labelled(f"after going back to {length}", stand(cache))
    return report


@case("lengths that are negative, or greater than what was read")
def impossible_lengths(package):
    return refused(package, small(), 5, [2, -1], [6, 2], [2, 6], [-1, -1], [5, 0])


@case("a sequence taken forward that stands behind the others")
def forward_again(package):
    cache = package.cache.KVCache(small())
    cache.advance(draw_tokens(2, 7))
    cache.rewind(torch.tensor([3, 6]))
    return {"what is raised": raised(cache.rewind, torch.tensor([5, 6]))[0], **stand(cache)}


@case("more taken back than a layer with a window can remember")
def beyond_spare(package):
    return refused(package, small(**WINDOWED), 10, [3, 10], [10, 3], [1, 1], [8, 9], [8, 8], [10, 10], spare=2)


@case("windows, and nothing to spare")
def nothing_to_spare(package):
    return refused(package, small(**WINDOWED), 10, [10, 10], [10, 4])


@case("windows, and tokens taken back again and again without a new one")
def beyond_spare_in_steps(package):
    cache = package.cache.KVCache(small(**WINDOWED), spare=2)
    cache.advance(draw_tokens(2, 10))
    report = {}
    for length in ([9, 10], [8, 9], [8, 8], [7, 8], [8, 7]):
        report[f"what going back to {length} raises"] = raised(cache.rewind, torch.tensor(length))[0]
        report |= labelled(f"after going back to {length}", stand(cache))
    # New tokens make no difference until they come farther than those before.
    cache.advance(draw_tokens(2, 1))
    report["what going back from there raises"] = raised(cache.rewind, torch.tensor([7, 8]))[0]
    return report


@case("a model that goes on from there")
def model_goes_on(package):
    return go_on(package, small(), spare=0)


@case("a model with a window that goes on from there")
def windowed_model_goes_on(package):
    return go_on(package, small(**WINDOWED), spare=2)
