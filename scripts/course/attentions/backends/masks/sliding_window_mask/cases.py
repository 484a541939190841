"""What attentions.backends.masks.sliding_window_mask is asked."""

import torch

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, outcome


def window_case(about: str, query: torch.Tensor, key: torch.Tensor | None = None, window: int = 3) -> None:
    @case(about)
    def mask(package):
        # Without a cache, queries and keys are told their positions by the same tensor.
        positions = [query.clone()] * 2 if key is None else [query.clone(), key.clone()]
        return outcome(package.attentions.backends.masks.sliding_window_mask, *positions, window)


window_case("a single token", torch.arange(1))


window_case("a window of three", torch.arange(6))


window_case("a window of two, from position 3 on", torch.arange(3, 8), window=2)


window_case("a window of one", torch.arange(4), window=1)


window_case("a window as long as the text", torch.arange(4), window=4)


window_case("a window longer than the text", torch.arange(4), window=9)


window_case("a window of three, and positions that leave some out", torch.tensor([0, 1, 4, 5, 9]))


window_case("three new tokens, and seven keys in a cache", torch.arange(4, 7), torch.arange(7))


window_case("one new token, and seven keys in a cache", torch.tensor([6]), torch.arange(7))


window_case("one new token in the midst of the keys", torch.tensor([3]), torch.arange(7))


window_case("three new tokens, and a window of two", torch.arange(4, 7), torch.arange(7), window=2)


window_case("more queries than keys", torch.arange(6), torch.arange(2))


window_case("keys in the order in which a rolling cache has them", torch.arange(7, 9), torch.tensor([4, 5, 6, 3, 7, 8]))


window_case("such keys, as many as queries", torch.arange(4, 8), torch.tensor([8, 5, 6, 7]), window=2)


window_case("slots that hold nothing", torch.arange(2, 5), torch.tensor([EMPTY_SLOT, 0, 1, EMPTY_SLOT, 2, 3, 4]))


window_case(
    "slots that hold nothing, and a window",
    torch.arange(2, 5),
    torch.tensor([EMPTY_SLOT, 1, EMPTY_SLOT, 2, 3, 4]),
    window=2,
)


window_case("sequences that stand at different positions", together(range(4), range(5, 9), [0, 2, 4, 6]))


window_case("as many sequences as tokens", together(range(3), range(4, 7), range(2, 5)), window=2)


window_case(
    "sequences of different lengths in a cache, a token for each",
    together([6], [2], [4]),
    together(range(7), range(7), range(7)),
)


window_case(
    "sequences of different lengths in a rolling cache",
    together([6, 7], [2, 3]),
    together([3, 4, 5, 6, 7], [0, EMPTY_SLOT, 1, 2, 3]),
)
