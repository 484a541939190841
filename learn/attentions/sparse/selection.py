"""The choice of what is read: the best of some scores, and attention to nothing else."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ...attention import causal_mask
from ...debug import debug
from ..backends.scored import ScoreMods
from .key_blocks import block_mask, token_mask


def top_k_mask(scores: Float[Tensor, "*batch N"], k: int) -> Bool[Tensor, "*batch N"]:
    r"""True at the k greatest of each row of scores, but nowhere where a score is minus infinity.

    Never more than k, whichever of equal scores they are; fewer where fewer are possible. Plus infinity is always among
    them. Not differentiable: scores that only choose learn nothing from it.
    """
    debug("top_k_mask", scores=scores, k=k)
    # Sort so that, of equal scores, the first one wins, however many others there are.
    # Mark the best ones, but none of those that must not be chosen.
    raise NotImplementedError("TODO: mark the k greatest scores of each row, but none that is minus infinity")


def choose_blocks(
    scores: Float[Tensor, "B heads Tq N"],
    k: int,
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
    size: int,
) -> Bool[Tensor, "B heads Tq Tk"]:
    """The mask of the keys in the k blocks of `size` with the greatest scores, of those that do not lie ahead."""
    reachable = block_mask(causal_mask(query_position, key_position), 1, size)
    scores = scores.masked_fill(~reachable.unsqueeze(-3), float("-inf"))
    return token_mask(top_k_mask(scores, k), query_position, key_position, size)


def with_mask(mods: ScoreMods, mask: Bool[Tensor, "B H Tq Tk"]) -> ScoreMods:
    """The same, with minus infinity added to the scores where the mask is false: every backend that knows biases can
    compute it. All scores are computed and hidden here; what a kernel would skip, `block_mask` says."""
    bias = torch.zeros((), dtype=torch.float32, device=mask.device) if mods.bias is None else mods.bias
    return mods._replace(bias=torch.where(mask, bias, float("-inf")))
