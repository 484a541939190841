"""As nanoGPT writes it, in evaluation mode; the mode is restored."""

import torch


@torch.no_grad()
def generate(model, idx, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    training = model.training
    model.eval()
    for _ in range(max_new_tokens):
        block_size = model.config.max_seq_len
        idx_cond = idx if idx.size(1) <= block_size else idx[:, -block_size:]
        logits = model(idx_cond)
        probs = next_token_distribution(logits[:, -1, :], temperature, top_k)
        idx_next = torch.multinomial(probs, num_samples=1, generator=generator)
        idx = torch.cat((idx, idx_next), dim=1)
    model.train(training)
    return idx
