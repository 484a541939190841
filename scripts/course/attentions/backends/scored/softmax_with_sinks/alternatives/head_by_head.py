"""One head after the other, with a softmax by hand, in which a sink is one more summand below the line."""

import torch


def softmax_with_sinks(scores, sinks):
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    sinks = sinks.to(wide.dtype)[None, :, None, None]
    # The largest number of all, sink or score, is taken off before anything grows too large.
    top = torch.maximum(wide.max(dim=-1, keepdim=True).values, sinks).detach()
    parts = torch.exp(wide - top)
    return (parts / (parts.sum(dim=-1, keepdim=True) + torch.exp(sinks - top))).to(scores.dtype)
