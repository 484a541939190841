"""What training costs: floating-point operations per token, counted from the model's sizes."""

from ..gpt import GPT


def estimate_flops(model: GPT) -> int:
    r"""Floating-point operations of training per token, forward and backward.

        6 (N - N_embedding) + 12 L H D T        T = config.max_seq_len

    N: all parameters, N_embedding: those of the token embedding. A multiplication and an addition count as two.

    PaLM (arXiv:2204.02311), appendix B.
    """
    # Count the weights that a token is multiplied by: all but the embedding, which is a lookup.
    N = sum(weight.numel() for weight in model.parameters())
    N_embedding = model.embedding.token_embedding.weight.numel()
    # Read the sizes of attention, which multiplies activations with each other: q with k, and weights with v.
    L, H, D, T = model.config.n_layer, model.config.n_head, model.config.head_dim, model.config.max_seq_len
    # Count 6 per weight (2 forward, 4 backward), and 12 H D T per layer for the two products of attention.
    return 6 * (N - N_embedding) + 12 * L * H * D * T
