"""The lightning indexer: small and cheap scores of all earlier tokens, by which each query chooses the keys that it
attends to; and the loss that teaches the indexer to choose as the attention would."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...debug import debug
from ...encodings.rotary import apply_rotary_interleaved, rotate_part
from ...normalizations.layer_norm import LayerNorm
from ...norms import soft_cap
from ...positions import Context, apply_rotary
from ..backends.scored import ScoreMods, softmax_with_sinks

INDEX_EPS = 1e-6  # of the norm of the indexer's keys, whatever config.norm_eps is


def index_scores(
    query: Float[Tensor, "B Tq H D"], key: Float[Tensor, "B Tk D"], weights: Float[Tensor, "B Tq H"]
) -> Float[Tensor, "B Tq Tk"]:
    r"""What the indexer thinks of every key, for every query.

        I[t, s] = sum over h of H^(-1/2) weights[t, h] relu(D^(-1/2) query[t, h] . key[s])

    H and D are the indexer's own heads and their size; all heads share one key. Computed in float32 at least, whatever
    the dtypes of the three, and returned so. The future is scored, too.

    DeepSeek-V3.2 (arXiv:2512.02556), equation 1, with the scales of its code.
    """
    debug("index_scores", query=query, key=key, weights=weights)
    # Compare every query head with every key, in float32 at least: (B, Tq, H, Tk).
    # Count what matches, and forget what does not: a head speaks for a key, or is silent about it.
    # Add up the heads, each with the weight that the query's token gives it.
    raise NotImplementedError("TODO: compare every query head with the one key, relu, add up the heads by the token's weights")


@torch.no_grad()
def attention_target(
    query: Float[Tensor, "B H Tq D"], key: Float[Tensor, "B H Tk D"], mods: ScoreMods
) -> Float[Tensor, "B Tq Tk"]:
    r"""The distribution that the indexer should have: how much all heads of the attention attend to each key.

        a = the weights of `scored_attention`, before dropout;  p[t, s] = sum over h of a[h, t, s] / sum over h, s

    Without a gradient: the attention does not learn to be easy to index. Returns (B, Tq, Tk), in float32 at least; each
    row sums to one.
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    with torch.autocast(query.device.type, enabled=False):
        scores = query.to(wide) @ key.to(wide).mT * mods.scale
    if mods.softcap is not None:
        scores = soft_cap(scores, mods.softcap)
    if mods.bias is not None:
        scores = scores + mods.bias
    scores = scores.masked_fill(~mods.mask(), float("-inf"))
    weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)
    # Sum over the heads, then normalise by the L1 norm: with sinks, the weights of a head sum to less than one.
    return F.normalize(weights.sum(dim=1), p=1, dim=-1)


def indexer_loss(scores: Float[Tensor, "B Tq Tk"], target: Float[Tensor, "B Tq Tk"]) -> Float[Tensor, ""]:
    r"""How far the indexer's choice is from the attention: the mean over all queries of

        KL(p || q) = sum over s of p[s] (ln p[s] - ln q[s])        q = softmax(scores)

    scores: minus infinity where nothing is attended to; both distributions are over the other keys: all visible ones in
    the dense warm-up, those that are chosen after it. target (p): rows that sum to one, 0 where nothing is attended to.
    A p[s] of 0 adds 0.

    DeepSeek-V3.2 (arXiv:2512.02556), equations 3 and 4, which sum over the queries instead.
    """
    debug("indexer_loss", scores=scores, target=target)
    # Turn the scores into the logarithms of a distribution.
    # Leave out the keys that have no part in it: 0 times minus infinity is no number.
    # Add up p (ln p - ln q) over the keys, where 0 ln 0 is 0, and average over the queries.
    raise NotImplementedError("TODO: the KL divergence of the indexer's softmax from the attention, over the keys that are attended to")


class LightningIndexer(nn.Module):
    r"""The lightning indexer of a layer of DeepSeek's sparse attention.

        q[h] = rotate(c W_Q[h])      c: the latent of the queries, or x where they have none; h = 0 ... H-1
        k    = rotate(N(x W_K))      N: layer norm; one key for all heads
        I    = index_scores(q, k, x W_w)

    H is config.index_n_heads, and a head has D = config.index_head_dim dimensions. The first R of them, R =
    config.rope_head_dim, are rotated by the positions, in pairs of halves, or of neighbours where
    config.index_rope_interleaved, however the attention pairs its own; where positions are not rotary, nothing is.
    What its queries are rotated by, they share with the attention's.

    Attributes: n_heads, head_dim; q_proj, k_proj, weights_proj: without biases; k_norm: `LayerNorm(D, INDEX_EPS)`.

    DeepSeek-V3.2 (arXiv:2512.02556), section 2.1. DeepSeek's own code multiplies queries and keys by a Hadamard matrix
    before it rounds them to 8 bits, which changes no product.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        if config.index_head_dim < config.rope_head_dim:
            raise ValueError(
                f"index_head_dim = {config.index_head_dim}: rope_head_dim = {config.rope_head_dim} of its dimensions "
                "are rotated, so it must be at least as large"
            )
        self.n_heads, self.head_dim = config.index_n_heads, config.index_head_dim
        source = config.query_latent_rank or config.n_embd
        self.q_proj = nn.Linear(source, self.n_heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(config.n_embd, self.head_dim, bias=False)
        self.k_norm = LayerNorm(self.head_dim, INDEX_EPS)
        self.weights_proj = nn.Linear(config.n_embd, self.n_heads, bias=False)
        self.rotation = partial(
            rotate_part, apply_rotary_interleaved if config.index_rope_interleaved else apply_rotary
        )

    def rotate(self, x: Float[Tensor, "B T heads D"], context: Context) -> Float[Tensor, "B T heads D"]:
        """The first dimensions of queries or keys rotated by their positions, the others as they are."""
        if context.cos is None or context.sin is None:
            return x
        return self.rotation(x, context.cos, context.sin)

    def key(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T D"]:
        """The keys of these tokens: what a cache keeps of them for the indexer."""
        key = self.k_norm(self.k_proj(x))
        return self.rotate(key[:, :, None, :], context).squeeze(2)

    def forward(
        self,
        x: Float[Tensor, "B Tq C"],
        source: Float[Tensor, "B Tq rank"],
        key: Float[Tensor, "B Tk D"],
        context: Context,
    ) -> Float[Tensor, "B Tq Tk"]:
        """The scores of all keys for these tokens; source: what the queries are made of."""
        B, T, _ = x.shape
        query = self.rotate(self.q_proj(source).view(B, T, self.n_heads, self.head_dim), context)
        with torch.autocast(x.device.type, enabled=False):
            return index_scores(query, key, self.weights_proj(x.to(self.weights_proj.weight.dtype)))
