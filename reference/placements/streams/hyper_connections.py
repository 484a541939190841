"""Hyper-connections: n residual streams. Every sublayer reads a mixture of them, and writes to each."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ...blocks import STREAM_BLOCKS
from ...positions import Context
from .pre_norm import StreamBlock


def read_streams(streams: Float[Tensor, "B T n C"], read: Float[Tensor, "*batch n"]) -> Float[Tensor, "B T C"]:
    r"""x = sum_i read[i] * streams[i]: what a sublayer reads of n streams. In the dtype of the streams.

    read: (n), or (B, T, n) where every token has its own. Zhu et al. 2024 (arXiv:2409.19606), equation 3.
    """
    # Weight every stream and add them up; narrow the result again, since the weights may be in float32.
    return (read[..., None] * streams).sum(dim=-2).to(streams.dtype)


def write_streams(
    streams: Float[Tensor, "B T n C"],
    added: Float[Tensor, "B T C"],
    write: Float[Tensor, "*batch n"],
    mix: Float[Tensor, "*batch n n"],
) -> Float[Tensor, "B T n C"]:
    r"""The streams behind a sublayer: new[j] = write[j] * added + sum_i mix[i, j] * streams[i]. In their dtype.

    added: what the sublayer outputs. write: (n), mix: (n, n), or with (B, T) in front. mix[i, j] says how much of the
    old stream i is in the new stream j. Zhu et al. 2024 (arXiv:2409.19606), equation 2.
    """
    write, mix = write.to(streams.dtype), mix.to(streams.dtype)
    # Mix the old streams: each new one is a sum over a column of the matrix.
    mixed = mix.transpose(-1, -2) @ streams
    # Add what the sublayer outputs to all of them, to each with its own weight.
    return write[..., None] * added[..., None, :] + mixed


class Connection(nn.Module):
    r"""The learned weights of one sublayer's hyper-connections, the same for all tokens: read (n), write (n) and mix
    (n, n).

    At first read picks one stream, another for each sublayer in turn, write is one everywhere, and mix the identity:
    all streams are then one, and the block is pre-norm's. Zhu et al. 2024 (arXiv:2409.19606), equation 14.
    """

    def __init__(self, config: GPTConfig, sublayer: int):
        super().__init__()
        n = config.n_stream
        self.read = nn.Parameter(torch.eye(n)[sublayer % n])
        self.write = nn.Parameter(torch.ones(n))
        self.mix = nn.Parameter(torch.eye(n))

    def forward(self, streams: Float[Tensor, "B T n C"]) -> tuple[Tensor, Tensor, Tensor]:
        """(read, write, mix), whatever the streams hold."""
        return self.read, self.write, self.mix


class SplitStreams(nn.Module):
    """In front of the first block: n streams, each of which is the embedding."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.n_stream = config.n_stream

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T n C"]:
        """x, n times."""
        return x[..., None, :].expand(-1, -1, self.n_stream, -1)


class SumStreams(nn.Module):
    """Behind the last block: the sum of the streams."""

    def __init__(self, config: GPTConfig):
        super().__init__()

    def forward(self, streams: Float[Tensor, "B T n C"]) -> Float[Tensor, "B T C"]:
        """sum_i streams[i]"""
        return streams.sum(dim=-2)


class HyperBlock(StreamBlock):
    r"""Pre-norm block between n residual streams.

        read, write, mix = attn_connection(streams)
        streams = write_streams(streams, attn(N(read_streams(streams, read))), write, mix)
        read, write, mix = mlp_connection(streams)
        streams = write_streams(streams, mlp(N(read_streams(streams, read))), write, mix)

    Attributes: those of `Block`, attn_connection and mlp_connection; enter and leave, which split the embedding into
    streams before the first block and make one of them behind the last, and else do nothing.

    Zhu et al. 2024, static hyper-connections (arXiv:2409.19606), section 2.
    """

    connection: type[nn.Module] = Connection
    last: type[nn.Module] = SumStreams

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_connection = self.connection(config, 2 * layer)
        self.mlp_connection = self.connection(config, 2 * layer + 1)
        self.enter = SplitStreams(config) if layer == 0 else nn.Identity()
        self.leave = self.last(config) if layer == config.n_layer - 1 else nn.Identity()

    def forward(self, x: Float[Tensor, "B T *n C"], context: Context) -> Float[Tensor, "B T *out C"]:
        r"""The formula above. x: the streams; the embedding in the first layer. context: passed on to attention.
        Returns the streams; one vector for each token in the last layer."""
        streams = self.enter(x)
        # Attention sublayer: read one mixture of the streams, write what comes of it to all of them.
        read, write, mix = self.attn_connection(streams)
        attended = self.attn(self.attn_norm(read_streams(streams, read)), context)
        streams = write_streams(streams, attended, write, mix)
        # MLP sublayer: the same, with weights of its own.
        read, write, mix = self.mlp_connection(streams)
        streams = write_streams(streams, self.mlp(self.mlp_norm(read_streams(streams, read))), write, mix)
        return self.leave(streams)


STREAM_BLOCKS["hyper_connections"] = HyperBlock
