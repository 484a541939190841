"""What people write for attentions.latent.MultiHeadLatentAttention.forward, and why it matters."""

from scripts.course.attentions.latent.explanations import EPS_OF_THE_REST, FIRST_HEAD, MIXED, NORMED_AGAIN
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "queries not made from their latent": Kind(
        "Where queries have a latent of their own, you make them from something else: a part of the token, or "
        "the other latent. The two layers that should give their latent are there for nothing, and never learn.",
        {
            "the queries' latent left out": (
                "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                "source = x if not self.has_query_latent else x[..., : self.q_proj.in_features]",
            ),
            "queries from the other latent": (
                "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                (
                    "source = x\n"
                    "        if self.has_query_latent:\n"
                    "            low = self.kv_down_norm(self.kv_down_proj(x))\n"
                    "            source = nn.functional.pad(low, (0, self.q_proj.in_features - low.size(-1)))"
                ),
            ),
        },
    ),
    "a latent not normed": Kind(
        "A latent goes on without its norm; to normalise the token before it is something else. Its size is "
        "then up to the projection, and the weights of its norm never learn.",
        {
            "the queries' norm forgotten": (
                "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                "source = self.q_down_proj(x) if self.has_query_latent else x",
            ),
            "the token normed before the queries' latent": (
                "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                ("source = self.q_down_proj(nn.functional.rms_norm(x, x.shape[-1:])) if self.has_query_latent else x"),
            ),
            "the latent's norm forgotten": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                "latent = self.kv_down_proj(x)",
            ),
            "the token normed, not the latent": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                "latent = self.kv_down_proj(nn.functional.rms_norm(x, x.shape[-1:], eps=1e-6))",
            ),
        },
    ),
    "normed without the norm's weights": Kind(
        "You norm a latent, but leave out the weights that its norm has learned. All its channels then keep "
        "the size that the norm gives them, and the weights get no gradient.",
        {
            "the queries' latent normed by the other norm": (
                "source = self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                (
                    "source = x\n"
                    "        if self.has_query_latent:\n"
                    "            low = self.q_down_proj(x)\n"
                    "            source = nn.functional.rms_norm(low, low.shape[-1:], eps=1e-6)"
                ),
            ),
            "the latent normed without weights": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                ("latent = nn.functional.rms_norm(self.kv_down_proj(x), (self.kv_down_proj.out_features,), eps=1e-6)"),
            ),
        },
    ),
    "eps of the rest of the model": Kind(
        EPS_OF_THE_REST,
        {
            "the latent normed with the eps of the rest": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                (
                    "latent = nn.functional.rms_norm(\n"
                    "            self.kv_down_proj(x), (self.kv_down_proj.out_features,), self.kv_down_norm.weight, 1e-2)"
                ),
            )
        },
    ),
    "normed again": Kind(
        NORMED_AGAIN,
        {
            "the latent normed twice": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                "latent = self.kv_down_norm(self.kv_down_norm(self.kv_down_proj(x)))",
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "the latent's gradient cut": (
                "latent = self.kv_down_norm(self.kv_down_proj(x))",
                "latent = self.kv_down_norm(self.kv_down_proj(x)).detach()",
            )
        },
    ),
    "query numbers read in another order": Kind(
        "You split the outputs of the query projection in another order than head by head, with the content of "
        "each head before its rotary part. New weights could learn any order, but trained ones would mean "
        "something else.",
        {
            "the rotary part first": (
                "q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)",
                "q_rope, q_nope = query.split((self.rope_head_dim, self.head_dim), dim=-1)",
            ),
            "all content first, then all rotary parts": (
                "q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)",
                (
                    "flat = query.flatten(2).split((self.n_head * self.head_dim, self.n_head * self.rope_head_dim), dim=-1)\n"
                    "        q_nope, q_rope = (part.unflatten(-1, (self.n_head, -1)) for part in flat)"
                ),
            ),
            "heads behind their numbers": (
                "q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)",
                (
                    "query = query.reshape(B, T, -1, self.n_head).transpose(2, 3)\n"
                    "        q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)"
                ),
            ),
        },
    ),
    "the first head's for all": Kind(
        FIRST_HEAD,
        {
            "the rotary part of the first head for all": (
                "q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)",
                (
                    "q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)\n"
                    "        q_rope = q_rope[:, :, :1].expand_as(q_rope)"
                ),
            )
        },
    ),
    "rotary part not turned": Kind(
        "You do not rotate the rotary part of queries or of keys. Only where both are rotated, each by its own "
        "position, does their product depend on how far apart two tokens stand.",
        {
            "the queries not turned": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                "q_nope = self.q_norm(q_nope)",
            ),
            "the rotary key not turned": (
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)",
                "k_rope = self.k_rope_proj(x)",
            ),
        },
    ),
    "content turned": Kind(
        "You rotate content of the queries. The content of keys is never rotated, so that the same query would "
        "match different keys at every position.",
        {
            "the content turned too": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                (
                    "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)\n"
                    "        pairs = q_nope.size(-1) // 2\n"
                    "        if context.cos is not None:\n"
                    "            cos, sin = context.cos[..., :pairs], context.sin[..., :pairs]\n"
                    "            q_nope = context._replace(cos=cos, sin=sin).rotate(q_nope)"
                ),
            ),
            "the whole query turned": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                (
                    "q_nope, q_rope = context.rotate(torch.cat((self.q_norm(q_nope), q_rope), dim=-1)).split(\n"
                    "            (self.head_dim, self.rope_head_dim), dim=-1)"
                ),
            ),
        },
    ),
    "turned twice": Kind(
        "You rotate the rotary part of queries or of keys twice. Only where both are rotated once does their "
        "product depend on how far apart two tokens stand, and on nothing else.",
        {
            "the queries turned twice": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(context.rotate(q_rope))",
            ),
            "the rotary key turned again after it was recalled": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                (
                    "key_position, latent, k_rope = context.update_cache(latent, k_rope)\n"
                    "        if context.cache is None:\n"
                    "            k_rope = context.rotate(k_rope[:, :, None, :]).squeeze(2)"
                ),
            ),
        },
    ),
    "rotary part normed": Kind(
        "You norm the rotary part of queries or of keys. The norms are for the latents and, as QK norm, for "
        "q_nope; here a head should be free to make positions count for much or for little.",
        {
            "the rotary part normed": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                (
                    "q_nope, q_rope = self.q_norm(q_nope), context.rotate(nn.functional.rms_norm(q_rope, "
                    "q_rope.shape[-1:]))"
                ),
            ),
            "the rotary key normed": (
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)",
                (
                    "k_rope = nn.functional.rms_norm(self.k_rope_proj(x), (self.rope_head_dim,))\n"
                    "        k_rope = context.rotate(k_rope[:, :, None, :]).squeeze(2)"
                ),
            ),
        },
    ),
    "queries' content not normed by its norm": Kind(
        "The content of your queries does not go through its own QK norm, or not by itself: nothing norms it, "
        "or the keys' norm, or one over the whole query. The scores then have another size than the weights "
        "were trained for.",
        {
            "content not normed": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                "q_rope = context.rotate(q_rope)",
            ),
            "the whole query normed": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                (
                    "query = nn.functional.rms_norm(query, query.shape[-1:], eps=1e-2)\n"
                    "        q_nope, q_rope = query.split((self.head_dim, self.rope_head_dim), dim=-1)\n"
                    "        q_rope = context.rotate(q_rope)"
                ),
            ),
            "content normed by the keys' norm": (
                "q_nope, q_rope = self.q_norm(q_nope), context.rotate(q_rope)",
                "q_nope, q_rope = self.k_norm(q_nope), context.rotate(q_rope)",
            ),
        },
    ),
    "the rotary key's axis of heads": Kind(
        "You insert the axis for a head into your rotary key in front of T, or keep it after the rotation. The "
        "rotation knows tokens and heads by the places of their axes, (B, T, heads, R), and the cache takes (B, "
        "T, R).",
        {
            "the rotary key turned as one sequence of heads": (
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)",
                "k_rope = context.rotate(self.k_rope_proj(x)[:, None]).squeeze(1)",
            ),
            "the rotary key left with its axis": (
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)",
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :])",
            ),
        },
    ),
    "rotary key turned too late": Kind(
        "You give the rotary key to the cache unrotated, and rotate what comes back. Those are the keys of all "
        "cached tokens, whereas the angles are those of the new tokens.",
        {
            "the rotary key turned after it was recalled": (
                (
                    "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)\n"
                    "        key_position, latent, k_rope = context.update_cache(latent, k_rope)"
                ),
                (
                    "key_position, latent, k_rope = context.update_cache(latent, self.k_rope_proj(x))\n"
                    "        k_rope = context.rotate(k_rope[:, :, None, :]).squeeze(2)"
                ),
            )
        },
    ),
    "only the new tokens seen": Kind(
        "You attend to the new tokens alone, whatever is in the cache. In generation, every new token would "
        "attend to nothing but itself, and know nothing of the text before.",
        {
            "the cache not asked": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                "key_position = context.position",
            ),
            "the new latents only": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                (
                    "new, turned = latent, k_rope\n"
                    "        key_position, latent, k_rope = context.update_cache(latent, k_rope)\n"
                    "        latent, k_rope, key_position = new, turned, context.position"
                ),
            ),
        },
    ),
    "cache not asked once for both": Kind(
        "Latent and rotary key do not go into the cache together, in one call. It keeps side by side what "
        "belongs to a token, and takes every call for new tokens; apart, one of the two is lost or in the "
        "other's place.",
        {
            "the cache asked for the latent only": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                "key_position, latent = context.update_cache(latent)",
            ),
            "the cache asked twice": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                (
                    "key_position, latent = context.update_cache(latent)[:2]\n"
                    "        k_rope = context.update_cache(k_rope)[1]"
                ),
            ),
        },
    ),
    "cached before the norm": Kind(
        "You give the cache latents without their norm, and normalise what comes back. The result is the same, "
        "but every step normalises all cached latents again, which is needed only once.",
        {
            "latents normed after they were recalled": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                (
                    "key_position, latent, k_rope = context.update_cache(self.kv_down_proj(x), k_rope)\n"
                    "        latent = self.kv_down_norm(latent)"
                ),
            )
        },
    ),
    "another order in the cache": Kind(
        "You give the cache the rotary key first and the latent second. The result is the same, but the order "
        "is part of the contract: other readers of the cache would take the one for the other.",
        {
            "latent and rotary key swapped in the cache": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                "key_position, k_rope, latent = context.update_cache(k_rope, latent)",
            )
        },
    ),
    "keys cached instead of latents": Kind(
        "You give the cache the keys of all heads instead of the latent that they are made from. They take "
        "many times its memory, and the latents of earlier tokens, from which the values come, are lost.",
        {
            "keys in the cache, not latents": (
                "key_position, latent, k_rope = context.update_cache(latent, k_rope)",
                "key_position, _, k_rope = context.update_cache(self.k_up_proj(latent), k_rope)",
            )
        },
    ),
    "naive where absorbed costs less": Kind(
        "You make keys and values of all cached tokens where the absorbed form is possible and costs less. The "
        "result is right, but generation with a cache takes more work than it has to.",
        {
            "naive always": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.naive",
            ),
            "absorbed for one token only": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.absorbed if T == 1 and self.absorbs(T, context) else self.naive",
            ),
            "absorbs asked about what is remembered": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.absorbed if self.absorbs(latent.size(1), context) else self.naive",
            ),
        },
    ),
    "absorbed where naive costs less": Kind(
        "You take the absorbed form even where it costs more, as with many new tokens at once. The result is "
        "right, but scores from vectors as long as the latent then cost more than making keys and values once.",
        {
            "absorbed wherever it is possible": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.absorbed if self.can_absorb else self.naive",
            ),
            "absorbed with any cache": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.absorbed if context.cache is not None and self.can_absorb else self.naive",
            ),
        },
    ),
    "absorbed in spite of QK norm": Kind(
        "You take the absorbed form even where QK norm is on. Normalised keys are not a linear map of the "
        "latent any more, so that the scores come out wrong.",
        {
            "absorbed always": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.absorbed",
            ),
            "the ways swapped": (
                "attend = self.absorbed if self.absorbs(T, context) else self.naive",
                "attend = self.naive if self.absorbs(T, context) else self.absorbed",
            ),
        },
    ),
    "positions of the new tokens for the keys": Kind(
        "You give the keys the positions of the new tokens. With a cache there are more keys than those, and "
        "the positions decide which of them are visible to a token.",
        {
            "positions of the new tokens for the keys": (
                "y = attend(q_nope, q_rope, latent, k_rope, self.score_mods(context, key_position))",
                "y = attend(q_nope, q_rope, latent, k_rope, self.score_mods(context, context.position))",
            )
        },
    ),
    "content and rotary part swapped": Kind(
        "You pass the rotary part as the content, and the content as the rotary part. Where the two are of one "
        "size nothing fails, but content is then compared with rotary keys.",
        {
            "content and rotary part swapped": (
                "y = attend(q_nope, q_rope, latent, k_rope, self.score_mods(context, key_position))",
                "y = attend(q_rope, q_nope, latent, k_rope, self.score_mods(context, key_position))",
            )
        },
    ),
    "dropout not once at the end": Kind(
        "Dropout does not act once, on what the layer returns: you leave it out, let it act before the output "
        "projection, or let it act twice. Training would get other noise than was asked for.",
        {
            "dropout forgotten": ("return self.dropout(self.o_proj(y.flatten(2)))", "return self.o_proj(y.flatten(2))"),
            "dropout before the projection": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "return self.o_proj(self.dropout(y.flatten(2)))",
            ),
            "dropout twice": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "return self.dropout(self.o_proj(self.dropout(y.flatten(2))))",
            ),
        },
    ),
    "heads not side by side": Kind(
        "You interleave the heads, the first elements of all heads together, in the order (Dv, H), where (H, "
        "Dv) is needed. The output projection knows an element by its place, and trained weights would take it "
        "for another.",
        {
            "heads not laid side by side": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "return self.dropout(self.o_proj(y.transpose(2, 3).flatten(2)))",
            )
        },
    ),
    "heads and tokens mixed": Kind(
        MIXED,
        {
            "heads and tokens mixed": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "return self.dropout(self.o_proj(y.transpose(1, 2).reshape(B, T, -1)))",
            )
        },
    ),
    "not projected": Kind(
        "You leave out the output projection. The attention output of all heads has H * Dv elements, not C as "
        "the residual stream, and the projection learns how to combine them.",
        {"not projected": ("return self.dropout(self.o_proj(y.flatten(2)))", "return self.dropout(y.flatten(2))")},
    ),
    "what came in added": Kind(
        "You add what came in to the result. The block around this layer adds it already, so that the residual "
        "stream would be counted twice in every layer.",
        {
            "what came in added": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "return x + self.dropout(self.o_proj(y.flatten(2)))",
            )
        },
    ),
    "dropout not beside something else": Kind(
        "Beside another option, biases or a latent for queries, you do not apply dropout to the result. A model that has "
        "both would train without a part of the dropout that it asks for.",
        {
            "no dropout of the result where there are biases": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "out = self.o_proj(y.flatten(2))\n        return self.dropout(out) if self.o_proj.bias is None else out",
            ),
            "no dropout of the result where queries have a latent": (
                "return self.dropout(self.o_proj(y.flatten(2)))",
                "out = self.o_proj(y.flatten(2))\n        return out if self.has_query_latent else self.dropout(out)",
            ),
        },
    ),
    "left out with a cache": Kind(
        "With a cache you leave out a step that you take without one. Generation then computes something else than training "
        "has learned.",
        {
            "queries' latent not normed with a cache": (
                "self.q_down_norm(self.q_down_proj(x)) if self.has_query_latent else x",
                (
                    "self.q_down_proj(x) if self.has_query_latent else x\n"
                    "        if self.has_query_latent and context.cache is None:\n"
                    "            source = self.q_down_norm(source)"
                ),
            ),
            "rotary key not turned with a cache": (
                "k_rope = context.rotate(self.k_rope_proj(x)[:, :, None, :]).squeeze(2)",
                (
                    "k_rope = self.k_rope_proj(x)\n"
                    "        if context.cache is None:\n"
                    "            k_rope = context.rotate(k_rope[:, :, None, :]).squeeze(2)"
                ),
            ),
            "no window with a cache": (
                "y = attend(q_nope, q_rope, latent, k_rope, self.score_mods(context, key_position))",
                (
                    "mods = self.score_mods(context, key_position)\n"
                    "        mods = mods if context.cache is None else mods._replace(window=None)\n"
                    "        y = attend(q_nope, q_rope, latent, k_rope, mods)"
                ),
            ),
        },
    ),
}
