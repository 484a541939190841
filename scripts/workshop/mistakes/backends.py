"""Mistakes in backends.py."""

from . import Kind
from .common import GRADIENT_CUT, HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE

SCALE_STRENGTH = (
    "The scale goes into your scores twice, upside down, as a root, or beside another factor. They come out too large "
    "or too small, so that attention is sharper or flatter than the model has learned it."
)
HEADS_ORDER = (
    "You repeat the heads in rounds, from first to last and then from the first again, so that neighbouring query "
    "heads read different ones. Neighbours are meant to share one: a public model would meet the wrong keys or values."
)
KEYS_REVERSED = (
    "You hand out the key heads from last to first, while the values keep their order. A query head then looks for "
    "tokens with the keys of one head, and reads what they say from another."
)
KEYS_FOR_VALUES = (
    "You take the weighted mean of the keys. A key says what a token is found by and a value what it hands on: here "
    "the values play no part, and never learn."
)
VALUES_CUT = (
    "You cut the values down to the size of the keys, as if the two always had the same one. Where a model has larger "
    "values, the last channels of every head are missing from the result."
)
# What the reference does so that no head has to be repeated, and what must follow where heads are repeated instead.
ALL_THAT_SHARE = "query = query.reshape(B, G, H // G * Tq, D)"
REPEATED = "\n    G, Tk = H, key.size(2)"
BIAS_SUBTRACTED = (
    "You subtract the bias from the scores. What it favours is now held back: a model that has learned to prefer near "
    "tokens would look at the farthest ones first."
)
BIAS_SCALED = (
    "You let the scale change the bias as well, though it is meant for the products of queries and keys only. The bias "
    "then counts for more, or for less, than the model has learned with."
)
BIAS_OTHER_HEAD = (
    "Some of your heads get the bias that belongs to another head. Every head has its own, so that one can look near "
    "and another far; here they weigh distances as they have never learned to."
)
BIAS_TURNED = (
    "You turn the bias over, so that what belongs to a query and a key goes to the pair with the two places swapped. "
    "Before and after get mixed up, and with a cache even the shape is wrong."
)
BIAS_FIRST_SEQUENCE = (
    "You use the bias of the first sequence for the whole batch. With a cache, sequences may stand at different "
    "positions, and all but the first then get the wrong distances."
)
MASK_TURNED_ROUND = (
    "Your mask hides what may be seen and shows what has to stay hidden. Tokens no longer see themselves but what "
    "comes after them, which is not there yet when text is generated."
)
MASK_SWAPPED = (
    "You turn the mask over, queries for keys. Every token then sees itself and what comes after it, in place of what "
    "came before, and with a cache the mask does not even have the right shape."
)
MASK_OF_ONES_OWN = (
    "You build a mask of your own from the order of queries and keys, where the scores can tell what is visible. Yours "
    "knows no window, no keys in another order, and no slots of a cache that hold nothing."
)
MASK_FIRST_SEQUENCE = (
    "You use the mask of the first sequence for the whole batch. Sequences in a cache may have different lengths, and "
    "all but the first then see keys that they must not, or miss some of their own."
)
SEQUENCES_ON_HEADS = (
    "You lay the masks of several sequences along another axis of the scores, such as that of the heads. This fails, "
    "or a head gets the mask of some other sequence in the batch."
)
WINDOW_IGNORED = (
    "You leave the window out of account, so that every query sees all keys before it. A model that was trained with a "
    "window has never looked that far back, and gives other answers than it should."
)
WINDOW_WIDE = (
    "Your window reaches one key too far back. A window counts the token itself as one of its keys; a cache that keeps "
    "no more than a window would have dropped the key that you still expect."
)
FINITE_SCORE = (
    "Hidden keys keep a finite score in your code. The softmax gives some weight to every finite score, so that the "
    "future leaks in, and the model learns to rely on what it will not have in generation."
)
SOFTMAX_AXIS = (
    "Your softmax runs over other scores than those of one query in one head. The weights of a query then depend on "
    "other queries or heads, and no longer share out one whole among its keys."
)
TWO_SOFTMAXES = (
    "You send the scores through an ordinary softmax first, and what it gives through another one with the sinks. "
    "Hidden keys enter the second with a zero, which is an ordinary score, and get weight after all."
)
EXPONENTIALS_INFINITE = (
    "You take the exponentials of the scores as they are. In float32 they are infinite from about 89 on, and infinity "
    "divided by infinity is not a number, which spreads through the whole model."
)
SINKS_WITHOUT_EFFECT = (
    "The sinks have no effect in your code: they are left out, stand outside the softmax of a query's scores, or "
    "cancel. The weights then sum to one, and a head that finds nothing useful must still look at something."
)
NO_DROPOUT = (
    "No weight is ever dropped in your code, whatever share is asked for. A model that always sees everything learns a "
    "small training text by heart sooner, which is what dropout is there against."
)
OWN_SHARE = (
    "You drop a share of your own choice, or torch's, in place of the one that is handed in. Outside of training that "
    "one is zero: with yours, the same question would get another answer every time."
)
SHARE_KEPT = (
    "You hand on the share of weights that is to be kept, where the share that is to be dropped is asked for. Without "
    "dropout every weight is then dropped, and attention gives nothing but zeros."
)
NUMBERS_DROPPED = (
    "You drop single numbers, those of the values or of the result, instead of weights. A dropped weight takes a whole "
    "token away from a query, so that no head relies on one token alone; this is lost here."
)

MISTAKES = {
    "backends.manual_attention": {
        "scale forgotten": Kind(
            "Your scores are the bare products of queries and keys. These grow with the size of a head, the softmax "
            "then gives nearly everything to one key, and hardly any gradient is left to learn from.",
            {"no scale": (" * scores.scale", "")},
        ),
        "a scale of your own": Kind(
            "You make up a scale from the shape of a tensor, where one is handed in. A model may have chosen another, "
            "and all its scores would come out with the wrong size.",
            {
                "scale by the size of the head": ("* scores.scale", "* query.size(-1) ** -0.5"),
                "scale by the number of heads": ("* scores.scale", "* H**-0.5"),
                "scale by the length": ("* scores.scale", "* key.size(2) ** -0.5"),
            },
        ),
        "not scaled once": Kind(
            SCALE_STRENGTH,
            {
                "scale twice": ("* scores.scale", "* scores.scale**2"),
                "divided by the scale": ("* scores.scale", "/ scores.scale"),
                "root of the scale": ("* scores.scale", "* scores.scale**0.5"),
                "scale and the root of the size too": ("* scores.scale", "* scores.scale * query.size(-1) ** -0.5"),
            },
        ),
        "weights scaled, not scores": Kind(
            "You scale the weights that come out of the softmax, not the scores that go in. The softmax sees scores "
            "of the wrong size, and the weights of a query no longer sum to one.",
            {
                "scale after the softmax": (
                    "weights = fit.softmax(dim=-1) if",
                    "weights = (fit / scores.scale).softmax(dim=-1) * scores.scale if",
                )
            },
        ),
        "keys left out": Kind(
            "Your scores compare queries with queries, so that the keys play no part. They never learn, and what a "
            "cache remembers cannot be looked at.",
            {"queries times queries": ("query @ key.mT", "query @ query.mT")},
        ),
        "rows of scores for keys": Kind(
            "Your scores have a row for every key and a column for every query, the wrong way round. The softmax then "
            "runs over the queries, and where there are as many of both, nothing fails to tell you.",
            {"scores by keys and queries, not queries and keys": ("query @ key.mT", "key @ query.mT")},
        ),
        "keys turned along other axes": Kind(
            "You swap other axes of the keys than the last two, tokens and channels. The product then fails, or, "
            "where sizes happen to agree, mixes up heads and tokens.",
            {"keys not transposed": ("query @ key.mT", "query @ key.transpose(1, 2)")},
        ),
        "no sum over the channels": Kind(
            "You multiply queries and keys number by number and never sum up. A score is one number for a query and a "
            "key; here no query is held against any key but the one at its own place.",
            {"number by number, not as a product": ("query @ key.mT", "(query * key)")},
        ),
        "repeated heads in the wrong order": Kind(
            HEADS_ORDER,
            {
                "repeat for repeat_interleave": (
                    ALL_THAT_SHARE,
                    f"key, value = key.repeat(1, H // G, 1, 1), value.repeat(1, H // G, 1, 1){REPEATED}",
                ),
                "repeat for the values only": (
                    ALL_THAT_SHARE,
                    f"key, value = key.repeat_interleave(H // G, 1), value.repeat(1, H // G, 1, 1){REPEATED}",
                ),
                "repeat for the keys only": (
                    ALL_THAT_SHARE,
                    f"key, value = key.repeat(1, H // G, 1, 1), value.repeat_interleave(H // G, 1){REPEATED}",
                ),
            },
        ),
        "queries in another order": Kind(
            "You put the queries of several heads into one row in one order, and take the scores apart in another. "
            "They are then read as scores of other heads, or of other tokens, than those that they belong to.",
            {
                "tokens before heads": (ALL_THAT_SHARE, ALL_THAT_SHARE.replace("query.", "query.transpose(1, 2).")),
                "heads in rounds": (
                    ALL_THAT_SHARE,
                    ALL_THAT_SHARE.replace("query.", "query.unflatten(1, (-1, G)).transpose(1, 2)."),
                ),
            },
        ),
        "heads not repeated": Kind(
            "You leave keys and values with fewer heads than the queries have. Their product fails, except where "
            "there is a single key/value head for all.",
            {"heads not repeated": (ALL_THAT_SHARE, "G = H")},
        ),
        "first head for all": Kind(
            "All your query heads read the first key head, or the first value head. The others are never used and get "
            "no gradient, so that much of what the model could tell apart is lost.",
            {
                "every query head on the first key head": (
                    ALL_THAT_SHARE,
                    f"{ALL_THAT_SHARE}\n    key = key[:, :1].expand_as(key)",
                ),
                "every query head on the first value head": (
                    ALL_THAT_SHARE,
                    f"{ALL_THAT_SHARE}\n    value = value[:, :1].expand_as(value)",
                ),
            },
        ),
        "key heads in reverse": Kind(
            KEYS_REVERSED,
            {"key heads in reverse": (ALL_THAT_SHARE, f"{ALL_THAT_SHARE}\n    key = key.flip(1)")},
        ),
        "tokens repeated": Kind(
            "You repeat keys and values along the axis of the tokens. Every token then stands there several times, "
            "while there are as few heads as before.",
            {
                "tokens repeated, not heads": (
                    ALL_THAT_SHARE,
                    f"key, value = key.repeat_interleave(H // G, 2), value.repeat_interleave(H // G, 2){REPEATED}",
                )
            },
        ),
        "another number of repeats": Kind(
            "How often you repeat a key/value head is not how many query heads share it, but a number that fits some "
            "models only. In all others keys and queries have different numbers of heads.",
            {
                "each head repeated as often as there are key heads": (
                    ALL_THAT_SHARE,
                    f"key, value = key.repeat_interleave(G, 1), value.repeat_interleave(G, 1){REPEATED}",
                ),
                "two query heads to a key head, always": (
                    ALL_THAT_SHARE,
                    "times = 2 if H > G else 1\n"
                    f"    key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1){REPEATED}",
                ),
            },
        ),
        "query heads averaged": Kind(
            "You average the query heads that share a key/value head. They then all look for the same, and there is "
            "no use in having several of them.",
            {
                "query heads taken together instead": (
                    ALL_THAT_SHARE,
                    "query = query.unflatten(1, (G, -1)).mean(dim=2).repeat_interleave(H // G, dim=1)\n"
                    f"    {ALL_THAT_SHARE}",
                )
            },
        ),
        "values cut to the size of the keys": Kind(
            VALUES_CUT,
            {
                "values of the size of the keys": (
                    ALL_THAT_SHARE,
                    f"{ALL_THAT_SHARE}\n    value = value[..., :D]\n    Dv = value.size(-1)",
                )
            },
        ),
        "soft cap forgotten": Kind(
            "You leave out the soft cap where one is asked for. A model that was trained with it relies on scores "
            "that stay within bounds; without it, a single large one takes all the weight.",
            {"soft cap forgotten": ("fit = soft_cap(fit, scores.softcap)", "pass")},
        ),
        "None not thought of": Kind(
            "You compute with a field of the scores without asking whether there is anything in it. Most models leave "
            "it at None, and computing with None fails at once.",
            {
                "soft cap of None": ("if scores.softcap is not None:", "if True:"),
                "bias added even where there is none": ("if scores.bias is not None:", "if True:"),
                "sinks in any case": (
                    "fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks",
                    "softmax_with_sinks",
                ),
            },
        ),
        "soft cap hard-coded": Kind(
            HARD_CODED, {"soft cap hard-coded": ("soft_cap(fit, scores.softcap)", "soft_cap(fit, 50.0)")}
        ),
        "hard cap": Kind(
            "You cut the scores off at the cap. What lies beyond it gets no gradient and cannot find back, while the "
            "soft cap bends smoothly and keeps the order of the scores.",
            {"hard cap": ("soft_cap(fit, scores.softcap)", "fit.clamp(-scores.softcap, scores.softcap)")},
        ),
        "soft cap before the scale": Kind(
            "You cap the bare products and scale what comes out. The limit is meant for the scaled scores; now it "
            "lies at another height, and another share of them is bent.",
            {
                "soft cap before the scale": (
                    "fit = soft_cap(fit, scores.softcap)",
                    "fit = soft_cap(fit / scores.scale, scores.softcap) * scores.scale",
                )
            },
        ),
        "cap not multiplied back": Kind(
            "After squeezing the scores you do not bring them back to their size, so that all lie between minus one "
            "and one. The softmax is then nearly flat, and no query can settle on one key.",
            {
                "soft cap without the factor in front": (
                    "soft_cap(fit, scores.softcap)",
                    "torch.tanh(fit / scores.softcap)",
                )
            },
        ),
        "soft cap after the bias": Kind(
            "You add the bias first, so that the cap squeezes it as well. A bias may push a key as far down as it "
            "likes; once capped, far tokens come back nearly as strong as near ones.",
            {
                "soft cap after the bias": (
                    "    if scores.softcap is not None:\n"
                    "        fit = soft_cap(fit, scores.softcap)\n"
                    "    # With a bias, by distance too.\n"
                    "    if scores.bias is not None:\n"
                    "        fit = fit + scores.bias\n",
                    "    if scores.bias is not None:\n"
                    "        fit = fit + scores.bias\n"
                    "    if scores.softcap is not None:\n"
                    "        fit = soft_cap(fit, scores.softcap)\n",
                )
            },
        ),
        "soft cap after the mask": Kind(
            "You cap the scores once more after the mask, which turns the minus infinity of hidden keys into an "
            "ordinary number. They get weight again, and the future can be seen.",
            {
                "soft cap after the mask": (
                    'fit = fit.masked_fill(~scores.visible(), float("-inf"))',
                    'fit = fit.masked_fill(~scores.visible(), float("-inf"))\n'
                    "    fit = fit if scores.softcap is None else soft_cap(fit, scores.softcap)",
                )
            },
        ),
        "queries capped, not scores": Kind(
            "You cap the numbers of the queries, and not the scores that they give. With large keys, or many "
            "channels, a score can still become as large as it likes.",
            {
                "soft cap on the queries": (
                    "fit = soft_cap(fit, scores.softcap)",
                    "fit = (soft_cap(query, scores.softcap) @ key.mT * scores.scale).view(B, H, Tq, Tk)",
                )
            },
        ),
        "bias forgotten": Kind(
            "A bias is handed in, but your scores come about without it. Where it carries the positions, the model "
            "can no longer tell how far away a token is.",
            {"bias forgotten": ("fit = fit + scores.bias", "pass")},
        ),
        "bias subtracted": Kind(BIAS_SUBTRACTED, {"bias subtracted": ("fit + scores.bias", "fit - scores.bias")}),
        "bias multiplied": Kind(
            "You multiply the scores by the bias. A bias of zero, which should change nothing, wipes a score out, and "
            "a negative one turns it round.",
            {"bias multiplied": ("fit + scores.bias", "fit * scores.bias")},
        ),
        "bias scaled": Kind(
            BIAS_SCALED,
            {
                "bias scaled too": ("fit + scores.bias", "fit + scores.bias * scores.scale"),
                "bias divided by the scale": ("fit + scores.bias", "fit + scores.bias / scores.scale"),
            },
        ),
        "bias after the softmax": Kind(
            "You add the bias to the weights, after the softmax. They no longer sum to one, some may fall below zero, "
            "and keys that were hidden get weight again.",
            {
                "bias added after the softmax": (
                    "weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)",
                    "bias = 0.0 if scores.bias is None else scores.bias\n"
                    "    weights = (fit - bias).softmax(dim=-1) + bias",
                )
            },
        ),
        "bias instead of the products": Kind(
            "Where there is a bias, you put it in the place of the products. Attention then goes by distance alone, "
            "whatever the tokens say, and queries and keys never learn.",
            {"bias instead of the products": ("fit + scores.bias", "scores.bias.expand_as(fit)")},
        ),
        "bias of another head": Kind(
            BIAS_OTHER_HEAD,
            {
                "bias of the first head for all": ("fit + scores.bias", "fit + scores.bias[..., :1, :, :]"),
                "bias of the heads in reverse": ("fit + scores.bias", "fit + scores.bias.flip(-3)"),
            },
        ),
        "bias turned over": Kind(
            BIAS_TURNED, {"bias with queries and keys swapped": ("fit + scores.bias", "fit + scores.bias.mT")}
        ),
        "bias of the last token for all": Kind(
            "You give every query the bias of the last one. Distances are then measured from the end of the text, "
            "wherever the query stands.",
            {"bias of the last token for all": ("fit + scores.bias", "fit + scores.bias[..., -1:, :]")},
        ),
        "bias of the first sequence for all": Kind(
            BIAS_FIRST_SEQUENCE,
            {
                "bias of the first sequence for all": (
                    "fit + scores.bias",
                    "fit + (scores.bias[0] if scores.bias.ndim == 4 else scores.bias)",
                )
            },
        ),
        "one axis too many for the bias": Kind(
            "You put an axis in front of the bias, even where it has one for the sequences already. The result then "
            "has five axes, and the layer that reads it expects four.",
            {
                "bias with an axis of sequences in any case": (
                    ".view(B, H, Tq, Dv)",
                    ".view(B, H, Tq, Dv)[None if scores.bias is not None and scores.bias.ndim == 4 else ...]",
                )
            },
        ),
        "heads of the bias read as sequences": Kind(
            "Where the bias has no axis for the sequences, you read its first axis as one, though it is that of the "
            "heads. This fails, or a sequence gets what was meant for a head.",
            {
                "bias by sequences, not by heads": (
                    "fit + scores.bias",
                    "fit + (scores.bias[:, None] if scores.bias.ndim == 3 else scores.bias)",
                )
            },
        ),
        "mask without effect": Kind(
            "Nothing is hidden in your scores: the mask is left out, or made and not kept. In training every token "
            "then sees the one it has to predict, and in generation it has nothing to copy from.",
            {
                "no mask": ('fit = fit.masked_fill(~scores.visible(), float("-inf"))', "pass"),
                "mask not assigned": ("fit = fit.masked_fill(", "fit.masked_fill("),
            },
        ),
        "mask the wrong way round": Kind(
            MASK_TURNED_ROUND, {"hidden and visible swapped": ("~scores.visible()", "scores.visible()")}
        ),
        "mask turned over": Kind(
            MASK_SWAPPED, {"mask with queries and keys swapped": ("~scores.visible()", "~scores.visible().mT")}
        ),
        "a mask of your own": Kind(
            MASK_OF_ONES_OWN,
            {
                "a mask of torch's own, which knows no cache": (
                    "~scores.visible()",
                    "torch.ones_like(fit, dtype=torch.bool).triu(1)",
                ),
                "a mask of one's own, with the last query at the last key": (
                    "~scores.visible()",
                    "torch.ones_like(fit, dtype=torch.bool).triu(1 + key.size(2) - query.size(2))",
                ),
            },
        ),
        "window ignored": Kind(
            WINDOW_IGNORED, {"window ignored": ("~scores.visible()", "~scores._replace(window=None).visible()")}
        ),
        "window too wide": Kind(
            WINDOW_WIDE,
            {
                "window one too wide": (
                    "~scores.visible()",
                    "~scores._replace(window=scores.window and scores.window + 1).visible()",
                )
            },
        ),
        "mask of the first sequence for all": Kind(
            MASK_FIRST_SEQUENCE, {"the first sequence's mask for all": ("~scores.visible()", "~scores.visible()[:1]")}
        ),
        "mask on another axis": Kind(
            SEQUENCES_ON_HEADS,
            {
                "mask by sequences taken for one by heads": ("~scores.visible()", "~scores.visible().transpose(0, 1)"),
                "mask without the axis of the sequences": ("~scores.visible()", "~scores.visible().squeeze()"),
            },
        ),
        "mask after the softmax": Kind(
            "You hide keys only after the softmax has given them their share. What is left for the visible ones sums "
            "to less than one, and how much is missing depends on tokens that nobody may see.",
            {
                "mask after the softmax": (
                    'fit = fit.masked_fill(~scores.visible(), float("-inf"))\n'
                    "    weights = fit.softmax(dim=-1) "
                    "if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)",
                    "weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)\n"
                    "    weights = weights.masked_fill(~scores.visible(), 0.0)",
                )
            },
        ),
        "hidden keys with a finite score": Kind(
            FINITE_SCORE,
            {
                "masked with the lowest of the scores": (
                    'fit.masked_fill(~scores.visible(), float("-inf"))',
                    "fit.where(scores.visible(), fit.amin().detach())",
                ),
                "masked with zero": ('float("-inf")', "0.0"),
                "masked with 1e-9": ('float("-inf")', "1e-9"),
                "masked with -1": ('float("-inf")', "-1.0"),
                "masked with -10": ('float("-inf")', "-10.0"),
                "mask multiplied": ('fit.masked_fill(~scores.visible(), float("-inf"))', "fit * scores.visible()"),
                "mask added as zeros and ones": (
                    'fit.masked_fill(~scores.visible(), float("-inf"))',
                    "fit + scores.visible()",
                ),
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
                    "~scores.visible()",
                    'manual_attention.__dict__.setdefault("hidden", ~scores.visible())',
                )
            },
        ),
        "softmax along another axis": Kind(
            SOFTMAX_AXIS,
            {
                "softmax over the queries": ("fit.softmax(dim=-1)", "fit.softmax(dim=-2)"),
                "softmax over the heads": ("fit.softmax(dim=-1)", "fit.softmax(dim=1)"),
                "softmax over everything": ("fit.softmax(dim=-1)", "fit.flatten(2).softmax(dim=-1).view_as(fit)"),
            },
        ),
        "no softmax": Kind(
            "You weight the values with the bare scores. These can be negative and sum to anything, so that the "
            "result is no mean of the values and grows with the number of keys.",
            {"no softmax": ("fit.softmax(dim=-1)", 'fit.masked_fill(fit == float("-inf"), 0.0)')},
        ),
        "sigmoid for softmax": Kind(
            "You give every key a weight by itself, between zero and one, where the keys of a query should compete. "
            "The weights sum to more the longer the text is, and the result grows with it.",
            {"sigmoid for softmax": ("fit.softmax(dim=-1)", "fit.sigmoid()")},
        ),
        "logarithms of the weights": Kind(
            "You weight the values with the logarithms of the weights. These are never above zero, so that values "
            "come out turned round, and the keys that fit worst count most.",
            {"logarithms of the weights": ("fit.softmax(dim=-1)", "fit.log_softmax(dim=-1).clamp(min=-50)")},
        ),
        "exponentials not divided by their sum": Kind(
            "You stop at the exponentials and do not divide them by their sum. They are no shares of one whole then, "
            "and the result is the larger the more keys fit well.",
            {
                "exponentials not divided by their sum": (
                    "fit.softmax(dim=-1)",
                    "(fit - fit.amax(dim=-1, keepdim=True)).exp()",
                )
            },
        ),
        "exponentials that become infinite": Kind(
            EXPONENTIALS_INFINITE,
            {
                "exponentials that become infinite": (
                    "fit.softmax(dim=-1)",
                    "(fit.exp() / fit.exp().sum(dim=-1, keepdim=True))",
                )
            },
        ),
        "weights in float16": Kind(
            "You send the weights through float16, whatever dtype the model has. Three digits are left of each, the "
            "smallest become zero, and a model in float32 loses what it could tell apart.",
            {"softmax in float16": ("fit.softmax(dim=-1)", "fit.softmax(dim=-1).half()")},
        ),
        "sinks without effect": Kind(
            SINKS_WITHOUT_EFFECT,
            {
                "sinks forgotten": (" if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)", ""),
                "sinks added to the scores": (
                    "softmax_with_sinks(fit, scores.sinks)",
                    "(fit + scores.sinks[:, None, None]).softmax(dim=-1)",
                ),
                "mask after the softmax, then brought back to one": (
                    'fit = fit.masked_fill(~scores.visible(), float("-inf"))\n'
                    "    weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, "
                    "scores.sinks)",
                    "weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, "
                    "scores.sinks)\n"
                    "    weights = weights.masked_fill(~scores.visible(), 0.0)\n"
                    "    weights = weights / weights.sum(dim=-1, keepdim=True)",
                ),
            },
        ),
        "sinks scaled or capped": Kind(
            "You treat the sinks as if they were products of queries and keys, with a scale or a cap. They are "
            "learned as finished scores; changed, they take another share than the model has learned.",
            {
                "sinks scaled": (
                    "softmax_with_sinks(fit, scores.sinks)",
                    "softmax_with_sinks(fit, scores.sinks * scores.scale)",
                ),
                "sinks capped": (
                    "softmax_with_sinks(fit, scores.sinks)",
                    "softmax_with_sinks(fit, soft_cap(scores.sinks, scores.softcap or 1e9))",
                ),
            },
        ),
        "two softmaxes": Kind(
            TWO_SOFTMAXES,
            {
                "sinks after a softmax": (
                    "softmax_with_sinks(fit, scores.sinks)",
                    "softmax_with_sinks(fit.softmax(dim=-1), scores.sinks)",
                )
            },
        ),
        "keys for values": Kind(
            KEYS_FOR_VALUES, {"values from the keys": ("@ value).view(B, H, Tq, Dv)", "@ key).view(B, H, Tq, D)")}
        ),
        "only the likeliest key": Kind(
            "You take the value of the key that fits best, and leave out all others. Such a choice has no gradient, "
            "so that queries and keys never learn what to look at.",
            {
                "the value of the likeliest key only": (
                    "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
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
            "You hand back the weights beside the result. The layer that called expects one tensor and cannot compute "
            "with a pair.",
            {"weights returned as well": (".view(B, H, Tq, Dv)", ".view(B, H, Tq, Dv), weights")},
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return (F.dropout", "(F.dropout")}),
        "dropout forgotten": Kind(
            NO_DROPOUT,
            {
                "dropout forgotten": ("F.dropout(weights.to(value.dtype), scores.dropout)", "weights.to(value.dtype)"),
                "dropout as if in evaluation": ("scores.dropout) @", "scores.dropout, False) @"),
            },
        ),
        "another share dropped": Kind(
            OWN_SHARE,
            {
                "dropout left at torch's half": (
                    "(weights.to(value.dtype), scores.dropout)",
                    "(weights.to(value.dtype))",
                ),
                "dropout of a tenth": ("scores.dropout) @", "0.1) @"),
                "dropout by a module that is in training": (
                    "F.dropout(weights.to(value.dtype), scores.dropout)",
                    "torch.nn.Dropout()(weights.to(value.dtype))",
                ),
            },
        ),
        "share kept for share dropped": Kind(
            SHARE_KEPT, {"the share that is kept, not dropped": ("scores.dropout) @", "1 - scores.dropout) @")}
        ),
        "dropout of numbers, not of weights": Kind(
            NUMBERS_DROPPED,
            {
                "dropout of the result": (
                    "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
                    "F.dropout(weights.to(value.dtype) @ value, scores.dropout)",
                ),
                "dropout of the values": (
                    "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
                    "weights.to(value.dtype) @ F.dropout(value, scores.dropout)",
                ),
            },
        ),
        "dropout twice": Kind(
            "You drop weights, and then single numbers of the values as well. More is lost than was asked for, and "
            "the numbers that survive both are enlarged twice.",
            {"dropout of the values too": ("@ value", "@ F.dropout(value, scores.dropout)")},
        ),
        "scores dropped": Kind(
            "You apply dropout to the scores as well, on their way into the softmax. A score of zero is no missing "
            "key: it still gets weight, and the scores that are left grow, which sharpens the softmax.",
            {
                "dropout of the scores": (
                    "fit = fit.masked_fill(~scores.visible()",
                    "fit = F.dropout(fit, scores.dropout).masked_fill(~scores.visible()",
                )
            },
        ),
        "masked scores dropped": Kind(
            "You apply dropout to the scores, those of hidden keys among them, and not to the weights. Minus infinity "
            "times zero is not a number, and a visible key whose score becomes zero still gets weight.",
            {
                "dropout before the softmax only": (
                    "F.dropout(weights.to(value.dtype), scores.dropout)",
                    "F.dropout(fit, scores.dropout).softmax(dim=-1).to(value.dtype).view(B, G, H // G * Tq, Tk)",
                )
            },
        ),
        "one draw for several": Kind(
            "You draw once which weights are dropped, and use this for all heads or all sequences. What is lost to "
            "one is then lost to all, so that far less is left to chance than the share of dropped weights would "
            "suggest.",
            {
                "dropout the same in all heads": (
                    "F.dropout(weights.to(value.dtype), scores.dropout)",
                    "(weights.to(value.dtype) * "
                    "F.dropout(torch.ones_like(fit[:, :1]), scores.dropout).expand_as(fit).reshape(weights.shape))",
                ),
                "dropout the same in all sequences": (
                    "F.dropout(weights.to(value.dtype), scores.dropout)",
                    "(weights.to(value.dtype) * "
                    "F.dropout(torch.ones_like(weights[:1]), scores.dropout).to(value.dtype))",
                ),
            },
        ),
        "kept weights not enlarged": Kind(
            "You drop weights and leave the others at their size. In training they then sum to less on average than "
            "in generation, where nothing is dropped, and the model meets values larger than it has learned with.",
            {
                "dropout without the growth of the rest": (
                    "F.dropout(weights.to(value.dtype), scores.dropout)",
                    "(weights.to(value.dtype) * (torch.rand_like(weights) >= scores.dropout))",
                )
            },
        ),
        "sum of one after dropout": Kind(
            "After dropping weights you divide the rest by its sum. How much a weight grows then depends on which "
            "others were dropped, and a query that should have lost much gets as much as ever.",
            {
                "dropout of the weights, and the rest brought back to a sum of one": (
                    "return (F.dropout(weights.to(value.dtype), scores.dropout)",
                    "weights = F.dropout(weights.to(value.dtype), scores.dropout)\n"
                    "    return (weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)",
                )
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "gradient cut at the weights": ("F.dropout(weights.to", "F.dropout(weights.detach().to"),
                "gradient cut at the keys": ("query @ key.mT", "query @ key.detach().mT"),
                "gradient cut at the values": ("@ value", "@ value.detach()"),
                "bias cut from the gradient": ("fit + scores.bias", "fit + scores.bias.detach()"),
            },
        ),
        "weights in another dtype than the values": Kind(
            "You multiply the weights by the values without bringing them to one dtype. A float32 bias makes the "
            "weights float32 too, and torch refuses the product with bfloat16 values.",
            {"weights left in float32": ("weights.to(value.dtype)", "weights")},
        ),
        "another dtype": Kind(
            OTHER_DTYPE, {"result widened": ("scores.dropout) @ value", "scores.dropout).float() @ value.float()")}
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "queries scaled in place": ("query @ key.mT * scores.scale", "query.mul_(scores.scale) @ key.mT"),
                "values changed in place": ("@ value", "@ value.mul_(2) / 2"),
                "bias added in place": ("fit = fit + scores.bias", "fit = scores.bias.add_(fit)"),
            },
        ),
    },
    "backends.softmax_with_sinks": {
        "sinks left out of the maximum": Kind(
            "What you take off before the exponentials is the greatest of the scores, and the sinks are not among "
            "them. A sink that lies far above all scores then becomes infinite, and the gradients are no numbers.",
            {
                "sinks left out of the maximum": (
                    "torch.cat((scores, column), dim=-1).softmax(dim=-1)",
                    "torch.cat((scores, column), dim=-1) - scores.amax(dim=-1, keepdim=True)\n"
                    "    weights = weights.exp() / weights.exp().sum(dim=-1, keepdim=True)",
                )
            },
        ),
        "sinks without effect": Kind(
            SINKS_WITHOUT_EFFECT,
            {
                "sinks forgotten": (
                    "torch.cat((scores, column), dim=-1).softmax(dim=-1)",
                    "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
                ),
                "sinks added to the scores": (
                    "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n",
                    "    weights = torch.cat(((scores + column).softmax(dim=-1), column), dim=-1)\n",
                ),
                "the rest brought back to a sum of one": (
                    "    return weights[..., :-1]",
                    "    return weights[..., :-1] / weights[..., :-1].sum(dim=-1, keepdim=True)",
                ),
                "a row, not a column": (
                    "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
                    "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)",
                    "row = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:2], 1, scores.size(3))\n"
                    "    return torch.cat((scores, row), dim=2).softmax(dim=-1)[:, :, :-1]\n"
                    "    weights = None",
                ),
            },
        ),
        "column of the sinks kept": Kind(
            "You hand back the weight of the sink as one more column. There is no value behind it, so that the "
            "product with the values has one weight too many.",
            {"the sinks' column kept": ("weights[..., :-1]", "weights")},
        ),
        "a key dropped for the sink": Kind(
            "You drop the weight of a key and keep that of the sink. The weights then stand one place off: values are "
            "taken with the weights of their neighbours, and one with that of the sink.",
            {
                "the last key dropped, and the sink kept": ("(scores, column), dim=-1)", "(column, scores), dim=-1)"),
                "the sink in front, and the first key's place lost": ("weights[..., :-1]", "weights[..., 1:]"),
            },
        ),
        "share of the sink given to keys": Kind(
            "What the sink takes, you give back to the keys, to one of them or to all. It is meant to be lost, so "
            "that a head which finds nothing useful can keep quiet.",
            {
                "the sink's weight put into the numerators": (
                    "    return weights[..., :-1]",
                    "    return weights[..., :-1] + weights[..., -1:]",
                ),
                "the sink's weight spread over the keys": (
                    "    return weights[..., :-1]",
                    "    return weights[..., :-1] + weights[..., -1:] / scores.size(-1)",
                ),
                "the sink's weight given to the first key": (
                    "    return weights[..., :-1]",
                    "    return torch.cat((weights[..., :1] + weights[..., -1:], weights[..., 1:-1]), dim=-1)",
                ),
            },
        ),
        "sinks not taken as scores": Kind(
            "You change the sinks before they stand beside the scores: their sign, or by an exponential or a "
            "logarithm. A sink is a score as it is; changed, it takes another share than the model has learned.",
            {
                "sinks subtracted": ("column = sinks.to(scores.dtype)", "column = -sinks.to(scores.dtype)"),
                "sinks taken for exponentials": (
                    "column = sinks.to(scores.dtype)",
                    "column = sinks.to(scores.dtype).abs().clamp(min=1e-6).log()",
                ),
                "exponentials taken for sinks": (
                    "column = sinks.to(scores.dtype)",
                    "column = sinks.to(scores.dtype).clamp(max=80).exp()",
                ),
            },
        ),
        "a fixed sink": Kind(
            "You put the same fixed number in the place of every sink. The learned ones play no part and get no "
            "gradient, so that no head can choose how much it may look at nothing.",
            {
                "sinks of one, as in softmax1": (
                    "sinks.to(scores.dtype)[:,",
                    "torch.zeros_like(sinks, dtype=scores.dtype)[:,",
                )
            },
        ),
        "not each head its own sink": Kind(
            "Some or all of your heads get another sink than their own: that of another head, or a mean. Each head "
            "learns by itself how much it wants to look at nothing.",
            {
                "one sink for all heads": (
                    "sinks.to(scores.dtype)[:, None, None]",
                    "sinks.to(scores.dtype)[:1, None, None]",
                ),
                "sinks of the heads in reverse": ("sinks.to(scores.dtype)", "sinks.to(scores.dtype).flip(0)"),
                "a mean of the sinks for all heads": (
                    "sinks.to(scores.dtype)[:, None, None]",
                    "sinks.to(scores.dtype).mean()",
                ),
            },
        ),
        "sinks on another axis": Kind(
            "You lay the sinks along another axis than that of the heads. This fails, or, where sizes happen to "
            "agree, gives a sink to a query or a sequence that was learned for a head.",
            {
                "sinks along the queries": ("[:, None, None]", "[:, None]"),
                "sinks along the sequences": ("[:, None, None].expand", "[:, None, None, None].expand"),
            },
        ),
        "all sinks in every head": Kind(
            "You add a column for every sink, so that each head gets the sinks of all heads. Together they take much "
            "more than the share that one head has learned to give away.",
            {
                "sinks along the keys": (
                    "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)",
                    "column = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)",
                ),
                "a column for every sink": (
                    "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
                    "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n"
                    "    # ... which takes its share and is then dropped: there is no value behind it.\n"
                    "    return weights[..., :-1]",
                    "columns = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)\n"
                    "    return torch.cat((scores, columns), dim=-1).softmax(dim=-1)[..., : scores.size(-1)]",
                ),
            },
        ),
        "softmax along another axis": Kind(
            SOFTMAX_AXIS,
            {
                "softmax over the queries": (".softmax(dim=-1)", ".softmax(dim=-2)"),
                "softmax over the heads": (".softmax(dim=-1)", ".softmax(dim=1)"),
            },
        ),
        "two softmaxes": Kind(
            TWO_SOFTMAXES,
            {
                "softmax first, then sinks, then softmax again": (
                    "torch.cat((scores, column), dim=-1)",
                    "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
                )
            },
        ),
        "a gate without the logarithm": Kind(
            "Your gate holds the sum of the exponentials against the sink, which is a score and thus a logarithm. A "
            "sum is always greater than its logarithm, so that the gate stands too far open, and the sink takes too "
            "little.",
            {
                "a gate of the sum without its logarithm": (
                    "    return weights[..., :-1]",
                    "    return scores.softmax(dim=-1) * "
                    "torch.sigmoid(scores.exp().sum(dim=-1, keepdim=True) - column)",
                )
            },
        ),
        "exponentials that become infinite": Kind(
            EXPONENTIALS_INFINITE,
            {
                "exponentials that become infinite": (
                    "    return weights[..., :-1]",
                    "    return scores.exp() / (scores.exp().sum(dim=-1, keepdim=True) + column.exp())",
                )
            },
        ),
        "sink cut off far above the scores": Kind(
            "You limit how much a sink can take once it lies far above all scores. A head that has learned to keep "
            "quiet still gets a rest of its values, and the gradient to the sink ends at the limit.",
            {
                "the greatest score taken off without regard to the sink": (
                    "    return weights[..., :-1]",
                    "    top = scores.amax(dim=-1, keepdim=True).detach()\n"
                    "    parts = (scores - top).exp()\n"
                    "    return parts / (parts.sum(dim=-1, keepdim=True) + (column - top).exp().clamp(max=1e4))",
                )
            },
        ),
        "sink not moved with the scores": Kind(
            "You take the greatest score off the scores, but leave the sink where it is. Its share then depends on "
            "how high the scores lie, and not on how far it is from them.",
            {
                "the greatest score taken off, not off the sink": (
                    "    return weights[..., :-1]",
                    "    parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()\n"
                    "    return parts / (parts.sum(dim=-1, keepdim=True) + column.exp())",
                )
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "weights cut from the gradient": (
                    "    return weights[..., :-1]",
                    "    return weights[..., :-1].detach()",
                ),
                "sinks cut from the gradient": ("sinks.to(scores.dtype)", "sinks.detach().to(scores.dtype)"),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "narrowed to the dtype of the sinks": (
                    "    return weights[..., :-1]",
                    "    return weights[..., :-1].to(sinks.dtype)",
                ),
                "widened": ("(scores, column), dim=-1)", "(scores, column), dim=-1).float()"),
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "scores changed in place": (
                    "torch.cat((scores, column), dim=-1)",
                    "torch.cat((scores.mul_(2) / 2, column), dim=-1)",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("    return weights", "    weights")}),
    },
    "backends.sdpa_attention": {
        "is_causal in too many cases": Kind(
            "You leave the mask to torch in cases that it knows nothing of: windows, and keys that come from a cache. "
            "Its own triangle goes by places alone, with the first query at the first key.",
            {
                "is_causal always": ("causal = scores.simply_causal() and scores.bias is None", "causal = True"),
                "is_causal always, and no mask beside it": (
                    "    return F.scaled",
                    "    causal, mask = True, None\n    return F.scaled",
                ),
                "is_causal where there are as many queries as keys": (
                    "scores.simply_causal() and",
                    "query.size(2) == key.size(2) and",
                ),
                "is_causal where there are several queries": ("scores.simply_causal() and", "query.size(2) > 1 and"),
            },
        ),
        "is_causal with a cache": Kind(
            "You leave the mask to torch even where there are keys from a cache. Its own triangle starts with the "
            "first query at the first key, so that a new token sees the oldest keys only.",
            {"is_causal where there is no window": ("scores.simply_causal() and", "scores.window is None and")},
        ),
        "is_causal with a window": Kind(
            "You leave the mask to torch even where there is a window. Its own triangle knows none, so that every "
            "query sees all keys before it, which the model has never learned with.",
            {
                "is_causal with a window": (
                    "scores.simply_causal() and",
                    "scores.key_position is scores.query_position and",
                )
            },
        ),
        "is_causal with a bias": Kind(
            "Where there is a bias, you leave the mask to torch and then have none to join the bias with. The call "
            "fails: a bias and what is hidden have to go in as one.",
            {"is_causal with a bias": (" and scores.bias is None", "")},
        ),
        "neither mask nor is_causal": Kind(
            "Where you make no mask, you do not ask torch for its own either. In ordinary training every token then "
            "sees the one that it has to predict, and in generation it has nothing to copy from.",
            {"is_causal never, and no mask either": ("is_causal=causal", "is_causal=False")},
        ),
        "is_causal beside a mask": Kind(
            "You hand over a mask and ask for is_causal as well. Torch wants one of the two: some of its kernels "
            "refuse the call, and the mask takes the memory that is_causal is there to save.",
            {"is_causal beside the mask": ("mask = None if causal else scores.visible()", "mask = scores.visible()")},
        ),
        "a mask in the wrong cases": Kind(
            "You make a mask where torch needs none, and make none where it is needed. With a window or a cache "
            "nothing is hidden then, and with a bias the call fails.",
            {"causal the wrong way round": ("mask = None if causal else", "mask = None if not causal else")},
        ),
        "mask not handed over": Kind(
            "You make a mask and do not hand it over. Wherever torch cannot make up its own, nothing is hidden, and a "
            "bias, which goes the same way, is lost as well.",
            {"mask forgotten": ("attn_mask=mask", "attn_mask=None")},
        ),
        "mask the wrong way round": Kind(
            MASK_TURNED_ROUND,
            {
                "mask the wrong way round, as MultiheadAttention wants it": (
                    "None if causal else scores.visible()",
                    "None if causal else ~scores.visible()",
                ),
                "bias and mask swapped": ("masked_fill(~mask", "masked_fill(mask"),
            },
        ),
        "mask of numbers": Kind(
            "You turn the mask into numbers, which torch adds to the scores. Hidden keys then lie one below the "
            "visible ones and still get weight; with a bias the call fails.",
            {
                "mask of numbers, ones and zeros": (
                    "None if causal else scores.visible()",
                    "None if causal else scores.visible().to(query.dtype)",
                )
            },
        ),
        "mask turned over": Kind(
            MASK_SWAPPED,
            {
                "mask with queries and keys swapped": (
                    "None if causal else scores.visible()",
                    "None if causal else scores.visible().mT",
                )
            },
        ),
        "mask of the first sequence for all": Kind(
            MASK_FIRST_SEQUENCE,
            {
                "mask of the first sequence for all": (
                    "None if causal else scores.visible()",
                    "None if causal else scores.visible()[:1]",
                ),
                "mask without axes for sequences and heads": (
                    "None if causal else scores.visible()",
                    "None if causal else scores.visible()[0, 0]",
                ),
            },
        ),
        "mask on another axis": Kind(
            SEQUENCES_ON_HEADS,
            {
                "mask without an axis for the heads": (
                    "None if causal else scores.visible()",
                    "None if causal else scores.visible()[:, 0]",
                )
            },
        ),
        "a mask of your own": Kind(
            MASK_OF_ONES_OWN,
            {
                "a mask of one's own, from the top left": (
                    "None if causal else scores.visible()",
                    "None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool).tril()[None, None]",
                ),
                "a mask of one's own, into the bottom right": (
                    "None if causal else scores.visible()",
                    "None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool)"
                    ".tril(key.size(2) - query.size(2))[None, None]",
                ),
            },
        ),
        "window ignored": Kind(
            WINDOW_IGNORED, {"window ignored": ("else scores.visible()", "else scores._replace(window=None).visible()")}
        ),
        "window too wide": Kind(
            WINDOW_WIDE,
            {
                "window one too wide": (
                    "else scores.visible()",
                    "else scores._replace(window=scores.window and scores.window + 1).visible()",
                )
            },
        ),
        "bias without effect": Kind(
            "Your bias has no effect: you leave it out, or turn it into true and false, after which nearly every key "
            "gets the same added. Where it carries the positions, the model can no longer tell how far away a token "
            "is.",
            {
                "bias forgotten": ("if scores.bias is not None:", "if False:"),
                "bias as a boolean mask": ("scores.bias.to(query.dtype)", "scores.bias.bool().to(query.dtype)"),
            },
        ),
        "bias without the mask": Kind(
            "Where there is a bias, it takes the place of the mask, and nothing is hidden any more. Every token then "
            "sees the whole text, and with it the one that it has to predict.",
            {"bias without the mask": ('.masked_fill(~mask, float("-inf"))', "")},
        ),
        "hidden keys with a finite score": Kind(
            FINITE_SCORE,
            {
                "bias hidden with zero": ('float("-inf"))', "0.0)"),
                "bias hidden with one minus infinity too few": ('float("-inf"))', "-5.0)"),
            },
        ),
        "bias subtracted": Kind(
            BIAS_SUBTRACTED, {"bias subtracted": ("mask = scores.bias.to", "mask = -scores.bias.to")}
        ),
        "bias scaled": Kind(
            BIAS_SCALED,
            {
                "bias divided by the scale": (
                    "scores.bias.to(query.dtype)",
                    "(scores.bias / scores.scale).to(query.dtype)",
                ),
                "bias scaled too": ("scores.bias.to(query.dtype)", "(scores.bias * scores.scale).to(query.dtype)"),
            },
        ),
        "bias of another head": Kind(
            BIAS_OTHER_HEAD, {"bias of the first head for all": ("scores.bias.to", "scores.bias[..., :1, :, :].to")}
        ),
        "bias of the first sequence for all": Kind(
            BIAS_FIRST_SEQUENCE,
            {
                "bias of the first sequence for all": (
                    "scores.bias.to",
                    "(scores.bias[0] if scores.bias.ndim == 4 else scores.bias).to",
                )
            },
        ),
        "bias turned over": Kind(
            BIAS_TURNED, {"bias with queries and keys swapped": ("scores.bias.to", "scores.bias.mT.to")}
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "bias hidden in place": (".to(query.dtype).masked_fill(", ".to(query.dtype).masked_fill_("),
                "queries changed in place": ("        query,\n", "        query.mul_(2) / 2,\n"),
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "bias cut from the gradient": ("scores.bias.to", "scores.bias.detach().to"),
                "gradient cut at the keys": ("        key,\n", "        key.detach(),\n"),
                "gradient cut at the queries": ("        query,\n", "        query.detach(),\n"),
            },
        ),
        "scale left to torch": Kind(
            "You hand no scale over, so that torch makes one up from the size of a head. Where a model has chosen "
            "another one, all its scores come out with the wrong size.",
            {"scale forgotten": ("        scale=scores.scale,\n", "")},
        ),
        "not scaled once": Kind(
            SCALE_STRENGTH,
            {
                "scale on the queries too": ("        query,\n", "        query * scores.scale,\n"),
                "scale on the queries, and torch's own as well": (
                    "        scale=scores.scale,\n",
                    "        scale=scores.scale * query.size(-1) ** -0.5,\n",
                ),
                "scale inverted": ("scale=scores.scale", "scale=1 / scores.scale"),
                "scale squared": ("scale=scores.scale", "scale=scores.scale**2"),
            },
        ),
        "grouped heads not asked for": Kind(
            "Where several query heads share a key/value head, you do not tell torch about it. It then expects as "
            "many heads on both sides, and most models with grouped heads cannot run.",
            {
                "grouped heads not asked for": ("        enable_gqa=query.size(1) != key.size(1),\n", ""),
                "grouped heads asked for where there are none": (
                    "query.size(1) != key.size(1)",
                    "query.size(1) == key.size(1)",
                ),
            },
        ),
        "repeated heads in the wrong order": Kind(
            HEADS_ORDER,
            {
                "heads repeated by hand, the wrong way": (
                    "    return F.scaled",
                    "    group = query.size(1) // key.size(1)\n"
                    "    key, value = key.repeat(1, group, 1, 1), value.repeat(1, group, 1, 1)\n"
                    "    return F.scaled",
                )
            },
        ),
        "key heads in reverse": Kind(
            KEYS_REVERSED, {"key heads in reverse": ("        key,\n", "        key.flip(1),\n")}
        ),
        "keys and values swapped": Kind(
            "You hand over keys and values in each other's place. Queries are then compared with what the tokens hand "
            "on, and the result is a mean of what they are found by.",
            {"keys and values swapped": ("        key,\n        value,\n", "        value,\n        key,\n")},
        ),
        "keys for values": Kind(
            KEYS_FOR_VALUES,
            {"values from the keys": ("        value,\n        attn_mask", "        key,\n        attn_mask")},
        ),
        "tokens in front of the heads": Kind(
            "You hand over tensors in which the tokens stand in front of the heads. Torch attends along the last axis "
            "but one, so that the heads of a token look at each other, and no token at another.",
            {
                "tokens in front of the heads": (
                    "        query,\n        key,\n        value,\n",
                    "        query.transpose(1, 2),\n        key.transpose(1, 2),\n        value.transpose(1, 2),\n",
                )
            },
        ),
        "dropout forgotten": Kind(NO_DROPOUT, {"dropout forgotten": ("        dropout_p=scores.dropout,\n", "")}),
        "another share dropped": Kind(OWN_SHARE, {"dropout of a tenth": ("dropout_p=scores.dropout", "dropout_p=0.1")}),
        "share kept for share dropped": Kind(
            SHARE_KEPT,
            {"the share that is kept, not dropped": ("dropout_p=scores.dropout", "dropout_p=1 - scores.dropout")},
        ),
        "small shares not dropped": Kind(
            "You drop weights only where more than half of them are to go. Models are trained with a tenth or a "
            "fifth, and for them your dropout does nothing.",
            {
                "dropout only where it is above a half": (
                    "dropout_p=scores.dropout",
                    "dropout_p=scores.dropout * (scores.dropout > 0.5)",
                )
            },
        ),
        "dropout of numbers, not of weights": Kind(
            NUMBERS_DROPPED,
            {
                "dropout of the result": (
                    "    return F.scaled",
                    "    value = F.dropout(value, scores.dropout)\n"
                    "    scores = scores._replace(dropout=0.0)\n"
                    "    return F.scaled",
                )
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "everything in float32": (
                    "    return F.scaled",
                    "    query, key, value = (y.float() for y in (query, key, value))\n"
                    "    mask = mask if mask is None or mask.dtype == torch.bool else mask.float()\n"
                    "    return F.scaled",
                )
            },
        ),
        "values cut to the size of the keys": Kind(
            VALUES_CUT,
            {
                "values of the size of the keys": (
                    "        value,\n        attn",
                    "        value[..., : key.size(-1)],\n        attn",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return F.scaled", "F.scaled")}),
    },
}
