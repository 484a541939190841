"""Residual lambdas: a stream that every layer scales anew, and that is fed with the embedding once more in each."""

from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...blocks import STREAM_BLOCKS
from ...debug import debug
from ...positions import Context
from ..refinements.registry import REFINEMENTS
from .embedded_values import build_values
from .pre_norm import StreamBlock
from .smear import Smear, with_tail, without_tail


class Carried(NamedTuple):
    """What goes from block to block. An embedding that makes values returns one too, in which x is all three."""

    x: Float[Tensor, "B T C"]  # the residual stream
    x0: Float[Tensor, "B T C"]  # the stream as it entered the first block
    middle: Float[Tensor, "B T C"]  # the stream as it left the middle block; before that, x0
    values: tuple[Float[Tensor, "B T GD"] | None, ...] = ()  # by layer, the value embedding of every token


class Enter(nn.Module):
    """In front of the first block: smear, where config.smear, and all that the blocks carry."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.smear = Smear(config) if config.smear else NoSmear()

    def forward(self, x: Tensor | Carried, context: Context) -> tuple[Carried, Context]:
        """What the blocks carry, and the context for attention. x: what the embedding returns."""
        x, values = (x.x, x.values) if isinstance(x, Carried) else (x, ())
        x = self.smear(x, with_tail(context))
        return Carried(x, x, x, values), without_tail(context)


class NoSmear(nn.Module):
    """The stream as it is."""

    def forward(self, x: Tensor, context: Context) -> Tensor:
        """x"""
        return x


class InTheStream(nn.Module):
    """In front of every other block: nothing is left to do."""

    def forward(self, stream: Carried, context: Context) -> tuple[Carried, Context]:
        """stream and context"""
        return stream, context


class KeepMiddle(nn.Module):
    """Behind the middle block: keep the stream as it is there."""

    def forward(self, stream: Carried) -> Carried:
        """stream, with x in the place of middle."""
        return stream._replace(middle=stream.x)


class Backout(nn.Module):
    r"""Behind the last block, where config.backout: take out again what was already there in the middle of the model.
    Attribute: weight (1), 0.2 at first. What early layers need is not what the head reads. nanochat 2026."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.full((1,), 0.2))

    def forward(self, stream: Carried) -> Float[Tensor, "B T C"]:
        r"""x - weight * middle, in the dtype of x."""
        debug("Backout.forward", stream=stream)
        # Subtract a part of the middle block's output: the weight may be in float32.
        raise NotImplementedError("TODO: x - weight * middle")


class TakeStream(nn.Module):
    """Behind the last block: the stream alone."""

    def forward(self, stream: Carried) -> Float[Tensor, "B T C"]:
        """stream.x"""
        return stream.x


class LambdaBlock(StreamBlock):
    r"""Pre-norm block in front of which the stream is scaled and fed with what entered the first block.

        x = resid_lambda * x + x0_lambda * x0
        h = N(x)
        x = x + attn(h), with value embeddings where this layer has them
        x = x + mlp(N(x))

    Attributes: those of `Block`; resid_lambda and x0_lambda (1), 1.15 and 0.20 at first in the first layer, 1.05 and
    0.05 in the last; values, which adds a value embedding to the values of attention, or nothing; enter, for the first
    block, keep, for the middle one, number L // 2 from 0, and leave, for the last: in others they do nothing.

    nanochat (github.com/karpathy/nanochat, July 2026), after modded-nanogpt.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        depth = layer / max(config.n_layer - 1, 1)
        self.resid_lambda = nn.Parameter(torch.full((1,), 1.15 - 0.10 * depth))
        self.x0_lambda = nn.Parameter(torch.full((1,), 0.20 - 0.15 * depth))
        self.values = build_values(config, layer)
        self.enter = InTheStream() if layer else Enter(config)
        self.keep = KeepMiddle() if layer == config.n_layer // 2 else nn.Identity()
        self.leave: nn.Module = nn.Identity()
        if layer == config.n_layer - 1:
            self.leave = Backout() if config.backout else TakeStream()

    def forward(self, x: Tensor | Carried, context: Context) -> Any:
        r"""The formula above. `self.enter(x, context)` returns what the blocks carry, with `stream.x` and `stream.x0`,
        and the context; `self.values(h, stream.values, context)` the context for attention. Returns what
        `self.leave(self.keep(stream))` makes of the stream with the new x."""
        debug("LambdaBlock.forward", x=x, context=context)
        # Unpack what the blocks carry; in front of the first block, pack it.
        # Scale the stream, and feed it with what entered the first block: no layer has to keep that for later ones.
        # Attention sublayer: it reads the normed stream; a value embedding may join its values.
        # MLP sublayer: on the stream that attention has added to.
        raise NotImplementedError("TODO: scale the stream, add x0, then pre-norm, with values joined and all handed on")


STREAM_BLOCKS["lambdas"] = LambdaBlock


def require_lambdas(field: str, block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    """Raises `ValueError` where the blocks have no place for what `field` asks for."""
    if not isinstance(block, LambdaBlock):
        raise ValueError(
            f"{field} = {wanted} with residual_stream = {config.residual_stream!r}: it goes with 'lambdas', whose "
            "blocks carry what it needs"
        )


for field in ("backout", "smear", "value_embeddings"):
    REFINEMENTS[field] = partial(require_lambdas, field)
