"""Helpers for the cases of generation.py and of the room decoding/."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from scripts.workshop.check.cases import SMALL, Estimate, draw_tokens, fill

# One layer, to be quick, and a soft cap wide enough for some tokens to be far likelier than others: that is what
# temperature and top-k act on. After token 2 the best tokens have 50, 22, 12 and 7 percent.
QUICK = replace(SMALL, n_layer=1, logit_softcap=6.0)


def model_of(package, config=QUICK):
    return fill(package.gpt.GPT(config))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def how_often(happened: Tensor) -> Estimate:
    """The fraction of independent samples in which something happened."""
    n, fraction = happened.numel(), happened.double().mean().item()
    # What never came up may still be something rare; the bound allows for one in n.
    return Estimate(fraction, math.sqrt(max(fraction * (1 - fraction), 1 / n) / n))


def fractions(what: str, sampled: Tensor, among: int) -> dict[str, Estimate]:
    return {f"how often {what} is {token}": how_often(sampled == token) for token in range(among)}


def raised(function, *inputs, **options) -> str:
    try:
        function(*inputs, **options)
    except Exception as error:
        return type(error).__name__
    return "nothing"


WINDOWED = replace(QUICK, n_layer=2, attention_window="3,none")


def prompts_of(*lengths: int) -> list[Tensor]:
    return [draw_tokens(length, seed=i) for i, length in enumerate(lengths)]


def watched(model, reads: list):
    """A model that writes down how many tokens it is given in every call."""
    forward = model.forward

    def watch(tokens, *args, **kwargs):
        reads.append(tokens.size(1))
        return forward(tokens, *args, **kwargs)

    model.forward = watch
    return model
