"""What optimization.qk_clip.largest_logits is asked."""

import torch

from scripts.workshop.check.cases import case, draw


def largest(package, B: int, H: int, G: int, Tq: int, Tk: int, mask=None, scale: float = 0.5, **moved) -> dict:
    query, key = draw(B, H, Tq, 6) + moved.get("by", 0.0), draw(B, G, Tk, 6, seed=1)
    query.requires_grad_()
    if mask is None:
        mask = torch.ones(Tq, Tk, dtype=torch.bool).tril(Tk - Tq)[None, None]
    found = package.optimization.qk_clip.largest_logits(query, key, mask, scale)
    return {
        "the result": found.detach(),
        "whether there is a gradient": found.requires_grad,
        "the queries after the call": query.detach(),
        "the keys after the call": key,
    }


case("two query heads to a key head")(lambda package: largest(package, 2, 4, 2, 5, 5))


case("a key for every head, and another scale")(lambda package: largest(package, 2, 3, 3, 6, 6, scale=1.75))


case("one key for all, and more keys than queries")(lambda package: largest(package, 3, 4, 1, 2, 7))


@case("one query, one key")
def single(package):
    return largest(package, 1, 4, 2, 1, 1)


@case("a mask for each sequence, with windows")
def masked(package):
    distance = torch.arange(5)[:, None] - torch.arange(5)
    mask = torch.stack([(distance >= 0) & (distance < window) for window in (1, 2, 3)])[:, None]
    return largest(package, 3, 4, 2, 5, 5, mask)


@case("logits that are all negative")
def negative(package):
    query, key = draw(2, 4, 5, 6).abs() + 0.5, -draw(2, 2, 5, 6, seed=1).abs() - 0.5
    mask = torch.ones(5, 5, dtype=torch.bool).tril()[None, None]
    return {"the result": package.optimization.qk_clip.largest_logits(query, key, mask, 0.5)}


@case("a largest key that lies in the future")
def future(package):
    query, key = draw(1, 2, 4, 6).abs(), draw(1, 2, 4, 6, seed=1).abs()
    key[:, :, -1] += 8
    mask = torch.ones(4, 4, dtype=torch.bool).tril(-1)[None, None]
    return {"the result": package.optimization.qk_clip.largest_logits(query, key, mask, 1.0)}


@case("bfloat16 queries and keys", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": largest(package, 2, 4, 2, 5, 5)["the result"]}
