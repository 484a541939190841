"""Cases for cache.py."""

import torch
from torch import Tensor

from . import case, draw, draw_tokens, fill, small

ADVANCE, REWIND = "cache.KVCache.advance", "cache.KVCache.rewind"
CONTIGUOUS, ROLLING = "cache.ContiguousCache.update", "cache.RollingCache.update"

# A window in the first layer and none in the second.
WINDOWED = {"attention_window": "3,none"}


def stand(cache) -> dict:
    """How far a cache says that it has come."""
    return {
        "length": cache.length.clone() if isinstance(cache.length, Tensor) else str(cache.length),
        "longest": int(cache.longest),
    }


def labelled(label: str, report: dict) -> dict:
    return {f"{name} {label}": value for name, value in report.items()}


def raised(function, *inputs) -> tuple[str, str]:
    """The kind of error that a call raises, and its text."""
    try:
        function(*inputs)
    except Exception as error:
        return type(error).__name__, str(error)
    return "nothing", ""


# The whole cache: advance


@case(ADVANCE, "the first tokens of all")
def first_tokens(package):
    cache = package.cache.KVCache(small())
    return {"the positions": cache.advance(draw_tokens(3, 4)), **stand(cache)}


@case(ADVANCE, "one token after the other, and several at once in between")
def one_by_one(package):
    cache = package.cache.KVCache(small())
    report = {}
    for call, T in enumerate((1, 1, 3, 1, 2), start=1):
        report |= labelled(f"in call {call}", {"positions": cache.advance(draw_tokens(2, T)), **stand(cache)})
    return report


@case(ADVANCE, "sequences that stand in different places")
def different_places(package):
    cache = package.cache.KVCache(small())
    cache.advance(draw_tokens(3, 6))
    lengths = torch.tensor([2, 5, 1])
    cache.rewind(lengths)
    report = {}
    for call, T in enumerate((1, 3), start=1):
        report |= labelled(f"in call {call}", {"positions": cache.advance(draw_tokens(3, T)), **stand(cache)})
    return report | {"the lengths that the caller once handed to rewind": lengths}


@case(ADVANCE, "exactly as many tokens as there are positions, then one more")
def full(package):
    cache = package.cache.KVCache(small(max_seq_len=12))
    report = {"positions": cache.advance(draw_tokens(2, 9)), "the last positions": cache.advance(draw_tokens(2, 3))}
    error, text = raised(cache.advance, draw_tokens(2, 1))
    return {
        **report,
        "what one more raises": error,
        "the error names how many were read, and how many there may be": "12" in text,
        **labelled("afterwards", stand(cache)),
    }


@case(ADVANCE, "more tokens than there are positions, all at once")
def too_many(package):
    cache = package.cache.KVCache(small(max_seq_len=12))
    error, text = raised(cache.advance, draw_tokens(2, 13))
    return {
        "what is raised": error,
        "the error names both lengths": "12" in text and "13" in text,
        **labelled("afterwards", stand(cache)),
    }


@case(ADVANCE, "too many tokens for the longest sequence, and not for the others")
def too_many_for_one(package):
    cache = package.cache.KVCache(small(max_seq_len=12))
    cache.advance(draw_tokens(3, 10))
    cache.rewind(torch.tensor([2, 9, 4]))
    return {
        "what four more raise": raised(cache.advance, draw_tokens(3, 4))[0],
        **labelled("afterwards", stand(cache)),
        "the positions of three more": cache.advance(draw_tokens(3, 3)),
    }


@case(ADVANCE, "another number of sequences than before")
def other_sequences(package):
    report = {}
    for before, now in ((3, 2), (1, 2), (2, 1)):
        cache = package.cache.KVCache(small())
        cache.advance(draw_tokens(before, 4))
        report[f"what {now} after {before} raise"] = raised(cache.advance, draw_tokens(now, 1))[0]
        report |= labelled(f"afterwards, with {now} after {before}", stand(cache))
    return report


@case(ADVANCE, "two caches at once")
def two_caches(package):
    first, second = (package.cache.KVCache(small()) for _ in range(2))
    first.advance(draw_tokens(2, 5))
    return {"the other's positions": second.advance(draw_tokens(3, 2)), **labelled("of the first", stand(first))}


@case(ADVANCE, "a model of two layers that reads a text in pieces")
def model_in_pieces(package):
    return read_in_pieces(package, small(), (3, 1, 2, 4))


def read_in_pieces(package, config, pieces: tuple[int, ...], **options) -> dict:
    model, cache = fill(package.gpt.GPT(config)), package.cache.KVCache(config, **options)
    texts = draw_tokens(2, sum(pieces), vocab_size=config.vocab_size).split(pieces, dim=1)
    with torch.no_grad():
        return {f"the logits of piece {i}": model(text, cache=cache) for i, text in enumerate(texts, start=1)}


# The whole cache: rewind


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


@case(REWIND, "every sequence taken back to another length")
def back_to_different_lengths(package):
    return rewound(package, 9, [4, 7, 2])


@case(REWIND, "the shortest sequence first")
def shortest_first(package):
    return rewound(package, 9, [1, 5, 6])


@case(REWIND, "nothing taken back from some")
def some_stay(package):
    return rewound(package, 6, [6, 3])


@case(REWIND, "nothing taken back at all")
def all_stay(package):
    return rewound(package, 6, [6, 6])


@case(REWIND, "everything taken back")
def back_to_the_start(package):
    return rewound(package, 5, [0, 0])


@case(REWIND, "tokens taken back twice")
def back_twice(package):
    return rewound(package, 9, [8, 6], [3, 6])


@case(REWIND, "more taken back than `spare`, where no layer has a window")
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


@case(REWIND, "lengths that are negative, or greater than what was read")
def impossible_lengths(package):
    return refused(package, small(), 5, [2, -1], [6, 2], [2, 6], [-1, -1], [5, 0])


@case(REWIND, "a sequence taken forward that stands behind the others")
def forward_again(package):
    cache = package.cache.KVCache(small())
    cache.advance(draw_tokens(2, 7))
    cache.rewind(torch.tensor([3, 6]))
    return {"what is raised": raised(cache.rewind, torch.tensor([5, 6]))[0], **stand(cache)}


@case(REWIND, "more taken back than a layer with a window can remember")
def beyond_spare(package):
    return refused(package, small(**WINDOWED), 10, [3, 10], [10, 3], [1, 1], [8, 9], [8, 8], [10, 10], spare=2)


@case(REWIND, "windows, and nothing to spare")
def nothing_to_spare(package):
    return refused(package, small(**WINDOWED), 10, [10, 10], [10, 4])


@case(REWIND, "windows, and tokens taken back again and again without a new one")
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


def go_on(package, config, spare: int) -> dict:
    """Read texts of different lengths that were filled up, take them back, go on; then once more from farther back."""
    model, cache = fill(package.gpt.GPT(config)), package.cache.KVCache(config, spare=spare)
    report = {}
    with torch.no_grad():
        model(draw_tokens(3, 7), cache=cache)
        for call, (length, T) in enumerate((([5, 7, 6], 1), ([6, 6, 7], 2), ([8, 7, 8], 1)), start=1):
            cache.rewind(torch.tensor(length))
            report[f"the logits of {T} tokens behind {length}"] = model(draw_tokens(3, T, seed=call), cache=cache)
    return report | stand(cache)


@case(REWIND, "a model that goes on from there")
def model_goes_on(package):
    return go_on(package, small(), spare=0)


@case(REWIND, "a model with a window that goes on from there")
def windowed_model_goes_on(package):
    return go_on(package, small(**WINDOWED), spare=2)


# One layer


def entries(B: int, T: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Keys and values of other sizes than each other's."""
    return draw(B, T, 2, 3, seed=2 * seed), draw(B, T, 2, 5, seed=2 * seed + 1)


def remember(cache, *positions, make=entries) -> dict:
    """Hand in entries at these positions, call by call; between two calls a number says how far the cache is taken
    back. Reports what is handed out, as it was then."""
    report = {}
    for call, position in enumerate(positions, start=1):
        if isinstance(position, int):
            cache.rewind(position)
            continue
        position = torch.tensor(position)
        new = make(*position.shape, seed=call)
        before = [entry.clone() for entry in (position, *new)]
        key_position, *found = cache.update(position, *new)
        report[f"the positions in call {call}"] = key_position.clone()
        for i, entry in enumerate(found, start=1):
            report[f"entry {i} in call {call}"] = entry.clone()
        kept = all(torch.equal(a, b) for a, b in zip((position, *new), before, strict=True))
        report[f"what came into call {call} is left as it was"] = kept
    return report


def contiguous(package, capacity: int, *positions, **options) -> dict:
    cache = package.cache.ContiguousCache(capacity)
    report = remember(cache, *positions, **options)
    return report | {"used": int(cache.used), "the slots": [tuple(slots.shape) for slots in cache.slots]}


@case(CONTIGUOUS, "the first tokens of all")
def contiguous_first(package):
    return contiguous(package, 8, [[0, 1, 2], [0, 1, 2]])


@case(CONTIGUOUS, "one token after the other")
def contiguous_one_by_one(package):
    return contiguous(package, 8, [[0]], [[1]], [[2]])


@case(CONTIGUOUS, "pieces of several sizes")
def contiguous_pieces(package):
    return contiguous(package, 8, [[0, 1, 2]] * 2, [[3]] * 2, [[4, 5]] * 2)


@case(CONTIGUOUS, "exactly as many tokens as slots")
def contiguous_full(package):
    return contiguous(package, 5, [[0, 1, 2, 3]] * 2, [[4]] * 2)


@case(CONTIGUOUS, "sequences that stand in different places")
def contiguous_places(package):
    return contiguous(package, 8, [[0, 1, 2, 3, 4]] * 3, 4, [[2, 3], [4, 5], [1, 2]], [[4], [6], [3]])


@case(CONTIGUOUS, "tokens that were taken back and come again")
def contiguous_again(package):
    return contiguous(package, 8, [[0, 1, 2, 3, 4, 5]] * 2, 2, [[2]] * 2, [[3, 4]] * 2)


@case(CONTIGUOUS, "slots used up, and some written again")
def contiguous_over(package):
    return contiguous(package, 5, [[0, 1, 2, 3]] * 2, [[3, 4], [1, 2]])


@case(CONTIGUOUS, "a latent and a rotary key, which know no heads")
def contiguous_latents(package):
    return contiguous(
        package, 6, [[0, 1]] * 2, [[2]] * 2, make=lambda B, T, seed: (draw(B, T, 4, seed=seed), draw(B, T, 2, seed=7))
    )


@case(CONTIGUOUS, "a single kind of entry, then three")
def contiguous_kinds(package):
    def three(B, T, seed):
        return draw(B, T, 4, seed=seed), draw(B, T, 2, 2, seed=seed + 10), draw(B, T, seed=seed + 20)

    one = contiguous(package, 6, [[0, 1]], [[2]], make=lambda B, T, seed: (draw(B, T, 4, seed=seed),))
    return labelled("of one kind", one) | labelled(
        "of three kinds", contiguous(package, 6, [[0, 1]], [[2]], make=three)
    )


@case(CONTIGUOUS, "two layers, one after the other")
def contiguous_layers(package):
    first, second = package.cache.ContiguousCache(6), package.cache.ContiguousCache(6)
    remember(first, [[0, 1, 2]])
    report = remember(second, [[0, 1]])
    return report | labelled("of the first layer, later", remember(first, [[3]])) | {"used": int(second.used)}


@case(CONTIGUOUS, "bfloat16 entries", dtype=torch.bfloat16)
def contiguous_bfloat16(package):
    return contiguous(package, 8, [[0, 1, 2]] * 2, [[3]] * 2)


@case(CONTIGUOUS, "a model that reads a text in pieces")
def contiguous_model(package):
    return read_in_pieces(package, small(), (3, 1, 2, 4))


def rolling(package, capacity: int, *positions, **options) -> dict:
    cache = package.cache.RollingCache(capacity)
    return remember(cache, *positions, **options) | {"the positions of the slots": cache.position.clone()}


@case(ROLLING, "fewer tokens than slots")
def rolling_first(package):
    return rolling(package, 5, [[0, 1, 2]] * 2)


@case(ROLLING, "one token after the other, twice round")
def rolling_one_by_one(package):
    return rolling(package, 3, *([[t]] for t in range(8)))


@case(ROLLING, "pieces that end in the middle of a round")
def rolling_pieces(package):
    return rolling(package, 4, [[0, 1, 2]] * 2, [[3, 4, 5]] * 2, [[6, 7]] * 2, [[8]] * 2)


@case(ROLLING, "pieces of as many tokens as there are slots")
def rolling_rounds(package):
    return rolling(package, 3, [[0, 1, 2]] * 2, [[3, 4, 5]] * 2, [[6]] * 2)


@case(ROLLING, "more new tokens than slots")
def rolling_long(package):
    return rolling(package, 3, [[0, 1, 2, 3, 4, 5, 6]] * 2, [[7]] * 2, [[8, 9, 10, 11]] * 2, [[12]] * 2)


@case(ROLLING, "a single slot")
def rolling_single(package):
    return rolling(package, 1, [[0]] * 2, [[1]] * 2, [[2, 3]] * 2, [[4]] * 2)


@case(ROLLING, "sequences that stand in different places")
def rolling_places(package):
    return rolling(
        package, 4, [[0, 1, 2, 3]] * 3, [[2, 3], [4, 5], [1, 2]], [[4], [6], [3]], [[5, 6, 7], [7, 8, 9], [4, 5, 6]]
    )


@case(ROLLING, "tokens that were taken back and come again")
def rolling_again(package):
    return rolling(package, 6, [[0, 1, 2, 3, 4, 5, 6, 7]] * 2, [[6]] * 2, [[7, 8], [7, 8]], [[8], [9]])


@case(ROLLING, "everything taken back, and another text from the start")
def rolling_from_the_start(package):
    return rolling(package, 4, [[0, 1, 2]] * 2, [[0, 1]] * 2, [[2]] * 2)


@case(ROLLING, "a latent and a rotary key, which know no heads")
def rolling_latents(package):
    return rolling(
        package,
        3,
        [[0, 1]] * 2,
        [[2, 3]] * 2,
        make=lambda B, T, seed: (draw(B, T, 4, seed=seed), draw(B, T, 2, seed=7)),
    )


@case(ROLLING, "a single kind of entry, then three")
def rolling_kinds(package):
    def three(B, T, seed):
        return draw(B, T, 4, seed=seed), draw(B, T, 2, 2, seed=seed + 10), draw(B, T, seed=seed + 20)

    one = rolling(package, 2, [[0, 1]], [[2]], make=lambda B, T, seed: (draw(B, T, 4, seed=seed),))
    return labelled("of one kind", one) | labelled("of three kinds", rolling(package, 2, [[0, 1]], [[2]], make=three))


@case(ROLLING, "two layers, one after the other")
def rolling_layers(package):
    first, second = package.cache.RollingCache(3), package.cache.RollingCache(4)
    remember(first, [[0, 1, 2]])
    report = remember(second, [[0, 1]])
    return report | labelled("of the first layer, later", remember(first, [[3]]))


@case(ROLLING, "what was handed out, looked at after the next call")
def rolling_afterwards(package):
    cache = package.cache.RollingCache(3)
    cache.update(torch.tensor([[0, 1, 2]]), *entries(1, 3))
    key_position, *found = cache.update(torch.tensor([[3, 4]]), *entries(1, 2, seed=1))
    cache.update(torch.tensor([[5, 6]]), *entries(1, 2, seed=2))
    return {"the positions": key_position, "the keys": found[0], "the values": found[1]}


@case(ROLLING, "bfloat16 entries", dtype=torch.bfloat16)
def rolling_bfloat16(package):
    return rolling(package, 3, [[0, 1]] * 2, [[2, 3]] * 2)


@case(ROLLING, "a model with a window that reads a text in pieces")
def rolling_model(package):
    return read_in_pieces(package, small(**WINDOWED), (2, 1, 5, 1, 1))


@case(ROLLING, "a model with a window that takes tokens back and goes on")
def rolling_model_goes_on(package):
    return go_on(package, small(**WINDOWED), spare=2)
