"""MoBA, mixture of block attention: every query is routed to a few blocks of keys, as a token is to experts."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS, repeat_kv
from ...debug import debug
from ...positions import Context
from ..backends.scored import ScoreMods
from ..composed import Attention
from ..settings_read import SETTINGS, SOFTMAX
from .key_blocks import block_means
from .reads import refuse_window
from .selection import choose_blocks, with_mask


def block_scores(
    query: Float[Tensor, "B H Tq D"],
    means: Float[Tensor, "B G N D"],
    query_position: Int[Tensor, "*batch Tq"],
    size: int,
) -> Float[Tensor, "B H Tq N"]:
    r"""score[t, j] = q_t . mean[j], but inf for the query's own block, j = floor(query_position[t] / size)

    Query head i reads the means of key/value head floor(i * G / H). query_position: (Tq,), or (B, Tq). Scores are
    computed in float32 at least. Blocks of the future have a score too; it does not matter which.

    MoBA (arXiv:2502.13189), equations 6 to 8.
    """
    debug("block_scores", query=query, means=means, query_position=query_position, size=size)
    # Score every block by its mean, in float32 at least.
    # Put the query's own block above all others: (B or 1, 1, Tq, N).
    raise NotImplementedError("TODO: score every block by the product of query and mean, and the query's own block with infinity")


class MoBAAttention(Attention):
    r"""Softmax attention of every query to topk blocks of keys, whose means match it best.

        chosen = the topk blocks with the greatest q . mean(block), the query's own among them, none of the future
        out    = o_proj(gate(softmax(q k^T * scale, over the keys of these blocks up to the query's own) v, x))

    It has no weights beside those of `Attention`, so that a model may change from one to the other. The choice is not
    differentiable; what is chosen learns as ever. All scores are computed here, and those of other blocks hidden: this
    is the definition. Attributes: those of `Attention`; block_size, topk.

    Lu et al. 2025 (arXiv:2502.13189).
    """

    biased = True  # what is not chosen is hidden by a bias on the scores

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        refuse_window(config, layer)
        self.block_size, self.topk = config.moba_block_size, config.moba_topk

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G Dv"],
        context: Context,
    ) -> Float[Tensor, "B T H Dv"]:
        """Attention output of every head, before the gate; with a cache, over earlier tokens too."""
        key_position, key, value = context.update_cache(key, value)
        query, key, value = (each.transpose(1, 2) for each in (query, key, value))
        # A score that autocast rounds would choose other blocks.
        with torch.autocast(query.device.type, enabled=False):
            mask = self.mask(query, key, context.position, key_position)
        mods = with_mask(ScoreMods.of(self, context, key_position), mask)
        return self.backend(query, key, value, mods).transpose(1, 2)

    def mask(
        self,
        query: Float[Tensor, "B H Tq D"],
        key: Float[Tensor, "B G Tk D"],
        query_position: Int[Tensor, "*batch Tq"],
        key_position: Int[Tensor, "*batch Tk"],
    ) -> Bool[Tensor, "B H Tq Tk"]:
        r"""True where a query reads a key: in the self.topk blocks of self.block_size that score highest, no later key.

        key: those of positions 0 ... Tk - 1, with all steps done, as the queries are. Every head chooses for itself.
        `choose_blocks(scores, k, query_position, key_position, size)` returns the mask of the keys in the k blocks with
        the greatest scores, of those that do not lie ahead.
        """
        debug("MoBAAttention.mask", query=query, key=key, query_position=query_position, key_position=key_position)
        # Let the mean of each block stand for its keys, and score it with every query.
        # Choose the best blocks, and read of them what is not in the future.
        raise NotImplementedError("TODO: score the blocks by their means, choose the best, and return the mask of their keys")

    def keys_read(self, length: int) -> dict[str, int]:
        """What the last of `length` tokens reads: the means of earlier blocks, then the keys of the chosen ones."""
        earlier, own = divmod(length - 1, self.block_size)
        return {"block means": earlier, "selected": min(self.topk - 1, earlier) * self.block_size + own + 1}

    def attention_flops(self, length: int, causal: bool) -> int:
        """Operations of a sequence, forward and backward: 6 for each multiplication with a key or value, 2 for those
        with a mean, through which no gradient flows. causal: of what is read only."""
        if causal:
            reads = [self.keys_read(t + 1) for t in range(length)]
            means, pairs = (sum(each[name] for each in reads) for name in ("block means", "selected"))
        else:
            means, pairs = length * -(-length // self.block_size), length**2
        return 6 * self.macs_per_score * pairs + 2 * self.n_head * self.head_dim * means


ATTENTIONS["moba"] = MoBAAttention
SETTINGS["moba"] = (*SOFTMAX, "moba_block_size", "moba_topk")
