"""What a training step costs, counted before it is run."""

from .gpt import GPT


def estimate_flops(model: GPT) -> int:
    r"""Floating-point operations per token of training, forward and backward together.

        6 * (N - N_embedding) + 12 * L * H * D * T        T = config.max_seq_len

    N counts all weights, N_embedding those of the token embedding. A multiplication and an addition count as two. The
    scores are counted in full, also the half that causality hides.

    PaLM (arXiv:2204.02311), appendix B.
    """
    config = model.config
    # Every weight is used once per token: 2 operations forward, 4 backward. The embedding is a look-up and costs none.
    N = sum(parameter.numel() for parameter in model.parameters())
    N_embedding = model.token_embedding.weight.numel()
    # Attention multiplies activations with each other too: queries with keys, and weights with values, each 2*D
    # operations per head and key forward, and twice that backward.
    attention = 12 * config.n_layer * config.n_head * config.head_dim * config.max_seq_len
    return 6 * (N - N_embedding) + attention
