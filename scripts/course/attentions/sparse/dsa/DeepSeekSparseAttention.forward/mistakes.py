"""What people write for attentions.sparse.dsa.DeepSeekSparseAttention.forward, and why it matters."""

from scripts.course.attentions.latent.explanations import NORMED_AGAIN
from scripts.workshop.diagnose import Kind

SOURCE = "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x"
NORMS = "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)"
LATENT = "latent = self.kv_down_norm(self.kv_down_proj(x))"
K_ROPE = "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)"
DETACH = "x, source = x.detach(), source.detach()"
CACHE = "key_position, latent, k_rope, key = context.update_cache(latent, k_rope, self.indexer.key(x, context))"
SCORES = "scores = self.indexer(x, source, key, context)"
CHOOSE = "scores, mods = self.choose(scores, self.score_mods(context, key_position))"
ATTEND = "attend = self.absorbed if self.absorbs(T, context) else self.naive"
LOSS = "self.auxiliary_loss = self.index_loss(q_nope, q_rope, latent, k_rope, scores, mods) if teach else 0.0"
RETURN = "return self.dropout(self.o_proj(y.flatten(2)))"

MISTAKES = {
    "indexer not detached": Kind(
        "The indexer's loss reaches the rest of the model through what the indexer reads. The residual stream, or the "
        "latent of the queries, would then be trained to be indexed easily.",
        {
            "nothing detached": (DETACH, "pass"),
            "the input not detached": (DETACH, "source = source.detach()"),
            "the queries' latent not detached": (DETACH, "x = x.detach()"),
        },
    ),
    "everything detached": Kind(
        "You detach too much: the attention itself reads the detached input, and its weights or what lies before them do not "
        "learn. Only the indexer is cut off.",
        {
            "detached before the latent": (LATENT, f"x = x.detach()\n        {LATENT}"),
            "detached before the queries": (SOURCE, f"{SOURCE}\n        source = source.detach()"),
        },
    ),
    "the indexer's key not cached": Kind(
        "The indexer scores the keys of these tokens only. With a cache it has to choose among all, so its keys are kept "
        "as well.",
        {
            "keys of these tokens only": (
                CACHE,
                f"{CACHE}\n        key = torch.cat((torch.zeros_like(key[:, T:]), self.indexer.key(x, context)), dim=1)",
            )
        },
    ),
    "the choice left out": Kind(
        "The attention reads all keys, whatever the indexer says. Then the indexer is there for nothing.",
        {
            "mods of all keys": (CHOOSE, f"{CHOOSE}\n        mods = self.score_mods(context, key_position)"),
            "latent attention": (CHOOSE, "mods = self.score_mods(context, key_position)"),
        },
    ),
    "queries of the indexer from the token": Kind(
        "You hand the indexer something else than what the attention's queries are made of. In DeepSeek's model both come "
        "from the same latent of the token, which has been computed already.",
        {
            "the latent of the keys": (
                SCORES,
                "low = nn.functional.pad(latent, (0, max(0, source.size(-1) - latent.size(-1))))\n"
                "        scores = self.indexer(x, low[:, -T:, : source.size(-1)].detach(), key, context)",
            ),
            "the latent before its norm": (
                SCORES,
                "low = self.q_down_proj(x).detach() if self.has_query_latent else x\n"
                "        scores = self.indexer(x, low, key, context)",
            ),
        },
    ),
    "a part not rotated": Kind(
        "A rotary part is not rotated, or the content is. Scores then do not depend on how far apart two tokens stand, or "
        "compare what was rotated with what was not.",
        {
            "queries not rotated": (NORMS, "q_nope = self.q_norm(q_nope)"),
            "the key not rotated": (K_ROPE, "k_rope = self.k_rope_proj(x)"),
            "the queries rotated twice": (NORMS, f"{NORMS}\n        q_rope = context.rotate(q_rope)"),
        },
    ),
    "a norm left out": Kind(
        "You leave out a norm: of a latent, or the QK norm of the queries. Its size is then up to the projection, and the "
        "norm's weights never learn.",
        {
            "of the queries": (NORMS, "q_rope = context.rotate(q_rope)"),
            "of the latent": (LATENT, "latent = self.kv_down_proj(x)"),
            "of the queries' latent": (
                SOURCE,
                SOURCE.replace("self.q_down_norm(self.q_down_proj(x))", "self.q_down_proj(x)"),
            ),
        },
    ),
    "normed again": Kind(
        NORMED_AGAIN, {"the latent normed twice": (LATENT, f"{LATENT}\n        latent = self.kv_down_norm(latent)")}
    ),
    "one form only": Kind(
        "You attend by one form always. The naive one makes keys and values of all remembered tokens in every step; the "
        "absorbed one is dear for many queries, and wrong with QK norms.",
        {"always naive": (ATTEND, "attend = self.naive"), "always absorbed": (ATTEND, "attend = self.absorbed")},
    ),
    "the loss at the wrong time": Kind(
        "You compute the indexer's loss at the wrong time. It is for training, and for indexers whose coefficient is not 0: "
        "it takes the scores of all heads a second time.",
        {
            "in evaluation too": ("teach = self.training and self.loss_coef", "teach = self.loss_coef"),
            "in evaluation only": ("teach = self.training and", "teach = not self.training and"),
            "never": (LOSS, "self.auxiliary_loss = 0.0"),
            "in the warm-up only": ("teach = self.training and", "teach = self.dense and self.training and"),
        },
    ),
    "the loss not told": Kind(
        "You measure the indexer by the scores of all keys. The target is over the chosen ones, and `choose` returns the scores "
        "that belong to it.",
        {"scores of all": (CHOOSE, CHOOSE.replace("scores, mods =", "_, mods ="))},
    ),
    "the loss kept": Kind(
        "You leave the loss of the last training step where none is computed. The trainer would add it once more.",
        {"not set back": (LOSS, f"if teach:\n            {LOSS.removesuffix(' if teach else 0.0')}")},
    ),
    "the loss added to the result": Kind(
        "You return the loss in place of keeping it, or with the result. The block adds what you return to the residual "
        "stream.",
        {"the loss added": (RETURN, RETURN + " + self.auxiliary_loss")},
    ),
    "dropout left out": Kind(
        "You leave out the dropout on the result. In training a part of it is to be zero.",
        {"dropout left out": (RETURN, "return self.o_proj(y.flatten(2))")},
    ),
}
