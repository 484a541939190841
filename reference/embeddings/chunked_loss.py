"""The loss of a long batch, without all of its logits at once."""

import functools

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from ..head import LMHead


def loss_in_chunks(
    head: LMHead, x: Float[Tensor, "B T C"], targets: Int[Tensor, "B T"], chunk: int
) -> Float[Tensor, ""]:
    r"""The loss that `head.loss` gives, with the logits of `chunk` positions at a time: the same up to rounding.

    A batch of B T = 16,384 positions and a vocabulary of 50,257 has 3.3 GB of logits in float32, and cross-entropy
    needs them several times over. Here the logits of each chunk are discarded and computed again in the backward pass:
    memory for `chunk` positions instead of B T, for one more product with the head.

    x: the output of the last block. targets: -1 where a position does not count. Chen et al. 2016 (arXiv:1604.06174).
    """

    def summed(x: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(head(x), targets, ignore_index=-1, reduction="sum")

    chunks = zip(x.flatten(0, 1).split(chunk), targets.flatten().split(chunk), strict=True)
    # Nothing random happens in there, so no generator's state has to be kept for the second time.
    total = sum(checkpoint(summed, *each, use_reentrant=False, preserve_rng_state=False) for each in chunks)
    return total / (targets != -1).sum()


def chunk_loss(head: LMHead, chunk: int) -> None:
    """Have the head compute its loss with the logits of `chunk` positions at a time from now on."""
    head.loss = functools.partial(loss_in_chunks, head, chunk=chunk)
