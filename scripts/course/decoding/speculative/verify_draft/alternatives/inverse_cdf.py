"""Samples by the inverse of the cumulative distribution."""

import torch


def throw(p, generator):
    running = p.cumsum(dim=-1)
    thrown = torch.rand(*p.shape[:-1], 1, generator=generator, device=p.device) * running[..., -1:]
    return (running <= thrown).sum(dim=-1, keepdim=True)


def verify_draft(proposed, q, p, generator=None):
    dice = torch.rand(proposed.shape, generator=generator, device=p.device, dtype=p.dtype)
    place = proposed.unsqueeze(1)
    good = dice < (p[:-1].gather(1, place) / q.gather(1, place)).clamp(max=1).squeeze(1)
    # False counts as the smallest: the first of them, or one behind the last.
    k = torch.cat((good, good.new_zeros(1))).to(torch.uint8).argmin().item()
    rest = p[k]
    if k < proposed.size(0):
        rest = torch.maximum(rest, q[k]) - q[k]
    return torch.hstack((proposed[:k], throw(rest, generator)))
