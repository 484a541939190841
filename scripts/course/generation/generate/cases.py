"""What generation.generate is asked."""

import torch
from torch import Tensor

from scripts.course.generation.shared import QUICK, how_often, model_of, raised, seeded, shares
from scripts.workshop.check.cases import SMALL, case, draw_tokens


def greedy_case(about: str, length: int, new: int, **options) -> None:
    @case(about)
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


greedy_case("top_p so small that it leaves no choice", length=4, new=6, top_p=0.001)


greedy_case("min_p = 1, which leaves no choice", length=4, new=6, min_p=1.0)


greedy_case("no new tokens", length=4, new=0)


def sampling_case(about: str, **options) -> None:
    @case(about)
    def sample(package):
        prompt = torch.full((1000, 1), 2)
        tokens = package.generation.generate(model_of(package), prompt, 1, generator=seeded(), **options)
        return shares("the token drawn", tokens[:, -1], SMALL.vocab_size)


sampling_case("many draws at temperature 1")


sampling_case("many draws at temperature 0.5", temperature=0.5)


sampling_case("many draws from the best three", top_k=3)


sampling_case("many draws from the best three at temperature 0.5", top_k=3, temperature=0.5)


sampling_case("many draws at temperature 2", temperature=2.0)


sampling_case("top_k greater than the vocabulary", top_k=100)


sampling_case("many draws with top_p", top_p=0.75)


sampling_case("many draws with min_p", min_p=0.3)


@case("the same seed twice, then another")
def seeds(package):
    model, prompt = model_of(package), draw_tokens(2, 3)

    def draws(seed: int) -> Tensor:
        return package.generation.generate(model, prompt, 8, generator=seeded(seed))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
    }


@case("a model that finds every token equally likely, and a seed")
def independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.lm_head.weight)
    tokens = package.generation.generate(model, draw_tokens(300, 2), 2, generator=seeded())
    return {
        "the shape of the result": tuple(tokens.shape),
        "how often a draw repeats the one before": how_often(tokens[:, -1] == tokens[:, -2]),
    }


@case("settings that make no sense")
def refused(package):
    model, prompt = model_of(package), draw_tokens(2, 3)
    settings = ({"temperature": -1.0}, {"top_k": 0}, {"top_k": -1}, {"top_p": 1.5}, {"min_p": 0.0})
    return {
        f"what {options} raises": raised(package.generation.generate, model, prompt, 1, **options)
        for options in settings
    }
