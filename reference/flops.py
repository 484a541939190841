"""What a training step costs, counted before it is run."""

from torch import nn

from .gpt import GPT
from .positions import visible_pairs


def estimate_flops(model: GPT, causal: bool = False) -> int:
    r"""Floating-point operations per token of training, forward and backward together.

        6 * N + 12 * L * H * D * T        T = config.max_seq_len

    The second part is 6 * M * T, summed over the layers: M is the `numbers_per_pair` of a block's attn, 2 * H * D where
    queries, keys and values are of one size. N counts the weights that a token is multiplied by: those of all linear
    layers, the head among them, less the `idle_weights` of every block's mlp (experts that the token does not visit).
    Embeddings are looked up, norms and biases are too small to matter. A multiplication and an addition count as two.

    causal: instead of all T^2 scores of a layer, count only those that somebody sees: `visible_pairs(T, window)`,
    which is T (T + 1) / 2 without a window. config.layer_windows has the window of every layer. Rounded down.

    PaLM (arXiv:2204.02311), appendix B, which counts all scores; FlashAttention and others count half.
    """
    config = model.config
    # Every weight is used once per token: 2 operations forward, 4 backward.
    N = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))
    N -= sum(block.mlp.idle_weights for block in model.blocks)
    # Attention multiplies activations with each other too: queries with keys, and weights with values. Each number is
    # 2 operations forward and twice that backward, for every pair of a query and a key; a token has its share of them.
    T = config.max_seq_len
    pairs = [visible_pairs(T, window) if causal else T * T for window in config.layer_windows]
    M = sum(block.attn.numbers_per_pair * seen for block, seen in zip(model.blocks, pairs, strict=True))
    return 6 * N + 6 * M // T
