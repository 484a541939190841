"""Samples by the inverse of the cumulative distribution."""

import torch

from ..gpt import GPT


def throw(p, generator):
    running = p.cumsum(dim=-1)
    thrown = torch.rand(*p.shape[:-1], 1, generator=generator, device=p.device) * running[..., -1:]
    return (running <= thrown).sum(dim=-1, keepdim=True)


@torch.inference_mode()
def generate(
    model: GPT,
    tokens,
    max_new_tokens,
    temperature=1.0,
    top_k=None,
    generator=None,
):
    for _ in range(max_new_tokens):
        logits = model.forward(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        p = next_token_distribution(logits, temperature, top_k)
        tokens = torch.hstack((tokens, throw(p, generator)))
    return tokens
