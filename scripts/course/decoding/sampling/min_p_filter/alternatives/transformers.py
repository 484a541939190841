"""As transformers' MinPLogitsWarper writes it, with the most likely token kept by its place in sorted order."""

import torch


def min_p_filter(p, min_p):
    scores = p.log()
    probs = torch.softmax(scores, dim=-1)
    top_probs = probs.max(dim=-1, keepdim=True).values
    tokens_to_remove = probs < min_p * top_probs
    sorted_indices = torch.argsort(scores, descending=True, dim=-1)
    sorted_indices_to_remove = torch.gather(tokens_to_remove, dim=-1, index=sorted_indices)
    sorted_indices_to_remove[..., :1] = False
    indices_to_remove = sorted_indices_to_remove.scatter(1, sorted_indices, sorted_indices_to_remove)
    return scores.masked_fill(indices_to_remove, -float("Inf")).softmax(dim=-1)
