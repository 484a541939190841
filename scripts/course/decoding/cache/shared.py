"""Cases for cache.py."""

import torch
from torch import Tensor

from scripts.workshop.check.cases import draw, draw_tokens, fill

# A window in the first layer and none in the second.
WINDOWED = {"attention_window": "3,none"}


def stand(cache) -> dict:
    """The lengths in a cache."""
    return {
        "length": cache.length.clone() if isinstance(cache.length, Tensor) else str(cache.length),
        "max_len": int(cache.max_len),
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


def read_in_pieces(package, config, pieces: tuple[int, ...], **options) -> dict:
    model, cache = fill(package.gpt.GPT(config)), package.decoding.cache.KVCache(config, **options)
    texts = draw_tokens(2, sum(pieces), vocab_size=config.vocab_size).split(pieces, dim=1)
    with torch.no_grad():
        return {f"the logits of piece {i}": model(text, cache=cache) for i, text in enumerate(texts, start=1)}


def go_on(package, config, rollback_window: int) -> dict:
    """Read a padded batch, crop it to different lengths, continue; then crop and continue once more."""
    model, cache = (
        fill(package.gpt.GPT(config)),
        package.decoding.cache.KVCache(config, rollback_window=rollback_window),
    )
    report = {}
    with torch.no_grad():
        model(draw_tokens(3, 7), cache=cache)
        for call, (length, T) in enumerate((([5, 7, 6], 1), ([6, 6, 7], 2), ([8, 7, 8], 1)), start=1):
            cache.crop(torch.tensor(length))
            report[f"the logits of {T} tokens behind {length}"] = model(draw_tokens(3, T, seed=call), cache=cache)
    return report | stand(cache)


def entries(B: int, T: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Keys and values of other sizes than each other's."""
    return draw(B, T, 2, 3, seed=2 * seed), draw(B, T, 2, 5, seed=2 * seed + 1)


def remember(cache, *positions, make=entries) -> dict:
    """Update with entries at these positions, call by call; between two calls a number is a max_len to crop to.
    Reports what is returned, as it was then."""
    report = {}
    for call, position in enumerate(positions, start=1):
        if isinstance(position, int):
            cache.crop(position)
            continue
        position = torch.tensor(position)
        new = make(*position.shape, seed=call)
        before = [entry.clone() for entry in (position, *new)]
        key_position, *found = cache.update(position, *new)
        report[f"the positions in call {call}"] = key_position.clone()
        for i, entry in enumerate(found, start=1):
            report[f"entry {i} in call {call}"] = entry.clone()
        kept = all(torch.equal(a, b) for a, b in zip((position, *new), before, strict=True))
        report[f"the inputs of call {call} are unchanged"] = kept
    return report
