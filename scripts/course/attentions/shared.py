"""Cases for softmax attention beside chapter one's."""

from collections.abc import Callable

import torch
from torch import Tensor

from scripts.course.attention.shared import context_of
from scripts.workshop.check.cases import draw, fill, outcome

# QK norms with weights of their own, so that it shows whether they come before the rotation or after it.
WEIGHTED = {"qk_normalization": "rmsnorm"}


def attend(package, config, length: int, spread: float = 0.5, starts: tuple[int, ...] = (0,), **told) -> dict:
    module = fill(package.attentions.composed.Attention(config, 0), spread)
    context = context_of(package, config.head_dim, *starts, length=length, **told)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)


def by_distance(n_head: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A bias on the scores, as positions tell it: for every head and distance another number."""

    def bias(query_position: Tensor, key_position: Tensor) -> Tensor:
        distance = query_position[..., None, :, None] - key_position[..., None, None, :]
        return draw(n_head, 13, seed=7)[torch.arange(n_head)[:, None, None], distance.clamp(0, 12)]

    return bias


LAMBDAS = ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2")
