"""What people write for attention.CausalSelfAttention.forward, and why it matters."""

from scripts.course.blocks.explanations import CACHE_LEFT_BEHIND
from scripts.course.norms.explanations import EPS_OF_DTYPE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import EPS_HARD_CODED, IN_PLACE

QUERY = "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)"
KEY = "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
VALUE = "value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
SPLIT = f"{QUERY}\n        {KEY}\n        {VALUE}"
ROTATED = "query, key = context.rotate(query), context.rotate(key)"
NORMED = "query, key = rms_norm(query, self.norm_eps), rms_norm(key, self.norm_eps)"
ATTENDED = "y = self.attend(query, key, value, context).flatten(2)"

MISTAKES = {
    "tokens and heads mixed by a reshape": Kind(
        "Your reshape takes T and H in another order than the one in which the elements lie: (B, T, H * D) splits "
        "into (B, T, H, D). Each token gets elements of others, later ones among them, and so reads what it should "
        "predict.",
        {
            "heads concatenated along T": (
                ATTENDED,
                "y = self.attend(query, key, value, context).transpose(1, 2).reshape(B, T, -1)",
            ),
            "queries split into heads by a view, with the heads in front": (
                QUERY,
                "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
            ),
            "keys split into heads by a view, with the heads in front": (
                KEY,
                "key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
            ),
            "all split into heads by a view, with the heads in front": (
                SPLIT,
                "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)\n"
                "        key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)\n"
                "        value = self.v_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
            ),
        },
    ),
    "elements of the heads interleaved": Kind(
        "You split or join D before H: (B, T, D, H) where (B, T, H, D) is needed. Training would get used to it, but "
        "weights trained elsewhere would work on elements of the wrong heads.",
        {
            "heads joined as D by H": (ATTENDED, "y = self.attend(query, key, value, context).mT.flatten(2)"),
            "queries split as D by H": (
                QUERY,
                "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
            ),
            "keys split as D by G": (
                KEY,
                "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "values split as D by G": (
                VALUE,
                "value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "queries, keys and values split as D by heads": (
                SPLIT,
                (
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
        },
    ),
    "size of a head from the width": Kind(
        "You split into heads of C / n_head elements, where self.head_dim says how many a head has. All heads together may "
        "be wider or narrower than the residual stream.",
        {
            "size of a head from the width": (
                SPLIT,
                "query = self.q_proj(x).view(B, T, -1, x.size(-1) // self.n_head)\n"
                "        key = self.k_proj(x).view(B, T, -1, x.size(-1) // self.n_head)\n"
                "        value = self.v_proj(x).view(B, T, -1, x.size(-1) // self.n_head)",
            )
        },
    ),
    "heads added": Kind(
        "You add up the outputs of the heads and repeat the sum. Every head has an output of its own, and the output "
        "projection can no longer weigh them separately.",
        {
            "heads added, not concatenated": (
                ATTENDED,
                "y = self.attend(query, key, value, context).sum(dim=2).repeat(1, 1, self.n_head)",
            )
        },
    ),
    "heads left apart": Kind(
        "You leave the heads on an axis of their own after attend: (B, T, H, D). The output projection takes all heads of "
        "a token concatenated, (B, T, H * D).",
        {"heads left apart": (ATTENDED, "y = self.attend(query, key, value, context)")},
    ),
    "attend called with the heads in front": Kind(
        "You hand queries, keys and values to attend as (B, H, T, D), where it takes (B, T, H, D). It would take the heads "
        "for tokens, so that heads attend to each other.",
        {
            "heads in front": (
                ATTENDED,
                (
                    "y = self.attend(*(each.transpose(1, 2) for each in (query, key, value)), context)\n"
                    "        y = y.transpose(1, 2).flatten(2)"
                ),
            )
        },
    ),
    "heads joined to the width of the stream": Kind(
        "You join the heads to C elements, the width of the residual stream. All heads together have H * D, which may be "
        "more or fewer; the output projection brings them to C.",
        {"heads joined to the width of the stream": (".flatten(2)", ".reshape(x.shape)")},
    ),
    "keys and values repeated in another order": Kind(
        "You repeat the G key/value heads as a whole, 0 1 0 1, where neighbouring query heads should read the same one, "
        "0 0 1 1. attend repeats them itself, in the right order.",
        {
            "keys and values repeated here, the wrong way": (
                ATTENDED,
                (
                    "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    f"        {ATTENDED}"
                ),
            )
        },
    ),
    "one for another of query, key and value": Kind(
        "Of queries, keys and values, one stands in for another in your code. One of the three projections then plays no "
        "part, and never learns.",
        {
            "queries for keys": (
                "y = self.attend(query, key,",
                "y = self.attend(query, query[:, :, : self.n_kv_head],",
            ),
            "keys for values": ("y = self.attend(query, key, value,", "y = self.attend(query, key, key,"),
            "values for keys": ("y = self.attend(query, key, value,", "y = self.attend(query, value, value,"),
            "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
            "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        },
    ),
    "queries and keys swapped": Kind(
        "You pass keys as queries and queries as keys. The scores are transposed then: each token attends as others "
        "should attend to it, and with G < H the shapes do not fit.",
        {"queries and keys swapped": ("y = self.attend(query, key, value,", "y = self.attend(key, query, value,")},
    ),
    "scaled here too": Kind(
        "You scale the queries by D^(-1/2), and attend scales the scores once more. They come out too small, and the "
        "softmax gives nearly equal weights.",
        {"scaled here too": ("y = self.attend(query,", "y = self.attend(query * self.head_dim**-0.5,")},
    ),
    "attended twice": Kind(
        "You attend a second time, with the heads' outputs as queries. These have passed no projection, norm or rotation.",
        {
            "attended twice": (
                "value, context).flatten(2)",
                "value, context)\n        y = self.attend(y, key, value, context).flatten(2)",
            )
        },
    ),
    "not rotated": Kind(
        "You leave out the rotation of queries, of keys, or of both. Only where both are rotated by their positions do the "
        "scores tell how far apart two tokens are.",
        {
            "no rotation": (ROTATED, "pass"),
            "keys not rotated": (ROTATED, "query = context.rotate(query)"),
            "queries not rotated": (ROTATED, "key = context.rotate(key)"),
        },
    ),
    "values rotated too": Kind(
        "You rotate the values by their positions too. Rotation is for the scores, where only distances are left of "
        "it; rotated values would differ with the position.",
        {
            "values rotated too": (
                ROTATED,
                "query, key, value = context.rotate(query), context.rotate(key), context.rotate(value)",
            )
        },
    ),
    "queries rotated by another angle than keys": Kind(
        "You rotate queries twice, backwards, or with cosines and sines exchanged, unlike the keys. Scores then depend on "
        "where in the text two tokens stand, and not only on the distance between them.",
        {
            "rotated twice": (ROTATED, "query, key = context.rotate(context.rotate(query)), context.rotate(key)"),
            "cosines and sines swapped": (
                ROTATED,
                "query, key = context._replace(cos=context.sin, sin=context.cos).rotate(query), context.rotate(key)",
            ),
            "queries rotated backwards": (
                ROTATED,
                "query, key = context._replace(sin=-context.sin).rotate(query), context.rotate(key)",
            ),
        },
    ),
    "rotated with the heads in front": Kind(
        "You rotate queries and keys as (B, H, T, D), where rotate takes (B, T, H, D). It would rotate each head by the "
        "position of a token, if the sizes fit at all.",
        {
            "rotated with the heads in front": (
                ROTATED,
                "query, key = (context.rotate(each.transpose(1, 2)).transpose(1, 2) for each in (query, key))",
            )
        },
    ),
    "queries or keys not normalised": Kind(
        "You let queries or keys, or both, pass without their RMS norm. What is not normalised may grow in training without "
        "bound, and the scores with it, until the softmax gives all weight to one key.",
        {
            "no QK norm": (NORMED, "pass"),
            "queries not normalised": (NORMED, "key = rms_norm(key, self.norm_eps)"),
            "keys not normalised": (NORMED, "query = rms_norm(query, self.norm_eps)"),
        },
    ),
    "normalised over all heads at once": Kind(
        "You take the mean square over H * D elements of a token, all heads together. QK norm takes it over the D elements "
        "of each head, so that no head can drown another.",
        {
            "queries normalised over all heads": (
                NORMED,
                (
                    "query = rms_norm(query.flatten(2), self.norm_eps).view_as(query)\n"
                    "        key = rms_norm(key, self.norm_eps)"
                ),
            ),
            "queries and keys normalised over all heads": (
                NORMED,
                "query, key = (rms_norm(each.flatten(2), self.norm_eps).view_as(each) for each in (query, key))",
            ),
        },
    ),
    "normalised to length one": Kind(
        "You bring queries and keys to a length of one, where RMS norm gives them the length sqrt(D). The scores are D times "
        "too small, and the softmax gives nearly equal weights.",
        {
            "QK norm to length one": (
                NORMED,
                "query, key = (nn.functional.normalize(each, dim=-1) for each in (query, key))",
            )
        },
    ),
    "values normalised too": Kind(
        "You normalise the values as well. The norm is there to bound the scores, in which values play no part.",
        {
            "values normalised too": (
                NORMED,
                "query, key, value = (rms_norm(each, self.norm_eps) for each in (query, key, value))",
            )
        },
    ),
    "output projection forgotten": Kind(
        "You return the heads' outputs without the output projection. It never learns to combine them, and H * D need not "
        "be C.",
        {"output projection forgotten": ("self.o_proj(y)", "y")},
    ),
    "residual added here too": Kind(
        "You add x to the result, which the block around this layer does already. The residual stream would be added to "
        "itself in every layer.",
        {"residual added here too": ("return self.o_proj", "return x + self.o_proj")},
    ),
    "input normalised here too": Kind(
        "You normalise x, which the block around this layer has done already. Attention reads what it is given.",
        {
            "input normalised here too": (
                "B, T, _ = x.shape",
                "x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape",
            )
        },
    ),
    "changed in place": Kind(
        IN_PLACE, {"input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape")}
    ),
    "something remembered between calls": Kind(
        "You keep something of one call and add it to the result of the next. What a layer returns may depend only on its "
        "inputs; texts that have nothing to do with each other would mix.",
        {
            "output of the call before added": (
                ATTENDED,
                f'{ATTENDED} + getattr(self, "before", 0)\n        self.before = y.detach().mean()',
            )
        },
    ),
    "left out with a cache": Kind(
        "With a cache you leave out a step that you take without one. Generation then computes something else than training "
        "has learned.",
        {"not rotated with a cache": (ROTATED, f"if context.cache is None:\n            {ROTATED}")},
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND,
        {
            "context without its cache": (
                ATTENDED,
                "y = self.attend(query, key, value, context._replace(cache=None)).flatten(2)",
            )
        },
    ),
    "eps hard-coded": Kind(
        EPS_HARD_CODED,
        {
            "eps hard-coded to 1e-5": (NORMED, NORMED.replace("self.norm_eps", "1e-5")),
            "eps hard-coded to zero": (NORMED, NORMED.replace("self.norm_eps", "0.0")),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE,
        {
            "the machine epsilon of the dtype": (
                NORMED,
                (
                    "import torch\n"
                    "        query, key = (rms_norm(each, torch.finfo(each.dtype).eps) for each in (query, key))"
                ),
            )
        },
    ),
}
