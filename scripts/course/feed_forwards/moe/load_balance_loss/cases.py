"""What feed_forwards.moe.load_balance_loss is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def balance(package, chosen: list[list[int]], experts: int = 4) -> dict:
    probability = draw(len(chosen), experts).softmax(dim=-1)
    return outcome(package.feed_forwards.moe.load_balance_loss, probability, torch.tensor(chosen))


BALANCE = "feed_forwards.moe.load_balance_loss"


case("choices that fall on every expert equally often")(
    lambda package: balance(package, [[0, 1], [2, 3], [1, 0], [3, 2]])
)


case("choices of which most fall on one expert")(lambda package: balance(package, [[0], [0], [0], [2], [0]]))


case("as many tokens as experts, two choices each")(lambda package: balance(package, [[3, 1], [3, 2], [3, 0], [1, 3]]))


case("a last expert that nobody chooses")(lambda package: balance(package, [[0, 1], [1, 0], [1, 2]], experts=5))
