"""What attentions.sparse.moba.block_scores is asked."""

import torch

from scripts.course.attentions.sparse.shared import apart, values
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw


def scores(package, position: torch.Tensor, size: int, N: int, H: int = 4, G: int = 2, B: int = 2) -> dict:
    def settled(query, means, position):
        found = package.attentions.sparse.moba.block_scores(query, means, position, size)
        # Of what lies ahead it does not matter where it stands.
        ahead = position[..., :, None] // size < torch.arange(N)
        return found.masked_fill(ahead.unsqueeze(-3), 0.0)

    return apart(values(settled, draw(B, H, position.size(-1), 6, seed=1), draw(B, G, N, 6, seed=2), position.clone()))


case("seven tokens in blocks of two")(lambda package: scores(package, torch.arange(7), 2, 4))


case("as many heads, sequences, queries and blocks")(lambda package: scores(package, torch.arange(4), 1, 4, G=4, B=4))


case("two new tokens of sequences that stand at different positions")(
    lambda package: scores(package, together([8, 9], [3, 4]), 3, 4)
)


@case("bfloat16 queries and means", dtype=torch.bfloat16)
def wide(package):
    query, means = draw(1, 2, 9, 64, seed=1), draw(1, 1, 3, 64, seed=2)
    found = package.attentions.sparse.moba.block_scores(query, means, torch.arange(18, 27), 9)
    return {"the scores of earlier blocks": found[..., :2], "their dtype": str(found.dtype)}
