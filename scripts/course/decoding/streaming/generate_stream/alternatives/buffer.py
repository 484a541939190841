"""In a buffer of the final length, or token by token in a Python loop."""

import torch


@torch.inference_mode()
def generate_stream(model, texts, max_new_tokens, stop_tokens=(), generator=None, **sampling):
    longest, device = model.config.max_seq_len, texts[0].device
    lengths = [len(text) for text in texts]
    buffer = torch.zeros(len(texts), max(lengths) + max_new_tokens, dtype=torch.int64, device=device)
    for b, text in enumerate(texts):
        buffer[b, : lengths[b]] = text
    running, stop_tokens = [True] * len(texts), set(stop_tokens)
    cache = None
    for _ in range(max_new_tokens):
        if not any(running):
            break
        if cache is None or cache.max_len == longest:
            ends = [buffer[b, max(0, n - longest) : n] for b, n in enumerate(lengths)]
            logits, cache = prefill(model, ends)
        else:
            last = [buffer[b, n - 1 : n] for b, n in enumerate(lengths)]
            logits = model(torch.stack(last), cache=cache).squeeze(1)
        p = sampling_distribution(logits, **sampling)
        drawn = torch.multinomial(p, 1, generator=generator)[:, 0].tolist()
        for b, token in enumerate(drawn):
            buffer[b, lengths[b]] = token
            lengths[b] += 1
        yield torch.tensor([token if on else -1 for token, on in zip(drawn, running, strict=True)], device=device)
        running = [on and token not in stop_tokens for token, on in zip(drawn, running, strict=True)]
