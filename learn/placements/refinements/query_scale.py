"""Queries that grow with the position, against a softmax that more keys make flatter."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ...positions import Context
from .registry import REFINEMENTS


def scale_by_position(
    beta: float,
    original: int,
    layer: nn.Module,
    query: Float[Tensor, "B T H D"],
    key: Float[Tensor, "B T G D"],
    context: Context,
) -> tuple[Float[Tensor, "B T H D"], Float[Tensor, "B T G D"]]:
    r"""query * (1 + beta ln(1 + floor(position / original))), in the dtype of query; the keys as they are.

    A step of attention, once beta and original are filled in. Up to the original length nothing changes. Ministral 3;
    Llama 4; Nakanishi 2025, Scalable-Softmax (arXiv:2501.19399).
    """
    # Count how many original lengths lie behind each position, in whole numbers: within one, all queries are alike.
    lengths = (context.position // original).to(torch.promote_types(query.dtype, torch.float32))
    # Grow with the logarithm, as the entropy of a softmax does with the number of keys.
    return query * (1 + beta * torch.log1p(lengths))[..., None, None].to(query.dtype), key


def grow_queries(block: nn.Module, config: GPTConfig, beta: float) -> None:
    """One more step of attention."""
    original = config.rope_original_seq_len or config.max_seq_len
    block.attn.steps += (partial(scale_by_position, beta, original),)


REFINEMENTS["query_scale_beta"] = grow_queries
