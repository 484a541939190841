"""Masks beside the causal one: windows."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn import functional as F

from ...attention import causal_mask
from ...debug import debug


def sliding_window_mask(
    query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"], window: int
) -> Bool[Tensor, "*batch Tq Tk"]:
    r"""mask[t, s] = 0 <= query_position[t] - key_position[s] < window: the last `window` tokens, its own among them.

    Beltagy et al. 2020, Longformer (arXiv:2004.05150), section 3.1; Mistral (arXiv:2310.06825), section 2.
    """
    debug("sliding_window_mask", query_position=query_position, key_position=key_position, window=window)
    # Measure how far behind each query each key lies.
    # Hide the future, and what lies too far back.
    raise NotImplementedError("TODO: show every query the last `window` keys, its own token's among them")


def attention_mask(
    query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"], window: int | None = None
) -> Bool[Tensor, "*batch Tq Tk"]:
    """The mask of a layer with a window, or without one."""
    if window is None:
        return causal_mask(query_position, key_position)
    return sliding_window_mask(query_position, key_position, window)


def count_scores(length: int, window: int | None = None) -> int:
    """How many pairs of a query and a key such a mask leaves among `length` consecutive tokens."""
    reach = min(window or length, length)
    return reach * (reach + 1) // 2 + (length - reach) * reach
