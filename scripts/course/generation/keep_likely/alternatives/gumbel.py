"""No multinomial: the likeliest after Gumbel noise was added is a draw. The new tokens are gathered in a list."""

import torch


def keep_likely(p, min_p):
    # As a distance of logarithms.
    score = p.log()
    far = score < score.max(dim=-1, keepdim=True).values + torch.tensor(min_p, dtype=p.dtype).log()
    return score.masked_fill(far, -torch.inf).softmax(dim=-1)
