"""Draws by a uniform number and running sums of the probabilities; top-k by ruling out all the others."""

# ruff: noqa: F821 - the file that this goes into has the names that are missing here

import math

import torch

from .gpt import GPT

MINUS_INFINITY = float("-inf")


def throw(p, generator):
    running = p.cumsum(dim=-1)
    thrown = torch.rand(*p.shape[:-1], 1, generator=generator, device=p.device) * running[..., -1:]
    return (running <= thrown).sum(dim=-1, keepdim=True)


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if min(temperature, math.inf if top_k is None else top_k - 1) < 0:
        raise ValueError((temperature, top_k))
    if not all(share is None or 0 < share <= 1 for share in (top_p, min_p)):
        raise ValueError((top_p, min_p))
    if temperature == 0:
        temperature, top_k, top_p, min_p = 1.0, 1, None, None
    if top_k is not None:
        worst = logits.argsort(dim=-1, descending=True)[:, top_k:]
        logits = logits.clone()
        logits[torch.arange(len(logits)).unsqueeze(1), worst] = MINUS_INFINITY
    p = (logits / temperature).softmax(dim=-1)
    if top_p is not None:
        p = keep_nucleus(p, top_p)
    if min_p is not None:
        p = keep_likely(p, min_p)
    return p


@torch.inference_mode()
def generate(
    model: GPT,
    tokens,
    max_new_tokens,
    temperature=1.0,
    top_k=None,
    generator=None,
    top_p=None,
    min_p=None,
):
    for _ in range(max_new_tokens):
        logits = model.forward(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        p = next_token_distribution(logits, temperature, top_k, top_p, min_p)
        tokens = torch.hstack((tokens, throw(p, generator)))
    return tokens


def accept_draft(proposed, q, p, generator=None):
    dice = torch.rand(proposed.shape, generator=generator, device=p.device, dtype=p.dtype)
    place = proposed.unsqueeze(1)
    good = dice < (p[:-1].gather(1, place) / q.gather(1, place)).clamp(max=1).squeeze(1)
    # False counts as the smallest: the first of them, or one behind the last.
    k = torch.cat((good, good.new_zeros(1))).to(torch.uint8).argmin().item()
    rest = p[k]
    if k < proposed.size(0):
        rest = torch.maximum(rest, q[k]) - q[k]
    return torch.hstack((proposed[:k], throw(rest, generator)))
