"""What people write for attentions.backends.scored.scored_attention, and why it matters."""

from scripts.course.attentions.backends.explanations import (
    BIAS_FIRST_SEQUENCE,
    BIAS_OTHER_HEAD,
    BIAS_SCALED,
    BIAS_SUBTRACTED,
    BIAS_TURNED,
    DROPOUT_SOMETIMES,
    EXPONENTIALS_INFINITE,
    FINITE_SCORE,
    HEADS_ORDER,
    KEYS_FOR_VALUES,
    KEYS_REVERSED,
    LOW_SCORE,
    MASK_FIRST_SEQUENCE,
    MASK_OF_ONES_OWN,
    MASK_SWAPPED,
    MASK_TURNED_ROUND,
    NO_DROPOUT,
    NUMBERS_DROPPED,
    OWN_SHARE,
    SCALE_STRENGTH,
    SEQUENCES_ON_HEADS,
    SHARE_KEPT,
    SINKS_WITHOUT_EFFECT,
    SOFTMAX_AXIS,
    TWO_SOFTMAXES,
    VALUES_CUT,
    WINDOW_IGNORED,
    WINDOW_WIDE,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, HARD_CODED, IN_PLACE

PRODUCT = "query.to(wide) @ key.to(wide).mT"

CAP = "    if mods.softcap is not None:\n        scores = soft_cap(scores, mods.softcap)\n"
BIAS = "    # Add the bias.\n    if mods.bias is not None:\n        scores = scores + mods.bias\n"
MASK = (
    "    # Hide the keys where the mask is false, then turn scores into weights.\n"
    '    scores = scores.masked_fill(~mods.mask(), float("-inf"))\n'
)

MISTAKES = {
    "too narrow": Kind(
        "You multiply queries and keys in their own dtype, where scores need float32 at least. In float16 a product "
        "beyond 65504 is infinite, and in bfloat16 scores of hundreds are off by one, whatever is widened later.",
        {"widened after the product": (PRODUCT, "(query @ key.mT).to(wide)")},
    ),
    "bias narrowed": Kind(
        "You narrow the bias to the dtype of the queries, or the sum of both. Bfloat16 cannot tell the bias for 1000 tokens "
        "of distance from one for 1003, so that far keys count alike.",
        {
            "bias narrowed": ("scores = scores + mods.bias", "scores = scores + mods.bias.to(query.dtype)"),
            "sum of scores and bias narrowed": (
                "scores = scores + mods.bias",
                "scores = (scores + mods.bias).to(query.dtype)",
            ),
        },
    ),
    "scale forgotten": Kind(
        "Your scores are the bare products of queries and keys. These grow with the size of a head, the "
        "softmax then gives nearly everything to one key, and hardly any gradient is left to learn from.",
        {"no scale": (" * mods.scale", "")},
    ),
    "a scale of your own": Kind(
        "You make up a scale from the shape of a tensor, where one is passed in. A model may have chosen "
        "another, and all its scores would come out with the wrong size.",
        {
            "scale by the size of the head": ("* mods.scale", "* query.size(-1) ** -0.5"),
            "scale by the number of heads": ("* mods.scale", "* H**-0.5"),
            "scale by the length": ("* mods.scale", "* key.size(2) ** -0.5"),
        },
    ),
    "not scaled once": Kind(
        SCALE_STRENGTH,
        {
            "scale twice": ("* mods.scale", "* mods.scale**2"),
            "divided by the scale": ("* mods.scale", "/ mods.scale"),
            "root of the scale": ("* mods.scale", "* mods.scale**0.5"),
            "scale and the root of the size too": ("* mods.scale", "* mods.scale * query.size(-1) ** -0.5"),
        },
    ),
    "weights scaled, not scores": Kind(
        "You scale the weights that come out of the softmax, not the scores that go in. The softmax gets scores "
        "of the wrong size, and the weights of a query no longer sum to one.",
        {
            "scale after the softmax": (
                "weights = scores.softmax(dim=-1) if",
                "weights = (scores / mods.scale).softmax(dim=-1) * mods.scale if",
            )
        },
    ),
    "keys left out": Kind(
        "Your scores compare queries with queries, so that the keys play no part. They never learn, and no "
        "query can attend to the tokens in a cache.",
        {"queries times queries": (PRODUCT, "query.to(wide) @ query.to(wide).mT")},
    ),
    "rows of scores for keys": Kind(
        "Your scores are (Tk, Tq), and (Tq, Tk) is needed. The softmax then runs over the queries, and where "
        "there are as many of both, no error tells you.",
        {"scores by keys and queries, not queries and keys": (PRODUCT, "key.to(wide) @ query.to(wide).mT")},
    ),
    "keys turned along other axes": Kind(
        "You swap other axes of the keys than the last two, tokens and channels. The product then fails, or, "
        "where sizes happen to agree, mixes up heads and tokens.",
        {"keys not transposed": (PRODUCT, "query.to(wide) @ key.to(wide).transpose(1, 2)")},
    ),
    "no sum over the channels": Kind(
        "You multiply queries and keys elementwise and never sum over D. The scores are (Tq, Tk), a single "
        "number for each query and key; here no query is compared with any key but the one at its own place.",
        {"number by number, not as a product": (PRODUCT, "(query.to(wide) * key.to(wide))")},
    ),
    "repeated heads in the wrong order": Kind(
        HEADS_ORDER,
        {
            "repeat for repeat_interleave": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                ("key, value = key.repeat(1, H // G, 1, 1), value.repeat(1, H // G, 1, 1)\n    G, Tk = H, key.size(2)"),
            ),
            "repeat for the values only": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                (
                    "key, value = key.repeat_interleave(H // G, 1), value.repeat(1, H // G, 1, 1)\n"
                    "    G, Tk = H, key.size(2)"
                ),
            ),
            "repeat for the keys only": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                (
                    "key, value = key.repeat(1, H // G, 1, 1), value.repeat_interleave(H // G, 1)\n"
                    "    G, Tk = H, key.size(2)"
                ),
            ),
        },
    ),
    "queries in another order": Kind(
        "You put the queries of several heads into one row in one order, and take the scores apart in another. "
        "They are then read as scores of other heads, or of other tokens, than those that they belong to.",
        {
            "tokens before heads": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                "query = query.transpose(1, 2).reshape(B, G, H // G * Tq, D)",
            ),
            "heads in rounds": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                "query = query.unflatten(1, (-1, G)).transpose(1, 2).reshape(B, G, H // G * Tq, D)",
            ),
        },
    ),
    "heads not repeated": Kind(
        "You leave keys and values with fewer heads than the queries have. Their product fails, except where "
        "there is a single key/value head for all.",
        {"heads not repeated": ("query = query.reshape(B, G, H // G * Tq, D)", "G = H")},
    ),
    "first head for all": Kind(
        "All your query heads read the first key head, or the first value head. The others are never used and "
        "get no gradient, so that much of what the model could tell apart is lost.",
        {
            "every query head on the first key head": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                ("query = query.reshape(B, G, H // G * Tq, D)\n    key = key[:, :1].expand_as(key)"),
            ),
            "every query head on the first value head": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                ("query = query.reshape(B, G, H // G * Tq, D)\n    value = value[:, :1].expand_as(value)"),
            ),
        },
    ),
    "key heads in reverse": Kind(
        KEYS_REVERSED,
        {
            "key heads in reverse": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                "query = query.reshape(B, G, H // G * Tq, D)\n    key = key.flip(1)",
            )
        },
    ),
    "tokens repeated": Kind(
        "You repeat keys and values along the axis of the tokens. Every token then stands there several times, "
        "while there are as few heads as before.",
        {
            "tokens repeated, not heads": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                (
                    "key, value = key.repeat_interleave(H // G, 2), value.repeat_interleave(H // G, 2)\n"
                    "    G, Tk = H, key.size(2)"
                ),
            )
        },
    ),
    "another number of repeats": Kind(
        "You do not repeat a key/value head H / G times, once for each query head that shares it, but a number "
        "of times that fits some models only. In all others keys and queries have different numbers of heads.",
        {
            "each head repeated as often as there are key heads": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                ("key, value = key.repeat_interleave(G, 1), value.repeat_interleave(G, 1)\n    G, Tk = H, key.size(2)"),
            ),
            "two query heads to a key head, always": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                (
                    "times = 2 if H > G else 1\n"
                    "    key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)\n"
                    "    G, Tk = H, key.size(2)"
                ),
            ),
        },
    ),
    "query heads averaged": Kind(
        "You average the query heads that share a key/value head. They then all compute the same weights, and "
        "there is no use in having several of them.",
        {
            "query heads taken together instead": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                (
                    "query = query.unflatten(1, (G, -1)).mean(dim=2).repeat_interleave(H // G, dim=1)\n"
                    "    query = query.reshape(B, G, H // G * Tq, D)"
                ),
            )
        },
    ),
    "values cut to the size of the keys": Kind(
        VALUES_CUT,
        {
            "values of the size of the keys": (
                "query = query.reshape(B, G, H // G * Tq, D)",
                ("query = query.reshape(B, G, H // G * Tq, D)\n    value = value[..., :D]\n    Dv = value.size(-1)"),
            )
        },
    ),
    "soft cap forgotten": Kind(
        "You leave out the soft cap where one is asked for. A model that was trained with it relies on scores "
        "that stay within bounds; without it, a single large one takes all the weight.",
        {"soft cap forgotten": ("scores = soft_cap(scores, mods.softcap)", "pass")},
    ),
    "None not thought of": Kind(
        "You compute with a field of the scores without asking whether there is anything in it. Most models "
        "leave it at None, and computing with None fails at once.",
        {
            "soft cap of None": ("if mods.softcap is not None:", "if True:"),
            "bias added even where there is none": ("if mods.bias is not None:", "if True:"),
            "sinks in any case": (
                "scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks",
                "softmax_with_sinks",
            ),
        },
    ),
    "soft cap hard-coded": Kind(
        HARD_CODED, {"soft cap hard-coded": ("soft_cap(scores, mods.softcap)", "soft_cap(scores, 50.0)")}
    ),
    "hard cap": Kind(
        "You cut the scores off at the cap. What lies beyond it gets no gradient and cannot come back, while "
        "the soft cap bends smoothly and keeps the order of the scores.",
        {"hard cap": ("soft_cap(scores, mods.softcap)", "scores.clamp(-mods.softcap, mods.softcap)")},
    ),
    "soft cap before the scale": Kind(
        "You cap the bare products and scale what comes out. The limit is meant for the scaled scores; now it "
        "lies at another height, and another share of them is bent.",
        {
            "soft cap before the scale": (
                "scores = soft_cap(scores, mods.softcap)",
                "scores = soft_cap(scores / mods.scale, mods.softcap) * mods.scale",
            )
        },
    ),
    "cap not multiplied back": Kind(
        "After squeezing the scores you do not bring them back to their size, so that all lie between minus "
        "one and one. The softmax is then nearly flat, and no query can settle on one key.",
        {
            "soft cap without the factor in front": (
                "soft_cap(scores, mods.softcap)",
                "torch.tanh(scores / mods.softcap)",
            )
        },
    ),
    "soft cap after the bias": Kind(
        "You add the bias first, so that the cap squeezes it as well. A bias may push a key as far down as it "
        "likes; once capped, far tokens come back nearly as strong as near ones.",
        {
            "soft cap after the bias": (
                CAP + BIAS,
                BIAS + CAP,
            )
        },
    ),
    "soft cap after the mask": Kind(
        "You cap the scores after the mask, which turns the minus infinity of hidden keys into an ordinary number, minus "
        "the cap. They get weight again, and the future becomes visible.",
        {
            "soft cap after the mask": (
                'scores = scores.masked_fill(~mods.mask(), float("-inf"))',
                (
                    'scores = scores.masked_fill(~mods.mask(), float("-inf"))\n'
                    "    scores = scores if mods.softcap is None else soft_cap(scores, mods.softcap)"
                ),
            ),
            "soft cap after bias and mask only": (
                CAP + BIAS + MASK,
                BIAS + MASK + CAP,
            ),
            "soft cap after the mask, and the bias behind it": (CAP + BIAS + MASK, MASK + CAP + BIAS),
        },
    ),
    "queries capped, not scores": Kind(
        "You cap the elements of the queries, and not the scores that they give. With large keys, or a large D, "
        "a score can still become as large as it likes.",
        {
            "soft cap on the queries": (
                "scores = soft_cap(scores, mods.softcap)",
                "scores = (soft_cap(query, mods.softcap).to(wide) @ key.to(wide).mT * mods.scale).view(B, H, Tq, Tk)",
            )
        },
    ),
    "bias forgotten": Kind(
        "A bias is passed in, but your scores do not include it. Where it carries the positions, the model can "
        "no longer tell how far away a token is.",
        {"bias forgotten": ("scores = scores + mods.bias", "pass")},
    ),
    "bias subtracted": Kind(BIAS_SUBTRACTED, {"bias subtracted": ("scores + mods.bias", "scores - mods.bias")}),
    "bias multiplied": Kind(
        "You multiply the scores by the bias. A bias of zero, which should change nothing, wipes a score out, "
        "and a negative one flips its sign.",
        {"bias multiplied": ("scores + mods.bias", "scores * mods.bias")},
    ),
    "bias scaled": Kind(
        BIAS_SCALED,
        {
            "bias scaled too": ("scores + mods.bias", "scores + mods.bias * mods.scale"),
            "bias divided by the scale": ("scores + mods.bias", "scores + mods.bias / mods.scale"),
        },
    ),
    "bias after the softmax": Kind(
        "You add the bias to the weights, after the softmax. They no longer sum to one, some may fall below "
        "zero, and keys that were hidden get weight again.",
        {
            "bias added after the softmax": (
                ("weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)"),
                (
                    "bias = 0.0 if mods.bias is None else mods.bias\n"
                    "    weights = (scores - bias).softmax(dim=-1) + bias"
                ),
            )
        },
    ),
    "bias instead of the products": Kind(
        "Where there is a bias, you put it in the place of the products. Attention then goes by distance "
        "alone, whatever the tokens say, and queries and keys never learn.",
        {"bias instead of the products": ("scores + mods.bias", "mods.bias.expand_as(scores)")},
    ),
    "bias of another head": Kind(
        BIAS_OTHER_HEAD,
        {
            "bias of the first head for all": ("scores + mods.bias", "scores + mods.bias[..., :1, :, :]"),
            "bias of the heads in reverse": ("scores + mods.bias", "scores + mods.bias.flip(-3)"),
        },
    ),
    "bias turned over": Kind(
        BIAS_TURNED, {"bias with queries and keys swapped": ("scores + mods.bias", "scores + mods.bias.mT")}
    ),
    "bias of the last token for all": Kind(
        "You give every query the bias of the last one. Distances are then measured from the end of the text, "
        "wherever the query stands.",
        {"bias of the last token for all": ("scores + mods.bias", "scores + mods.bias[..., -1:, :]")},
    ),
    "bias of the first sequence for all": Kind(
        BIAS_FIRST_SEQUENCE,
        {
            "bias of the first sequence for all": (
                "scores + mods.bias",
                "scores + (mods.bias[0] if mods.bias.ndim == 4 else mods.bias)",
            )
        },
    ),
    "one axis too many for the bias": Kind(
        "You put an axis in front of the bias, even where it has one for the sequences already. The result "
        "then has five axes, and the layer that reads it expects four.",
        {
            "bias with an axis of sequences in any case": (
                ".view(B, H, Tq, Dv)",
                ".view(B, H, Tq, Dv)[None if mods.bias is not None and mods.bias.ndim == 4 else ...]",
            )
        },
    ),
    "heads of the bias read as sequences": Kind(
        "Where the bias has no axis for the sequences, you read its first axis as one, though it is that of "
        "the heads. This fails, or a sequence gets what was meant for a head.",
        {
            "bias by sequences, not by heads": (
                "scores + mods.bias",
                "scores + (mods.bias[:, None] if mods.bias.ndim == 3 else mods.bias)",
            )
        },
    ),
    "mask without effect": Kind(
        "Nothing is hidden in your scores: the mask is left out, or made and not kept. In training every token "
        "then attends to the one it has to predict, and in generation it has nothing to copy from.",
        {
            "no mask": ('scores = scores.masked_fill(~mods.mask(), float("-inf"))', "pass"),
            "mask not assigned": ("scores = scores.masked_fill(", "scores.masked_fill("),
        },
    ),
    "mask the wrong way round": Kind(
        MASK_TURNED_ROUND, {"hidden and visible swapped": ("~mods.mask()", "mods.mask()")}
    ),
    "mask turned over": Kind(MASK_SWAPPED, {"mask with queries and keys swapped": ("~mods.mask()", "~mods.mask().mT")}),
    "a mask of your own": Kind(
        MASK_OF_ONES_OWN,
        {
            "a mask of torch's own, which knows no cache": (
                "~mods.mask()",
                "torch.ones_like(scores, dtype=torch.bool).triu(1)",
            ),
            "a mask of one's own, with the last query at the last key": (
                "~mods.mask()",
                "torch.ones_like(scores, dtype=torch.bool).triu(1 + key.size(2) - query.size(2))",
            ),
        },
    ),
    "window ignored": Kind(WINDOW_IGNORED, {"window ignored": ("~mods.mask()", "~mods._replace(window=None).mask()")}),
    "window too wide": Kind(
        WINDOW_WIDE,
        {"window one too wide": ("~mods.mask()", "~mods._replace(window=mods.window and mods.window + 1).mask()")},
    ),
    "mask of the first sequence for all": Kind(
        MASK_FIRST_SEQUENCE, {"the first sequence's mask for all": ("~mods.mask()", "~mods.mask()[:1]")}
    ),
    "mask on another axis": Kind(
        SEQUENCES_ON_HEADS,
        {
            "mask by sequences taken for one by heads": ("~mods.mask()", "~mods.mask().transpose(0, 1)"),
            "mask without the axis of the sequences": ("~mods.mask()", "~mods.mask().squeeze()"),
        },
    ),
    "mask after the softmax": Kind(
        "You hide keys only after the softmax, when they already have weight. What is left for the visible ones "
        "sums to less than one, and how much is missing depends on tokens that must stay hidden.",
        {
            "mask after the softmax": (
                (
                    'scores = scores.masked_fill(~mods.mask(), float("-inf"))\n'
                    "    weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)"
                ),
                (
                    "weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)\n"
                    "    weights = weights.masked_fill(~mods.mask(), 0.0)"
                ),
            )
        },
    ),
    "hidden keys with a finite score": Kind(
        FINITE_SCORE,
        {
            "masked with the lowest of the scores": (
                'scores.masked_fill(~mods.mask(), float("-inf"))',
                "scores.where(mods.mask(), scores.amin().detach())",
            ),
            "masked with zero": ('float("-inf")', "0.0"),
            "masked with 1e-9": ('float("-inf")', "1e-9"),
            "masked with -1": ('float("-inf")', "-1.0"),
            "masked with -10": ('float("-inf")', "-10.0"),
            "mask multiplied": ('scores.masked_fill(~mods.mask(), float("-inf"))', "scores * mods.mask()"),
            "mask added as zeros and ones": ('scores.masked_fill(~mods.mask(), float("-inf"))', "scores + mods.mask()"),
        },
    ),
    "hidden keys with plus infinity": Kind(
        "You give hidden keys the highest score there is in place of the lowest. The softmax then divides "
        "infinity by infinity, and every query from which something is hidden becomes not-a-number.",
        {"masked with plus infinity": ('float("-inf")', 'float("inf")')},
    ),
    "mask kept from the first call": Kind(
        "You keep the mask of the first call and use it for every later one. Lengths, positions and windows "
        "differ from call to call, in generation with every new token.",
        {
            "mask kept from the first call": (
                "~mods.mask()",
                'scored_attention.__dict__.setdefault("hidden", ~mods.mask())',
            )
        },
    ),
    "softmax along another axis": Kind(
        SOFTMAX_AXIS,
        {
            "softmax over the queries": ("scores.softmax(dim=-1)", "scores.softmax(dim=-2)"),
            "softmax over the heads": ("scores.softmax(dim=-1)", "scores.softmax(dim=1)"),
            "softmax over everything": ("scores.softmax(dim=-1)", "scores.flatten(2).softmax(dim=-1).view_as(scores)"),
        },
    ),
    "no softmax": Kind(
        "You weight the values with the bare scores. These can be negative and sum to anything, so that the "
        "result is no mean of the values and grows with the number of keys.",
        {"no softmax": ("scores.softmax(dim=-1)", 'scores.masked_fill(scores == float("-inf"), 0.0)')},
    ),
    "sigmoid for softmax": Kind(
        "You give every key a weight by itself, between zero and one, where the keys of a query should "
        "compete. The weights sum to more the longer the text is, and the result grows with it.",
        {"sigmoid for softmax": ("scores.softmax(dim=-1)", "scores.sigmoid()")},
    ),
    "logarithms of the weights": Kind(
        "You weight the values with the logarithms of the weights. These are never above zero, so that values "
        "come out with the opposite sign, and the keys with the lowest scores count most.",
        {"logarithms of the weights": ("scores.softmax(dim=-1)", "scores.log_softmax(dim=-1).clamp(min=-50)")},
    ),
    "exponentials not divided by their sum": Kind(
        "You stop at the exponentials and do not divide them by their sum. The weights then do not sum to 1, "
        "and the output grows with every key that scores well.",
        {
            "exponentials not divided by their sum": (
                "scores.softmax(dim=-1)",
                "(scores - scores.amax(dim=-1, keepdim=True)).exp()",
            )
        },
    ),
    "exponentials that become infinite": Kind(
        EXPONENTIALS_INFINITE,
        {
            "exponentials that become infinite": (
                "scores.softmax(dim=-1)",
                "(scores.exp() / scores.exp().sum(dim=-1, keepdim=True))",
            )
        },
    ),
    "weights in float16": Kind(
        "You send the weights through float16, whatever dtype the model has. Three digits are left of each, "
        "the smallest become zero, and a model in float32 loses what it could tell apart.",
        {"softmax in float16": ("scores.softmax(dim=-1)", "scores.softmax(dim=-1).half()")},
    ),
    "sinks without effect": Kind(
        SINKS_WITHOUT_EFFECT,
        {
            "sinks forgotten": (" if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)", ""),
            "sinks added to the scores": (
                "softmax_with_sinks(scores, mods.sinks)",
                "(scores + mods.sinks[:, None, None]).softmax(dim=-1)",
            ),
            "mask after the softmax, then brought back to one": (
                (
                    'scores = scores.masked_fill(~mods.mask(), float("-inf"))\n'
                    "    weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)"
                ),
                (
                    "weights = scores.softmax(dim=-1) if mods.sinks is None else softmax_with_sinks(scores, mods.sinks)\n"
                    "    weights = weights.masked_fill(~mods.mask(), 0.0)\n"
                    "    weights = weights / weights.sum(dim=-1, keepdim=True)"
                ),
            ),
        },
    ),
    "sinks scaled or capped": Kind(
        "You treat the sinks as if they were products of queries and keys, with a scale or a cap. They are "
        "learned as finished scores; changed, they take another part of the weights than the model has learned.",
        {
            "sinks scaled": (
                "softmax_with_sinks(scores, mods.sinks)",
                "softmax_with_sinks(scores, mods.sinks * mods.scale)",
            ),
            "sinks capped": (
                "softmax_with_sinks(scores, mods.sinks)",
                "softmax_with_sinks(scores, soft_cap(mods.sinks, mods.softcap or 1e9))",
            ),
        },
    ),
    "two softmaxes": Kind(
        TWO_SOFTMAXES,
        {
            "sinks after a softmax": (
                "softmax_with_sinks(scores, mods.sinks)",
                "softmax_with_sinks(scores.softmax(dim=-1), mods.sinks)",
            )
        },
    ),
    "keys for values": Kind(
        KEYS_FOR_VALUES, {"values from the keys": ("@ value).view(B, H, Tq, Dv)", "@ key).view(B, H, Tq, D)")}
    ),
    "only the likeliest key": Kind(
        "You take the value of the key with the highest score, and leave out all others. Such a choice has no "
        "gradient, so that queries and keys never learn what to attend to.",
        {
            "the value of the likeliest key only": (
                "F.dropout(weights.to(value.dtype), mods.dropout) @ value",
                "value.gather(2, weights.argmax(dim=-1)[..., None].expand(-1, -1, -1, value.size(-1)))",
            )
        },
    ),
    "heads in another place": Kind(
        "Your result no longer has its heads as an axis in front of the tokens. The layer that called puts the "
        "heads together itself; it would fail, or mix up heads and tokens.",
        {
            "heads behind the tokens": (".view(B, H, Tq, Dv)", ".view(B, H, Tq, Dv).transpose(1, 2)"),
            "heads joined here": (".view(B, H, Tq, Dv)", ".view(B, H, Tq, Dv).transpose(1, 2).flatten(2)"),
        },
    ),
    "weights returned as well": Kind(
        "You return the weights beside the result. The layer that called expects one tensor and cannot compute "
        "with a pair.",
        {"weights returned as well": (".view(B, H, Tq, Dv)", ".view(B, H, Tq, Dv), weights")},
    ),
    "dropout forgotten": Kind(
        NO_DROPOUT,
        {
            "dropout forgotten": ("F.dropout(weights.to(value.dtype), mods.dropout)", "weights.to(value.dtype)"),
            "dropout as if in evaluation": ("mods.dropout) @", "mods.dropout, False) @"),
        },
    ),
    "another share dropped": Kind(
        OWN_SHARE,
        {
            "dropout left at torch's half": ("(weights.to(value.dtype), mods.dropout)", "(weights.to(value.dtype))"),
            "dropout of a tenth": ("mods.dropout) @", "0.1) @"),
            "dropout by a module that is in training": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "torch.nn.Dropout()(weights.to(value.dtype))",
            ),
        },
    ),
    "share kept for share dropped": Kind(
        SHARE_KEPT, {"the share that is kept, not dropped": ("mods.dropout) @", "1 - mods.dropout) @")}
    ),
    "dropout of numbers, not of weights": Kind(
        NUMBERS_DROPPED,
        {
            "dropout of the result": (
                "F.dropout(weights.to(value.dtype), mods.dropout) @ value",
                "F.dropout(weights.to(value.dtype) @ value, mods.dropout)",
            ),
            "dropout of the values": (
                "F.dropout(weights.to(value.dtype), mods.dropout) @ value",
                "weights.to(value.dtype) @ F.dropout(value, mods.dropout)",
            ),
        },
    ),
    "dropout twice": Kind(
        "You drop weights, and then single elements of the values as well. More is lost than was asked for, and "
        "the elements that survive both are enlarged twice.",
        {"dropout of the values too": ("@ value", "@ F.dropout(value, mods.dropout)")},
    ),
    "scores dropped": Kind(
        "You apply dropout to the scores as well, on their way into the softmax. A score of zero is no missing "
        "key: it still gets weight, and the scores that are left grow, which sharpens the softmax.",
        {
            "dropout of the scores": (
                "scores = scores.masked_fill(~mods.mask()",
                "scores = F.dropout(scores, mods.dropout).masked_fill(~mods.mask()",
            )
        },
    ),
    "masked scores dropped": Kind(
        "You apply dropout to the scores, those of hidden keys among them, and not to the weights. Minus "
        "infinity times zero is not a number, and a visible key whose score becomes zero still gets weight.",
        {
            "dropout before the softmax only": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(scores, mods.dropout).softmax(dim=-1).to(value.dtype).view(B, G, H // G * Tq, Tk)",
            )
        },
    ),
    "one draw for several": Kind(
        "You draw one dropout mask for all heads, H, or for all sequences, B. What is dropped for one is then "
        "dropped for all, so that there is far less randomness than the dropout probability suggests.",
        {
            "dropout the same in all heads": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                (
                    "(weights.to(value.dtype) * F.dropout(torch.ones_like(scores[:, :1]), "
                    "mods.dropout).expand_as(scores).reshape(weights.shape))"
                ),
            ),
            "dropout the same in all sequences": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                ("(weights.to(value.dtype) * F.dropout(torch.ones_like(weights[:1]), mods.dropout).to(value.dtype))"),
            ),
        },
    ),
    "kept weights not enlarged": Kind(
        "You drop weights and leave the others at their size. In training they then sum to less on average "
        "than in generation, where nothing is dropped, and the model meets values larger than it has learned "
        "with.",
        {
            "dropout without the growth of the rest": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "(weights.to(value.dtype) * (torch.rand_like(weights) >= mods.dropout))",
            )
        },
    ),
    "sum of one after dropout": Kind(
        "After dropping weights you divide the rest by its sum. How much a weight grows then depends on which "
        "others were dropped, and a query that should have lost much gets as much as ever.",
        {
            "dropout of the weights, and the rest brought back to a sum of one": (
                "return (F.dropout(weights.to(value.dtype), mods.dropout)",
                (
                    "weights = F.dropout(weights.to(value.dtype), mods.dropout)\n"
                    "    return (weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)"
                ),
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at the weights": ("F.dropout(weights.to", "F.dropout(weights.detach().to"),
            "bias cut from the gradient": ("scores + mods.bias", "scores + mods.bias.detach()"),
        },
    ),
    "weights in another dtype than the values": Kind(
        "You multiply the weights by the values without bringing them to one dtype. A float32 bias makes the "
        "weights float32 too, and torch refuses the product with bfloat16 values.",
        {"weights left in float32": ("weights.to(value.dtype)", "weights")},
    ),
    "changed in place": Kind(
        IN_PLACE,
        {
            "queries scaled in place": (f"{PRODUCT} * mods.scale", "query.mul_(mods.scale).to(wide) @ key.to(wide).mT"),
            "bias added in place": ("scores = scores + mods.bias", "scores = mods.bias.add_(scores)"),
        },
    ),
    "hidden keys with a low score": Kind(
        LOW_SCORE,
        {
            "masked with -10,000": ('float("-inf")', "-1e4"),
            "10,000 taken off": (
                'scores.masked_fill(~mods.mask(), float("-inf"))',
                "scores + (~mods.mask()) * -1e4",
            ),
            "masked with -10,000 where there are sinks": (
                'float("-inf")',
                '-1e4 if mods.sinks is not None else float("-inf")',
            ),
        },
    ),
    "dropout not beside something else": Kind(
        DROPOUT_SOMETIMES,
        {
            "no dropout where there are sinks": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(weights.to(value.dtype), mods.dropout * (mods.sinks is None))",
            ),
            "no dropout where there is a soft cap": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(weights.to(value.dtype), mods.dropout * (mods.softcap is None))",
            ),
            "no dropout where there is a window": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(weights.to(value.dtype), mods.dropout * (mods.window is None))",
            ),
            "no dropout where there is a bias": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(weights.to(value.dtype), mods.dropout * (mods.bias is None))",
            ),
            "no dropout where keys come from a cache": (
                "F.dropout(weights.to(value.dtype), mods.dropout)",
                "F.dropout(weights.to(value.dtype), mods.dropout * (not mods.from_a_cache()))",
            ),
        },
    ),
}
