"""What attentions.recurrent.convolution.short_conv is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def convolved(package, B: int, T_in: int, C: int, kernel: int) -> dict:
    given = {"x": draw(B, T_in, C, seed=1), "weight": draw(C, kernel, seed=2)}
    return ask(package.attentions.recurrent.convolution.short_conv, given)


case("a kernel of 4")(lambda package: convolved(package, 2, 8, 3, 4))


case("a single token, and its tail")(lambda package: convolved(package, 2, 4, 3, 4))


case("a kernel of 1")(lambda package: convolved(package, 1, 3, 2, 1))


@case("biases")
def biased(package):
    given = {"x": draw(2, 6, 3, seed=1), "weight": draw(3, 4, seed=2), "bias": draw(3, seed=3)}
    return ask(package.attentions.recurrent.convolution.short_conv, given)


case("as many tokens, channels and weights")(lambda package: convolved(package, 3, 3, 3, 3))


case("bfloat16 tokens and filters", dtype=torch.bfloat16)(lambda package: convolved(package, 2, 6, 3, 4))
