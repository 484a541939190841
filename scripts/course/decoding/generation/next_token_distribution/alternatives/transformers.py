"""As transformers' TemperatureLogitsWarper and TopKLogitsWarper write it."""

import torch


def next_token_distribution(scores, temperature=1.0, top_k=None):
    if temperature == 0:
        return (torch.arange(scores.shape[-1], device=scores.device) == scores.argmax(-1, keepdim=True)).to(
            scores.dtype
        )
    scores = scores / temperature
    if top_k is not None:
        top_k = min(top_k, scores.size(-1))
        indices_to_remove = scores < torch.topk(scores, top_k)[0][..., -1, None]
        scores = scores.masked_fill(indices_to_remove, -float("Inf"))
    return torch.nn.functional.softmax(scores, dim=-1)
