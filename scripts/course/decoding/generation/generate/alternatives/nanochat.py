"""As nanochat writes it: everything in the loop, greedy decoding by an argmax."""

import torch
from torch.nn import functional as F


@torch.inference_mode()
def generate(model, ids, max_tokens, temperature=1.0, top_k=None, generator=None):
    for _ in range(max_tokens):
        logits = model.forward(ids[:, -model.config.max_seq_len :])
        logits = logits[:, -1, :]
        if top_k is not None:
            v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
            logits[logits < v[:, [-1]]] = -float("Inf")
        if temperature > 0:
            logits = logits / temperature
            probs = F.softmax(logits, dim=-1)
            next_ids = torch.multinomial(probs, num_samples=1, generator=generator)
        else:
            next_ids = torch.argmax(logits, dim=-1, keepdim=True)
        ids = torch.cat((ids, next_ids), dim=1)
    return ids
