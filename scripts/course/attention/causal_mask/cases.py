"""What attention.causal_mask is asked."""

import torch

from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, outcome


def mask_case(about: str, query: torch.Tensor, key: torch.Tensor | None = None) -> None:
    @case(about)
    def mask(package):
        # Queries and keys of the same tokens are told their positions by the same tensor.
        positions = [query.clone()] * 2 if key is None else [query.clone(), key.clone()]
        return outcome(package.attention.causal_mask, *positions)


mask_case("five tokens", torch.arange(5))


mask_case("a single token", torch.arange(1))


mask_case("positions 3 to 7", torch.arange(3, 8))


mask_case("positions that leave some out", torch.tensor([0, 1, 4, 5, 9]))


mask_case("positions of each sequence's own", together(range(4), range(5, 9), [0, 2, 4, 6]))


mask_case("as many sequences as tokens", together(range(3), range(4, 7), range(2, 5)))


mask_case("three queries and seven keys", torch.arange(4, 7), torch.arange(7))


mask_case("more queries than keys", torch.arange(6), torch.arange(2))


mask_case("keys in another order", torch.arange(7, 9), torch.tensor([4, 5, 6, 3, 7, 8]))


mask_case("queries and keys of each sequence's own", together([6], [2], [4]), together(range(7), range(7), range(7)))
