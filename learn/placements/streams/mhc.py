"""Manifold-constrained hyper-connections (mHC): the matrix that mixes the streams neither grows nor shrinks them."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...blocks import STREAM_BLOCKS
from ...debug import debug
from ...norms import rms_norm
from .hyper_connections import HyperBlock, read_streams

EPS = 1e-6  # added to weights and denominators: no stream is ever cut off, nothing is divided by zero


def sinkhorn(logits: Float[Tensor, "*batch n n"], iters: int) -> Float[Tensor, "*batch n n"]:
    r"""A positive matrix whose rows and columns all sum to one, nearly: Sinkhorn and Knopp's iteration.

        M = softmax(logits, over the last axis) + eps
        M = M / (columns' sums + eps)
        M = M / (rows' sums + eps),  M = M / (columns' sums + eps)        iters - 1 times

    A row is M[i, :], a column M[:, j]; eps = EPS. Xie et al. 2025 (arXiv:2512.24880), section 4.2; DeepSeek-V4.
    """
    debug("sinkhorn", logits=logits, iters=iters)
    # Make all entries positive, rows that sum to one, and add eps.
    # Divide by the columns' sums + eps, then by those of rows and columns in turn: each spoils the other a little less.
    raise NotImplementedError("TODO: softmax + eps, then divide by the sums of columns and rows in turn")


class ManifoldConnection(nn.Module):
    r"""The weights of one sublayer's hyper-connections, for every token its own, computed from its streams.

    Attributes: weight (n + n + n^2, n C), bias (n + n + n^2) and scale (3): of read, write and mix, one behind the
    other; n_stream, iters (config.sinkhorn_iters) and norm_eps.

    Xie et al. 2025 (arXiv:2512.24880), section 4; DeepSeek-V4.
    """

    def __init__(self, config: GPTConfig, sublayer: int):
        super().__init__()
        self.n_stream, self.iters, self.norm_eps = config.n_stream, config.sinkhorn_iters, config.norm_eps
        numbers = (2 + config.n_stream) * config.n_stream
        # At first nothing depends on the token, and every weight is in the middle of its range.
        self.weight = nn.Parameter(torch.zeros(numbers, config.n_stream * config.n_embd))
        self.bias = nn.Parameter(torch.zeros(numbers))
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, streams: Float[Tensor, "B T n C"]) -> tuple[Tensor, Tensor, Tensor]:
        r"""(read, write, mix) of every token: (B, T, n), (B, T, n), (B, T, n, n), in float32 at least.

            a, b, c = weight @ rms_norm(all streams of a token, concatenated), split into n, n and n^2 numbers
            read    = sigmoid(scale[0] a + bias_a) + eps
            write   = 2 sigmoid(scale[1] b + bias_b)
            mix     = sinkhorn(scale[2] c + bias_c, as a matrix (n, n); iters)

        eps = EPS.
        """
        debug("ManifoldConnection.forward", streams=streams)
        # Look at all streams of a token at once, normed together.
        # Compute all numbers, each kind with its own scale and bias.
        # Squeeze them into their ranges; the matrix onto those that keep the sum of the streams.
        raise NotImplementedError("TODO: the numbers of all three kinds from the normed streams, squeezed into their ranges")


class WeightedStreams(nn.Module):
    r"""Behind the last block: a sum of the streams, weighted by what they hold. Attributes: weight (n, n C), bias (n),
    scale (1), norm_eps. DeepSeek-V4."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.norm_eps = config.norm_eps
        self.weight = nn.Parameter(torch.zeros(config.n_stream, config.n_stream * config.n_embd))
        self.bias = nn.Parameter(torch.zeros(config.n_stream))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, streams: Float[Tensor, "B T n C"]) -> Float[Tensor, "B T C"]:
        r"""read_streams(streams, sigmoid(scale * (weight @ rms_norm(all streams of a token)) + bias) + eps)"""
        wide = torch.promote_types(streams.dtype, torch.float32)
        normed = rms_norm(streams.flatten(-2).to(wide), self.norm_eps)
        weights = torch.sigmoid(self.scale.to(wide) * (normed @ self.weight.to(wide).T) + self.bias.to(wide)) + EPS
        return read_streams(streams, weights)


class ManifoldHyperBlock(HyperBlock):
    """The block of hyper-connections, its weights computed from the streams by `ManifoldConnection`."""

    connection = ManifoldConnection
    last = WeightedStreams


STREAM_BLOCKS["mhc"] = ManifoldHyperBlock
