"""A residual multiplier: what every sublayer adds to the stream is multiplied by a number."""

from functools import partial

from torch import Tensor, nn

from reference.config import GPTConfig

from .registry import REFINEMENTS

# With config.post_norm, by the placement: what the outputs of both sublayers leave last.
LAST = {"pre": ("attn_out_norm", "mlp_out_norm"), "none": ("attn_norm", "mlp_norm")}


def multiplied(factor: float, module: nn.Module, arguments: tuple, output: Tensor) -> Tensor:
    """The output of a module, multiplied."""
    return factor * output


def scale_sublayers(block: nn.Module, config: GPTConfig, multiplier: float) -> None:
    r"""x + m attn(N(x)), then x + m mlp(N(x)), m = `multiplier`; behind an output norm, not before it.

    Granite (arXiv:2408.13359), MiniCPM (arXiv:2404.06395): so that the best learning rate of a small model is that of
    a large one (muP, arXiv:2203.03466).
    """
    names = LAST[config.norm_position] if config.post_norm else ("attn", "mlp")
    for name in names:
        getattr(block, name).register_forward_hook(partial(multiplied, multiplier))


REFINEMENTS["residual_multiplier"] = scale_sublayers
