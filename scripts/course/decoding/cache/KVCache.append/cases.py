"""What decoding.cache.KVCache.append is asked."""

import torch

from scripts.course.decoding.cache.shared import (
    labelled,
    raised,
    read_in_pieces,
    stand,
)
from scripts.workshop.check.cases import case, draw_tokens, small


@case("the first tokens of all")
def first_tokens(package):
    cache = package.decoding.cache.KVCache(small())
    return {"the positions": cache.append(draw_tokens(3, 4)), **stand(cache)}


@case("one token after the other, and several at once in between")
def one_by_one(package):
    cache = package.decoding.cache.KVCache(small())
    report = {}
    for call, T in enumerate((1, 1, 3, 1, 2), start=1):
        report |= labelled(f"in call {call}", {"positions": cache.append(draw_tokens(2, T)), **stand(cache)})
    return report


@case("sequences that stand in different places")
def different_places(package):
    cache = package.decoding.cache.KVCache(small())
    cache.append(draw_tokens(3, 6))
    lengths = torch.tensor([2, 5, 1])
    cache.crop(lengths)
    report = {}
    for call, T in enumerate((1, 3), start=1):
        report |= labelled(f"in call {call}", {"positions": cache.append(draw_tokens(3, T)), **stand(cache)})
    return report | {"the lengths that the caller once handed to rewind": lengths}


@case("exactly as many tokens as there are positions, then one more")
def full(package):
    cache = package.decoding.cache.KVCache(small(max_seq_len=12))
    report = {"positions": cache.append(draw_tokens(2, 9)), "the last positions": cache.append(draw_tokens(2, 3))}
    error, text = raised(cache.append, draw_tokens(2, 1))
    return {
        **report,
        "what one more raises": error,
        "the error names how many were read, and how many there may be": "12" in text,
        **labelled("afterwards", stand(cache)),
    }


@case("more tokens than there are positions, all at once")
def too_many(package):
    cache = package.decoding.cache.KVCache(small(max_seq_len=12))
    error, text = raised(cache.append, draw_tokens(2, 13))
    return {
        "what is raised": error,
        "the error names both lengths": "12" in text and "13" in text,
        **labelled("afterwards", stand(cache)),
    }


@case("too many tokens for the longest sequence, and not for the others")
def too_many_for_one(package):
    cache = package.decoding.cache.KVCache(small(max_seq_len=12))
    cache.append(draw_tokens(3, 10))
    cache.crop(torch.tensor([2, 9, 4]))
    return {
        "what four more raise": raised(cache.append, draw_tokens(3, 4))[0],
        **labelled("afterwards", stand(cache)),
        "the positions of three more": cache.append(draw_tokens(3, 3)),
    }


@case("another number of sequences than before")
def other_sequences(package):
    report = {}
    for before, now in ((3, 2), (1, 2), (2, 1)):
        cache = package.decoding.cache.KVCache(small())
        cache.append(draw_tokens(before, 4))
        report[f"what {now} after {before} raise"] = raised(cache.append, draw_tokens(now, 1))[0]
        report |= labelled(f"afterwards, with {now} after {before}", stand(cache))
    return report


@case("two caches at once")
def two_caches(package):
    first, second = (package.decoding.cache.KVCache(small()) for _ in range(2))
    first.append(draw_tokens(2, 5))
    return {"the other's positions": second.append(draw_tokens(3, 2)), **labelled("of the first", stand(first))}


@case("a model of two layers that reads a text in pieces")
def model_in_pieces(package):
    return read_in_pieces(package, small(), (3, 1, 2, 4))
