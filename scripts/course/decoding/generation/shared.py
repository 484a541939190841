"""Helpers for the cases of generation.py and of the room decoding/."""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from scripts.course.decoding.cache.shared import labelled
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


def reproducible(draws: Callable[[int], list[list[int]]], settings: str) -> dict[str, bool]:
    """Whether a seed decides what is drawn, and nothing else does. settings: those of the sampling, in words."""
    before = torch.get_rng_state()
    return labelled(
        f"with {settings}",
        {
            "the same seed gives the same text": draws(1) == draws(1),
            "another seed gives another": draws(1) != draws(2),
            "the global generator is not used": torch.equal(torch.get_rng_state(), before),
        },
    )


def left_as_it_was(model) -> dict[str, int | bool | str]:
    """What a function that samples from a model must leave as it was."""
    return {
        "modules in training mode": sum(module.training for module in model.modules()),
        "the parameters get gradients": all(parameter.requires_grad for parameter in model.parameters()),
        "gradients are recorded": torch.is_grad_enabled(),
        "the default dtype": str(torch.get_default_dtype()),
    }


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
