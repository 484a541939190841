"""Clipped projections: no element of a query, key or value passes a bound."""

from functools import partial

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from .registry import REFINEMENTS, replace_linear


class ClippedLinear(nn.Linear):
    r"""clamp(x W^T + b, -clip, clip). OLMo 1 7B (arXiv:2402.00838), section 2.1; DBRX; MPT."""

    def __init__(self, n_in: int, n_out: int, bias: bool, clip: float):
        super().__init__(n_in, n_out, bias)
        self.clip = clip

    def forward(self, x: Float[Tensor, "*batch n_in"]) -> Float[Tensor, "*batch n_out"]:
        """The projection, every element at most clip in size. Beyond it no gradient flows."""
        return super().forward(x).clamp(-self.clip, self.clip)


def clip_projections(block: nn.Module, config: GPTConfig, clip: float) -> None:
    """Clip what q_proj, k_proj and v_proj give at `clip`."""
    replace_linear(block, ("q_proj", "k_proj", "v_proj"), "clip_qkv", partial(ClippedLinear, clip=clip))


REFINEMENTS["clip_qkv"] = clip_projections
