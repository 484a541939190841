"""What attentions.sparse.key_blocks.block_means is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def means(package, *shape: int, size: int) -> dict:
    return outcome(package.attentions.sparse.key_blocks.block_means, draw(*shape), size)


case("blocks that fit, and as many as keys in each")(lambda package: means(package, 2, 3, 9, 4, size=3))


case("a last block with one key of four")(lambda package: means(package, 2, 2, 5, 6, size=4))


case("a text shorter than a block")(lambda package: means(package, 1, 2, 3, 4, size=8))


case("bfloat16 keys", dtype=torch.bfloat16)(lambda package: means(package, 2, 3, 7, 4, size=3))
