"""What attentions.sparse.dsa.DeepSeekSparseAttention.choose is asked."""

from typing import Any

import torch

from scripts.course.attentions.sparse.dsa.shared import layer
from scripts.workshop.check.cases import case, draw

# Positions of which every sequence has its own.
APART = torch.tensor([[2, 3], [6, 7]])


def chosen(package, mode: tuple[bool, bool] = (False, False), query=None, key=None, **options: Any) -> dict:
    """mode: whether it is the dense warm-up, and whether the layer is in training."""
    module = layer(package, **options.pop("fields", {}))
    module.dense = mode[0]
    module.train(mode[1])
    query, key = torch.arange(7) if query is None else query, torch.arange(7) if key is None else key
    mods = package.attentions.backends.scored.ScoreMods(query, key, 0.5, **options)
    scores = draw(2, query.size(-1), key.size(-1), seed=1)
    given = scores.clone()
    scores.requires_grad_()
    found, mods = module.choose(scores, mods)
    found.masked_fill(found == float("-inf"), 0).sum().backward()
    return {
        "the scores": found.detach().clamp(min=-9),
        "the gradient to the scores": scores.grad,
        "the scores after the call": (given == scores).all().item(),
        "the keys that a query may see": mods.mask(),
        "the bias": "none" if mods.bias is None else mods.bias.clamp(min=-9),
        "the scale": mods.scale,
    }


case("seven tokens")(chosen)


case("fewer keys than may be chosen, and a window")(lambda package: chosen(package, window=2))


case("positions of their own for each sequence, and a bias")(
    lambda package: chosen(package, query=APART, key=torch.arange(9).expand(2, -1), bias=draw(2, 4, 2, 9, seed=5))
)


case("the dense warm-up")(lambda package: chosen(package, mode=(True, True)))


case("evaluation in the dense warm-up")(lambda package: chosen(package, mode=(True, False)))


case("training after the dense warm-up")(lambda package: chosen(package, mode=(False, True)))
