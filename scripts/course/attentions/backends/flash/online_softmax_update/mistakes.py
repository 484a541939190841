"""What people write for attentions.backends.flash.online_softmax_update, and why it matters."""

from scripts.course.attentions.backends.flash.explanations import (
    DIVIDED_ON_THE_WAY,
    HIDDEN_ZERO,
    MAXIMUM_ZERO,
    TILE_SOFTMAX,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "scores far below zero not thought of": Kind(
        "You subtract at least some fixed constant that seems low enough. Where all scores lie below it, every "
        "exponential is zero, and the attention becomes zero divided by zero.",
        {"the maximum kept above a bound": ('new_m.masked_fill(new_m == float("-inf"), 0.0)', "new_m.clamp(min=-1e4)")},
    ),
    "not the greatest of all scores seen": Kind(
        "What you subtract is not the maximum of all scores so far. Exponentials can then overflow or all "
        "vanish, and the next tile gets a wrong maximum.",
        {
            "no maximum taken off": (
                "new_m = torch.maximum(m, scores.amax(dim=-1, keepdim=True))",
                "new_m = torch.zeros_like(m)",
            ),
            "the old maximum kept": ("new_m = torch.maximum(m, scores.amax(dim=-1, keepdim=True))", "new_m = m"),
            "the maximum of this tile only": (
                "new_m = torch.maximum(m, scores.amax(dim=-1, keepdim=True))",
                "new_m = scores.amax(dim=-1, keepdim=True)",
            ),
            "the smaller maximum": ("torch.maximum(", "torch.minimum("),
        },
    ),
    "maximum across the queries": Kind(
        "You take the maximum across the queries, not for every query by itself. Where one query has high "
        "scores, those of another may lie so far below that all its exponentials vanish.",
        {
            "the maximum over the queries": ("amax(dim=-1", "amax(dim=-2"),
            "one maximum for all queries": ("scores.amax(dim=-1, keepdim=True)", "scores.amax()"),
        },
    ),
    "maximum of the sizes": Kind(
        "You take the maximum of the absolute values, so that a very negative score counts as a very large one. "
        "All exponentials may then vanish, and the minus infinity of a hidden key becomes an infinite maximum.",
        {"the maximum of sizes": ("scores.amax(", "scores.abs().amax(")},
    ),
    "minus infinity less itself": Kind(
        "Where a query has no visible key so far, its maximum is minus infinity, and your code subtracts that "
        "from itself. The result is not a number, and everything that is added to it later becomes one of those "
        "too.",
        {
            "queries that see nothing not thought of": ('new_m.masked_fill(new_m == float("-inf"), 0.0)', "new_m"),
            "no number repaired too late": (
                'new_m.masked_fill(new_m == float("-inf"), 0.0)',
                "new_m\n    scores = scores.nan_to_num()",
            ),
        },
    ),
    "nothing taken off the first scores": Kind(
        "For a query that had no visible key before, you subtract nothing, even if this tile brings its first "
        "scores. Their exponentials may overflow, and the sums do not belong to the maximum that you return.",
        {
            "only queries that have seen nothing before thought of": (
                "correction = torch.exp(m - shift)",
                ("shift = new_m.masked_fill(m.isneginf(), 0.0)\n    correction = torch.exp(m - shift)"),
            )
        },
    ),
    "a maximum of zero where nothing was seen": Kind(
        MAXIMUM_ZERO, {"a maximum of zero where nothing was seen": ("return new_m,", "return shift,")}
    ),
    "hidden keys with a score of zero": Kind(
        HIDDEN_ZERO,
        {
            "hidden keys count as a score of zero": (
                "weights = torch.exp(scores - shift)",
                "weights = torch.exp(scores.nan_to_num(neginf=0.0) - shift)",
            )
        },
    ),
    "old sums enlarged": Kind(
        "You rescale an old sum by the inverse of the right factor, so that it grows where it has to shrink. It "
        "may become infinite, and with the very first tile it becomes not-a-number.",
        {
            "the correction upside down": ("torch.exp(m - shift)", "torch.exp(shift - m)"),
            "the total divided by the correction": ("l * correction", "l / correction"),
        },
    ),
    "another correction": Kind(
        "You rescale the old sums by a factor that does not follow the exponentials as the maximum grows. Keys "
        "of earlier tiles then count for more, or for less, than those of this tile.",
        {
            "the correction a difference": ("torch.exp(m - shift)", "m - shift"),
            "the correction without its exponential's sign": (
                "torch.exp(m - shift)",
                "torch.exp(-(m - shift).abs() / 2)",
            ),
        },
    ),
    "old sums not corrected": Kind(
        "You do not rescale one of the sums, or both, from the old maximum to the new one. Whenever a tile "
        "brings a greater score, keys of earlier tiles count too much in it.",
        {
            "the maximum brought up to date before the correction": (
                "correction = torch.exp(m",
                "m = new_m\n    correction = torch.exp(m",
            ),
            "the total not corrected": ("l = l * correction", "l = l"),
            "the sum of values not corrected": ("acc * correction +", "acc +"),
        },
    ),
    "new keys corrected too": Kind(
        "You apply the correction to the keys of this tile as well. They are measured against the new maximum "
        "already, so that a tile with a greater score counts too little, and the very first one not at all.",
        {
            "the new keys corrected too": (
                "l = l * correction + weights.sum(dim=-1, keepdim=True)",
                ("weights = weights * correction\n    l = l * correction + weights.sum(dim=-1, keepdim=True)"),
            ),
            "everything corrected together": (
                "acc * correction + weights @ value",
                "(acc + weights @ value) * correction",
            ),
        },
    ),
    "new weights on another scale": Kind(
        "You take the exponentials of the new scores against another maximum than the one that the old sums are "
        "rescaled to. The two are then added on different scales, and old keys and new ones cannot be compared.",
        {
            "new weights against the old maximum": ("torch.exp(scores - shift)", "torch.exp(scores - m)"),
            "new weights against nothing": ("torch.exp(scores - shift)", "torch.exp(scores)"),
            "new weights against the maximum of their tile": (
                "torch.exp(scores - shift)",
                "torch.exp(scores - scores.amax(dim=-1, keepdim=True).clamp(min=-1e30))",
            ),
        },
    ),
    "a softmax of each tile": Kind(
        TILE_SOFTMAX, {"a softmax of each tile": ("torch.exp(scores - shift)", "(scores - shift).softmax(dim=-1)")}
    ),
    "powers of two": Kind(
        "You weight the new keys by powers of two, while softmax and your correction go by powers of e. "
        "Differences between scores then count for less than they should.",
        {"powers of two": ("torch.exp(scores - shift)", "torch.exp2(scores - shift)")},
    ),
    "divided on the way": Kind(
        DIVIDED_ON_THE_WAY,
        {
            "divided on the way": (
                "return new_m, l, acc * correction + weights @ value",
                "return new_m, l, (acc * correction + weights @ value) / l",
            )
        },
    ),
    "old sums forgotten": Kind(
        "One of your two sums starts anew with every tile. The weighted sum of the values and the sum of the "
        "weights then cover different keys, and dividing one by the other gives no mean.",
        {
            "what was seen before forgotten": ("acc * correction + weights @ value", "weights @ value"),
            "the old total forgotten": ("l * correction + weights", "weights"),
        },
    ),
    "total is no sum of weights": Kind(
        "What you add to the total is not the sum of the new weights, but how many there are, or a mean. "
        "Dividing by it later gives no weighted mean of the values.",
        {
            "the total of sizes, not of weights": ("weights.sum(dim=-1", "(weights > 0).to(weights).sum(dim=-1"),
            "the total a mean": ("weights.sum(", "weights.mean("),
        },
    ),
    "summed over the queries": Kind(
        "You sum the weights over the queries, where each query needs the sum over its own keys. The total "
        "gets another shape, and mixes queries that have nothing to do with each other.",
        {"summed over the queries": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-2, keepdim=True)")},
    ),
    "axis lost": Kind(
        "Your sum of the weights drops the axis that it was taken over. What is left is lined up with another "
        "axis of the total, or with none.",
        {"summed without keeping the axis": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-1)")},
    ),
    "values not weighted": Kind(
        "You add the values up without their weights. Every key then counts the same, however well it fits, "
        "and hidden ones count too.",
        {"values not weighted": ("weights @ value", "value.sum(dim=-2, keepdim=True)")},
    ),
    "weights turned round": Kind(
        "You transpose the weights before they multiply the values. They are (Tq, Tk), with the keys along the "
        "columns, so that the product fails, or gives each query the weights of a key.",
        {"weights the wrong way round": ("weights @ value", "weights.mT @ value")},
    ),
    "old maximum returned": Kind(
        "You return the maximum from before this tile, while your sums are measured against the new one. The "
        "next tile rescales them a second time, by a factor that was already applied.",
        {"the old maximum returned": ("return new_m,", "return m,")},
    ),
    "returned in another order": Kind(
        "You return the three results in another order than is asked for. The caller takes the sum for the "
        "maximum, and every later tile is computed against it.",
        {"returned in another order": ("return new_m, l,", "return l, new_m,")},
    ),
    "negative maximum not taken off": Kind(
        "You subtract at least zero, but return a maximum that may lie below it. Where all scores so far are "
        "negative, the sums and the maximum no longer belong together, and the next tile rescales by the wrong "
        "factor.",
        {
            "zero taken off where the maximum is negative": (
                'new_m.masked_fill(new_m == float("-inf"), 0.0)',
                "new_m.clamp(min=0)",
            )
        },
    ),
    "a maximum of at least zero": Kind(
        "Your maximum never falls below zero, as if a score of zero had come by. Where all scores are far "
        "below it, all exponentials vanish, and so does the sum that is divided by.",
        {
            "a maximum of at least zero": (
                "torch.maximum(m, scores.amax(dim=-1, keepdim=True))",
                "torch.maximum(m, scores.amax(dim=-1, keepdim=True)).clamp(min=0)",
            )
        },
    ),
}
