"""What attentions.composed.FullWidthNorm.forward is asked."""

import torch

from scripts.workshop.check.cases import (
    case,
    draw,
    fill,
    outcome,
)


def norm_together(package, x, eps: float = 1e-6) -> dict:
    heads, head_dim = x.shape[-2:]
    module = fill(package.attentions.composed.FullWidthNorm(package.normalizations.rms.RMSNorm(heads * head_dim, eps)))
    return outcome(module, x, module=module)


@case("heads of different sizes")
def full_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) * torch.tensor([1.0, 8.0, 0.25])[:, None])


@case("as many heads as tokens and numbers per head")
def square_norm(package):
    return norm_together(package, draw(4, 4, 4, 4))


@case("vectors so small that eps counts")
def small_norm(package):
    return norm_together(package, draw(2, 5, 3, 4) / 64, eps=1e-3)


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16_norm(package):
    return norm_together(package, draw(2, 5, 3, 4))
