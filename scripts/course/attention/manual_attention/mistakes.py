"""What people write for attention.manual_attention, and why it matters."""

from scripts.course.attentions.backends.explanations import (
    EXPONENTIALS_INFINITE,
    FINITE_SCORE,
    KEYS_FOR_VALUES,
    LOW_SCORE,
    MASK_FIRST_SEQUENCE,
    MASK_SWAPPED,
    MASK_TURNED_ROUND,
    SCALE_STRENGTH,
    SEQUENCES_ON_HEADS,
    SOFTMAX_AXIS,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MASKED = 'scores = scores.masked_fill(~mask, float("-inf"))'
WEIGHTS = "scores.softmax(dim=-1)"
PRODUCT, MEAN = "query.to(wide) @ key.to(wide).mT", "weights.to(value.dtype) @ value"

MISTAKES = {
    "scale forgotten": Kind(
        "Your scores are the bare products of queries and keys. These grow with D, the softmax then gives nearly all weight "
        "to one key, and hardly any gradient is left to learn from.",
        {"no scale": (" * scale", "")},
    ),
    "a scale of your own": Kind(
        "You make up a scale from the shape of a tensor, where one is passed in. A model may have chosen another, and "
        "all its scores would come out too large or too small.",
        {
            "scale by the size of the head": ("* scale", "* query.size(-1) ** -0.5"),
            "scale by the number of heads": ("* scale", "* query.size(1) ** -0.5"),
            "scale by the length": ("* scale", "* key.size(2) ** -0.5"),
        },
    ),
    "not scaled once": Kind(
        SCALE_STRENGTH,
        {
            "scale twice": ("* scale", "* scale**2"),
            "divided by the scale": ("* scale", "/ scale"),
            "root of the scale": ("* scale", "* scale**0.5"),
            "scale and the root of the size too": ("* scale", "* scale * query.size(-1) ** -0.5"),
        },
    ),
    "weights scaled, not scores": Kind(
        "You scale the weights that come out of the softmax, not the scores that go in. The softmax gets scores of the "
        "wrong size, and the weights of a query no longer sum to one.",
        {"scale after the softmax": (WEIGHTS, "(scores / scale).softmax(dim=-1) * scale")},
    ),
    "keys left out": Kind(
        "Your scores compare queries with queries, so that the keys play no part. They never learn.",
        {"queries times queries": (PRODUCT, "query.to(wide) @ query.to(wide).mT")},
    ),
    "scores transposed": Kind(
        "Your scores are (B, H, Tk, Tq), and (B, H, Tq, Tk) is needed. The softmax then runs over the queries, and where "
        "Tq is Tk nothing fails to tell you.",
        {"scores by keys and queries": (PRODUCT, "key.to(wide) @ query.to(wide).mT")},
    ),
    "keys transposed along other axes": Kind(
        "You swap other axes of the keys than the last two, Tk and D. The product then fails, or, where sizes happen to "
        "agree, mixes up heads and tokens.",
        {"keys transposed along H and T": (PRODUCT, "query.to(wide) @ key.to(wide).transpose(1, 2)")},
    ),
    "no sum over D": Kind(
        "You multiply queries and keys element by element and never sum over D. A score is one scalar for each query "
        "and key.",
        {"element by element, not as a product": (PRODUCT, "(query.to(wide) * key.to(wide))")},
    ),
    "mask without effect": Kind(
        "Nothing is hidden in your scores: the mask is left out, or applied and not kept. In training every token then "
        "attends to the one that it has to predict.",
        {"no mask": (MASKED, "pass"), "mask not assigned": ("scores = scores.masked_fill(", "scores.masked_fill(")},
    ),
    "mask the wrong way round": Kind(MASK_TURNED_ROUND, {"hidden and visible swapped": ("~mask", "mask")}),
    "mask transposed": Kind(MASK_SWAPPED, {"mask with queries and keys swapped": ("~mask", "~mask.mT")}),
    "a mask of your own": Kind(
        "You build a mask of your own from Tq and Tk, where one is passed in. Yours is right only where all queries "
        "and keys stand in one order, from the first token on.",
        {
            "a triangle from the top left": ("~mask", "(scores == scores).triu(1)"),
            "a triangle into the bottom right": ("~mask", "(scores == scores).triu(1 + key.size(2) - query.size(2))"),
        },
    ),
    "mask of the first sequence for all": Kind(MASK_FIRST_SEQUENCE, {"the first mask for all": ("~mask", "~mask[:1]")}),
    "mask on another axis": Kind(
        SEQUENCES_ON_HEADS,
        {
            "B of the mask on the axis of H": ("~mask", "~mask.transpose(0, 1)"),
            "mask without the axis of B": ("~mask", "~mask.squeeze()"),
        },
    ),
    "mask after the softmax": Kind(
        "You hide keys only after the softmax has given them their weight. What is left for the visible ones sums to less "
        "than one, and how much is missing depends on hidden tokens.",
        {
            "mask after the softmax": (
                f"{MASKED}\n    # Turn each query's scores into weights that sum to one.\n    weights = {WEIGHTS}",
                f"weights = {WEIGHTS}.masked_fill(~mask, 0.0)",
            )
        },
    ),
    "hidden keys with a finite score": Kind(
        FINITE_SCORE,
        {
            "masked with the lowest of the scores": (MASKED, "scores = scores.where(mask, scores.amin().detach())"),
            "masked with zero": ('float("-inf")', "0.0"),
            "masked with 1e-9": ('float("-inf")', "1e-9"),
            "masked with -1": ('float("-inf")', "-1.0"),
            "masked with -10": ('float("-inf")', "-10.0"),
            "mask multiplied": (MASKED, "scores = scores * mask"),
            "mask added as zeros and ones": (MASKED, "scores = scores + mask"),
        },
    ),
    "hidden keys with plus infinity": Kind(
        "You give hidden keys the highest score there is in place of the lowest. The softmax then divides infinity by "
        "infinity, and every query from which something is hidden becomes NaN.",
        {"masked with plus infinity": ('float("-inf")', 'float("inf")')},
    ),
    "mask kept from the first call": Kind(
        "You keep the mask of the first call and use it for every later one. Lengths and positions differ from call to "
        "call.",
        {"mask kept from the first call": ("~mask", 'manual_attention.__dict__.setdefault("hidden", ~mask)')},
    ),
    "softmax along another axis": Kind(
        SOFTMAX_AXIS,
        {
            "softmax over the queries": (WEIGHTS, "scores.softmax(dim=-2)"),
            "softmax over the heads": (WEIGHTS, "scores.softmax(dim=1)"),
            "softmax over everything": (WEIGHTS, "scores.flatten(2).softmax(dim=-1).view_as(scores)"),
        },
    ),
    "no softmax": Kind(
        "You weight the values with the bare scores. These can be negative and sum to anything, so that the result is no "
        "mean of the values.",
        {"no softmax": (WEIGHTS, 'scores.masked_fill(scores == float("-inf"), 0.0)')},
    ),
    "sigmoid for softmax": Kind(
        "You give every key a weight by itself, between zero and one, where the keys of a query should compete. The "
        "weights sum to more the longer the text is.",
        {"sigmoid for softmax": (WEIGHTS, "scores.sigmoid()")},
    ),
    "logarithms of the weights": Kind(
        "You weight the values with the logarithms of the weights. These are never above zero, so that values come out "
        "with the other sign, and the keys that fit worst count most.",
        {"logarithms of the weights": (WEIGHTS, "scores.log_softmax(dim=-1).clamp(min=-50)")},
    ),
    "exponentials not divided by their sum": Kind(
        "You stop at the exponentials and do not divide them by their sum. The weights do not sum to one then, and the "
        "result is the larger the more keys fit well.",
        {"exponentials not divided by their sum": (WEIGHTS, "(scores - scores.amax(dim=-1, keepdim=True)).exp()")},
    ),
    "exponentials that become infinite": Kind(
        EXPONENTIALS_INFINITE,
        {"exponentials that become infinite": (WEIGHTS, "(scores.exp() / scores.exp().sum(dim=-1, keepdim=True))")},
    ),
    "weights in float16": Kind(
        "You send the weights through float16, whatever dtype the model has. Three digits are left of each, and the "
        "smallest become zero.",
        {"softmax in float16": (WEIGHTS, f"{WEIGHTS}.half().to(value.dtype)")},
    ),
    "keys for values": Kind(KEYS_FOR_VALUES, {"values from the keys": (MEAN, "weights.to(value.dtype) @ key")}),
    "only the likeliest key": Kind(
        "You take the value of the key with the highest score, and leave out all others. Such a choice has no gradient, so "
        "that queries and keys never learn.",
        {
            "the value of the likeliest key only": (
                MEAN,
                "value.gather(2, weights.argmax(dim=-1)[..., None].expand(-1, -1, -1, value.size(-1)))",
            )
        },
    ),
    "heads in another place": Kind(
        "Your result is not (B, H, Tq, D). The layer that called puts the heads together itself; it would fail, or mix up "
        "heads and tokens.",
        {
            "heads after the tokens": (MEAN, f"({MEAN}).transpose(1, 2)"),
            "heads joined here": (MEAN, f"({MEAN}).transpose(1, 2).flatten(2)"),
        },
    ),
    "weights returned as well": Kind(
        "You return the weights beside the result. The layer that called expects one tensor and cannot compute with a pair.",
        {"weights returned as well": (MEAN, f"{MEAN}, weights")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT, {"gradient cut at the weights": (MEAN, "weights.detach().to(value.dtype) @ value")}
    ),
    "hidden keys with a low score": Kind(
        LOW_SCORE,
        {
            "masked with -10,000": ('float("-inf")', "-1e4"),
            "10,000 taken off": (MASKED, "scores = scores + (~mask) * -1e4"),
        },
    ),
}

WITHOUT = {"too narrow": "Scores may be as narrow as queries and keys."}
