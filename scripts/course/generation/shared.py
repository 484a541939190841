"""Cases for generation.py."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from scripts.workshop.check.cases import SMALL, Estimate, case_of, draw, draw_tokens, fill

GENERATE, DISTRIBUTION = "generation.generate", "generation.next_token_distribution"


NUCLEUS, LIKELY = "generation.keep_nucleus", "generation.keep_likely"


READ, STREAM = "generation.read", "generation.stream"


ACCEPT, SPECULATE = "generation.accept_draft", "generation.speculate"


# One layer, to be quick, and a soft cap wide enough for some tokens to be far likelier than others: that is what
# temperature and top-k act on. After token 2 the best tokens have 50, 22, 12 and 7 percent.
QUICK = replace(SMALL, n_layer=1, logit_softcap=6.0)


def model_of(package, config=QUICK):
    return fill(package.gpt.GPT(config))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def how_often(happened: Tensor) -> Estimate:
    """The share of what came out true, of independent draws."""
    n, share = happened.numel(), happened.double().mean().item()
    # What never came up may still be something rare; the bound allows for one in n.
    return Estimate(share, math.sqrt(max(share * (1 - share), 1 / n) / n))


def shares(what: str, drawn: Tensor, among: int) -> dict[str, Estimate]:
    return {f"how often {what} is {token}": how_often(drawn == token) for token in range(among)}


def raised(function, *inputs, **options) -> str:
    try:
        function(*inputs, **options)
    except Exception as error:
        return type(error).__name__
    return "nothing"


# Halves, quarters and eighths: sums of them are exact, so that it shows what happens on the edge.
EIGHTHS = [[0.125, 0.5, 0.125, 0.25], [0.25, 0.125, 0.5, 0.125], [0.0, 0.0, 1.0, 0.0], [0.125, 0.25, 0.0, 0.625]]


def kept(function, p, share: float, in_order: bool = False) -> dict:
    before = p.clone()
    result = function(p, share)
    return {
        # Which of several equally likely ones stay is left open.
        "what is kept": result.sort(dim=-1).values if in_order else result,
        "the probabilities are left as they were": torch.equal(p, before),
    }


def keeping_case(piece: str, about: str, p, share: float, dtype: torch.dtype = torch.float32, in_order: bool = False):
    @case_of(piece, about, dtype)
    def keeping(package):
        return kept(getattr(package.generation, piece.partition(".")[2]), p(), share, in_order)


def eighths() -> Tensor:
    return torch.tensor(EIGHTHS)


def spread_out() -> Tensor:
    return (1.5 * draw(4, 11)).softmax(dim=-1)


WINDOWED = replace(QUICK, n_layer=2, attention_window="3,none")


def texts_of(*lengths: int) -> list[Tensor]:
    return [draw_tokens(length, seed=i) for i, length in enumerate(lengths)]


def watched(model, reads: list):
    """A model that writes down how many tokens it is given in every call."""
    forward = model.forward

    def watch(tokens, *args, **kwargs):
        reads.append(tokens.size(1))
        return forward(tokens, *args, **kwargs)

    model.forward = watch
    return model
