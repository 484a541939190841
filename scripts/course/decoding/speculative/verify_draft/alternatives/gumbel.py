"""Samples by Gumbel noise instead of multinomial; the new tokens are gathered in lists."""

import torch


def pick(p, generator):
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(p).exponential_(generator=generator).log()
    return (p.log() - noise).argmax(dim=-1)


def verify_draft(proposed, q, p, generator=None):
    i = torch.arange(proposed.numel(), device=p.device)
    # Exponential clocks instead of uniform throws.
    clocks = torch.empty(len(i), dtype=p.dtype, device=p.device).exponential_(generator=generator)
    turned_down = clocks <= q[i, proposed].log() - p[i, proposed].log()
    k = int(turned_down.nonzero().min()) if turned_down.any() else len(i)
    q = torch.cat((q, torch.zeros_like(p[:1])))
    return torch.cat((proposed[:k], pick((p[k] - q[k]).clamp(min=0), generator)[None]))
