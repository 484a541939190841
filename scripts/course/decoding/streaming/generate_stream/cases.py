"""What decoding.streaming.generate_stream is asked."""

import torch
from torch import Tensor

from scripts.course.decoding.generation.shared import (
    QUICK,
    WINDOWED,
    fractions,
    how_often,
    left_as_it_was,
    model_of,
    prompts_of,
    reproducible,
    seeded,
    watched,
)
from scripts.workshop.check.cases import SMALL, case


def streamed(package, texts, new: int, config=QUICK, **options) -> dict:
    before = [text.clone() for text in texts]
    model = model_of(package, config)
    tokens = list(package.decoding.streaming.generate_stream(model, texts, new, **options))
    return left_as_it_was(model) | {
        "the number of steps": len(tokens),
        "the tokens": torch.stack(tokens) if tokens else "none",
        "the prompts are unchanged": len(texts) == len(before)
        and all(torch.equal(a, b) for a, b in zip(texts, before, strict=True)),
    }


def streaming_case(about: str, *lengths: int, new: int, **options) -> None:
    @case(about)
    def streaming(package):
        return streamed(package, prompts_of(*lengths), new, **options)


streaming_case("temperature 0, prompts of different lengths", 3, 6, 1, new=5, temperature=0)


streaming_case("a single prompt", 4, new=6, temperature=0)


streaming_case("max_new_tokens = 1", 3, 5, new=1, temperature=0)


streaming_case("max_new_tokens = 0", 3, 5, new=0, temperature=0)


streaming_case("prompts of one token", 1, 1, new=4, temperature=0)


streaming_case("a sequence that outgrows max_seq_len", 9, new=8, temperature=0)


streaming_case("sequences of which one outgrows max_seq_len", 9, 2, 6, new=6, temperature=0)


streaming_case("many prompts longer than max_seq_len", *range(13, 37), new=2, temperature=0)


streaming_case("sequences that outgrow max_seq_len by far", 9, 7, new=18, temperature=0)


streaming_case("sequences that fit exactly", 7, 7, new=5, temperature=0)


streaming_case("a prompt longer than max_seq_len", 15, 3, new=4, temperature=0)


streaming_case(
    "sliding windows, prompts of different lengths, one outgrows max_seq_len",
    8,
    2,
    new=8,
    config=WINDOWED,
    temperature=0,
)


streaming_case("top_k = 1, which leaves one token", 4, 2, new=6, top_k=1)


streaming_case("top_p so small that it leaves one token", 4, 2, new=6, top_p=0.001)


streaming_case("min_p = 1, which leaves one token", 4, 2, new=6, min_p=1.0)


def likeliest(package, text: Tensor, new: int) -> list[int]:
    """What follows a text at temperature 0."""
    return package.decoding.generation.generate(model_of(package), text[None], new, temperature=0)[
        0, len(text) :
    ].tolist()


def stopping_case(about: str, *lengths: int, new: int, stops) -> None:
    """stops: from what would follow every text, the tokens that end one."""

    @case(about)
    def stopping(package):
        texts = prompts_of(*lengths)
        stop_tokens = stops([likeliest(package, text, new) for text in texts])
        return streamed(package, texts, new, stop_tokens=stop_tokens, temperature=0)


stopping_case("a stop token", 4, new=6, stops=lambda follow: [follow[0][2]])


stopping_case(
    "a stop token that ends one sequence before the others", 3, 6, 1, new=6, stops=lambda follow: [follow[1][1]]
)


stopping_case("a stop token first", 3, new=5, stops=lambda follow: [follow[0][0]])


stopping_case("stop tokens first in all sequences", 3, 6, new=5, stops=lambda follow: [row[0] for row in follow])


stopping_case("several stop tokens", 3, 6, 1, new=7, stops=lambda follow: (follow[0][1], follow[2][3]))


stopping_case("a stop token as the last token", 3, 5, new=4, stops=lambda follow: [follow[0][3]])


stopping_case("a stop token in the prompt", 4, new=5, stops=lambda follow: prompts_of(4)[0][:1].tolist())


stopping_case(
    "a stop token, and a sequence that outgrows max_seq_len", 10, 3, new=7, stops=lambda follow: [follow[0][0]]
)


@case("many samples")
def stream_draws(package):
    texts = [torch.tensor([2])] * 500
    tokens = torch.stack(
        list(package.decoding.streaming.generate_stream(model_of(package), texts, 2, generator=seeded()))
    )
    return fractions("the first token", tokens[0], SMALL.vocab_size) | fractions(
        "the second token", tokens[1], SMALL.vocab_size
    )


def sampling_case(about: str, **options) -> None:
    """After token 8 many tokens are likely, after token 7 few: there top_p filters out more, here min_p."""

    @case(about)
    def sample(package):
        texts = [torch.tensor([8])] * 250 + [torch.tensor([7])] * 250
        (tokens,) = package.decoding.streaming.generate_stream(
            model_of(package), texts, 1, generator=seeded(), **options
        )
        return fractions("the token after 8", tokens[:250], SMALL.vocab_size) | fractions(
            "the token after 7", tokens[250:], SMALL.vocab_size
        )


sampling_case("many samples with top_k = 4 and top_p = 0.8 at temperature 2", temperature=2.0, top_k=4, top_p=0.8)


sampling_case("many samples with top_p = 0.5 and min_p = 0.5 at temperature 2", temperature=2.0, top_p=0.5, min_p=0.5)


@case("a model whose next token is uniform, and a seed")
def stream_independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.head.lm_head.weight)
    first, second = package.decoding.streaming.generate_stream(model, [torch.tensor([2])] * 300, 2, generator=seeded())
    return {"how often a sample repeats the one before": how_often(first == second)}


@case("the same seed twice, then another")
def stream_seeds(package):
    model, report = model_of(package), {}
    for options in ({}, {"temperature": 2.0, "top_k": 9}, {"top_p": 0.99, "min_p": 0.001}, {"stop_tokens": [8]}):

        def draws(seed: int, options=options) -> list[list[int]]:
            steps = package.decoding.streaming.generate_stream(
                model, prompts_of(3, 7), 9, generator=seeded(seed), **options
            )
            return [step.tolist() for step in steps]

        report |= reproducible(draws, " and ".join(options) or "no options")
    return report


@case("a seed, with and without a stop token")
def stream_of_others(package):
    model, texts = model_of(package), prompts_of(1, 3, 2, 1, 2)

    def draws(stop_tokens) -> Tensor:
        steps = package.decoding.streaming.generate_stream(
            model, texts, 8, stop_tokens=stop_tokens, generator=seeded(), temperature=5.0
        )
        return torch.stack(list(steps))

    tokens = draws(())
    # Which token one of the sequences samples second follows from how the piece samples.
    stop = tokens[1, 0]
    ended = (tokens == stop).cumsum(dim=0) - (tokens == stop).int() > 0
    expected = tokens.masked_fill(ended, -1)[~ended.all(dim=1)]
    return {"a stop token changes nothing before it": torch.equal(draws([int(stop)]), expected)}


@case("the forward passes counted")
def stream_reads(package):
    reads = []
    tokens = package.decoding.streaming.generate_stream(
        watched(model_of(package), reads), prompts_of(5, 3), 6, temperature=0
    )
    next(tokens)
    # One forward pass more than needed is accepted: nobody has to look ahead whether another token is wanted.
    before_the_first = sum(reads) <= 5 + 1
    for _ in tokens:
        pass
    return {
        "the first token is yielded before the next forward pass": before_the_first,
        "the model runs on every token once": sum(reads) <= 5 + 6,
        "after the prefill the model runs on new tokens only": max(reads[1:]) == 1,
    }


@case("the forward passes counted when all sequences have ended")
def stream_reads_to_the_end(package):
    texts, reads = prompts_of(5, 3), []
    stops = [likeliest(package, text, 2)[1] for text in texts]
    model = watched(model_of(package), reads)
    for _ in package.decoding.streaming.generate_stream(model, texts, 6, stop_tokens=stops, temperature=0):
        pass
    return {"no forward pass behind the end": sum(reads) <= 5 + 2}
