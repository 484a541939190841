"""What attentions.sparse.nsa.selection_scores is asked."""

import torch

from scripts.course.attentions.sparse.shared import apart, values
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw


def scores(package, position: torch.Tensor, size: int, n: int, N: int, H: int = 4, G: int = 2) -> dict:
    def settled(weights, overlap, position):
        found = package.attentions.sparse.nsa.selection_scores(weights, overlap, position, G, size)
        # Of what lies ahead it does not matter where it stands.
        ahead = position[..., :, None] // size < torch.arange(N)
        return found.masked_fill(ahead.unsqueeze(-3), 0.0)

    weights = draw(2, H, position.size(-1), n, seed=1).softmax(dim=-1)
    overlap = torch.arange(n * N).view(n, N) % 4
    return apart(values(settled, weights, overlap, position.clone()))


case("eleven tokens in blocks of two, and seven spans")(lambda package: scores(package, torch.arange(11), 2, 7, 6))


case("a group of one head, and as many of everything")(lambda package: scores(package, torch.arange(4), 1, 4, 4, G=4))


case("one group, and sequences that stand at different positions")(
    lambda package: scores(package, together([15, 16], [9, 10]), 3, 5, 6, G=1)
)


case("new tokens, positions that all sequences share")(
    lambda package: scores(package, torch.arange(9, 13), 2, 6, 7, H=6)
)
