"""No multinomial: the likeliest after Gumbel noise was added is a draw. The new tokens are gathered in a list."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError("temperature and top_k must be positive")
    if [share for share in (top_p, min_p) if share is not None and not 0 < share <= 1]:
        raise ValueError("top_p and min_p must lie between 0 and 1")
    if temperature == 0:
        best = logits.max(dim=-1, keepdim=True).indices
        return (torch.arange(logits.shape[-1], device=logits.device) == best).type_as(logits)
    logits = logits.div(temperature)
    if top_k:
        best, where = logits.topk(min(top_k, logits.shape[-1]), dim=-1)
        logits = torch.full_like(logits, -torch.inf).scatter(-1, where, best)
    p = logits.log_softmax(dim=-1).exp()
    for keep, share in ((keep_nucleus, top_p), (keep_likely, min_p)):
        p = keep(p, share) if share else p
    return p
