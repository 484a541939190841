"""What feed_forwards.deepseek_moe.within_groups is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def limited(package, scores: torch.Tensor, n_group: int, topk_group: int) -> dict:
    def hidden(*inputs):
        result = package.feed_forwards.deepseek_moe.within_groups(*inputs)
        kept.append((result == float("-inf")).tolist())
        # Differences from -inf are no numbers.
        return result.masked_fill(result == float("-inf"), -64.0)

    kept: list = []
    return outcome(hidden, scores, n_group, topk_group) | {"which are -inf": kept[-1]}


case("two of four groups, of three experts each")(lambda package: limited(package, draw(7, 12).sigmoid(), 4, 2))


case("one of two groups")(lambda package: limited(package, draw(9, 8, seed=1).sigmoid(), 2, 1))


case("one of four groups, of two experts each")(lambda package: limited(package, draw(5, 8, seed=2).sigmoid(), 4, 1))


case("all groups")(lambda package: limited(package, draw(5, 12, seed=3).sigmoid(), 3, 3))


case("scores that are all negative")(lambda package: limited(package, draw(7, 12, seed=4).sigmoid() - 2, 4, 2))


@case("a group with the best expert, and one with the two best together")
def one_star(package):
    return limited(package, torch.tensor([[0.9, 0.1, 0.1, 0.6, 0.5, 0.0], [0.5, 0.5, 0.5, 0.8, 0.3, 0.0]]), 2, 1)


case("bfloat16 scores", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(limited(package, draw(7, 12).sigmoid(), 4, 2)["the result"].dtype)}
)
