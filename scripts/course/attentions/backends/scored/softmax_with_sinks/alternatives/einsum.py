"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is.

Sinks by what they leave: a softmax of the keys alone, times the share that the sink does not take.
"""

import torch


def softmax_with_sinks(scores, sinks):
    left = torch.sigmoid(scores.logsumexp(dim=-1, keepdim=True) - sinks.view(-1, 1, 1))
    return (scores.softmax(dim=-1) * left).to(scores.dtype)
