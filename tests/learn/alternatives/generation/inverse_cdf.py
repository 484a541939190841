"""Draws by a uniform number and running sums of the probabilities; top-k by ruling out all the others."""

import math

import torch

from .gpt import GPT

MINUS_INFINITY = float("-inf")


@torch.inference_mode()
def generate(model: GPT, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    if min(temperature, math.inf if top_k is None else top_k - 1) < 0:
        raise ValueError((temperature, top_k))
    for _ in range(max_new_tokens):
        logits = model.forward(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        if top_k is not None:
            worst = logits.argsort(dim=-1, descending=True)[:, top_k:]
            logits[torch.arange(len(tokens)).unsqueeze(1), worst] = MINUS_INFINITY
        if temperature > 0:
            running = (logits / temperature).softmax(dim=-1).cumsum(dim=-1)
            thrown = torch.rand(len(tokens), 1, generator=generator, device=tokens.device) * running[:, -1:]
            drawn = (running <= thrown).sum(dim=-1, keepdim=True)
        else:
            drawn = torch.argmax(logits, dim=-1, keepdim=True)
        tokens = torch.hstack((tokens, drawn))
    return tokens
