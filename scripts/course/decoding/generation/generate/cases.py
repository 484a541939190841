"""What decoding.generation.generate is asked."""

import torch
from torch import Tensor

from scripts.course.decoding.cache.shared import labelled
from scripts.course.decoding.generation.shared import (
    QUICK,
    fractions,
    how_often,
    left_as_it_was,
    model_of,
    reproducible,
    seeded,
)
from scripts.workshop.check.cases import SMALL, case, draw_tokens


def greedy_case(about: str, length: int, new: int, **options) -> None:
    @case(about)
    def greedy(package):
        prompt = draw_tokens(3, length, seed=2)
        before = prompt.clone()
        tokens = package.decoding.generation.generate(model_of(package), prompt, new, **options)
        return {"the result": tokens, "the prompt after the call": prompt, "the prompt before the call": before}


greedy_case("temperature 0", length=4, new=6, temperature=0)


greedy_case("a prompt of one token", length=1, new=5, temperature=0)


greedy_case("a text that outgrows max_seq_len", length=9, new=8, temperature=0)


greedy_case("a prompt longer than max_seq_len, and top_k", length=15, new=3, temperature=0, top_k=5)


greedy_case("top_k = 1, which leaves one token", length=4, new=6, top_k=1)


greedy_case("top_k = 1 below temperature 1", length=4, new=6, top_k=1, temperature=0.5)


greedy_case("no new tokens", length=4, new=0)


def sampling_case(about: str, **options) -> None:
    @case(about)
    def sample(package):
        prompt = torch.full((1000, 1), 2)
        tokens = package.decoding.generation.generate(model_of(package), prompt, 1, generator=seeded(), **options)
        return fractions("the sampled token", tokens[:, -1], SMALL.vocab_size)


sampling_case("many samples at temperature 1")


sampling_case("many samples at temperature 0.5", temperature=0.5)


sampling_case("many samples with top_k = 3", top_k=3)


sampling_case("many samples with top_k = 3 at temperature 0.5", top_k=3, temperature=0.5)


sampling_case("many samples at temperature 2", temperature=2.0)


sampling_case("top_k above V", top_k=100)


@case("the same seed twice, then another")
def seeds(package):
    model, prompt, report = model_of(package), draw_tokens(2, 3), {}
    for options in ({}, {"temperature": 0.9}, {"top_k": 9}, {"temperature": 3.0, "top_k": 9}):

        def draws(seed: int, options=options) -> list[list[int]]:
            return package.decoding.generation.generate(model, prompt, 8, generator=seeded(seed), **options).tolist()

        report |= reproducible(draws, " and ".join(options) or "no options")
    return report


@case("a generator that goes on from call to call, and tokens that tie at temperature 0")
def from_call_to_call(package):
    model, generator, prompt = package.gpt.GPT(QUICK), seeded(), draw_tokens(4, 2)
    torch.nn.init.zeros_(model.head.lm_head.weight)

    def draws(temperature: float) -> Tensor:
        return package.decoding.generation.generate(model, prompt, 6, temperature, generator=generator)

    return {
        "the next call gives another text": not torch.equal(draws(1.0), draws(1.0)),
        "the next call gives the same text at temperature 0": torch.equal(draws(0.0), draws(0.0)),
    }


@case("no generator")
def without_generator(package):
    model, prompt = model_of(package), draw_tokens(2, 3)

    def draws() -> Tensor:
        return package.decoding.generation.generate(model, prompt, 8)

    torch.manual_seed(1)
    first, second = draws(), draws()
    torch.manual_seed(1)
    return {
        "another call gives another text": not torch.equal(first, second),
        "torch's own seed decides": torch.equal(first, draws()),
    }


@case("a model whose next token is uniform, and a seed")
def independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.head.lm_head.weight)
    tokens = package.decoding.generation.generate(model, draw_tokens(300, 2), 2, generator=seeded())
    return {
        "the shape of the result": tuple(tokens.shape),
        "how often a sample repeats the one before": how_often(tokens[:, -1] == tokens[:, -2]),
    }


@case("a model in training mode, and one that is not")
def modes(package):
    report = {}
    for training in (True, False):
        model = model_of(package).train(training)
        package.decoding.generation.generate(model, draw_tokens(2, 3), 2, temperature=0)
        report |= labelled(f"{'in' if training else 'not in'} training before", left_as_it_was(model))
    return report
