"""Cases for generation.py."""

import math
from dataclasses import replace
from unittest import mock

import torch
from torch import Tensor

from . import SMALL, Estimate, case, draw, draw_tokens, fill

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


# How likely every token is


def distribution_case(about: str, logits=lambda: 2 * draw(4, 11), dtype: torch.dtype = torch.float32, **options):
    @case(DISTRIBUTION, about, dtype)
    def distribution(package):
        given = logits()
        before = given.clone()
        p = package.generation.next_token_distribution(given, **options)
        return {"the result": p, "the logits are left as they were": torch.equal(given, before)}


distribution_case("temperature 1")
distribution_case("temperature 0.5", temperature=0.5)
distribution_case("temperature 2", temperature=2.0)
distribution_case("temperature 0", temperature=0)
distribution_case("temperature 0.0, top_k, top_p and min_p", temperature=0.0, top_k=3, top_p=0.5, min_p=0.1)
distribution_case("a single row", lambda: draw(1, 11))
distribution_case("as many rows as tokens", lambda: 2 * draw(5, 5), temperature=0.7, top_k=3)
distribution_case("logits whose exponentials overflow", lambda: 100 + 30 * draw(4, 11))
distribution_case("the best three", top_k=3)
distribution_case("the best one", top_k=1)
distribution_case("the best three at temperature 0.5", top_k=3, temperature=0.5)
distribution_case("the best three at temperature 3", top_k=3, temperature=3.0)
distribution_case("all logits negative, and the best three", lambda: 2 * draw(4, 11) - 20, top_k=3)
distribution_case("top_k as large as the vocabulary", top_k=11)
distribution_case("top_k greater than the vocabulary", top_k=100)
distribution_case("top_p", top_p=0.7)
distribution_case("top_p at temperature 3", top_p=0.7, temperature=3.0)
distribution_case("top_p at temperature 0.3", top_p=0.9, temperature=0.3)
distribution_case("top_p = 1", lambda: draw(4, 5), top_p=1.0)
distribution_case("min_p", min_p=0.2)
distribution_case("min_p at temperature 3", min_p=0.5, temperature=3.0)
distribution_case("min_p at temperature 0.5", min_p=0.05, temperature=0.5)
distribution_case("min_p = 1", min_p=1.0)
# Log-probabilities, so that one can see what is left: of 40, 30, 15, 10 and 5 percent.
FEW = torch.tensor([[0.15, 0.4, 0.05, 0.3, 0.1]], dtype=torch.float64)
distribution_case("top_k and top_p", lambda: FEW.log().to(torch.get_default_dtype()), top_k=3, top_p=0.8)
distribution_case("top_p and min_p", lambda: FEW.log().to(torch.get_default_dtype()), top_p=0.82, min_p=0.3)
distribution_case(
    "top_p, and a min_p that leaves less", lambda: FEW.log().to(torch.get_default_dtype()), top_p=0.82, min_p=0.5
)
distribution_case("everything at once", top_k=5, top_p=0.8, min_p=0.1, temperature=1.5)
distribution_case("bfloat16 logits", dtype=torch.bfloat16, top_k=4)


@case(DISTRIBUTION, "three tokens that share the second place, and the best two")
def ties(package):
    logits = torch.tensor([[1.0, 3.0, 1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
    p = package.generation.next_token_distribution(logits, top_k=2)
    return {"the probabilities, in order": p.sort(dim=-1).values}


@case(DISTRIBUTION, "settings that make no sense")
def senseless(package):
    settings = [{"temperature": -1.0}, {"temperature": -1e-3}, {"top_k": 0}, {"top_k": -1}]
    settings += [{"top_p": value} for value in (0.0, -0.5, 1.5)] + [{"min_p": value} for value in (0.0, -0.5, 1.5)]
    asked = package.generation.next_token_distribution
    return {f"what {options} raises": raised(asked, draw(2, 11), **options) for options in settings}


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
    @case(piece, about, dtype)
    def keeping(package):
        return kept(getattr(package.generation, piece.partition(".")[2]), p(), share, in_order)


def eighths() -> Tensor:
    return torch.tensor(EIGHTHS)


def spread_out() -> Tensor:
    return (1.5 * draw(4, 11)).softmax(dim=-1)


def half_ruled_out() -> Tensor:
    return draw(4, 11).masked_fill(draw(4, 11, seed=1) < 0, -math.inf).softmax(dim=-1)


keeping_case(NUCLEUS, "top_p = 0.7", spread_out, 0.7)
keeping_case(NUCLEUS, "top_p = 0.95", spread_out, 0.95)
keeping_case(NUCLEUS, "top_p so small that only the likeliest stays", spread_out, 0.01)
keeping_case(NUCLEUS, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.6)
keeping_case(NUCLEUS, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.6)
keeping_case(NUCLEUS, "exactly half, which the likeliest has already", eighths, 0.5, in_order=True)
keeping_case(NUCLEUS, "exactly three quarters, which the two likeliest have", eighths, 0.75)
keeping_case(NUCLEUS, "a little more than the two likeliest have", eighths, 0.76, in_order=True)
keeping_case(NUCLEUS, "a little less than the two likeliest have", eighths, 0.74)
keeping_case(NUCLEUS, "top_p = 1", eighths, 1.0)
keeping_case(NUCLEUS, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 0.5, in_order=True)
keeping_case(NUCLEUS, "tokens that are ruled out already", half_ruled_out, 0.8)
keeping_case(NUCLEUS, "bfloat16 probabilities", eighths, 0.75, dtype=torch.bfloat16)

keeping_case(LIKELY, "min_p = 0.1", spread_out, 0.1)
keeping_case(LIKELY, "min_p = 0.5", spread_out, 0.5)
keeping_case(LIKELY, "min_p so small that all stay", spread_out, 1e-6)
keeping_case(LIKELY, "as many rows as tokens", lambda: (1.5 * draw(5, 5)).softmax(dim=-1), 0.3)
keeping_case(LIKELY, "a single row", lambda: (1.5 * draw(1, 11)).softmax(dim=-1), 0.3)
keeping_case(LIKELY, "tokens that are exactly half as likely", eighths, 0.5)
keeping_case(LIKELY, "tokens that are exactly a quarter as likely", eighths, 0.25)
keeping_case(LIKELY, "tokens that are hardly likely enough", eighths, 0.26)
keeping_case(LIKELY, "min_p = 1", eighths, 1.0)
keeping_case(LIKELY, "equally likely tokens", lambda: torch.full((2, 8), 0.125), 1.0)
keeping_case(LIKELY, "bfloat16 probabilities", eighths, 0.5, dtype=torch.bfloat16)


# One token after the other


def greedy_case(about: str, length: int, new: int, **options) -> None:
    @case(GENERATE, about)
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
    @case(GENERATE, about)
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


@case(GENERATE, "the same seed twice, then another")
def seeds(package):
    model, prompt = model_of(package), draw_tokens(2, 3)

    def draws(seed: int) -> Tensor:
        return package.generation.generate(model, prompt, 8, generator=seeded(seed))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
    }


@case(GENERATE, "a model that finds every token equally likely, and a seed")
def independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.lm_head.weight)
    tokens = package.generation.generate(model, draw_tokens(300, 2), 2, generator=seeded())
    return {
        "the shape of the result": tuple(tokens.shape),
        "how often a draw repeats the one before": how_often(tokens[:, -1] == tokens[:, -2]),
    }


@case(GENERATE, "settings that make no sense")
def refused(package):
    model, prompt = model_of(package), draw_tokens(2, 3)
    settings = ({"temperature": -1.0}, {"top_k": 0}, {"top_k": -1}, {"top_p": 1.5}, {"min_p": 0.0})
    return {
        f"what {options} raises": raised(package.generation.generate, model, prompt, 1, **options)
        for options in settings
    }


# Several texts at once, and a cache

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


def reading_case(about: str, *lengths: int, config=QUICK, going_on: bool = True, together=list) -> None:
    @case(READ, about)
    def reading(package):
        model, texts, reads = model_of(package, config), together(texts_of(*lengths)), []
        before = [text.clone() for text in texts]
        with torch.no_grad():
            logits, cache = package.generation.read(watched(model, reads), texts)
            report = {
                "the logits": logits,
                "the lengths in the cache": cache.length.clone(),
                "the longest": int(cache.longest),
                "in how many calls of the model": len(reads),
                "the texts are left as they were": len(texts) == len(before)
                and all(torch.equal(a, b) for a, b in zip(texts, before, strict=True)),
            }
            # What comes next has to stand behind each text, and see all of it and nothing else.
            for T in (1, 2) if going_on else ():
                following = model(draw_tokens(len(texts), T, seed=T), cache=cache)
                report[f"the logits when {T} more come"] = following
        return report


reading_case("texts of different lengths", 3, 6, 1)
reading_case("the longest text first", 6, 4, 5)
reading_case("texts of one length", 4, 4)
reading_case("a single text", 5)
reading_case("texts of one token", 1, 1, 1)
reading_case("as many texts as tokens in the longest", 2, 3, 1)
reading_case("a tuple of texts", 2, 4, together=tuple)
reading_case("a text as long as the tables", 12, 3, going_on=False)
reading_case("windows that are shorter than the texts", 8, 2, 5, config=WINDOWED)
reading_case("learned positions", 3, 6, 1, config=replace(QUICK, position_encoding="learned_absolute"))


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
    @case(STREAM, about)
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

    @case(STREAM, about)
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


@case(STREAM, "many draws")
def stream_draws(package):
    texts = [torch.tensor([2])] * 500
    tokens = torch.stack(list(package.generation.stream(model_of(package), texts, 2, generator=seeded())))
    return shares("the first token", tokens[0], SMALL.vocab_size) | shares(
        "the second token", tokens[1], SMALL.vocab_size
    )


@case(STREAM, "many draws from the best three at temperature 0.5")
def stream_draws_from_the_best(package):
    texts, options = [torch.tensor([2])] * 500, {"temperature": 0.5, "top_k": 3}
    (tokens,) = package.generation.stream(model_of(package), texts, 1, generator=seeded(), **options)
    return shares("the token", tokens, SMALL.vocab_size)


@case(STREAM, "a model that finds every token equally likely, and a seed")
def stream_independent(package):
    model = package.gpt.GPT(QUICK)
    torch.nn.init.zeros_(model.lm_head.weight)
    first, second = package.generation.stream(model, [torch.tensor([2])] * 300, 2, generator=seeded())
    return {"how often a draw repeats the one before": how_often(first == second)}


@case(STREAM, "the same seed twice, then another")
def stream_seeds(package):
    model, before = model_of(package), torch.get_rng_state()

    def draws(seed: int) -> Tensor:
        return torch.stack(list(package.generation.stream(model, texts_of(3, 5), 8, generator=seeded(seed))))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
        "no other source of randomness is asked": torch.equal(torch.get_rng_state(), before),
    }


@case(STREAM, "an eye on what the model reads, and when")
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


@case(STREAM, "an eye on what the model reads when all texts have ended")
def stream_reads_to_the_end(package):
    texts, reads = texts_of(5, 3), []
    stops = [likeliest(package, text, 2)[1] for text in texts]
    model = watched(model_of(package), reads)
    for _ in package.generation.stream(model, texts, 6, stop_tokens=stops, temperature=0):
        pass
    return {"nothing is read behind the end": sum(reads) <= 5 + 2}


# A draft, checked


def accepted(package, proposed: list[int], q: list, p: list, seed: int = 0) -> dict:
    given = torch.tensor(proposed, dtype=torch.int64), torch.tensor(q).view(-1, len(p[0])), torch.tensor(p)
    before = [value.clone() for value in given]
    tokens = package.generation.accept_draft(*given, seeded(seed))
    kept = all(torch.equal(a, b) for a, b in zip(given, before, strict=True))
    return {"the tokens": tokens, "what was handed in is left as it was": kept}


@case(ACCEPT, "a draft that the model likes better than the draft does")
def all_accepted(package):
    q, p = [[0.5, 0.25, 0.25]] * 3, [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]
    return accepted(package, [0, 1, 2], q, p)


@case(ACCEPT, "a draft that the model likes exactly as much as the draft does")
def same_opinion(package):
    q = [[0.5, 0.25, 0.25]] * 6
    return accepted(package, [0, 1, 2, 2, 1, 0], q, [*q, [0.0, 1.0, 0.0]])


@case(ACCEPT, "a draft that thought its tokens unlikely, and the model is sure of them")
def timid_draft(package):
    return accepted(package, [1] * 8, [[0.9, 0.1]] * 8, [[0.0, 1.0]] * 8 + [[1.0, 0.0]])


@case(ACCEPT, "the first token impossible")
def first_refused(package):
    return accepted(
        package,
        [0, 1],
        [[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]],
        [[0.0, 0.25, 0.75, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    )


@case(ACCEPT, "a token impossible in the middle, and good ones behind it")
def middle_refused(package):
    q = [[0.25, 0.25, 0.25, 0.25]] * 2 + [[0.5, 0.25, 0.25, 0.0]] + [[0.25, 0.25, 0.25, 0.25]] * 2
    p = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.125, 0.25, 0.625]] + [[0.0, 0.0, 1.0, 0.0]] * 3
    return accepted(package, [0, 1, 0, 2, 2], q, p)


@case(ACCEPT, "the last token impossible")
def last_refused(package):
    return accepted(package, [1, 0], [[0.5, 0.5], [0.75, 0.25]], [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]])


@case(ACCEPT, "an empty draft")
def empty_draft(package):
    return accepted(package, [], [], [[0.0, 0.0, 1.0]])


@case(ACCEPT, "many drafts of one token that is turned down, and what comes in its place")
def replacements(package):
    # The draft is sure of token 0, which is impossible; of token 2 it offers as much as is wanted.
    q, p, generator = torch.tensor([[0.75, 0.0, 0.25, 0.0]]), torch.tensor([[0.0, 0.125, 0.25, 0.625]] * 2), seeded()
    tokens = [package.generation.accept_draft(torch.tensor([0]), q, p, generator) for _ in range(300)]
    return {
        "how many tokens come back": sorted({len(token) for token in tokens}),
        "which tokens come back": sorted(set(torch.cat(tokens).tolist())),
        **shares("the token in its place", torch.cat(tokens), 4),
    }


@case(ACCEPT, "many drafts of two tokens")
def many_drafts(package):
    q = torch.tensor([[0.9, 0.05, 0.05], [0.1, 0.1, 0.8]])
    p = torch.tensor([[0.45, 0.35, 0.2], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    generator = seeded()
    drafts = torch.multinomial(q, 500, replacement=True, generator=generator).T
    tokens = [package.generation.accept_draft(draft, q, p, generator) for draft in drafts]
    report = shares("the first token", torch.stack([token[0] for token in tokens]), 3)
    report |= shares("the number of tokens", torch.tensor([len(token) for token in tokens]), 5)
    for place, name in ((1, "second"), (2, "third")):
        report |= shares(f"the {name} token", torch.stack([t[place] for t in tokens if len(t) > place]), 3)
    return report


@case(ACCEPT, "many drafts of six tokens, of which each is turned down half the time")
def long_drafts(package):
    q, p, generator = torch.tensor([[1.0, 0.0]] * 6), torch.tensor([[0.5, 0.5]] * 7), seeded()
    tokens = [package.generation.accept_draft(torch.tensor([0] * 6), q, p, generator) for _ in range(200)]
    return shares("the number of tokens", torch.tensor([len(token) for token in tokens]), 8)


@case(ACCEPT, "the same seed twice, then another")
def accept_seeds(package):
    q, p, before = torch.tensor([[0.5, 0.5]] * 12), torch.tensor([[0.45, 0.55]] * 13), torch.get_rng_state()

    def draws(seed: int) -> list[int]:
        generator = seeded(seed)
        drafts = [package.generation.accept_draft(torch.tensor([0] * 12), q, p, generator) for _ in range(5)]
        return torch.cat(drafts).tolist()

    return {
        "the same seed gives the same tokens": draws(1) == draws(1),
        "another seed gives others": draws(1) != draws(2),
        "no other source of randomness is asked": torch.equal(torch.get_rng_state(), before),
    }


# Draft and model together

ROOMY = replace(QUICK, max_seq_len=24)


@torch.no_grad()
def draft_of(package, config=ROOMY):
    """A model that is of the same opinion as `model_of` in most places, and not in all."""
    draft = model_of(package, config)
    for seed, parameter in enumerate(draft.parameters()):
        parameter += 0.2 * draw(*parameter.shape, seed=seed)
    return draft


def speculating_case(about: str, length: int, new: int, config=ROOMY, same: bool = False, **options) -> None:
    @case(SPECULATE, about)
    def speculating(package):
        tokens = draw_tokens(1, length, seed=4)
        before = tokens.clone()
        model, draft = model_of(package, config), (model_of if same else draft_of)(package, config)
        result = package.generation.speculate(model, draft, tokens, new, **options)
        return {"the result": result, "the prompt is left as it was": torch.equal(tokens, before)}


speculating_case("temperature 0, and a draft of another opinion", 4, 10, temperature=0)
speculating_case("temperature 0, and a draft that is always right", 4, 11, same=True, temperature=0)
speculating_case("a prompt of one token", 1, 7, temperature=0)
speculating_case("a single token at a time ahead", 3, 7, lookahead=1, temperature=0)
speculating_case("more ahead than is wanted", 3, 4, lookahead=9, same=True, temperature=0)
speculating_case("a single new token", 3, 1, temperature=0)
speculating_case("two new tokens, and a draft that is always right", 3, 2, same=True, temperature=0)
speculating_case("no new tokens", 3, 0, temperature=0)
speculating_case("as many tokens as there are positions", 10, 14, same=True, temperature=0)
speculating_case("windows", 9, 12, config=replace(WINDOWED, max_seq_len=24), temperature=0)
speculating_case("top_k = 1, which leaves no choice", 4, 8, top_k=1)
speculating_case("min_p = 1, which leaves no choice", 4, 8, min_p=1.0)


@case(SPECULATE, "a model that is its own draft")
def own_draft(package):
    model = model_of(package, ROOMY)
    return {"the result": package.generation.speculate(model, model, draw_tokens(1, 4, seed=4), 9, temperature=0)}


@case(SPECULATE, "a draft that errs now and then, and an eye on what both read")
def speculate_reads(package):
    reads, draft_reads = [], []

    class Erring(package.gpt.GPT):
        """Says the opposite in every seventh place."""

        def forward(self, tokens, targets=None, cache=None):
            logits = super().forward(tokens, targets, cache)
            end = tokens.size(1) if cache is None else cache.longest
            place = torch.arange(end - tokens.size(1), end)
            return torch.where((place % 7 == 5)[:, None], -logits, logits)

    model, draft = model_of(package, ROOMY), fill(Erring(ROOMY))
    tokens = package.generation.speculate(
        watched(model, reads), watched(draft, draft_reads), draw_tokens(1, 4, seed=4), 20, temperature=0
    )
    return {
        "the result": tokens,
        # Six rounds, in which the model reads 31 tokens and the draft 27. A little more is let pass, such as the prompt
        # by itself.
        "guesses are right again after a wrong one": len(reads) <= 7,
        "the model reads nothing twice but what was wrong": sum(reads) <= 33,
        "the draft reads nothing twice but what was wrong": sum(draft_reads) <= 29,
        # Perhaps without the prompt's last token.
        "the draft knows the prompt": max(draft_reads, default=0) >= 3,
    }


class Chain(torch.nn.Module):
    """A model that knows the last token only: the next lies 0, 1, 2 ... behind it, with these probabilities."""

    def __init__(self, config, steps: list[float]):
        super().__init__()
        self.config = config
        row = torch.tensor([*steps, *[1e-9] * (config.vocab_size - len(steps))]).log()
        self.table = torch.stack([row.roll(token) for token in range(config.vocab_size)])

    def forward(self, tokens, targets=None, cache=None):
        if cache is not None:
            cache.advance(tokens)
        return self.table[tokens]


@case(SPECULATE, "a draft that is always right, one token ahead, and an eye on what the model reads")
def speculate_one_ahead(package):
    reads, model = [], Chain(ROOMY, [0.2, 0.8])
    tokens = package.generation.speculate(
        watched(model, reads), Chain(ROOMY, [0.2, 0.8]), torch.tensor([[3, 1]]), 16, lookahead=1, temperature=0
    )
    return {"the result": tokens, "the model reads two tokens at once": len(reads) <= 9}


def chain_case(about: str, model: list[float], draft: list[float], **options) -> None:
    @case(SPECULATE, about)
    def chained(package):
        config = replace(QUICK, vocab_size=5, max_seq_len=161)
        tokens = package.generation.speculate(
            Chain(config, model), Chain(config, draft), torch.tensor([[3]]), 160, 3, seeded(), **options
        )
        return {"the shape of the result": tuple(tokens.shape)} | shares("a step", tokens[0].diff() % 5, 5)


chain_case("many draws, and a draft that thinks otherwise", [0.75, 0.15, 0.1], [0.1, 0.15, 0.75])
chain_case("many draws, and a draft that is sure of something impossible", [0.6, 0.4], [0.1, 0.1, 0.8])
chain_case("many draws at temperature 0.25", [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], temperature=0.25)
chain_case("many draws from the best two", [0.4, 0.35, 0.25], [0.2, 0.2, 0.6], top_k=2)


def told_case(about: str, **sampling) -> None:
    @case(SPECULATE, about)
    def told(package):
        config = replace(QUICK, vocab_size=5, max_seq_len=16)
        calls = []

        def accept_draft(draft, q, p, generator=None):
            # In the order of their size: which tokens they are of depends on what was drawn.
            calls.append({"q": q[:3].sort(dim=-1).values, "p": p[:3].sort(dim=-1).values})
            return torch.cat((draft, torch.tensor([0])))[:1]

        model, draft = Chain(config, [0.5, 0.3, 0.2]), Chain(config, [0.15, 0.25, 0.6])
        with mock.patch.object(package.generation, "accept_draft", accept_draft):
            package.generation.speculate(model, draft, torch.tensor([[3]]), 8, 3, seeded(), **sampling)
        return labelled_call(calls[0]) if calls else {"accept_draft": "not asked"}


def labelled_call(call: dict) -> dict:
    return {f"the {name} that accept_draft is given": value for name, value in call.items()}


told_case("an eye on what accept_draft is given, at temperature 0.5", temperature=0.5)
told_case("an eye on what accept_draft is given, with top_k = 2", top_k=2)


@case(SPECULATE, "the same seed twice, then another")
def speculate_seeds(package):
    model, draft, before = model_of(package, ROOMY), draft_of(package), torch.get_rng_state()

    def draws(seed: int) -> Tensor:
        return package.generation.speculate(model, draft, draw_tokens(1, 3), 8, generator=seeded(seed))

    return {
        "the same seed gives the same text": torch.equal(draws(1), draws(1)),
        "another seed gives another": not torch.equal(draws(1), draws(2)),
        "no other source of randomness is asked": torch.equal(torch.get_rng_state(), before),
    }


@case(SPECULATE, "a text that outgrows the positions of one of the models")
def speculate_refused(package):
    short, long = model_of(package), model_of(package, ROOMY)
    prompt, speculate = draw_tokens(1, 5), package.generation.speculate
    return {
        "what is raised where the model's end": raised(speculate, short, long, prompt, 8, temperature=0),
        "what is raised where the draft's end": raised(speculate, long, short, prompt, 8, temperature=0),
        "what is raised where it fits": raised(speculate, short, model_of(package), prompt, 7, temperature=0),
    }
