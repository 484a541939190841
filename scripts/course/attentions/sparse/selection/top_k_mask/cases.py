"""What attentions.sparse.selection.top_k_mask is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def chosen(package, scores: torch.Tensor, k: int, **fixed: torch.Tensor) -> dict:
    """What is chosen, with infinite scores where it is fixed."""

    def of(scores):
        for sign, where in fixed.items():
            scores = scores.masked_fill(where, float("inf") if sign == "always" else float("-inf"))
        return package.attentions.sparse.selection.top_k_mask(scores, k)

    return outcome(of, scores)


LATER, DIAGONAL = torch.ones(6, 6, dtype=torch.bool).triu(1), torch.eye(6, dtype=torch.bool)


case("three of eight")(lambda package: chosen(package, draw(2, 3, 5, 8), 3))


case("more than there are")(lambda package: chosen(package, draw(2, 4), 7))


case("as many as there are, scores below zero, some of them minus infinity")(
    lambda package: chosen(package, -draw(6, 6).abs() - 1, 6, never=LATER)
)


case("some that are chosen always, and some never")(
    lambda package: chosen(package, draw(2, 6, 6) - 3, 2, always=DIAGONAL, never=LATER)
)


# Which of equal scores is chosen does not matter; how many are does.
case("more equal scores than may be chosen")(
    lambda package: {
        "how many are chosen": package.attentions.sparse.selection.top_k_mask(draw(3, 9).clamp(min=0.0), 7).sum(-1)
    }
)
