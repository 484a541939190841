"""DeepSeek's sparse attention (DSA): latent attention to the keys that a lightning indexer chooses.

Attention to all T keys costs T multiplications with every head of D + R + Dv dimensions. The indexer reads all keys,
too, but with few and small heads, and one key for all of them; the attention reads the best k.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...positions import Context
from ..backends.masks import count_scores
from ..backends.scored import ScoreMods
from ..latent import MultiHeadLatentAttention
from ..settings_read import SETTINGS
from .indexer import LightningIndexer, attention_target, indexer_loss
from .selection import top_k_mask, with_mask


class DeepSeekSparseAttention(MultiHeadLatentAttention):
    r"""Latent attention, in which each query attends to config.index_topk keys only: those with the best index scores.

        out[t] = sum over the chosen s of softmax(scale * q_t . k_s) v_s        chosen: the k largest I[t, s]

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
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps: its latent, its rotary key, and the indexer's key."""
        return super().cached_dim + self.indexer.head_dim

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Latent attention to the chosen keys; sets auxiliary_loss.

        x: (B, T, C). As `MultiHeadLatentAttention.forward`, but:
        - `context.update_cache` takes a third entry, the keys `self.indexer.key(x, context)`, (B, T, index_head_dim).
        - The index scores are `self.indexer(x, source, key, context)`, (B, T, Tk): source is what the queries are made
          of, key the indexer's keys of all remembered tokens and these. All that the indexer reads is detached.
        - `self.choose(scores, mods)` returns the scores and the mods of the chosen keys.
        - auxiliary_loss is `self.index_loss(q_nope, q_rope, latent, k_rope, scores, mods)`, with these scores and mods,
          in training where self.loss_coef is not 0, else 0.0.
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
        # Let the indexer score all keys, and choose for each query.
        scores = self.indexer(x, source, key, context)
        scores, mods = self.choose(scores, self.score_mods(context, key_position))
        # Attend to the chosen ones by the form that costs less, concatenate the heads and project back.
        attend = self.absorbed if self.absorbs(T, context) else self.naive
        y = attend(q_nope, q_rope, latent, k_rope, mods)
        # In training, measure how far the indexer is from the attention.
        teach = self.training and self.loss_coef
        self.auxiliary_loss = self.index_loss(q_nope, q_rope, latent, k_rope, scores, mods) if teach else 0.0
        return self.dropout(self.o_proj(y.flatten(2)))

    def choose(self, scores: Float[Tensor, "B Tq Tk"], mods: ScoreMods) -> tuple[Float[Tensor, "B Tq Tk"], ScoreMods]:
        r"""(scores, mods) of the chosen keys: of those that each query may see, the self.topk with the best scores.

        scores: minus infinity where `mods.mask()`, (B or 1, 1, Tq, Tk), hides a key, and then also where
        `top_k_mask(scores, self.topk)` does not choose it. mods: `with_mask(mods, chosen)`, the mask of the chosen keys
        expanded to all heads, (B, H, Tq, Tk). In training, where self.dense, all visible keys are chosen: the mods stay
        as they are.
        """
        # Hide the future before the choice: a hidden key that is chosen takes the place of a visible one.
        scores = scores.masked_fill(~mods.mask().squeeze(1), float("-inf"))
        # In the dense warm-up leave it at that: an indexer that knows nothing yet would choose at random.
        if self.dense and self.training:
            return scores, mods
        # Choose the best of each query, and hide all others from the attention, in all heads alike.
        chosen = top_k_mask(scores, self.topk)
        mods = with_mask(mods, chosen[:, None].expand(-1, self.n_head, -1, -1))
        return scores.masked_fill(~chosen, float("-inf")), mods

    def attend_latents(self, query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
        """Attention of all heads to the latents, by the backend. Of a single query, as in a decoding step, only the
        chosen latents are read: the step costs the same at any length, but for the indexer."""
        if query.size(2) == 1 and key.size(2) > self.topk and mods.bias is not None:
            # All heads have chosen the same. Where there are fewer than topk, others come along, and stay hidden.
            best = mods.bias[:, 0, 0].isfinite().int().topk(self.topk, dim=-1).indices
            key, value = (each.take_along_dim(best[:, None, :, None], dim=2) for each in (key, value))
            position = mods.key_position.expand(best.size(0), -1).take_along_dim(best, dim=1)
            mods = mods._replace(key_position=position, bias=mods.bias.take_along_dim(best[:, None, None], dim=-1))
        return super().attend_latents(query, key, value, mods)

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
        `naive` makes."""
        with torch.no_grad():
            nope = self.k_norm(self.k_up_proj(latent).unflatten(-1, (self.n_head, self.head_dim)))
            key = torch.cat((nope, k_rope[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)
            query = torch.cat((q_nope, q_rope), dim=-1)
            target = attention_target(query.transpose(1, 2), key.transpose(1, 2), mods)
        return self.loss_coef * indexer_loss(scores, target)

    def keys_read(self, length: int) -> dict[str, int]:
        """What the last of `length` tokens reads: the indexer's keys of all tokens, and those that it chooses."""
        seen = min(self.window or length, length)
        return {"index": seen, "selected": min(self.topk, seen)}

    def attention_flops(self, length: int, causal: bool) -> int:
        """Operations of a sequence, forward and backward: 6 for each multiplication of the attention with a key or
        value, and of the indexer with its keys; 2 for what makes the indexer's target, and 2 less for each of its
        weights, whose inputs get no gradient. causal: of what is read only."""
        seen = attended = length**2
        if causal:
            seen = count_scores(length, self.window)
            attended = count_scores(length, min(self.topk, self.window or self.topk))
        indexing = self.indexer.n_heads * (self.indexer.head_dim + 1)
        flops = 6 * (self.macs_per_score * attended + indexing * seen)
        weights = sum(part.weight.numel() for part in self.indexer.children() if isinstance(part, nn.Linear))
        if not self.loss_coef:
            return flops - 4 * (weights * length + indexing * seen)
        target = self.k_up_proj.weight.numel() * length + self.n_head * (self.head_dim + self.rope_head_dim) * attended
        return flops + 2 * (target - weights * length)


ATTENTIONS["dsa"] = DeepSeekSparseAttention
SETTINGS["dsa"] = (
    *SETTINGS["latent"],
    "index_n_heads",
    "index_head_dim",
    "index_topk",
    "index_rope_interleaved",
    "index_loss_coef",
)
