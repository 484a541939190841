"""In a buffer of the final length, or token by token in a Python loop."""

import torch


def verify_draft(proposed, q, p, generator=None):
    # One after the other; what comes behind the first that is turned down is not even looked at.
    for i, token in enumerate(proposed):
        if torch.rand((), generator=generator, device=p.device) * q[i, token] >= p[i, token]:
            missing = torch.relu(p[i] - q[i])
            other = torch.multinomial(missing / missing.sum(), 1, generator=generator)
            return torch.cat([proposed[:i], other])
    return torch.cat([proposed, torch.multinomial(p[-1], 1, generator=generator)])
