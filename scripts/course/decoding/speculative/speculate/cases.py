"""What decoding.speculative.speculate is asked."""

from dataclasses import replace
from unittest import mock

import torch

from scripts.course.decoding.cache.shared import labelled
from scripts.course.decoding.generation.shared import (
    QUICK,
    WINDOWED,
    fractions,
    left_as_it_was,
    model_of,
    raised,
    reproducible,
    seeded,
    watched,
)
from scripts.workshop.check.cases import case, draw, draw_tokens, fill

ROOMY = replace(QUICK, max_seq_len=24)


@torch.no_grad()
def draft_of(package, config=ROOMY):
    """A model whose argmax is that of `model_of` at most positions, and not at all."""
    draft = model_of(package, config)
    for seed, parameter in enumerate(draft.parameters()):
        parameter += 0.2 * draw(*parameter.shape, seed=seed)
    return draft


def speculating_case(about: str, length: int, new: int, config=ROOMY, same: bool = False, **options) -> None:
    @case(about)
    def speculating(package):
        tokens = draw_tokens(1, length, seed=4)
        before = tokens.clone()
        model, draft = model_of(package, config), (model_of if same else draft_of)(package, config)
        result = package.decoding.speculative.speculate(model, draft, tokens, new, **options)
        return {
            "the result": result,
            "the prompt is unchanged": torch.equal(tokens, before),
            **labelled("of the model", left_as_it_was(model)),
            **labelled("of the draft model", left_as_it_was(draft)),
        }


speculating_case("temperature 0, and a draft model that differs", 4, 10, temperature=0)


speculating_case("temperature 0, and a draft model that is always right", 4, 11, same=True, temperature=0)


speculating_case("a prompt of one token", 1, 7, temperature=0)


speculating_case("lookahead = 1", 3, 7, lookahead=1, temperature=0)


speculating_case("lookahead above max_new_tokens", 3, 4, lookahead=9, same=True, temperature=0)


speculating_case("max_new_tokens = 1", 3, 1, temperature=0)


speculating_case("max_new_tokens = 2, and a draft model that is always right", 3, 2, same=True, temperature=0)


speculating_case("max_new_tokens = 0", 3, 0, temperature=0)


speculating_case("exactly max_seq_len tokens", 10, 14, same=True, temperature=0)


speculating_case("sliding windows", 9, 12, config=replace(WINDOWED, max_seq_len=24), temperature=0)


speculating_case("top_k = 1, which leaves one token", 4, 8, top_k=1)


speculating_case("min_p = 1, which leaves one token", 4, 8, min_p=1.0)


@case("a model that is its own draft model")
def own_draft(package):
    model = model_of(package, ROOMY)
    return {
        "the result": package.decoding.speculative.speculate(model, model, draw_tokens(1, 4, seed=4), 9, temperature=0)
    }


@case("a draft model that errs now and then, and the forward passes counted")
def speculate_reads(package):
    reads, draft_reads = [], []

    class Erring(package.gpt.GPT):
        """Says the opposite in every seventh place."""

        def forward(self, tokens, targets=None, cache=None):
            logits = super().forward(tokens, targets, cache)
            end = tokens.size(1) if cache is None else cache.max_len
            place = torch.arange(end - tokens.size(1), end)
            return torch.where((place % 7 == 5)[:, None], -logits, logits)

    model, draft = model_of(package, ROOMY), fill(Erring(ROOMY))
    tokens = package.decoding.speculative.speculate(
        watched(model, reads), watched(draft, draft_reads), draw_tokens(1, 4, seed=4), 20, temperature=0
    )
    return {
        "the result": tokens,
        # Six rounds, in which the model reads 31 tokens and the draft 27. A little more is let pass, such as the prompt
        # by itself.
        "the number of forward passes of the model": len(reads) <= 7,
        "the model reads rejected tokens twice only": sum(reads) <= 33,
        "the draft model reads rejected tokens twice only": sum(draft_reads) <= 29,
        # Perhaps without the prompt's last token.
        "the draft model reads the prompt": max(draft_reads, default=0) >= 3,
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
            cache.append(tokens)
        return self.table[tokens]


@case("a draft model that is always right, lookahead = 1, and the forward passes counted")
def speculate_one_ahead(package):
    reads, model = [], Chain(ROOMY, [0.2, 0.8])
    tokens = package.decoding.speculative.speculate(
        watched(model, reads), Chain(ROOMY, [0.2, 0.8]), torch.tensor([[3, 1]]), 16, lookahead=1, temperature=0
    )
    return {"the result": tokens, "the model reads two tokens at once": len(reads) <= 9}


def chain_case(about: str, model: list[float], draft: list[float], **options) -> None:
    @case(about)
    def chained(package):
        config = replace(QUICK, vocab_size=5, max_seq_len=161)
        tokens = package.decoding.speculative.speculate(
            Chain(config, model), Chain(config, draft), torch.tensor([[3]]), 160, 3, seeded(), **options
        )
        return {"the shape of the result": tuple(tokens.shape)} | fractions("a step", tokens[0].diff() % 5, 5)


chain_case("many samples, and a draft model that differs", [0.75, 0.15, 0.1], [0.1, 0.15, 0.75])


chain_case("many samples, and a draft model that proposes tokens with p = 0", [0.6, 0.4], [0.1, 0.1, 0.8])


chain_case("many samples at temperature 0.25", [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], temperature=0.25)


chain_case("many samples with top_k = 2", [0.4, 0.35, 0.25], [0.2, 0.2, 0.6], top_k=2)


def told_case(about: str, **sampling) -> None:
    @case(about)
    def told(package):
        config = replace(QUICK, vocab_size=5, max_seq_len=16)
        calls = []

        def verify_draft(draft, q, p, generator=None):
            # In the order of their size: which tokens they are of depends on what was drawn.
            calls.append({"q": q[:3].sort(dim=-1).values, "p": p[:3].sort(dim=-1).values})
            return torch.cat((draft, torch.tensor([0])))[:1]

        model, draft = Chain(config, [0.5, 0.3, 0.2]), Chain(config, [0.15, 0.25, 0.6])
        with mock.patch.object(package.decoding.speculative, "verify_draft", verify_draft):
            package.decoding.speculative.speculate(model, draft, torch.tensor([[3]]), 8, 3, seeded(), **sampling)
        return labelled_call(calls[0]) if calls else {"verify_draft": "not asked"}


def labelled_call(call: dict) -> dict:
    return {f"the {name} of verify_draft": value for name, value in call.items()}


told_case("the arguments of verify_draft with top_p = 0.7 at temperature 0.5", temperature=0.5, top_p=0.7)


told_case("the arguments of verify_draft with top_k = 2", top_k=2)


told_case("the arguments of verify_draft with min_p = 0.5", min_p=0.5)


@case("the same seed twice, then another")
def speculate_seeds(package):
    model, draft, report = model_of(package, ROOMY), draft_of(package), {}
    for options in ({}, {"temperature": 2.0, "top_k": 9}, {"top_p": 0.99, "min_p": 0.001}):

        def draws(seed: int, options=options) -> list[list[int]]:
            return package.decoding.speculative.speculate(
                model, draft, draw_tokens(1, 3), 8, generator=seeded(seed), **options
            ).tolist()

        report |= reproducible(draws, " and ".join(options) or "no options")
    return report


@case("a sequence that outgrows max_seq_len of one of the models")
def speculate_refused(package):
    short, long = model_of(package), model_of(package, ROOMY)
    prompt, speculate = draw_tokens(1, 5), package.decoding.speculative.speculate
    return {
        "what is raised where the model's end": raised(speculate, short, long, prompt, 8, temperature=0),
        "what is raised where the draft's end": raised(speculate, long, short, prompt, 8, temperature=0),
        "what is raised where it fits": raised(speculate, short, model_of(package), prompt, 7, temperature=0),
    }
