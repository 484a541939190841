"""State space duality: chunked linear attention, whose values last a step."""

from .linear import chunk_linear_attention


def chunk_ssd(query, key, value, log_decay, step, state, chunk=64):
    return chunk_linear_attention(query, key, step[..., None] * value, log_decay, state, chunk)
