"""State space duality: linear attention, whose values last a step."""

from .linear import recurrent_linear_attention


def recurrent_ssd(query, key, value, log_decay, step, state):
    return recurrent_linear_attention(query, key, value * step.unsqueeze(-1), log_decay, state)
