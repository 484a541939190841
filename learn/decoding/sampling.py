"""Truncated sampling: the filters beyond top-k, and all of them together."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ..debug import debug
from .generation import next_token_distribution


def top_p_filter(p: Float[Tensor, "B V"], top_p: float) -> Float[Tensor, "B V"]:
    r"""Top-p, nucleus sampling: keep the fewest most likely tokens whose probabilities sum to top_p, and renormalise.

    A token stays while the more likely ones sum to less than top_p, so the most likely token always stays. Of equally
    likely tokens, any may be the ones that stay; where a sum is exactly top_p, one token more may. p: rows that sum to
    one; top_p: in (0, 1]. Returns probability 0 for the other tokens; every row sums to one, in the dtype of p.

    Holtzman et al. 2020 (arXiv:1904.09751), section 3.1.
    """
    debug("top_p_filter", p=p, top_p=top_p)
    # Sort in descending order; take the cumulative probability before each token.
    # Zero the tokens behind the nucleus, and scatter the probabilities back to the order of the vocabulary.
    # Renormalise.
    raise NotImplementedError("TODO: top-p: keep the most likely tokens whose probabilities sum to top_p")


def min_p_filter(p: Float[Tensor, "B V"], min_p: float) -> Float[Tensor, "B V"]:
    r"""Min-p: keep the tokens with at least min_p times the probability of the most likely one, and renormalise.

    p: rows that sum to one; min_p: in (0, 1]. Returns probability 0 for the other tokens; every row sums to one, in the
    dtype of p.

    Nguyen et al. 2024 (arXiv:2407.01082).
    """
    debug("min_p_filter", p=p, min_p=min_p)
    # Scale the threshold by the largest probability of each row.
    # Renormalise.
    raise NotImplementedError("TODO: min-p: keep the tokens that are at least min_p times as likely as the most likely one")


def sampling_distribution(
    logits: Float[Tensor, "B V"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Float[Tensor, "B V"]:
    r"""The probabilities to sample from: temperature, then top-k, then top-p, then min-p, each where it is given.

    Raises `ValueError` where temperature is negative, top_k is smaller than 1, or top_p or min_p is not in (0, 1].
    """
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(f"temperature = {temperature}, top_k = {top_k}: >= 0, and >= 1 or None, are allowed")
    if any(value is not None and not 0 < value <= 1 for value in (top_p, min_p)):
        raise ValueError(f"top_p = {top_p}, min_p = {min_p}: > 0 and <= 1, or None, is allowed")
    p = next_token_distribution(logits, temperature, top_k)
    if top_p is not None and top_p < 1:
        p = top_p_filter(p, top_p)
    if min_p is not None:
        p = min_p_filter(p, min_p)
    return p
