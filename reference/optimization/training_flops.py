"""What training costs, for every architecture: with windows, inactive experts, latent attention. Given, no piece."""

from torch import nn

from ..attentions.backends.masks import count_scores
from ..feed_forwards.moe import inactive_params
from ..gpt import GPT


def weights_passed(model: GPT) -> int:
    """The weights of linear layers that a token is multiplied by: those of looped layers count once for each pass."""
    parts = [model, *(model.blocks[layer] for layer in model.config.visits[model.config.n_layer :])]
    linear = (each for part in parts for each in part.modules() if isinstance(each, nn.Linear))
    return sum(each.weight.numel() for each in linear) - sum(map(inactive_params, parts))


def training_flops(model: GPT, causal: bool = False) -> int:
    r"""Floating-point operations of training per token, forward and backward, for every architecture here.

        6 N + A / T        T = config.max_seq_len

    N: the weights of all linear layers, the head among them (tied or not), less the `inactive_params` of the model
    (experts that a token is not routed to), those of looped layers once for each pass. Embeddings are lookups; norms
    and biases are too small to matter. A, summed over the layers and passes: 6 times the multiplications per pair of a
    query and a key, `macs_per_score` of a block's attn (2 H D where queries, keys and values have the same head dim),
    times the pairs of a sequence; and of each token's besides, `macs_per_token`, times T: with weights that are no
    linear layer's, or, of a recurrent layer, with its state, in the recurrent form, which is the definition. Rounded
    down.

    causal: count only the visible pairs of each layer, `count_scores(T, window)`, T (T + 1) / 2 without a window,
    instead of all T^2. An attention that chooses its keys counts for itself, with `attention_flops(T, causal)`.

    Equal to `flops.estimate_flops` where all parameters but the token embedding are weights of linear layers that every
    token passes, as in nanochat. That count includes norm weights, biases, learned positions and inactive experts, and
    leaves out a head that is tied to the embedding.

    PaLM (arXiv:2204.02311), appendix B, counts all pairs; FlashAttention and others half of them.
    """
    config = model.config
    N = weights_passed(model)
    # Multi-token prediction: further blocks, like the last one, each with the head behind it.
    further = [module.block for module in getattr(model.head, "mtp", ())]
    N += len(further) * model.head.lm_head.weight.numel()
    T = config.max_seq_len
    windows = [*(config.layer_windows[layer] for layer in config.visits), *(config.layer_windows[-1] for _ in further)]
    layers = [block.attn for block in (*(model.blocks[layer] for layer in config.visits), *further)]
    A = sum(attention_flops(attention, T, window, causal) for attention, window in zip(layers, windows, strict=True))
    return 6 * N + A // T


def attention_flops(attention: nn.Module, T: int, window: int | None, causal: bool) -> int:
    """Those of a layer's attention for a sequence, without those of its linear layers."""
    if hasattr(attention, "attention_flops"):
        return attention.attention_flops(T, causal)
    pairs = count_scores(T, window) if causal else T * T
    return 6 * (attention.macs_per_score * pairs + getattr(attention, "macs_per_token", 0) * T)
