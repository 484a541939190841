"""What weights of length one need beside them: learned factors for queries and keys, and for hidden units and logits.

Every product of a unit vector with a row of such a weight is a cosine, and no training can make it larger than one. The
softmax and the activations need larger numbers: their sizes are learned here. `optimization/unit_weights.py` keeps the
weights at that length.
"""

from functools import partial

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ...positions import Context
from ..ngpt import LearnedScale
from .registry import REFINEMENTS, replace_linear


class ScaledLinear(nn.Linear):
    r"""(x W^T + b) * scale(), a learned factor for every output. Attributes: those of `nn.Linear`; scale, a
    `LearnedScale` of n_out factors."""

    def __init__(self, n_in: int, n_out: int, bias: bool, first: float, size: float = 1.0):
        super().__init__(n_in, n_out, bias)
        self.scale = LearnedScale(n_out, first, size)

    def forward(self, x: Float[Tensor, "*batch n_in"]) -> Float[Tensor, "*batch n_out"]:
        """The projection, each of its elements multiplied by its factor."""
        projected = super().forward(x)
        return projected * self.scale().to(projected.dtype)


def scale_queries(
    layer: nn.Module, query: Float[Tensor, "B T H D"], key: Float[Tensor, "B T G D"], context: Context
) -> tuple[Float[Tensor, "B T H D"], Float[Tensor, "B T G D"]]:
    r"""(query * s^2, key): the scores are those of s * query and s * key, s = `layer.qk_scale()`, (H D).

    A step of attention behind the rotation and the norm. layer: has n_head (H) and head_dim (D); s is split like the
    queries, and narrowed to their dtype last. Loshchilov et al. 2024, nGPT (arXiv:2410.01131), equations 15 and 16.
    """
    # Split the factors into heads, and square them: a score is a product, and they belong to both of its sides.
    squared = layer.qk_scale().view(layer.n_head, layer.head_dim).square()
    # Scale the queries for both.
    return query * squared.to(query.dtype), key


def add_scales(block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    r"""s_qk, 1 at first; s_u and s_v, sqrt(C) at first, on the outputs of up_proj and gate_proj; scores times sqrt(D)
    instead of 1/sqrt(D). Raises `ValueError` where queries and keys are not of length one, or of no single part.

    Loshchilov et al. 2024, nGPT (arXiv:2410.01131), sections 2.3.2 and 2.4.2; the factors of s_u, which a later norm
    takes away, as the released code and Nemotron Labs' Dory have them.
    """
    norms = config.qk_norm, config.qk_normalization
    if norms != ("head", "l2norm") or not hasattr(block.attn, "steps"):
        raise ValueError(
            f"unit_weights = {wanted} with attention_type = {config.attention_type!r}, qk_norm = {norms[0]!r} and "
            f"qk_normalization = {norms[1]!r}: it goes with softmax attention whose queries and keys have the length "
            "one, qk_norm = 'head' and qk_normalization = 'l2norm'"
        )
    block.attn.qk_scale = LearnedScale(config.n_head * config.head_dim, first=1.0, size=config.n_embd**-0.5)
    block.attn.steps += (scale_queries,)
    if config.softmax_scale is None:
        block.attn.scale = config.head_dim**0.5
    kind = partial(ScaledLinear, first=config.n_embd**0.5)
    replace_linear(block, ("gate_proj", "up_proj"), "unit_weights", kind)


REFINEMENTS["unit_weights"] = add_scales
