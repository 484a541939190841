"""What people write for attention.CausalSelfAttention.forward, and why it matters."""

from scripts.course.attention.explanations import CONTEXT_CUT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE, OTHER_DTYPE

MISTAKES = {
    "tokens and heads mixed by a reshape": Kind(
        "Your reshape takes heads and tokens in another order than the one in which the numbers lie. Each "
        "token gets numbers of others, later ones among them, and can peek at what it should predict.",
        {
            "heads laid under each other, not side by side": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).transpose(1, 2).reshape(B, T, -1)",
            ),
            "queries split into heads by a view, with the heads in front": (
                "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
            ),
            "keys split into heads by a view, with the heads in front": (
                "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
            ),
        },
    ),
    "numbers of the heads alternate": Kind(
        "You let the numbers of a token's heads alternate, where all numbers of one head should stand "
        "together. Training would get used to it, but weights trained elsewhere would work on numbers of the "
        "wrong heads.",
        {
            "numbers by heads, not heads by numbers": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).mT.flatten(2)",
            ),
            "numbers of a head by heads": (
                "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
            ),
            "numbers of a key's head by heads": (
                "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "numbers of a value's head by heads": (
                "value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "numbers of the heads of queries and keys by heads": (
                (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
            "numbers of the heads of keys and values by heads": (
                (
                    "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
            "numbers of all heads by heads": (
                (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
        },
    ),
    "heads added": Kind(
        "You add up what the heads found and repeat the sum. Every head finds something of its own, and the "
        "output projection can no longer tell which of them said what.",
        {
            "heads added, not laid side by side": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).sum(dim=2).repeat(1, 1, self.n_head)",
            )
        },
    ),
    "heads left apart": Kind(
        "You leave the heads on an axis of their own behind attend. The gate and the output projection work on "
        "all of a token's heads in one row, and do not fit a single one.",
        {
            "heads left apart": (
                "self.attend(query, key, value, context).flatten(2)",
                "out = self.attend(query, key, value, context)",
            )
        },
    ),
    "attend called with the heads in front": Kind(
        "You hand queries, keys and values to attend with the heads in front of the tokens. It takes the "
        "second axis for the tokens, so that heads would look at each other where tokens should.",
        {
            "heads in front": (
                "out = self.attend(query, key, value, context)",
                (
                    "found = self.attend(*(y.transpose(1, 2) for y in (query, key, value)), context)\n"
                    "        out = found.transpose(1, 2)"
                ),
            )
        },
    ),
    "heads joined to the width of the stream": Kind(
        "You join the heads to as many numbers as the residual stream has. All heads together may have more or "
        "fewer; it is the output projection that brings them to the width of the stream.",
        {"heads joined to the width of the stream": (".flatten(2)", ".reshape(x.shape)")},
    ),
    "keys and values repeated here": Kind(
        "You repeat keys and values for every query head that reads them, before they reach the cache. It then "
        "keeps each of them several times, and what grouped queries save is lost.",
        {
            "keys and values repeated here": (
                "out = self.attend(query, key, value, context)",
                (
                    "group = self.n_head // self.n_kv_head\n"
                    "        key, value = (y.repeat_interleave(group, dim=2) for y in (key, value))\n"
                    "        out = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "keys repeated in another order": Kind(
        "You repeat the whole row of key/value heads over and over, so that query heads read those that belong "
        "to others. Neighbouring query heads share a key/value head, and this is seen to behind the cache.",
        {
            "keys repeated here, the wrong way": (
                "out = self.attend(query, key, value, context)",
                (
                    "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        out = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "one for another of query, key and value": Kind(
        "Of queries, keys and values, one stands in for another in your code. A token asks with its query, is "
        "found by its key and hands on its value; as it is, one of the three projections never learns.",
        {
            "queries for keys": (
                "out = self.attend(query, key,",
                "out = self.attend(query, query[:, :, : self.n_kv_head],",
            ),
            "keys for values": ("out = self.attend(query, key, value,", "out = self.attend(query, key, key,"),
            "values for keys": ("out = self.attend(query, key, value,", "out = self.attend(query, value, value,"),
            "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
            "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        },
    ),
    "queries and keys swapped": Kind(
        "You hand over keys as queries and queries as keys. With grouped queries the numbers of heads do not "
        "fit any more, and a cache would keep queries, which nobody asks for again.",
        {"queries and keys swapped": ("out = self.attend(query, key, value,", "out = self.attend(key, query, value,")},
    ),
    "scaled here too": Kind(
        "You scale the queries, and the backend scales the scores once more. With the usual scale they come "
        "out far too small, and the softmax looks at all keys nearly alike.",
        {"scaled here too": ("out = self.attend(query,", "out = self.attend(query * self.scale,")},
    ),
    "attend of one class by name": Kind(
        "You call attend by the name of this class instead of asking the object for its own. Kinds of "
        "attention that bring an attend with them, as differential attention does, are passed over.",
        {"attention of the class, not of the kind": ("out = self.attend(", "out = CausalSelfAttention.attend(self, ")},
    ),
    "context not handed on whole": Kind(
        CONTEXT_CUT,
        {
            "an empty context handed on": (
                "value, context).flatten(2)",
                "value, Context(context.position)).flatten(2)",
            ),
            "context without its cache": (
                "value, context).flatten(2)",
                "value, context._replace(cache=None)).flatten(2)",
            ),
            "context without its window": (
                "value, context).flatten(2)",
                "value, context._replace(window=None)).flatten(2)",
            ),
            "context without its bias": (
                "value, context).flatten(2)",
                "value, context._replace(bias=None)).flatten(2)",
            ),
            "context without its layer": ("value, context).flatten(2)", "value, context._replace(layer=0)).flatten(2)"),
        },
    ),
    "positions from zero on": Kind(
        "You tell attend that the tokens at hand stand at the beginning. With a cache they come after those "
        "that were read before, and their positions decide where they are kept and what they see.",
        {
            "positions from zero on": (
                "value, context).flatten(2)",
                "value, context._replace(position=torch.arange(T))).flatten(2)",
            )
        },
    ),
    "recalled twice": Kind(
        "You give keys and values to the cache here, and attend does so again. The cache counts every token "
        "twice, and one that is made for a window may overwrite what is still needed.",
        {
            "recalled here and in attend": (
                "out = self.attend(query, key, value, context)",
                (
                    "_, key, value = context.recall(key, value)\n"
                    "        key, value = key[:, -T:], value[:, -T:]\n"
                    "        out = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "attended twice": Kind(
        "You look twice, the second time with what the heads found as queries. These have passed no "
        "projection, norm or rotation, and a cache takes in the same tokens a second time.",
        {
            "attended twice": (
                "out = self.attend(query, key, value, context)",
                (
                    "out = self.attend(query, key, value, context)\n"
                    "        out = self.attend(out[..., : self.head_dim].contiguous(), key, value, context)"
                ),
            )
        },
    ),
    "a gate in any case": Kind(
        "You use the gate without asking whether there is one. Most models have none, and the None that stands "
        "there cannot be called.",
        {"a gate in any case": ("if self.gate_proj is not None:", "if True:")},
    ),
    "gate forgotten": Kind(
        "The gate plays no part in your result. All that the heads found gets through, and the gate's "
        "projection has no gradient to learn from.",
        {"gate forgotten": ("if self.gate_proj is not None:", "if False:")},
    ),
    "gate beyond zero or one": Kind(
        "The factor that you make of the gate can leave the range from zero to one. A gate holds back or lets "
        "through; negative factors turn the sign of what was found, and larger ones make it grow.",
        {
            "gate without the sigmoid": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x)"),
            "gate by tanh": ("torch.sigmoid(", "torch.tanh("),
            "gate by SiLU": ("torch.sigmoid(", "nn.functional.silu("),
            "gate of twice the sigmoid": ("torch.sigmoid(self", "2 * torch.sigmoid(self"),
        },
    ),
    "gate by a softmax": Kind(
        "You make the gate by a softmax, so that all of a token's numbers share a total of one. Next to "
        "nothing gets through then; every number should open and close by itself.",
        {"gate by a softmax": ("torch.sigmoid(self.gate_proj(x))", "self.gate_proj(x).softmax(dim=-1)")},
    ),
    "gate closes where it should open": Kind(
        "Your gate closes where it should open and opens where it should close. Training would get used to it, "
        "but models trained elsewhere would let through what they mean to hold back.",
        {"gate of one minus the sigmoid": ("torch.sigmoid(self", "1 - torch.sigmoid(self")},
    ),
    "gate added, not multiplied": Kind(
        "You add something made by the gate to what the heads found. A gate is a factor; a sum holds nothing "
        "back, and tokens get numbers that no head has found.",
        {
            "gate added": ("out * torch", "out + torch"),
            "gate on the residual stream": (
                "            out = out * torch.sigmoid(self.gate_proj(x))",
                "            out = out + self.gate_proj(x)",
            ),
        },
    ),
    "gate not from its projection": Kind(
        "You make the gate from numbers that serve another purpose, not by its own projection. That one never "
        "learns, and tokens cannot decide freely what to let through.",
        {
            "gate of what was found": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(out)"),
            "gate's projection taken for the queries'": (
                "torch.sigmoid(self.gate_proj(x))",
                "torch.sigmoid(self.q_proj(x))",
            ),
        },
    ),
    "one gate for many numbers": Kind(
        "You let many numbers share one factor, all of a head or all of a token. Every number has a gate of "
        "its own, which may let part of a head pass and hold back the rest.",
        {
            "gate one for each head": (
                "torch.sigmoid(self.gate_proj(x))",
                ("torch.sigmoid(self.gate_proj(x))[..., :: self.head_dim].repeat_interleave(self.head_dim, dim=-1)"),
            ),
            "gate one for each token": (
                "torch.sigmoid(self.gate_proj(x))",
                "torch.sigmoid(self.gate_proj(x)).mean(dim=-1, keepdim=True)",
            ),
        },
    ),
    "gate at another place": Kind(
        "Your gate does not stand between the heads and the output projection. On the queries it changes where "
        "a token looks, and behind the projection it acts on heads that are mixed already.",
        {
            "gate on the queries": (
                "            out = out * torch.sigmoid(self.gate_proj(x))",
                (
                    "            query = (query.flatten(2) * torch.sigmoid(self.gate_proj(x))).view_as(query)\n"
                    "            out = self.attend(query, key, value, context).flatten(2)"
                ),
            ),
            "gate behind the output projection": (
                "            out = out * torch.sigmoid(self.gate_proj(x))",
                (
                    "            gate = torch.sigmoid(self.gate_proj(x))[..., : x.size(-1)]\n"
                    "            return self.dropout(self.o_proj(out) * gate)"
                ),
            ),
        },
    ),
    "gate in another dtype": Kind(
        "You widen the gate to float32, and what it multiplies is widened with it. The output projection has "
        "weights in the dtype of the model, and a product of two dtypes fails.",
        {"gate in float32": ("torch.sigmoid(self.gate_proj(x))", "torch.sigmoid(self.gate_proj(x).float())")},
    ),
    "queries or keys not normed": Kind(
        "You let queries or keys, or both, pass without a norm where the model asks for one. Whatever is not "
        "normed may grow in training without bound, and the scores with it, until the softmax sees one key "
        "only.",
        {
            "no QK norm after the rotation": ("if self.qk_norm_after_rotary:", "if False:"),
            "no QK norm before the rotation": ("if not self.qk_norm_after_rotary:", "if False:"),
            "queries not normalised": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                "if self.qk_norm_after_rotary:\n            key = self.k_norm(key)",
            ),
            "queries not normalised before the rotation": (
                ("if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                ("if not self.qk_norm_after_rotary:\n            key = self.k_norm(key)"),
            ),
            "keys not normalised": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                ("if self.qk_norm_after_rotary:\n            query = self.q_norm(query)"),
            ),
        },
    ),
    "normed in one place in any case": Kind(
        "You norm in one of the two places whatever the setting says. Models that want the norm in the other "
        "place get it twice, and the weights act twice as well.",
        {
            "QK norm after the rotation in any case": ("if self.qk_norm_after_rotary:", "if True:"),
            "QK norm before the rotation in any case": ("if not self.qk_norm_after_rotary:", "if True:"),
        },
    ),
    "normed in both places or in none": Kind(
        "Both of your conditions ask for the same, so that the norm comes twice or not at all. The two places "
        "exclude each other: whatever the setting, every query and key is normed exactly once.",
        {"QK norm in both places or in none": ("if not self.qk_norm_after_rotary:", "if self.qk_norm_after_rotary:")},
    ),
    "places of the QK norm swapped": Kind(
        "You norm before the rotation where it should be after, and after where it should be before. Once the "
        "norm has weights the two give different scores, and a trained model needs the one it learned with.",
        {
            "places of the QK norm swapped": (
                (
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key)\n"
                    "        # Tell queries and keys their positions. Values carry content only and are left alone.\n"
                    "        query, key = context.rotate(query), context.rotate(key)\n"
                    "        # ... or after it. A turn keeps lengths, so without weights for every number it makes no difference.\n"
                    "        if self.qk_norm_after_rotary:\n"
                ),
                (
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key)\n"
                    "        query, key = context.rotate(query), context.rotate(key)\n"
                    "        if not self.qk_norm_after_rotary:\n"
                ),
            )
        },
    ),
    "one norm for queries and keys": Kind(
        "You use the norm of one for the other as well. Queries and keys have norms with weights of their own, "
        "and the one that goes unused never learns.",
        {
            "queries' norm for the keys too": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.q_norm(key)"),
            ),
            "keys' norm for the queries before the rotation": (
                ("if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                ("if not self.qk_norm_after_rotary:\n            query, key = self.k_norm(query), self.k_norm(key)"),
            ),
        },
    ),
    "normed with the heads in front": Kind(
        "You give the norms queries and keys with the heads in front of the tokens. A norm over the full width "
        "of a token then finds tokens where it expects heads.",
        {
            "normed with the heads in front": (
                ("if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                (
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query.transpose(1, 2)), self.k_norm(key.transpose(1, 2))\n"
                    "            query, key = query.transpose(1, 2), key.transpose(1, 2)"
                ),
            )
        },
    ),
    "normed over all heads at once": Kind(
        "You join the heads of the queries before their norm. Whether it is taken by head or over all of them "
        "is up to the norm; joined, no head has a fixed size, or the weights do not fit.",
        {
            "QK norm over all heads at once": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),"),
                (
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query.flatten(2)).view_as(query),"
                ),
            )
        },
    ),
    "QK norm to length one": Kind(
        "You bring queries and keys to a length of one, without their norms. Those fix the average size of the "
        "numbers, so that your scores come out far too small, and their weights never learn.",
        {
            "QK norm to length one": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                (
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key = (nn.functional.normalize(y, dim=-1) for y in (query, key))"
                ),
            )
        },
    ),
    "QK norm without its weights": Kind(
        "You compute the norm of queries and keys here and leave its weights out. They get no gradient to "
        "learn from, and no channel can count more or less in the scores.",
        {
            "QK norm without its weights": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                (
                    "if self.qk_norm_after_rotary:\n"
                    "            eps = self.q_norm.eps\n"
                    "            query, key = (nn.functional.rms_norm(y, y.shape[-1:], eps=eps) for y in (query, key))"
                ),
            )
        },
    ),
    "values normed too": Kind(
        "You norm the values as well. The norm is there to bound the scores, in which values play no part; how "
        "large a value is belongs to what it tells.",
        {
            "values normalised too": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                (
                    "if self.qk_norm_after_rotary:\n"
                    "            query, key, value = self.q_norm(query), self.k_norm(key), self.k_norm(value)"
                ),
            )
        },
    ),
    "keys normed after they are repeated": Kind(
        "You repeat the keys for the query heads before they are normed. A norm over the full width has "
        "weights for the key/value heads as they are, and fits no larger number of them.",
        {
            "keys normed after they are repeated": (
                ("if not self.qk_norm_after_rotary:\n            query, key = self.q_norm(query), self.k_norm(key)"),
                (
                    "if not self.qk_norm_after_rotary:\n"
                    "            query, key = self.q_norm(query), self.k_norm(key.repeat_interleave(2, dim=2))[:, :, ::2]"
                ),
            )
        },
    ),
    "not rotated": Kind(
        "You leave out the rotation of queries, of keys, or of both. Only where both are turned by their "
        "positions do the scores tell how far apart two tokens are.",
        {
            "no rotation": ("query, key = context.rotate(query), context.rotate(key)", "pass"),
            "keys not rotated": ("context.rotate(query), context.rotate(key)", "context.rotate(query), key"),
            "queries not rotated": ("context.rotate(query), context.rotate(key)", "query, context.rotate(key)"),
        },
    ),
    "values rotated too": Kind(
        "You turn the values by their positions too. Positions are for the scores, where only distances are "
        "left of them; turned values would say something else at every place.",
        {
            "values rotated too": (
                "query, key = context.rotate(query), context.rotate(key)",
                "query, key, value = context.rotate(query), context.rotate(key), context.rotate(value)",
            )
        },
    ),
    "queries turned by another angle than keys": Kind(
        "You turn queries twice, backwards, or with cosines and sines exchanged, unlike the keys. Scores then "
        "depend on where in the text two tokens stand, and not only on the distance between them.",
        {
            "rotated twice": (
                "context.rotate(query), context.rotate(key)",
                "context.rotate(context.rotate(query)), context.rotate(key)",
            ),
            "cosines and sines swapped": (
                "context.rotate(query), context.rotate(key)",
                "context._replace(cos=context.sin, sin=context.cos).rotate(query), context.rotate(key)",
            ),
            "queries turned backwards": (
                "context.rotate(query), context.rotate(key)",
                (
                    "context._replace(sin=None if context.sin is None else -context.sin).rotate(query), "
                    "context.rotate(key)"
                ),
            ),
        },
    ),
    "tables taken for granted": Kind(
        "You turn by the tables directly, as if every layer had some. Layers that tell positions in another "
        "way have none, and how numbers make pairs is a matter of the model.",
        {
            "tables taken for granted": (
                "query, key = context.rotate(query), context.rotate(key)",
                (
                    "from .positions import apply_rotary\n"
                    "        query, key = (apply_rotary(y, context.cos, context.sin) for y in (query, key))"
                ),
            )
        },
    ),
    "pairs of neighbours not thought of": Kind(
        "You always pair the two halves of a head. Some models turn neighbours together, and with other pairs "
        "their trained queries and keys no longer tell distances as they learned to.",
        {
            "pairs of neighbours not thought of": (
                "context.rotate(query), context.rotate(key)",
                "(context._replace(interleaved=False).rotate(y) for y in (query, key))",
            )
        },
    ),
    "rotated with the heads in front": Kind(
        "You turn queries and keys with the heads in front of the tokens. The tables have a row for every "
        "token, and would turn each head by a position, if the sizes fit at all.",
        {
            "rotated with the heads in front": (
                "context.rotate(query), context.rotate(key)",
                "(context.rotate(y.transpose(1, 2)).transpose(1, 2) for y in (query, key))",
            )
        },
    ),
    "output projection forgotten": Kind(
        "You return what the heads found without the output projection. It never learns to combine them, and "
        "all heads together need not be as wide as the residual stream.",
        {"output projection forgotten": ("self.dropout(self.o_proj(out))", "self.dropout(out)")},
    ),
    "residual added here too": Kind(
        "You add the input to the result, which the block around this layer does already. The stream would "
        "take in its own content again in every layer and grow with the depth.",
        {"residual added here too": ("return self.dropout(", "return x + self.dropout(")},
    ),
    "input normed here too": Kind(
        "You norm the input, which is up to the block around this layer. There it may have weights, which a "
        "second norm divides away in part, and some blocks want no norm here at all.",
        {
            "input normalised here too": (
                "B, T, _ = x.shape",
                ("x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape"),
            )
        },
    ),
    "dropout of the result forgotten": Kind(
        "You do not drop anything of the result. In training, a model that asks for dropout would lean on "
        "numbers that should be missing now and then, and sooner learn its texts by heart.",
        {"dropout of the result forgotten": ("self.dropout(self.o_proj(out))", "self.o_proj(out)")},
    ),
    "dropout before the output projection": Kind(
        "You drop numbers before the output projection instead of behind it. The projection spreads what is "
        "left over all of its results, so that none of them is ever missing.",
        {
            "dropout before the output projection, not behind it": (
                "self.dropout(self.o_proj(out))",
                "self.o_proj(self.dropout(out))",
            )
        },
    ),
    "dropout in evaluation too": Kind(
        "You drop numbers whether the model is training or not. Dropout belongs to training alone; in "
        "evaluation and generation it is noise, and the same text gets another answer every time.",
        {
            "dropout of the result in evaluation too": (
                "self.dropout(self.o_proj(out))",
                "nn.functional.dropout(self.o_proj(out), self.dropout.p)",
            )
        },
    ),
    "more dropped than asked for": Kind(
        "You drop numbers in one more place than asked for, or twice in the same. Attention weights and the "
        "result lose their share in training already, and with each further loss less of the signal gets "
        "through.",
        {
            "dropout of what was found, and of the result": (
                "self.dropout(self.o_proj(out))",
                "self.dropout(self.o_proj(self.dropout(out)))",
            ),
            "dropout of the queries": ("out = self.attend(query,", "out = self.attend(self.dropout(query),"),
            "dropout of the values": ("value, context).flatten(2)", "self.dropout(value), context).flatten(2)"),
            "dropout of the input": ("B, T, _ = x.shape", "B, T, _ = x.shape\n        x = self.dropout(x)"),
            "dropout twice": ("self.dropout(self.o_proj(out))", "self.dropout(self.dropout(self.o_proj(out)))"),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at what was found": ("self.o_proj(out)", "self.o_proj(out.detach())"),
            "gradient cut at the keys": (
                "context.rotate(query), context.rotate(key)",
                "context.rotate(query), context.rotate(key.detach())",
            ),
            "gradient cut at the queries' norm": (
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query),"),
                ("if self.qk_norm_after_rotary:\n            query, key = self.q_norm(query).detach(),"),
            ),
            "gate cut from the gradient": (
                "torch.sigmoid(self.gate_proj(x))",
                "torch.sigmoid(self.gate_proj(x)).detach()",
            ),
        },
    ),
    "another dtype": Kind(
        OTHER_DTYPE, {"result widened": ("self.dropout(self.o_proj(out))", "self.dropout(self.o_proj(out)).float()")}
    ),
    "changed in place": Kind(
        IN_PLACE, {"input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape")}
    ),
    "something remembered between calls": Kind(
        "You keep something of one call and add it to the result of the next. What a layer gives may depend "
        "only on what it is handed; texts that have nothing to do with each other would mix.",
        {
            "output of the call before added": (
                "out = self.attend(query, key, value, context).flatten(2)",
                (
                    'out = self.attend(query, key, value, context).flatten(2) + getattr(self, "before", 0)\n'
                    "        self.before = out.detach().mean()"
                ),
            )
        },
    ),
}
