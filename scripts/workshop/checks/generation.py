"""Cases for generation.py."""

import math
from dataclasses import replace

import torch

from . import SMALL, Estimate, case, draw_tokens, fill

# One layer, to be quick, and a soft cap wide enough for some tokens to be far likelier than others: that is what
# temperature and top-k act on. After token 2 the best tokens have 50, 22, 12 and 7 percent.
QUICK = replace(SMALL, n_layer=1, logit_softcap=6.0)


def model_of(package):
    return fill(package.gpt.GPT(QUICK))


def greedy_case(about: str, length: int, new: int, **options) -> None:
    @case("generation.generate", about)
    def greedy(package):
        prompt = draw_tokens(3, length, seed=2)
        before = prompt.clone()
        tokens = package.generation.generate(model_of(package), prompt, new, **options)
        return {"the result": tokens, "the prompt after the call": prompt, "the prompt before the call": before}


greedy_case("temperature 0", length=4, new=6, temperature=0)
greedy_case("a prompt of one token", length=1, new=5, temperature=0)
greedy_case("a text that outgrows the tables", length=9, new=8, temperature=0)
greedy_case("a prompt longer than the tables", length=15, new=3, temperature=0)
greedy_case("top_k = 1, which leaves no choice", length=4, new=6, top_k=1)
greedy_case("no new tokens", length=4, new=0)


def sampling_case(about: str, **options) -> None:
    @case("generation.generate", about)
    def sample(package):
        n = 1000
        prompt = torch.full((n, 1), 2)
        generator = torch.Generator().manual_seed(0)
        tokens = package.generation.generate(model_of(package), prompt, 1, generator=generator, **options)
        shares = torch.bincount(tokens[:, -1], minlength=SMALL.vocab_size).double() / n
        estimates = {}
        for token, share in enumerate(shares.tolist()):
            # A token that never came up may still be a rare one; the bound allows for one in n.
            error = math.sqrt(max(share * (1 - share), 1 / n) / n)
            estimates[f"how often token {token} is drawn"] = Estimate(share, error)
        return estimates


sampling_case("many draws at temperature 1")
sampling_case("many draws at temperature 0.5", temperature=0.5)
sampling_case("many draws from the best three", top_k=3)
sampling_case("many draws from the best three at temperature 0.5", top_k=3, temperature=0.5)
sampling_case("many draws at temperature 2", temperature=2.0)
sampling_case("top_k greater than the vocabulary", top_k=100)


@case("generation.generate", "the same seed twice, then another")
def seeds(package):
    model, prompt = model_of(package), draw_tokens(2, 3)

    def draws(seed: int) -> torch.Tensor:
        return package.generation.generate(model, prompt, 8, generator=torch.Generator().manual_seed(seed))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
    }


@case("generation.generate", "a model that finds every token equally likely, and a seed")
def independent(package):
    model, n = package.gpt.GPT(QUICK), 300
    torch.nn.init.zeros_(model.lm_head.weight)
    generator = torch.Generator().manual_seed(0)
    tokens = package.generation.generate(model, draw_tokens(n, 2), 2, generator=generator)
    same = (tokens[:, -1] == tokens[:, -2]).double().mean().item()
    return {
        "the shape of the result": tuple(tokens.shape),
        "how often a draw repeats the one before": Estimate(same, math.sqrt(max(same * (1 - same), 1 / n) / n)),
    }


@case("generation.generate", "settings that make no sense")
def refused(package):
    model, prompt = model_of(package), draw_tokens(2, 3)

    def raised(**options) -> str:
        try:
            package.generation.generate(model, prompt, 1, **options)
        except Exception as error:
            return type(error).__name__
        return "nothing"

    return {
        "what a temperature of -1 raises": raised(temperature=-1.0),
        "what top_k = 0 raises": raised(top_k=0),
        "what top_k = -1 raises": raised(top_k=-1),
    }
