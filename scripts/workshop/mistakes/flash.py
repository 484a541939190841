"""Mistakes in flash.py."""

from . import Kind
from .common import IN_PLACE, OTHER_DTYPE, TOO_NARROW

# Lines that several mistakes change.
MAXIMUM = "new_maximum = torch.maximum(maximum, scores.amax(dim=-1, keepdim=True))"
VISIBLE = "visible = visible_keys(query_position[..., rows], key_position[..., columns], window)"
SKIP = "if not visible.any():\n                continue"
WIDE = "wide = torch.promote_types(query.dtype, torch.float32)"
SHARED = "key[:, :, None], value[:, :, None]"
MASK = '.masked_fill(~visible[..., None, None, :, :], float("-inf"))'
ROWS, COLUMNS = "tiles(query.size(-2), block_q)", "tiles(key.size(-2), block_k)"
MERGE = "maximum, total, sums = merge_tile(maximum, total, sums, scores, value[..., columns, :].to(wide))"

MAXIMUM_ZERO = (
    "Your maximum is zero for a query that has seen nothing yet, as if a score of zero had come by. Scores far below "
    "it never become the maximum: all their exponentials vanish, and so does the sum that is divided by."
)
TILE_SOFTMAX = (
    "You take a softmax over each tile by itself, so that the weights of every single tile sum to one. A tile of keys "
    "that fit badly then counts far too much beside one of keys that fit well."
)
DIVIDED_ON_THE_WAY = (
    "You divide the sums by the total after every tile, and then add to what has been divided. Earlier values come out "
    "too small beside later ones: only when all keys have come by is the total known."
)
HIDDEN_ZERO = (
    "Hidden keys get a score of zero in your code, and zero is an ordinary score. Its exponential is a weight like any "
    "other, so that what must not be seen takes part all the same."
)
ALL_SCORES = (
    "Somewhere in your code all scores of a head are in memory at once. Their number grows with the square of the "
    "length: that is what long texts run out of memory for, and what tiles are there to avoid."
)
LONG_TILES = (
    "Your tiles are cut along one axis only and are as long as the text along the other. Their memory grows with the "
    "text, and there is hardly one in which nothing is visible, so that none can be skipped."
)
WHOLE_MASK = (
    "You make the mask of all queries and all keys, anew for every tile, and cut a piece out of it. It has an entry "
    "for every pair of tokens, and costs the memory and the time that tiles are there to save."
)
EMPTY_TILES_COMPUTED = (
    "You compute tiles in which no query sees any key. The result is right, but half of all tiles lie in the future "
    "and most of them behind a window, so that a large part of the work is for nothing."
)
SKIPPED_BY_PLACE = (
    "Whether you skip a tile depends on its place in the tensors, not on what is visible in it. With a cache, or with "
    "blocks of unequal size, you then skip tiles in which there is something to see."
)
PAST_SKIPPED = (
    "You skip the tiles of keys that stand before the queries, and work through those that come after them. The past "
    "is what a token may look at, and most of it is missing from your sums."
)
ROW_ENDED = (
    "You end the loop over the keys at the first tile in which nothing is visible, where only this one should be "
    "skipped. With a window, hidden tiles come before visible ones, which are then never looked at."
)
LAST_TILE_DROPPED = (
    "You go through full blocks only, and what is left over at the end of the queries or the keys never gets its turn. "
    "Few lengths are a multiple of a block, and the last tokens are those that generation goes on from."
)
WINDOW_IGNORED = (
    "You leave the window out of account, so that every query sees all keys before it. A model that was trained with a "
    "window has never looked that far back, and no tile behind the window is skipped."
)
WINDOW_WIDE = (
    "Your window reaches one key too far back. A window counts the token itself as one of its keys; a cache that keeps "
    "no more than a window would have dropped the key that you still expect."
)
POSITIONS_COUNTED = (
    "You count the positions off by yourself, where they are handed in. In a rolling cache the keys stand in any "
    "order, slots may hold nothing, and every sequence may be somewhere else in its text."
)
FIRST_POSITIONS = (
    "You use the positions of the first sequence for the whole batch. With a cache, sequences may have different "
    "lengths, and all but the first then see keys that they must not, or miss some of their own."
)
NO_MASK = (
    "Your mask has no effect on the scores: you leave it out, or make the masked scores and do not keep them. In every "
    "tile that is not skipped, queries then see all keys, those of the future too."
)
MASKS_ON_HEADS = (
    "Where every sequence has positions of its own, you lay their masks along the axis of the heads. This fails, or, "
    "with as many sequences as heads that share keys, a head gets the mask of some sequence."
)
HEADS_ORDER = (
    "You lay out the heads so that neighbouring query heads read different key/value heads. Neighbours are meant to "
    "share one: every weight that was trained that way meets the wrong keys and values."
)

MISTAKES = {
    "flash.merge_tile": {
        "scores far below zero not thought of": Kind(
            "You take off no less than some number that looked low enough. Where all scores lie below it, every "
            "exponential is zero, and the attention becomes zero divided by zero.",
            {
                "the maximum kept above a bound": (
                    'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
                    "new_maximum.clamp(min=-1e4)",
                )
            },
        ),
        "not the greatest of all scores seen": Kind(
            "The number that you take off is not the greatest score among all that were seen so far. Exponentials can "
            "then overflow or all vanish, and the next tile is handed a wrong maximum.",
            {
                "no maximum taken off": (MAXIMUM, "new_maximum = torch.zeros_like(maximum)"),
                "the old maximum kept": (MAXIMUM, "new_maximum = maximum"),
                "the maximum of this tile only": (MAXIMUM, "new_maximum = scores.amax(dim=-1, keepdim=True)"),
                "the smaller maximum": ("torch.maximum(", "torch.minimum("),
            },
        ),
        "maximum across the queries": Kind(
            "You take the maximum across the queries, not for every query by itself. Where one query has high scores, "
            "those of another may lie so far below that all its exponentials vanish.",
            {
                "the maximum over the queries": ("amax(dim=-1", "amax(dim=-2"),
                "one maximum for all queries": ("scores.amax(dim=-1, keepdim=True)", "scores.amax()"),
            },
        ),
        "maximum of the sizes": Kind(
            "You look for the greatest size, so that a very negative score counts as a very great one. All "
            "exponentials may then vanish, and the minus infinity of a hidden key becomes an infinite maximum.",
            {"the maximum of sizes": ("scores.amax(", "scores.abs().amax(")},
        ),
        "minus infinity less itself": Kind(
            "Where a query has seen nothing at all, its maximum is minus infinity, and your code takes that off "
            "itself. The result is not a number, and everything that is added to it later becomes one of those too.",
            {
                "queries that see nothing not thought of": (
                    'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
                    "new_maximum",
                ),
                "no number repaired too late": (
                    'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
                    "new_maximum\n    scores = scores.nan_to_num()",
                ),
            },
        ),
        "nothing taken off the first scores": Kind(
            "For a query that had seen nothing before, you take nothing off, even if this tile brings its first "
            "scores. Their exponentials may overflow, and the sums do not belong to the maximum that you hand on.",
            {
                "only queries that have seen nothing before thought of": (
                    "correction = torch.exp(maximum - reference)",
                    "reference = new_maximum.masked_fill(maximum.isneginf(), 0.0)\n"
                    "    correction = torch.exp(maximum - reference)",
                )
            },
        ),
        "a maximum of zero where nothing was seen": Kind(
            MAXIMUM_ZERO, {"a maximum of zero where nothing was seen": ("return new_maximum,", "return reference,")}
        ),
        "hidden keys with a score of zero": Kind(
            HIDDEN_ZERO,
            {
                "hidden keys count as a score of zero": (
                    "weights = torch.exp(scores - reference)",
                    "weights = torch.exp(scores.nan_to_num(neginf=0.0) - reference)",
                )
            },
        ),
        "old sums enlarged": Kind(
            "You bring an old sum to the new maximum the wrong way round, so that it grows where it has to shrink. It "
            "may become infinite, and with the very first tile it becomes not-a-number.",
            {
                "the correction upside down": ("torch.exp(maximum - reference)", "torch.exp(reference - maximum)"),
                "the total divided by the correction": ("total * correction", "total / correction"),
            },
        ),
        "another correction": Kind(
            "You carry the old sums over with a factor that does not follow the exponentials as the maximum grows. "
            "Keys that were seen before then count for more, or for less, than those of this tile.",
            {
                "the correction a difference": ("torch.exp(maximum - reference)", "maximum - reference"),
                "the correction without its exponential's sign": (
                    "torch.exp(maximum - reference)",
                    "torch.exp(-(maximum - reference).abs() / 2)",
                ),
            },
        ),
        "old sums not corrected": Kind(
            "You leave what was summed against the old maximum as it is, in one of the sums or in both. Whenever a "
            "tile brings a greater score, keys that were seen before count too much in it.",
            {
                "the maximum brought up to date before the correction": (
                    "correction = torch.exp(maximum",
                    "maximum = new_maximum\n    correction = torch.exp(maximum",
                ),
                "the total not corrected": ("total = total * correction", "total = total"),
                "the sum of values not corrected": ("out * correction +", "out +"),
            },
        ),
        "new keys corrected too": Kind(
            "You apply the correction to the keys of this tile as well. They are measured against the new maximum "
            "already, so that a tile with a greater score counts too little, and the very first one not at all.",
            {
                "the new keys corrected too": (
                    "total = total * correction + weights.sum(dim=-1, keepdim=True)",
                    "weights = weights * correction\n"
                    "    total = total * correction + weights.sum(dim=-1, keepdim=True)",
                ),
                "everything corrected together": (
                    "out * correction + weights @ value",
                    "(out + weights @ value) * correction",
                ),
            },
        ),
        "new weights on another scale": Kind(
            "You take the exponentials of the new scores against another number than the one that the old sums are "
            "brought to. The two are then added on different scales, and old keys and new ones cannot be compared.",
            {
                "new weights against the old maximum": ("torch.exp(scores - reference)", "torch.exp(scores - maximum)"),
                "new weights against nothing": ("torch.exp(scores - reference)", "torch.exp(scores)"),
                "new weights against the maximum of their tile": (
                    "torch.exp(scores - reference)",
                    "torch.exp(scores - scores.amax(dim=-1, keepdim=True).clamp(min=-1e30))",
                ),
            },
        ),
        "a softmax of each tile": Kind(
            TILE_SOFTMAX,
            {"a softmax of each tile": ("torch.exp(scores - reference)", "(scores - reference).softmax(dim=-1)")},
        ),
        "powers of two": Kind(
            "You weight the new keys by powers of two, while softmax and your correction go by powers of e. "
            "Differences between scores then count for less than they should.",
            {"powers of two": ("torch.exp(scores - reference)", "torch.exp2(scores - reference)")},
        ),
        "divided on the way": Kind(
            DIVIDED_ON_THE_WAY,
            {
                "divided on the way": (
                    "return new_maximum, total, out * correction + weights @ value",
                    "return new_maximum, total, (out * correction + weights @ value) / total",
                )
            },
        ),
        "old sums forgotten": Kind(
            "One of your two sums starts anew with every tile. The values and the total of their weights then speak "
            "of different keys, and dividing one by the other gives no mean.",
            {
                "what was seen before forgotten": ("out * correction + weights @ value", "weights @ value"),
                "the old total forgotten": ("total * correction + weights", "weights"),
            },
        ),
        "total is no sum of weights": Kind(
            "What you add to the total is not the sum of the new weights, but how many there are, or a mean. Dividing "
            "by it later gives no weighted mean of the values.",
            {
                "the total of sizes, not of weights": ("weights.sum(dim=-1", "(weights > 0).to(weights).sum(dim=-1"),
                "the total a mean": ("weights.sum(", "weights.mean("),
            },
        ),
        "summed over the queries": Kind(
            "You sum the weights over the queries, where each query needs the sum over its own keys. The total gets "
            "another shape, and mixes queries that have nothing to do with each other.",
            {"summed over the queries": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-2, keepdim=True)")},
        ),
        "axis lost": Kind(
            "Your sum of the weights drops the axis that it was taken over. What is left is lined up with another "
            "axis of the total, or with none.",
            {"summed without keeping the axis": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-1)")},
        ),
        "values not weighted": Kind(
            "You add the values up without their weights. Every key then counts the same, however well it fits, and "
            "hidden ones count too.",
            {"values not weighted": ("weights @ value", "value.sum(dim=-2, keepdim=True)")},
        ),
        "weights turned round": Kind(
            "You turn the weights over before they meet the values. Their columns, not their rows, stand for the "
            "keys, so that the product fails, or gives each query the weights of a key.",
            {"weights the wrong way round": ("weights @ value", "weights.mT @ value")},
        ),
        "old maximum returned": Kind(
            "You hand back the maximum from before this tile, while your sums are measured against the new one. The "
            "next tile corrects them a second time, by a step that was already made.",
            {"the old maximum returned": ("return new_maximum,", "return maximum,")},
        ),
        "returned in another order": Kind(
            "You hand back the three results in another order than is asked for. Whoever calls takes the total for "
            "the maximum, and every later tile is computed against it.",
            {"returned in another order": ("return new_maximum, total,", "return total, new_maximum,")},
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "total changed in place": ("total = total * correction", "total = total.mul_(correction)"),
                "out changed in place": ("out * correction +", "out.mul_(correction) +"),
                "the new maximum written into the old": (
                    "total = total * correction",
                    "maximum.copy_(new_maximum)\n    total = total * correction",
                ),
            },
        ),
        "negative maximum not taken off": Kind(
            "You take off no less than zero, but hand on a maximum that may lie below it. Where all scores so far "
            "are negative, the sums and the maximum no longer belong together, and the next tile corrects by the "
            "wrong step.",
            {
                "zero taken off where the maximum is negative": (
                    'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
                    "new_maximum.clamp(min=0)",
                )
            },
        ),
        "a maximum of at least zero": Kind(
            "Your maximum never falls below zero, as if a score of zero had come by. Where all scores are far below "
            "it, all exponentials vanish, and so does the sum that is divided by.",
            {
                "a maximum of at least zero": (
                    "torch.maximum(maximum, scores.amax(dim=-1, keepdim=True))",
                    "torch.maximum(maximum, scores.amax(dim=-1, keepdim=True)).clamp(min=0)",
                )
            },
        ),
    },
    "flash.tiled_forward": {
        "all scores in memory": Kind(
            ALL_SCORES,
            {
                "no tiles: all scores at once": (WIDE, f"{WIDE}\n    block_q, block_k = query.size(-2), key.size(-2)"),
                "all scores first, cut into tiles afterwards": (
                    "scores = q @ key[..., columns, :].to(wide).mT",
                    "scores = (query.to(wide) @ key.to(wide).mT)[..., rows, columns] * scale",
                ),
                "a softmax over all scores, besides": (
                    WIDE,
                    f"{WIDE}\n    _ = (query @ key.repeat_interleave(query.size(1) // key.size(1), 1).mT).softmax(-1)",
                ),
            },
        ),
        "tiles as long as the text": Kind(
            LONG_TILES,
            {
                "all keys for a block of queries": (WIDE, f"{WIDE}\n    block_k = key.size(-2)"),
                "all queries for a block of keys": (WIDE, f"{WIDE}\n    block_q = query.size(-2)"),
            },
        ),
        "a mask of the whole square": Kind(
            WHOLE_MASK,
            {
                "a mask of the whole square": (
                    VISIBLE,
                    "visible = visible_keys(query_position, key_position, window)[..., rows, columns]",
                )
            },
        ),
        "empty tiles computed": Kind(
            EMPTY_TILES_COMPUTED,
            {
                "nothing skipped": (SKIP, "pass"),
                "the future skipped, but not what lies behind the window": (
                    SKIP,
                    "if not visible_keys(query_position[..., rows], key_position[..., columns]).any():\n"
                    "                continue",
                ),
                "what lies behind the window skipped, but not the future": (
                    SKIP,
                    "if window and (key_position[..., columns].max() <= query_position[..., rows].min() - window):\n"
                    "                continue",
                ),
            },
        ),
        "tiles skipped that are partly visible": Kind(
            "You skip a tile as soon as some of it is hidden, or all of it from its first query, though other pairs "
            "in it are visible. Their keys are missing from the result, the tokens themselves often among them.",
            {
                "tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()"),
                "tiles skipped by the first query": (
                    SKIP,
                    "if not visible[..., 0, :].any():\n                continue",
                ),
            },
        ),
        "tiles skipped by their place": Kind(
            SKIPPED_BY_PLACE,
            {
                "tiles skipped by their number": (SKIP, "if columns.start > rows.start:\n                continue"),
                "tiles skipped by where they end": (SKIP, "if columns.stop > rows.stop:\n                continue"),
                "tiles skipped by index, not by position": (
                    SKIP,
                    "if columns.start >= rows.stop:\n                continue",
                ),
                "future tiles skipped by index, empty ones too": (
                    "if not visible.any():",
                    "if columns.start >= rows.stop or not visible.any():",
                ),
            },
        ),
        "the past skipped": Kind(
            PAST_SKIPPED, {"the past skipped": (SKIP, "if columns.stop <= rows.start:\n                continue")}
        ),
        "row ended at the first hidden tile": Kind(
            ROW_ENDED, {"the first hidden tile ends the row": (SKIP, "if not visible.any():\n                break")}
        ),
        "last tile dropped": Kind(
            LAST_TILE_DROPPED,
            {
                "the last tile of keys dropped": (COLUMNS, "tiles(key.size(-2) // block_k * block_k, block_k)"),
                "the last tile of queries dropped": (ROWS, "tiles(query.size(-2) // block_q * block_q, block_q)"),
            },
        ),
        "first tile of keys dropped": Kind(
            "You begin with the second tile of keys. Nobody sees how the text begins, and the first queries, which "
            "could see nothing else, divide zero by zero.",
            {"the first tile of keys dropped": (COLUMNS, "tuple(tiles(key.size(-2), block_k))[1:]")},
        ),
        "as many keys as queries": Kind(
            "You count off the keys by the number of queries. With a cache there are more keys than queries, and the "
            "newest of them are never looked at.",
            {"as many keys as queries": (COLUMNS, "tiles(query.size(-2), block_k)")},
        ),
        "window ignored": Kind(
            WINDOW_IGNORED,
            {"the window ignored": ("key_position[..., columns], window)", "key_position[..., columns])")},
        ),
        "window too wide": Kind(
            WINDOW_WIDE,
            {
                "the window one too wide": (
                    "key_position[..., columns], window)",
                    "key_position[..., columns], window and window + 1)",
                )
            },
        ),
        "window too narrow": Kind(
            "Your window ends one key too early. A window counts as many keys as it says, the token itself among "
            "them; the farthest of them is out of sight, though the model was trained to look at it.",
            {
                "the window one too narrow": (
                    "key_position[..., columns], window)",
                    "key_position[..., columns], window and max(window - 1, 1))",
                )
            },
        ),
        "a token does not see itself": Kind(
            "You hide every token from itself. What it says is then missing from what it gathers, and the first "
            "token, which has nothing else to look at, divides zero by zero.",
            {
                "a token does not see itself": (
                    VISIBLE,
                    f"{VISIBLE}\n"
                    "            visible = visible & (query_position[..., rows, None] "
                    "!= key_position[..., None, columns])",
                )
            },
        ),
        "positions counted off": Kind(
            POSITIONS_COUNTED,
            {
                "positions counted from zero": (
                    "visible_keys(query_position[..., rows], key_position[..., columns], window)",
                    "visible_keys(torch.arange(rows.start, rows.stop), "
                    "torch.arange(columns.start, columns.stop), window)",
                ),
                "the last query aligned with the last key": (
                    "visible_keys(query_position[..., rows], key_position[..., columns], window)",
                    "visible_keys(torch.arange(rows.start, rows.stop) + key.size(-2) - query.size(-2),"
                    " torch.arange(columns.start, columns.stop), window)",
                ),
            },
        ),
        "positions of the first sequence for all": Kind(
            FIRST_POSITIONS,
            {
                "the first sequence's positions for all": (
                    "visible_keys(query_position[..., rows], key_position[..., columns], window)",
                    "visible_keys(query_position.view(-1, query.size(-2))[0, rows],"
                    " key_position.view(-1, key.size(-2))[0, columns], window)",
                )
            },
        ),
        "mask without effect": Kind(
            NO_MASK,
            {
                "the mask forgotten": (f"scores = scores{MASK}", "pass"),
                "the mask not assigned": ("scores = scores.masked_fill", "scores.masked_fill"),
            },
        ),
        "mask the wrong way round": Kind(
            "Your mask hides what may be seen and shows what has to stay hidden. In a tile that lies wholly in the "
            "past nothing is left, and in the others tokens see what comes after them.",
            {"the mask turned round": ("masked_fill(~visible", "masked_fill(visible")},
        ),
        "hidden keys with a score of zero": Kind(
            HIDDEN_ZERO, {"hidden scores of zero": ('float("-inf"))\n            maximum', "0.0)\n            maximum")}
        ),
        "masks of sequences on the heads": Kind(
            MASKS_ON_HEADS, {"sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible")}
        ),
        "scale forgotten": Kind(
            "Your scores are the bare products of queries and keys. These grow with the size of a head, so that the "
            "softmax gives nearly everything to one key, and the other backends give another result.",
            {"the scale forgotten": (".to(wide) * scale", ".to(wide)")},
        ),
        "not scaled once": Kind(
            "The scale goes into your scores twice, or upside down. They come out too small or too large, so that "
            "attention is flatter or sharper than the model has learned it.",
            {
                "the scale twice": (
                    "scores = q @ key[..., columns, :].to(wide).mT",
                    "scores = q @ key[..., columns, :].to(wide).mT * scale",
                ),
                "divided by the scale": (".to(wide) * scale", ".to(wide) / scale"),
            },
        ),
        "a scale of your own": Kind(
            "You make up a scale from the size of a head, where one is handed in. A model may have chosen another, "
            "and all its scores would come out with the wrong size.",
            {"the scale from the size of a head": (".to(wide) * scale", ".to(wide) * query.size(-1) ** -0.5")},
        ),
        "changed in place": Kind(IN_PLACE, {"queries scaled in place": (".to(wide) * scale", ".to(wide).mul_(scale)")}),
        "too narrow": Kind(
            TOO_NARROW,
            {
                "scaled before it was widened": (
                    "query[..., rows, :].to(wide) * scale",
                    "(query[..., rows, :] * scale).to(wide)",
                ),
                "scores in the dtype of the queries": (
                    "scores = q @ key[..., columns, :].to(wide).mT",
                    "scores = (q.to(key.dtype) @ key[..., columns, :].mT).to(wide)",
                ),
            },
        ),
        "float32 always": Kind(
            "You compute in float32 even where the inputs have more digits than that. Float64 is what one checks "
            "attention and its gradients with, and all its further digits are lost on the way.",
            {"float32 always": (WIDE, "wide = torch.float32")},
        ),
        "heads in the wrong order": Kind(
            HEADS_ORDER,
            {
                "key/value heads repeated in the wrong order": (
                    SHARED,
                    "*(x.repeat(1, query.size(1) // x.size(1), 1, 1).unflatten(1, (x.size(1), -1)) "
                    "for x in (key, value))",
                )
            },
        ),
        "first head for all": Kind(
            "All your query heads read the first key/value head. The others are never looked at, so that what they "
            "have learned to say is lost.",
            {"the first key/value head for all": (SHARED, "key[:, :1, None], value[:, :1, None]")},
        ),
        "values of another head": Kind(
            "You pair the keys of one head with the values of another. A query head finds its tokens with the one and "
            "reads what they say from the other, as it has never learned to.",
            {"values of the wrong head": (SHARED, "key[:, :, None], value.roll(1, 1)[:, :, None]")},
        ),
        "values of the first tile for all": Kind(
            "You take the values of the first tile for every tile of keys. The weights are found with the right "
            "tokens, but it is always the beginning of the text that is handed on.",
            {
                "values of the first tile for all": (
                    "value[..., columns, :].to(wide))",
                    "value[..., : columns.stop - columns.start, :].to(wide))",
                )
            },
        ),
        "keys for values": Kind(
            "You take the weighted mean of the keys. A key says what a token is found by and a value what it hands "
            "on: here the values play no part at all.",
            {"keys for values": ("sums, scores, value[..., columns, :]", "sums, scores, key[..., columns, :]")},
        ),
        "earlier tiles lost": Kind(
            "Every tile is merged as if nothing had been seen before: the sums start anew, or the maximum that "
            "belongs to them is not kept. Of all the keys, only those of the last tile count.",
            {
                "only the last tile counts": (
                    "merge_tile(maximum, total, sums,",
                    'merge_tile(torch.full_like(maximum, float("-inf")), 0 * total, 0 * sums,',
                ),
                "the maximum not kept": (MERGE, MERGE.replace("maximum, total, sums =", "_, total, sums =")),
            },
        ),
        "mean of the tiles' means": Kind(
            TILE_SOFTMAX,
            {
                "the mean of the tiles' means": (
                    MERGE,
                    "share = scores.softmax(dim=-1).nan_to_num() @ value[..., columns, :].to(wide)\n"
                    "            maximum, total, sums = torch.zeros_like(maximum), total + 1, sums + share",
                )
            },
        ),
        "divided after every tile": Kind(
            DIVIDED_ON_THE_WAY,
            {"divided after every tile": (MERGE, f"{MERGE}\n            sums = sums / total.clamp(min=1e-30)")},
        ),
        "a maximum of zero at first": Kind(
            MAXIMUM_ZERO,
            {
                "a maximum of zero at first": (
                    'torch.full_like(q[..., :1], float("-inf"))',
                    "torch.zeros_like(q[..., :1])",
                )
            },
        ),
        "not divided by the total": Kind(
            "At the end you do not divide the sums of the values by the total of their weights. What comes out is no "
            "mean: its size depends on how well the keys fit.",
            {
                "not divided at the end": ("(sums / total)", "sums"),
                "divided by the number of keys": ("(sums / total)", "(sums / key.size(-2))"),
                "divided by the exponential of the maximum": ("(sums / total)", "(sums / maximum.exp())"),
            },
        ),
        "maximum not put back in the logsumexp": Kind(
            "The maximum was taken off every score, and your logsumexp leaves it out, or takes it off once more. The "
            "weights that the backward pass makes from it come out too large or too small.",
            {
                "logsumexp without the maximum": ("(maximum + total.log())", "total.log()"),
                "logsumexp with the maximum taken off": ("(maximum + total.log())", "(total.log() - maximum)"),
            },
        ),
        "total wrong or missing in the logsumexp": Kind(
            "The total of the weights is missing from your logsumexp, or stands in it with no logarithm or that of "
            "another base. The weights that the backward pass makes from it no longer sum to one.",
            {
                "logsumexp without the logarithm": ("(maximum + total.log())", "(maximum + total)"),
                "the maximum for logsumexp": ("(maximum + total.log())", "maximum"),
                "logsumexp to base two": ("total.log())", "total.log2())"),
            },
        ),
        "logsumexp of unscaled scores": Kind(
            "You take the scale out of the maximum before it goes into the logsumexp. The backward pass sets it "
            "against scaled scores, and the weights that it makes no longer sum to one.",
            {"logsumexp of unscaled scores": ("(maximum + total.log())", "(maximum / scale + total.log())")},
        ),
        "logsumexp too narrow": Kind(
            "Your logsumexp has the dtype of the queries. In bfloat16 it has two or three digits, and the backward "
            "pass takes exponentials of it, in which such an error is much larger.",
            {
                "logsumexp in the dtype of the queries": ("query.shape[:-1], dtype=wide)", "query.shape[:-1])"),
                "everything in the dtype of the queries": (WIDE, "wide = query.dtype"),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "out in float32": (
                    "out = query.new_empty(*query.shape[:-1], value.size(-1))",
                    "out = query.new_empty(*query.shape[:-1], value.size(-1), dtype=wide)",
                )
            },
        ),
        "result as wide as the queries": Kind(
            "You make room for a result with as many channels as a query has. It is made of values, which may be "
            "larger or smaller, and then they do not fit in.",
            {"out as wide as the queries": ("value.size(-1))\n    logsumexp", "query.size(-1))\n    logsumexp")},
        ),
        "heads not put back": Kind(
            "Your query heads do not come back as they came in: they stay apart in groups, or stand in another order. "
            "The layer that reads the result expects every head at its place.",
            {
                "the heads not put side by side again": (
                    "return out.flatten(1, 2), logsumexp.flatten(1, 2)",
                    "return out, logsumexp",
                ),
                "heads come back in another order": (
                    "return out.flatten(1, 2),",
                    "return out.transpose(1, 2).flatten(1, 2),",
                ),
            },
        ),
    },
    "flash.tiled_backward": {
        "all scores in memory": Kind(
            ALL_SCORES,
            {
                "no tiles: all scores at once": (WIDE, f"{WIDE}\n    block_q, block_k = query.size(-2), key.size(-2)"),
                "all weights first, cut into tiles afterwards": (
                    "scores = (q @ k.mT * scale)",
                    "scores = (query.to(wide) @ key.to(wide).mT * scale)[..., rows, columns]",
                ),
            },
        ),
        "tiles as long as the text": Kind(
            LONG_TILES,
            {
                "all keys for a block of queries": (WIDE, f"{WIDE}\n    block_k = key.size(-2)"),
                "all queries for a block of keys": (WIDE, f"{WIDE}\n    block_q = query.size(-2)"),
            },
        ),
        "a mask of the whole square": Kind(
            WHOLE_MASK,
            {
                "a mask of the whole square": (
                    VISIBLE,
                    "visible = visible_keys(query_position, key_position, window)[..., rows, columns]",
                )
            },
        ),
        "empty tiles computed": Kind(
            EMPTY_TILES_COMPUTED,
            {
                "nothing skipped": (SKIP, "pass"),
                "the future skipped, but not what lies behind the window": (
                    SKIP,
                    "if not visible_keys(query_position[..., rows], key_position[..., columns]).any():\n"
                    "                continue",
                ),
            },
        ),
        "tiles skipped that are partly visible": Kind(
            "You skip a tile as soon as some of it is hidden, though the rest is visible. Its gradients are missing "
            "then, those on the way from a token to itself among them.",
            {"tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()")},
        ),
        "tiles skipped by their place": Kind(
            SKIPPED_BY_PLACE,
            {
                "tiles skipped by their number": (SKIP, "if columns.start > rows.start:\n                continue"),
                "tiles skipped by index, not by position": (
                    SKIP,
                    "if columns.start >= rows.stop:\n                continue",
                ),
                "future tiles skipped by index, empty ones too": (
                    "if not visible.any():",
                    "if columns.start >= rows.stop or not visible.any():",
                ),
            },
        ),
        "the past skipped": Kind(
            PAST_SKIPPED, {"the past skipped": (SKIP, "if columns.stop <= rows.start:\n                continue")}
        ),
        "row ended at the first hidden tile": Kind(
            ROW_ENDED, {"the first hidden tile ends the row": (SKIP, "if not visible.any():\n                break")}
        ),
        "last tile dropped": Kind(
            LAST_TILE_DROPPED,
            {
                "the last tile of keys dropped": (COLUMNS, "tiles(key.size(-2) // block_k * block_k, block_k)"),
                "the last tile of queries dropped": (ROWS, "tiles(query.size(-2) // block_q * block_q, block_q)"),
            },
        ),
        "window ignored": Kind(
            WINDOW_IGNORED,
            {"the window ignored": ("key_position[..., columns], window)", "key_position[..., columns])")},
        ),
        "window too wide": Kind(
            WINDOW_WIDE,
            {
                "the window one too wide": (
                    "key_position[..., columns], window)",
                    "key_position[..., columns], window and window + 1)",
                )
            },
        ),
        "positions counted off": Kind(
            POSITIONS_COUNTED,
            {
                "positions counted from zero": (
                    "visible_keys(query_position[..., rows], key_position[..., columns], window)",
                    "visible_keys(torch.arange(rows.start, rows.stop), "
                    "torch.arange(columns.start, columns.stop), window)",
                )
            },
        ),
        "positions of the first sequence for all": Kind(
            FIRST_POSITIONS,
            {
                "the first sequence's positions for all": (
                    "visible_keys(query_position[..., rows], key_position[..., columns], window)",
                    "visible_keys(query_position.view(-1, query.size(-2))[0, rows],"
                    " key_position.view(-1, key.size(-2))[0, columns], window)",
                )
            },
        ),
        "mask without effect": Kind(NO_MASK, {"the mask forgotten": (f"(q @ k.mT * scale){MASK}", "q @ k.mT * scale")}),
        "hidden keys with a score of zero": Kind(
            HIDDEN_ZERO, {"hidden scores of zero": (MASK, ".masked_fill(~visible[..., None, None, :, :], 0.0)")}
        ),
        "masks of sequences on the heads": Kind(
            MASKS_ON_HEADS, {"sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible")}
        ),
        "weights without the scale": Kind(
            "You compute the weights again from scores without their scale. The logsumexp belongs to scaled scores, "
            "so that these are not the weights of the forward pass, and every gradient is wrong.",
            {"the weights without their scale": ("(q @ k.mT * scale)", "(q @ k.mT)")},
        ),
        "a softmax over each tile": Kind(
            TILE_SOFTMAX,
            {
                "a softmax over each tile": (
                    "torch.exp(scores - logsumexp[..., rows, :])",
                    "scores.softmax(dim=-1).nan_to_num()",
                )
            },
        ),
        "logsumexp left out or misused": Kind(
            "You leave the logsumexp out, or use it otherwise than as the logarithm of the sum that the weights are "
            "divided by. Each query's gradients then come out too large or too small, by a factor of its own.",
            {
                "weights not divided by their sum": ("scores - logsumexp[..., rows, :]", "scores"),
                "weights divided by the logsumexp": (
                    "torch.exp(scores - logsumexp[..., rows, :])",
                    "torch.exp(scores) / logsumexp[..., rows, :]",
                ),
                "logsumexp added": ("scores - logsumexp[", "scores + logsumexp["),
            },
        ),
        "logsumexp of the first queries for all": Kind(
            "You use the logsumexp of the first block of queries for every block. Only there do the weights come out "
            "as in the forward pass; for all later queries they do not sum to one.",
            {
                "the first queries' logsumexp for all": (
                    "logsumexp[..., rows, :]",
                    "logsumexp[..., : rows.stop - rows.start, :]",
                )
            },
        ),
        "delta not taken off": Kind(
            "You leave delta out, or take it off with the wrong sign. The weights of a query always sum to one, so "
            "that what one gains the others lose: without delta, all could be pushed up together.",
            {
                "delta forgotten": ("(d @ v.mT - delta[..., rows, :])", "(d @ v.mT)"),
                "delta added": ("d @ v.mT - delta[", "d @ v.mT + delta["),
            },
        ),
        "delta without the result": Kind(
            "You make delta without the result of the forward pass: from the gradient alone, or with the values. It "
            "has to say how much a query gains on average, and for that its result is needed.",
            {
                "delta from the gradient alone": ("out.to(wide)).sum(", "d_out.to(wide)).sum("),
                "delta from the values": ("out.to(wide)).sum(", "value.to(wide)).sum("),
            },
        ),
        "delta is not one sum for each query": Kind(
            "Your delta is a mean over the channels, or a sum over all tokens. Every query has a sum of its own; what "
            "is taken off its scores' gradients is now too little, or belongs to other queries too.",
            {
                "delta a mean": ("out.to(wide)).sum(", "out.to(wide)).mean("),
                "delta summed over the tokens": (
                    "out.to(wide)).sum(dim=-1, keepdim=True)",
                    "out.to(wide)).sum(dim=(-2, -1), keepdim=True).expand(*out.shape[:-1], 1)",
                ),
            },
        ),
        "delta taken off after the weights": Kind(
            "You take delta off only after the gradients have been multiplied by the weights. Every key then loses "
            "the same, however little weight it has, and even hidden keys get a gradient.",
            {
                "delta taken off after the weights": (
                    "weights * (d @ v.mT - delta[..., rows, :])",
                    "weights * (d @ v.mT) - delta[..., rows, :]",
                )
            },
        ),
        "weights forgotten on the way back": Kind(
            "On the way back through the softmax you do not multiply by the weights. Keys that hardly counted then "
            "get as much gradient as those that did, and even hidden ones get some.",
            {"the weights forgotten on the way back": ("d_scores = weights * ", "d_scores = ")},
        ),
        "gradient of a sigmoid": Kind(
            "You go back through the softmax as if every weight were a sigmoid of its own score. That the weights of "
            "a query compete is in delta already, and large ones now get too little gradient.",
            {"the weights of a sigmoid": ("d_scores = weights * ", "d_scores = weights * (1 - weights) * ")},
        ),
        "result for its gradient": Kind(
            "You put the result where its gradient belongs. What the loss would like to change is only in the "
            "gradient; the result itself says nothing about it.",
            {
                "the outputs for their gradient": ("(d @ v.mT", "(out[..., rows, :].to(wide) @ v.mT"),
                "dv from the outputs": ("(weights.mT @ d)", "(weights.mT @ out[..., rows, :].to(wide))"),
            },
        ),
        "gradient without the scale": Kind(
            "The scale is missing from the gradient to the queries, or to the keys. What multiplied the scores on the "
            "way there has to multiply their gradient on the way back, or the step is of the wrong size.",
            {
                "dq without the scale": ("d_scores @ k * scale", "d_scores @ k"),
                "dk without the scale": ("(d_scores.mT @ q * scale)", "(d_scores.mT @ q)"),
            },
        ),
        "the scale twice": Kind(
            "The scale goes in twice: into the gradient to the queries, that to the keys, or both. It comes out as if "
            "attention were less, or more, sensitive to them than it is, and training takes steps of the wrong size.",
            {
                "the scale twice": ("d_scores = weights * ", "d_scores = scale * weights * "),
                "the scale twice in dk": ("d_scores.mT @ q * scale", "d_scores.mT @ q * scale * scale"),
                "the scale twice in dq": ("d_scores @ k * scale", "d_scores @ k * scale * scale"),
                "queries scaled first, and dk scaled again": (
                    "q, d = query[..., rows, :].to(wide), d_out[..., rows, :].to(wide)",
                    "q, d = query[..., rows, :].to(wide) * scale, d_out[..., rows, :].to(wide)\n"
                    "        for columns in tiles(key.size(-2), block_k):\n"
                    f"            {VISIBLE}\n            {SKIP}\n"
                    "            k, v = key[..., columns, :].to(wide), value[..., columns, :].to(wide)\n"
                    '            scores = (q @ k.mT).masked_fill(~visible[..., None, None, :, :], float("-inf"))\n'
                    "            weights = torch.exp(scores - logsumexp[..., rows, :])\n"
                    "            d_scores = weights * (d @ v.mT - delta[..., rows, :])\n"
                    "            dq[..., rows, :] += d_scores @ k * scale\n"
                    "            dk[..., columns, :] += (d_scores.mT @ q * scale).sum(dim=2, keepdim=True)\n"
                    "            dv[..., columns, :] += (weights.mT @ d).sum(dim=2, keepdim=True)\n"
                    "        continue",
                ),
            },
        ),
        "values' gradient scaled": Kind(
            "You scale the gradient to the values. The scale belongs to the scores, which values have nothing to do "
            "with, so that values would learn too slowly or too fast.",
            {"dv with the scale": ("(weights.mT @ d)", "(weights.mT @ d * scale)")},
        ),
        "queries and keys mixed up in a gradient": Kind(
            "For the gradient to the queries, or to the keys, you multiply by these themselves. A score is a product "
            "of the two, and each gets its gradient through its partner.",
            {
                "dq from queries": ("+= d_scores @ k * scale", "+= d_scores @ q * scale"),
                "dk from keys": ("d_scores.mT @ q * scale", "d_scores.mT @ k * scale"),
            },
        ),
        "rows and columns not turned round": Kind(
            "For the gradient to the keys, or to the values, you leave rows and columns as they are. There it is the "
            "queries that have to be summed over; your product fails, or mixes up who looked at whom.",
            {
                "dk not turned round": ("(d_scores.mT @ q", "(d_scores @ q"),
                "dv not turned round": ("(weights.mT @ d)", "(weights @ d)"),
            },
        ),
        "dv through the scores' gradient": Kind(
            "You weight the values' gradient by the gradient of the scores. What a value has handed on is measured by "
            "the weights themselves, and its share of the gradient by the same.",
            {"dv from the gradient of the scores": ("(weights.mT @ d)", "(d_scores.mT @ d)")},
        ),
        "query heads of a group not summed": Kind(
            "You do not sum up what all query heads of a key/value head send back: you take the first, or a mean, or "
            "leave them apart. All of them have read it, and each has something to say about how it should change.",
            {
                "dk of the first query head only": (
                    "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
                    "(d_scores.mT @ q * scale)[:, :, :1]",
                ),
                "dv of the first query head only": (
                    "(weights.mT @ d).sum(dim=2, keepdim=True)",
                    "(weights.mT @ d)[:, :, :1]",
                ),
                "dk a mean over the query heads": ("(d_scores.mT @ q * scale).sum(", "(d_scores.mT @ q * scale).mean("),
                "dk not summed over the query heads": (
                    "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
                    "(d_scores.mT @ q * scale)",
                ),
            },
        ),
        "dv summed over key/value heads": Kind(
            "You sum the gradient to the values over all key/value heads, so that each gets that of all together. A "
            "head's values then learn from queries that have never read them.",
            {
                "dv summed over the key/value heads": (
                    "(weights.mT @ d).sum(dim=2, keepdim=True)",
                    "(weights.mT @ d).sum(dim=(1, 2), keepdim=True)",
                )
            },
        ),
        "gradients overwritten by every tile": Kind(
            "You write a tile's part of the gradient over what earlier tiles have put there. A token takes part in "
            "many tiles, and only what comes from the last of them is left.",
            {
                "dq of the last tile only": ("dq[..., rows, :] +=", "dq[..., rows, :] ="),
                "dk of the last tile only": ("dk[..., columns, :] +=", "dk[..., columns, :] ="),
                "dv of the last tile only": ("dv[..., columns, :] +=", "dv[..., columns, :] ="),
            },
        ),
        "dk at the queries' place": Kind(
            "You add the gradient to the keys at the places of the queries. It goes to other tokens than those it was "
            "computed for, or does not fit where the blocks have different sizes.",
            {"dk where the queries are": ("dk[..., columns, :]", "dk[..., rows, :]")},
        ),
        "too narrow": Kind(
            TOO_NARROW,
            {
                "summed up in the dtype of the queries": ("torch.zeros_like(x, dtype=wide)", "torch.zeros_like(x)"),
                "scores in the dtype of the queries": (
                    "(q @ k.mT * scale)",
                    "(query[..., rows, :] @ key[..., columns, :].mT * scale).to(wide)",
                ),
            },
        ),
        "another dtype than the logsumexp has": Kind(
            "You compute in a dtype of your own choice, which is not always the wider one of float32 and that of the "
            "inputs. The logsumexp comes in that wider one, and a product of two dtypes fails.",
            {
                "everything in the dtype of the queries": (WIDE, "wide = query.dtype"),
                "float32 always": (WIDE, "wide = torch.float32"),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "results in float32": (
                    "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
                    "return dq.flatten(1, 2), dk.flatten(1, 2), dv.flatten(1, 2)",
                )
            },
        ),
        "heads in the wrong order": Kind(
            HEADS_ORDER,
            {
                "key/value heads repeated in the wrong order": (
                    "query, out, d_out = (x.unflatten(1, (G, -1)) for x in (query, out, d_out))",
                    "query, out, d_out = (x.unflatten(1, (-1, G)).transpose(1, 2) for x in (query, out, d_out))",
                ),
                "queries alone in the wrong order": (
                    "query, out, d_out = (x.unflatten(1, (G, -1)) for x in (query, out, d_out))",
                    "out, d_out = (x.unflatten(1, (G, -1)) for x in (out, d_out))\n"
                    "    query = query.unflatten(1, (-1, G)).transpose(1, 2)",
                ),
            },
        ),
        "returned in another order": Kind(
            "You hand back the three gradients in another order than is asked for. Autograd gives each to the input "
            "at its place, so that it fails, or queries, keys or values learn from what was meant for another.",
            {
                "returned in another order": (
                    "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
                    "return dk.flatten(1, 2).to(dtype), dq.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
                ),
                "gradients of key and value swapped": (
                    "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
                    "return dq.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype)",
                ),
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "delta multiplies d_out in place": (
                    "(d_out.to(wide) * out.to(wide))",
                    "d_out.to(wide).mul_(out.to(wide))",
                )
            },
        ),
        "delta of one tile": Kind(
            "You sum delta over the keys of the tile at hand. It has to say how much a query gains over all of its "
            "keys, and with several tiles each is measured against an average of its own.",
            {"delta of the tile at hand": ("delta[..., rows, :]", "(weights * (d @ v.mT)).sum(dim=-1, keepdim=True)")},
        ),
        "gradients from other query heads": Kind(
            "You sum up what the query heads send back in other groups than those in which they read. Keys and "
            "values then learn from heads that have never looked at them, and not from all of those that have.",
            {
                "dk summed over the wrong heads": (
                    "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
                    "(d_scores.mT @ q * scale).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]",
                ),
                "dv summed over the wrong heads": (
                    "(weights.mT @ d).sum(dim=2, keepdim=True)",
                    "(weights.mT @ d).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]",
                ),
                "dk and dv summed over the wrong heads": (
                    "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)\n"
                    "            dv[..., columns, :] += (weights.mT @ d).sum(dim=2, keepdim=True)",
                    "(d_scores.mT @ q * scale).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]\n"
                    "            dv[..., columns, :] += "
                    "(weights.mT @ d).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]",
                ),
            },
        ),
    },
}
