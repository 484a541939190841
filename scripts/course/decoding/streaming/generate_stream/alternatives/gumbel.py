"""Samples by Gumbel noise instead of multinomial; the new tokens are gathered in lists."""

import torch


def pick(p, generator):
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(p).exponential_(generator=generator).log()
    return (p.log() - noise).argmax(dim=-1)


@torch.inference_mode()
def generate_stream(model, texts, max_new_tokens, stop_tokens=(), generator=None, **sampling):
    if max_new_tokens < 1:
        return
    T = model.config.max_seq_len
    texts = [list(text) for text in texts]
    going = torch.ones(len(texts), dtype=torch.bool)
    logits, cache = prefill(model, [torch.stack(text[-T:]) for text in texts])
    count = 0
    while True:
        token = pick(sampling_distribution(logits, **sampling), generator)
        yield torch.where(going.to(token.device), token, -1)
        going &= torch.tensor([int(one) not in stop_tokens for one in token])
        count += 1
        if count == max_new_tokens or not going.any():
            break
        for text, one in zip(texts, token, strict=True):
            text.append(one)
        if cache.max_len == T:
            logits, cache = prefill(model, [torch.stack(text[-T:]) for text in texts])
        else:
            logits = model(token[:, None], cache=cache)[:, 0]
