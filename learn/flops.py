"""What a training step costs, counted before it is run."""

from torch import nn

from .debug import debug
from .gpt import GPT


def estimate_flops(model: GPT, causal: bool = False) -> int:
    r"""Floating-point operations per token of training, forward and backward together.

        6 * N + 12 * L * H * D * T        T = config.max_seq_len

    N counts the weights that a token is multiplied by: those of all linear layers, the head among them, less the
    `idle_weights` of every block's mlp (experts that the token does not visit). Embeddings are looked up, norms and
    biases are too small to matter. A multiplication and an addition count as two.

    causal: count only the scores that causality leaves, T (T + 1) / 2 of T^2, instead of all of them. Rounded down.

    PaLM (arXiv:2204.02311), appendix B, which counts all scores; FlashAttention and others count half.
    """
    debug("estimate_flops", model=model, causal=causal)
    # Every weight is used once per token: 2 operations forward, 4 backward.
    # Attention multiplies activations with each other too: queries with keys, and weights with values, each 2*D
    # operations per head and key forward, and twice that backward. A token sees T keys, or half of them on average.
    raise NotImplementedError("TODO: count the operations of one training step, per token")
