"""What attentions.recurrent.kda.decayed_products is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def products(package, B: int, H: int, T: int, K: int, decay: float = 0.5) -> dict:
    shape = (B, H, T, K)
    given = {"a": draw(*shape, seed=1), "b": draw(*shape, seed=2), "log_decay": -decay * draw(*shape, seed=3).abs()}
    return ask(package.attentions.recurrent.kda.decayed_products, given)


case("four tokens")(lambda package: products(package, 2, 3, 4, 5))


case("a single token")(lambda package: products(package, 2, 2, 1, 3))


case("as many sequences, heads, tokens and channels")(lambda package: products(package, 3, 3, 3, 3))


# Their product is 0 in float32, and its inverse infinite.
case("decays whose product has no float")(lambda package: products(package, 1, 1, 5, 2, decay=80.0))


case("bfloat16 entries", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(products(package, 1, 2, 3, 2)["result 1"].dtype)}
)
