"""What decoding.speculative.verify_draft is asked."""

import torch

from scripts.course.decoding.generation.shared import fractions, seeded
from scripts.workshop.check.cases import case


def accepted(package, proposed: list[int], q: list, p: list, seed: int = 0) -> dict:
    given = torch.tensor(proposed, dtype=torch.int64), torch.tensor(q).view(-1, len(p[0])), torch.tensor(p)
    before = [value.clone() for value in given]
    tokens = package.decoding.speculative.verify_draft(*given, seeded(seed))
    kept = all(torch.equal(a, b) for a, b in zip(given, before, strict=True))
    return {"the tokens": tokens, "the inputs are unchanged": kept}


@case("p >= q for every draft token")
def all_accepted(package):
    q, p = [[0.5, 0.25, 0.25]] * 3, [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]
    return accepted(package, [0, 1, 2], q, p)


@case("p = q for every draft token")
def same_opinion(package):
    q = [[0.5, 0.25, 0.25]] * 6
    return accepted(package, [0, 1, 2, 2, 1, 0], q, [*q, [0.0, 1.0, 0.0]])


@case("small q and p = 1 for every draft token")
def timid_draft(package):
    return accepted(package, [1] * 8, [[0.9, 0.1]] * 8, [[0.0, 1.0]] * 8 + [[1.0, 0.0]])


@case("p = 0 for the first draft token")
def first_refused(package):
    return accepted(
        package,
        [0, 1],
        [[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]],
        [[0.0, 0.25, 0.75, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    )


@case("p = 0 for a token in the middle, and p = 1 behind it")
def middle_refused(package):
    q = [[0.25, 0.25, 0.25, 0.25]] * 2 + [[0.5, 0.25, 0.25, 0.0]] + [[0.25, 0.25, 0.25, 0.25]] * 2
    p = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.125, 0.25, 0.625]] + [[0.0, 0.0, 1.0, 0.0]] * 3
    return accepted(package, [0, 1, 0, 2, 2], q, p)


@case("p = 0 for the last draft token")
def last_refused(package):
    return accepted(package, [1, 0], [[0.5, 0.5], [0.75, 0.25]], [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]])


@case("an empty draft")
def empty_draft(package):
    return accepted(package, [], [], [[0.0, 0.0, 1.0]])


@case("many drafts of one token that is rejected")
def replacements(package):
    # Token 0 has p = 0; token 2 has p = q.
    q, p, generator = torch.tensor([[0.75, 0.0, 0.25, 0.0]]), torch.tensor([[0.0, 0.125, 0.25, 0.625]] * 2), seeded()
    tokens = [package.decoding.speculative.verify_draft(torch.tensor([0]), q, p, generator) for _ in range(300)]
    return {
        "the numbers of tokens": sorted({len(token) for token in tokens}),
        "the tokens added": sorted(set(torch.cat(tokens).tolist())),
        **fractions("the added token", torch.cat(tokens), 4),
    }


@case("many drafts of two tokens")
def many_drafts(package):
    q = torch.tensor([[0.9, 0.05, 0.05], [0.1, 0.1, 0.8]])
    p = torch.tensor([[0.45, 0.35, 0.2], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    generator = seeded()
    drafts = torch.multinomial(q, 500, replacement=True, generator=generator).T
    tokens = [package.decoding.speculative.verify_draft(draft, q, p, generator) for draft in drafts]
    report = fractions("the first token", torch.stack([token[0] for token in tokens]), 3)
    report |= fractions("the number of tokens", torch.tensor([len(token) for token in tokens]), 5)
    for place, name in ((1, "second"), (2, "third")):
        report |= fractions(f"the {name} token", torch.stack([t[place] for t in tokens if len(t) > place]), 3)
    return report


@case("many drafts of six tokens, each accepted half of the time")
def long_drafts(package):
    q, p, generator = torch.tensor([[1.0, 0.0]] * 6), torch.tensor([[0.5, 0.5]] * 7), seeded()
    tokens = [package.decoding.speculative.verify_draft(torch.tensor([0] * 6), q, p, generator) for _ in range(200)]
    return fractions("the number of tokens", torch.tensor([len(token) for token in tokens]), 8)


@case("the same seed twice, then another")
def accept_seeds(package):
    q, p, before = torch.tensor([[0.5, 0.5]] * 12), torch.tensor([[0.49, 0.51]] * 13), torch.get_rng_state()

    def draws(seed: int) -> list[int]:
        generator = seeded(seed)
        # Enough for some to be accepted as a whole, and some not.
        drafts = [package.decoding.speculative.verify_draft(torch.tensor([0] * 12), q, p, generator) for _ in range(20)]
        return torch.cat(drafts).tolist()

    return {
        "the same seed gives the same tokens": draws(1) == draws(1),
        "another seed gives others": draws(1) != draws(2),
        "the global generator is not used": torch.equal(torch.get_rng_state(), before),
    }
