"""DeepSeek's sparse attention (DSA): latent attention to the keys that a lightning indexer chooses.

Attention to all T keys costs T multiplications with every head of D + R + Dv dimensions. The indexer reads all keys,
too, but with few and small heads, and one key for all of them; the attention reads the best k.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...positions import Context
from ..backends.scored import ScoreMods
from ..latent import MultiHeadLatentAttention
from .indexer import LightningIndexer, attention_target, choose_keys, indexer_loss


class DeepSeekSparseAttention(MultiHeadLatentAttention):
    r"""Latent attention, in which each query attends to config.index_topk keys only: those with the best index scores.

    Attributes: those of `MultiHeadLatentAttention`, and
        indexer: `LightningIndexer(config)`     topk: config.index_topk    loss_coef: config.index_loss_coef
        dense: False; while True, the dense warm-up, a layer in training attends to all keys that it may see
        auxiliary_loss: of the last forward pass; the trainer adds it to the loss

    The choice has no gradient. The indexer learns from a loss of its own, and nothing else does: what it reads is
    detached.

    DeepSeek-V3.2 (arXiv:2512.02556), section 2.1.
    """

    biased = True  # its scores take more than a scale and a window: some backends cannot
    dense = False
    auxiliary_loss: Tensor | float = 0.0

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.indexer = LightningIndexer(config)
        self.topk, self.loss_coef = config.index_topk, config.index_loss_coef

    @property
    def macs_per_index_score(self) -> int:
        """Multiplications for each score of the indexer: with its key, and of its heads."""
        return self.indexer.n_heads * (self.indexer.head_dim + 1)

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps: its latent, its rotary key, and the indexer's key."""
        return super().cached_dim + self.indexer.head_dim

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Latent attention to the chosen keys; sets auxiliary_loss.

        x: (B, T, C). As `MultiHeadLatentAttention.forward`, but:
        - `context.update_cache` takes a third entry, the keys `self.indexer.key(x, context)`, (B, T, index_head_dim).
        - The scores are `self.indexer(x, source, key, context)`, (B, T, Tk): source is what the queries are made of, key
          the indexer's keys of all remembered tokens and these. The indexer is given x and source detached.
        - The mods that `attend` gets say which keys are chosen, unless in training with self.dense: `mods._replace(chosen=...)`, of
          `choose_keys(scores, visible, self.topk)` with an axis for the heads, (B, 1, T, Tk); visible is `mods.mask()`
          without that axis.
        - auxiliary_loss is `self.index_loss(q_nope, q_rope, latent, k_rope, scores, mods)`, with these mods, in training
          where self.loss_coef is not 0, else 0.0.
        Returns (B, T, C), in the dtype of x.
        """
        B, T, _ = x.shape
        # Make the queries, their part without positions normed and the other rotated, the latent and the rotary key.
        source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x
        query = self.q_proj(source).view(B, T, self.n_head, self.head_dim + self.rope_head_dim)
        q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)
        q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)
        latent = self.kv_down_norm(self.kv_down_proj(x))
        k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)
        # Make the indexer's key of what is cut off from the model's gradient, and cache it beside the two.
        x, source = x.detach(), source.detach()
        key_position, latent, k_rope, key = context.update_cache(latent, k_rope, self.indexer.key(x, context))
        # Score all keys, and choose the best of those that each query may see; in the warm-up, all of them.
        scores, mods = self.indexer(x, source, key, context), self.score_mods(context, key_position)
        if not (self.dense and self.training):
            mods = mods._replace(chosen=choose_keys(scores, mods.mask().squeeze(1), self.topk)[:, None])
        # Attend to the chosen ones by the form that costs less, concatenate the heads and project back.
        attend = self.absorbed if self.absorbs(T, context) else self.naive
        y = attend(q_nope, q_rope, latent, k_rope, mods)
        # In training, measure how far the indexer is from the attention.
        teach = self.training and self.loss_coef
        self.auxiliary_loss = self.index_loss(q_nope, q_rope, latent, k_rope, scores, mods) if teach else 0.0
        return self.dropout(self.o_proj(y.flatten(2)))

    def index_loss(
        self,
        q_nope: Float[Tensor, "B T H D"],
        q_rope: Float[Tensor, "B T H R"],
        latent: Float[Tensor, "B Tk rank"],
        k_rope: Float[Tensor, "B Tk R"],
        scores: Float[Tensor, "B T Tk"],
        mods: ScoreMods,
    ) -> Float[Tensor, ""]:
        """loss_coef times `indexer_loss` of the scores, with `attention_target` of the queries and of the keys that
        `naive` makes, over the keys that mods leave."""
        with torch.no_grad(), torch.autocast(scores.device.type, enabled=False):
            nope = self.k_norm(self.k_up_proj(latent).unflatten(-1, (self.n_head, self.head_dim)))
            key = torch.cat((nope, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)
            query = torch.cat((q_nope, q_rope), dim=-1)
            target = attention_target(query.transpose(1, 2), key.transpose(1, 2), mods)
        return self.loss_coef * indexer_loss(scores, target, mods.mask().squeeze(1))


ATTENTIONS["dsa"] = DeepSeekSparseAttention
