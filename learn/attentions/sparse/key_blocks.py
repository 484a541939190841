"""Blocks of keys: sparse attention reads whole blocks, since neighbours lie side by side in memory.

Block j holds the keys at positions j * size ... (j + 1) * size - 1. Windows are block-sparse too: `block_mask` says of
any mask which blocks it touches.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ...attention import causal_mask
from ...debug import debug


def block_mask(
    mask: Bool[Tensor, "*batch Tq Tk"], query_size: int, key_size: int
) -> Bool[Tensor, "*batch query_blocks key_blocks"]:
    r"""blocks[i, j] = whether any query of block i attends to any key of block j

    mask: (..., Tq, Tk), true where a query may attend to a key. Blocks have query_size queries and key_size keys, the
    last ones what is left. Returns (..., ceil(Tq / query_size), ceil(Tk / key_size)): where it is false, a kernel need
    not load the block at all.

    Child et al. 2019, Sparse Transformers (arXiv:1904.10509), section 5.5; FlexAttention (arXiv:2412.05496).
    """
    debug("block_mask", mask=mask, query_size=query_size, key_size=key_size)
    # Fill up the last blocks with what nobody attends to.
    # Cut both axes into blocks, and ask of each pair of them whether anything is visible.
    raise NotImplementedError("TODO: say of each pair of a block of queries and a block of keys whether anything in it is visible")


def block_means(key: Float[Tensor, "B G T D"], size: int) -> Float[Tensor, "B G N D"]:
    r"""mean[j] = the mean of the keys of block j: of `size` of them, of what is there in the last block.

    N = ceil(T / size). The key that stands for all keys of a block. MoBA (arXiv:2502.13189), equation 6.
    """
    debug("block_means", key=key, size=size)
    # Fill up the last block with zeros, which add nothing to a sum.
    # Divide by how many keys each block has.
    raise NotImplementedError("TODO: average the keys of every block, and of the last one what it has")


def token_mask(
    chosen: Bool[Tensor, "B heads Tq N"],
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
    size: int,
) -> Bool[Tensor, "B heads Tq Tk"]:
    r"""mask[t, s] = chosen[t, floor(key_position[s] / size)] and key_position[s] <= query_position[t]

    chosen: which blocks each query reads, its own among them. Positions: (T,), or (B, T) where each sequence has its
    own. Returns the mask of the keys: all of the chosen blocks that do not lie ahead.
    """
    debug("token_mask", chosen=chosen, query_position=query_position, key_position=key_position, size=size)
    # Look up for every key whether its block is chosen: (B, heads, Tq, Tk).
    # Hide the future: within a query's own block, too.
    raise NotImplementedError("TODO: show every query the keys of its blocks, up to its own position")
