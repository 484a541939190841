"""What attentions.sparse.nsa.Compression.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome


def compressed(package, T: int, size: int, stride: int, B: int = 2, G: int = 3, D: int = 4) -> dict:
    module = fill(package.attentions.sparse.nsa.Compression(size, stride, D))
    return outcome(module, draw(B, G, T, D), module=module)


case("spans that overlap, and a token behind the last one")(lambda package: compressed(package, 8, 3, 2))


case("spans side by side, as many as heads, and as long as a key has elements")(
    lambda package: compressed(package, 12, 4, 4)
)


case("a text shorter than a span")(lambda package: compressed(package, 2, 5, 3))


case("spans of a single token")(lambda package: compressed(package, 3, 1, 1))


case("bfloat16 weights and keys", dtype=torch.bfloat16)(lambda package: compressed(package, 7, 4, 3))
