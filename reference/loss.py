"""The loss of a long batch, without all of its logits at once."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from .norms import soft_cap


def loss_in_chunks(
    model: torch.nn.Module, x: Float[Tensor, "B T C"], targets: Int[Tensor, "B T"], chunk: int
) -> Float[Tensor, ""]:
    r"""The loss that `GPT.forward` gives, with the logits of `chunk` positions at a time: the same up to rounding.

    A batch of B T = 16,384 positions and a vocabulary of 50,257 has 3.3 GB of logits in float32, and cross-entropy
    wants them several times over. Here those of each chunk are thrown away and made once more in the backward pass: B T
    numbers a token of the vocabulary become `chunk`, for one more product with the head.

    x: what comes out of the last block. targets: -1 where a position does not count. Chen et al. 2016
    (arXiv:1604.06174) is the source of the trade.
    """
    config, x = model.config, model.final_norm(x)

    def summed(x: Tensor, targets: Tensor) -> Tensor:
        logits = model.lm_head(x)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if config.logit_scale != 1.0:
            logits = logits * config.logit_scale
        if config.logit_softcap is not None:
            logits = soft_cap(logits, config.logit_softcap)
        return F.cross_entropy(logits, targets, ignore_index=-1, reduction="sum")

    chunks = zip(x.flatten(0, 1).split(chunk), targets.flatten().split(chunk), strict=True)
    # Nothing random happens in there, so no generator's state has to be kept for the second time.
    total = sum(checkpoint(summed, *each, use_reentrant=False, preserve_rng_state=False) for each in chunks)
    return total / (targets != -1).sum() + sum(block.mlp.auxiliary_loss for block in model.blocks)
