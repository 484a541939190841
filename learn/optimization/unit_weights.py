"""Weights on the unit sphere: after every step, each of a matrix's vectors is divided by its length."""

import torch
from torch import nn
from torch.nn import functional as F

from ..debug import debug
from .initialization import OUTPUT_PROJECTIONS


@torch.no_grad()
def normalise_weights(model: nn.Module) -> None:
    r"""Give every vector of the stream's width C in the weights the length one, in place.

        weight[i] / |weight[i]|          every row (C) of a linear layer, and of the embedding
        weight[:, j] / |weight[:, j]|    every column (C) of an output projection: o_proj, down_proj

    A Linear's weight is (n_out, n_in): what reads the stream has rows as wide as it, what writes to it has columns. A
    vector of zeros stays one.

    Loshchilov et al. 2024, nGPT (arXiv:2410.01131), section 2.1: after every step, in the place of weight decay.
    """
    debug("normalise_weights", model=model)
    # Find the axis of the stream: a row is what is compared with it, a column is what is added to it.
    # Divide every vector along it by its length.
    raise NotImplementedError("TODO: divide every row of a linear layer or an embedding by its length, every column of an output projection")
