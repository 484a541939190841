"""What placements.looped.run_again is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def looped(package, blocks: int, passes: int, begins: bool = False) -> dict:
    """Blocks that are told apart by what they do, and contexts by a number."""
    weights, called = draw(blocks, 6, 6, seed=1) / 2, []

    def made(number: int):
        def block(x, context):
            called.append((number, context))
            return x + torch.tanh(x @ weights[number] + context)

        return block

    def begin(x):
        called.append("begin")
        return x / 2 + weights[0, 0] if begins else x

    contexts = [[10 * (p + 1) + b for b in range(blocks)] for p in range(passes)]

    def run(x):
        called.clear()
        return package.placements.looped.run_again(
            x, [made(number) for number in range(blocks)], [[c / 16 for c in each] for each in contexts], begin
        )

    report = outcome(run, draw(2, 5, 6))
    return report | {"what was called": [each if each == "begin" else (each[0], 16 * each[1]) for each in called]}


case("two blocks, two further passes")(lambda package: looped(package, 2, 2))


case("three blocks, one further pass")(lambda package: looped(package, 3, 1))


case("one block, three further passes, each with the loop's input")(lambda package: looped(package, 1, 3, begins=True))


case("two blocks, and no further pass")(lambda package: looped(package, 2, 0, begins=True))


case("two blocks, two further passes, each with the loop's input")(lambda package: looped(package, 2, 2, begins=True))


case("bfloat16", dtype=torch.bfloat16)(lambda package: looped(package, 2, 2, begins=True))
