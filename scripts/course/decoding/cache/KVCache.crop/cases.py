"""What decoding.cache.KVCache.crop is asked."""

import torch

from scripts.course.decoding.cache.shared import (
    WINDOWED,
    go_on,
    labelled,
    raised,
    stand,
)
from scripts.workshop.check.cases import case, draw_tokens, small


def lengths_in(cache) -> dict:
    """The lengths in a cache, with those that it measures from."""
    seen = cache.max_len_seen
    return stand(cache) | {"max_len_seen": seen.tolist() if isinstance(seen, torch.Tensor) else seen}


def recording_layers(package, cropped_to: list) -> list:
    class Recorder(package.decoding.cache.ContiguousCache):
        def crop(self, max_len):
            cropped_to.append(int(max_len))

    return [Recorder(12), Recorder(12)]


def cropped(package, read: int, *lengths: list[int], **options) -> dict:
    """Append that many tokens, then crop to these lengths, one after the other."""
    cache, cropped_to = package.decoding.cache.KVCache(small(), **options), []
    cache.layers = recording_layers(package, cropped_to)
    cache.append(draw_tokens(len(lengths[0]), read))
    report = {}
    for length in lengths:
        length = torch.tensor(length)
        before = length.clone()
        cache.crop(length)
        report |= labelled(f"after cropping to {before.tolist()}", lengths_in(cache))
        report[f"the lengths passed in, {before.tolist()}, are unchanged"] = torch.equal(length, before)
    return report | {"what the layers are cropped to": cropped_to}


@case("every sequence cropped to another length")
def different_lengths(package):
    return cropped(package, 9, [4, 7, 2])


@case("the shortest sequence first")
def shortest_first(package):
    return cropped(package, 9, [1, 5, 6])


@case("some sequences not cropped")
def some_stay(package):
    return cropped(package, 6, [6, 3])


@case("no sequence cropped")
def all_stay(package):
    return cropped(package, 6, [6, 6])


@case("every sequence cropped to 0")
def to_length_0(package):
    return cropped(package, 5, [0, 0])


@case("two crops in a row")
def two_crops(package):
    return cropped(package, 9, [8, 6], [3, 6])


@case("more cropped than rollback_window, without sliding windows")
def cropped_without_windows(package):
    cache = package.decoding.cache.KVCache(small(), rollback_window=1)
    cache.append(draw_tokens(2, 9))
    return {"what is raised": raised(cache.crop, torch.tensor([3, 4]))[0], **lengths_in(cache)}


def refused(package, config, read: int, *lengths: list[int], rollback_window: int = 0) -> dict:
    report = {}
    for length in lengths:
        cache = package.decoding.cache.KVCache(config, rollback_window=rollback_window)
        cache.append(draw_tokens(len(length), read))
        report[f"what cropping to {length} raises"] = raised(cache.crop, torch.tensor(length))[0]
        report |= labelled(f"after cropping to {length}", lengths_in(cache))
    return report


@case("lengths below 0 or above the present ones")
def impossible_lengths(package):
    return refused(package, small(), 5, [2, -1], [6, 2], [2, 6], [-1, -1], [5, 0])


@case("a length above the present one, below the longest")
def forward_again(package):
    cache = package.decoding.cache.KVCache(small())
    cache.append(draw_tokens(2, 7))
    cache.crop(torch.tensor([3, 6]))
    return {"what is raised": raised(cache.crop, torch.tensor([5, 6]))[0], **lengths_in(cache)}


@case("more cropped than a rolling layer has kept")
def beyond_the_window(package):
    return refused(
        package, small(**WINDOWED), 10, [3, 10], [10, 3], [1, 1], [8, 9], [8, 8], [10, 10], rollback_window=2
    )


@case("sliding windows and rollback_window = 0")
def no_rollback_window(package):
    return refused(package, small(**WINDOWED), 10, [10, 10], [10, 4])


@case("sliding windows, and crops in a row without new tokens")
def beyond_the_window_in_steps(package):
    cache = package.decoding.cache.KVCache(small(**WINDOWED), rollback_window=2)
    cache.append(draw_tokens(2, 10))
    report = {}
    for length in ([9, 10], [8, 9], [8, 8], [7, 8], [8, 7]):
        report[f"what cropping to {length} raises"] = raised(cache.crop, torch.tensor(length))[0]
        report |= labelled(f"after cropping to {length}", lengths_in(cache))
    # New tokens change nothing until a sequence is longer than it ever was.
    cache.append(draw_tokens(2, 1))
    report["what cropping from there raises"] = raised(cache.crop, torch.tensor([7, 8]))[0]
    return report


@case("a model that continues after a crop")
def model_goes_on(package):
    return go_on(package, small(), 0)


@case("a model with a sliding window that continues after a crop")
def windowed_model_goes_on(package):
    return go_on(package, small(**WINDOWED), 2)
