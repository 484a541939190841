"""What generation.stream is asked."""

import torch
from torch import Tensor

from scripts.course.generation.shared import QUICK, WINDOWED, how_often, model_of, seeded, shares, texts_of, watched
from scripts.workshop.check.cases import SMALL, case


def streamed(package, texts, new: int, config=QUICK, **options) -> dict:
    before = [text.clone() for text in texts]
    tokens = list(package.generation.stream(model_of(package, config), texts, new, **options))
    return {
        "how many times something is handed out": len(tokens),
        "the tokens": torch.stack(tokens) if tokens else "none",
        "the texts are left as they were": len(texts) == len(before)
        and all(torch.equal(a, b) for a, b in zip(texts, before, strict=True)),
    }


def streaming_case(about: str, *lengths: int, new: int, **options) -> None:
    @case(about)
    def streaming(package):
        return streamed(package, texts_of(*lengths), new, **options)


streaming_case("temperature 0, texts of different lengths", 3, 6, 1, new=5, temperature=0)


streaming_case("a single text", 4, new=6, temperature=0)


streaming_case("a single token to draw", 3, 5, new=1, temperature=0)


streaming_case("nothing to draw", 3, 5, new=0, temperature=0)


streaming_case("texts of one token", 1, 1, new=4, temperature=0)


streaming_case("a text that outgrows the tables", 9, new=8, temperature=0)


streaming_case("texts of which one outgrows the tables", 9, 2, 6, new=6, temperature=0)


streaming_case("many texts that are longer than the tables", *range(13, 37), new=2, temperature=0)


streaming_case("texts that outgrow the tables by far", 9, 7, new=18, temperature=0)


streaming_case("texts that fit exactly", 7, 7, new=5, temperature=0)


streaming_case("a text longer than the tables", 15, 3, new=4, temperature=0)


streaming_case(
    "windows, texts of different lengths, one outgrows the tables", 8, 2, new=8, config=WINDOWED, temperature=0
)


streaming_case("top_k = 1, which leaves no choice", 4, 2, new=6, top_k=1)


streaming_case("top_p so small that it leaves no choice", 4, 2, new=6, top_p=0.001)


streaming_case("min_p = 1, which leaves no choice", 4, 2, new=6, min_p=1.0)


def likeliest(package, text: Tensor, new: int) -> list[int]:
    """What follows a text at temperature 0."""
    return package.generation.generate(model_of(package), text[None], new, temperature=0)[0, len(text) :].tolist()


def stopping_case(about: str, *lengths: int, new: int, stops) -> None:
    """stops: from what would follow every text, the tokens that end one."""

    @case(about)
    def stopping(package):
        texts = texts_of(*lengths)
        stop_tokens = stops([likeliest(package, text, new) for text in texts])
        return streamed(package, texts, new, stop_tokens=stop_tokens, temperature=0)


stopping_case("a token that ends a text", 4, new=6, stops=lambda follow: [follow[0][2]])


stopping_case("a token that ends one text before the others", 3, 6, 1, new=6, stops=lambda follow: [follow[1][1]])


stopping_case("the first token ends the text", 3, new=5, stops=lambda follow: [follow[0][0]])


stopping_case("the first tokens end all texts", 3, 6, new=5, stops=lambda follow: [row[0] for row in follow])


stopping_case("several tokens that end texts", 3, 6, 1, new=7, stops=lambda follow: (follow[0][1], follow[2][3]))


stopping_case("a token that ends texts, and comes last", 3, 5, new=4, stops=lambda follow: [follow[0][3]])


stopping_case(
    "a token that ends texts, and stands in the prompt", 4, new=5, stops=lambda follow: texts_of(4)[0][:1].tolist()
)


stopping_case(
    "a token that ends texts, while one outgrows the tables", 10, 3, new=7, stops=lambda follow: [follow[0][0]]
)


@case("many draws")
def stream_draws(package):
    texts = [torch.tensor([2])] * 500
    tokens = torch.stack(list(package.generation.stream(model_of(package), texts, 2, generator=seeded())))
    return shares("the first token", tokens[0], SMALL.vocab_size) | shares(
        "the second token", tokens[1], SMALL.vocab_size
    )


@case("many draws from the best three at temperature 0.5")
def stream_draws_from_the_best(package):
    texts, options = [torch.tensor([2])] * 500, {"temperature": 0.5, "top_k": 3}
    (tokens,) = package.generation.stream(model_of(package), texts, 1, generator=seeded(), **options)
    return shares("the token", tokens, SMALL.vocab_size)


@case("a model that finds every token equally likely, and a seed")
def stream_independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.lm_head.weight)
    first, second = package.generation.stream(model, [torch.tensor([2])] * 300, 2, generator=seeded())
    return {"how often a draw repeats the one before": how_often(first == second)}


@case("the same seed twice, then another")
def stream_seeds(package):
    model, before = model_of(package), torch.get_rng_state()

    def draws(seed: int) -> Tensor:
        return torch.stack(list(package.generation.stream(model, texts_of(3, 5), 8, generator=seeded(seed))))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
        "no other source of randomness is asked": torch.equal(torch.get_rng_state(), before),
    }


@case("an eye on what the model reads, and when")
def stream_reads(package):
    reads = []
    tokens = package.generation.stream(watched(model_of(package), reads), texts_of(5, 3), 6, temperature=0)
    next(tokens)
    # A reading more than needed is let pass: nobody has to look ahead whether another token is wanted.
    before_the_first = sum(reads) <= 5 + 1
    for _ in tokens:
        pass
    return {
        "the first token comes before anything is read that follows it": before_the_first,
        "every token is read once": sum(reads) <= 5 + 6,
        "only what is new is read after the texts": max(reads[1:]) == 1,
    }


@case("an eye on what the model reads when all texts have ended")
def stream_reads_to_the_end(package):
    texts, reads = texts_of(5, 3), []
    stops = [likeliest(package, text, 2)[1] for text in texts]
    model = watched(model_of(package), reads)
    for _ in package.generation.stream(model, texts, 6, stop_tokens=stops, temperature=0):
        pass
    return {"nothing is read behind the end": sum(reads) <= 5 + 2}
