"""What people write for attentions.backends.flash.tiled_forward, and why it matters."""

from scripts.course.attentions.backends.flash.explanations import (
    ALL_SCORES,
    DIVIDED_ON_THE_WAY,
    EMPTY_TILES_COMPUTED,
    FIRST_POSITIONS,
    HEADS_ORDER,
    HIDDEN_ZERO,
    LAST_TILE_DROPPED,
    LONG_TILES,
    MASKS_ON_HEADS,
    MAXIMUM_ZERO,
    NO_MASK,
    PAST_SKIPPED,
    POSITIONS_COUNTED,
    ROW_ENDED,
    SKIPPED_BY_PLACE,
    TILE_SOFTMAX,
    WHOLE_MASK,
    WINDOW_IGNORED,
    WINDOW_WIDE,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import IN_PLACE, OTHER_DTYPE, TOO_NARROW

MISTAKES = {
    "all scores in memory": Kind(
        ALL_SCORES,
        {
            "no tiles: all scores at once": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                (
                    "wide = torch.promote_types(query.dtype, torch.float32)\n"
                    "    block_q, block_k = query.size(-2), key.size(-2)"
                ),
            ),
            "all scores first, cut into tiles afterwards": (
                "scores = q @ key[..., columns, :].to(wide).mT",
                "scores = (query.to(wide) @ key.to(wide).mT)[..., rows, columns] * scale",
            ),
            "a softmax over all scores, besides": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                (
                    "wide = torch.promote_types(query.dtype, torch.float32)\n"
                    "    _ = (query @ key.repeat_interleave(query.size(1) // key.size(1), 1).mT).softmax(-1)"
                ),
            ),
        },
    ),
    "tiles as long as the text": Kind(
        LONG_TILES,
        {
            "all keys for a block of queries": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                ("wide = torch.promote_types(query.dtype, torch.float32)\n    block_k = key.size(-2)"),
            ),
            "all queries for a block of keys": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                ("wide = torch.promote_types(query.dtype, torch.float32)\n    block_q = query.size(-2)"),
            ),
        },
    ),
    "a mask of the whole square": Kind(
        WHOLE_MASK,
        {
            "a mask of the whole square": (
                "visible = attention_mask(query_position[..., rows], key_position[..., columns], window)",
                "visible = attention_mask(query_position, key_position, window)[..., rows, columns]",
            )
        },
    ),
    "empty tiles computed": Kind(
        EMPTY_TILES_COMPUTED,
        {
            "nothing skipped": ("if not visible.any():\n                continue", "pass"),
            "the future skipped, but not what lies behind the window": (
                "if not visible.any():\n                continue",
                (
                    "if not attention_mask(query_position[..., rows], key_position[..., columns]).any():\n"
                    "                continue"
                ),
            ),
            "what lies behind the window skipped, but not the future": (
                "if not visible.any():\n                continue",
                (
                    "if window and (key_position[..., columns].max() <= query_position[..., rows].min() - window):\n"
                    "                continue"
                ),
            ),
        },
    ),
    "tiles skipped that are partly visible": Kind(
        "You skip a tile as soon as some of it is hidden, or all of it from its first query, though other "
        "pairs in it are visible. Their keys are missing from the result, the tokens themselves often among "
        "them.",
        {
            "tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()"),
            "tiles skipped by the first query": (
                "if not visible.any():\n                continue",
                "if not visible[..., 0, :].any():\n                continue",
            ),
        },
    ),
    "tiles skipped by their place": Kind(
        SKIPPED_BY_PLACE,
        {
            "tiles skipped by their number": (
                "if not visible.any():\n                continue",
                "if columns.start > rows.start:\n                continue",
            ),
            "tiles skipped by where they end": (
                "if not visible.any():\n                continue",
                "if columns.stop > rows.stop:\n                continue",
            ),
            "tiles skipped by index, not by position": (
                "if not visible.any():\n                continue",
                "if columns.start >= rows.stop:\n                continue",
            ),
            "future tiles skipped by index, empty ones too": (
                "if not visible.any():",
                "if columns.start >= rows.stop or not visible.any():",
            ),
        },
    ),
    "the past skipped": Kind(
        PAST_SKIPPED,
        {
            "the past skipped": (
                "if not visible.any():\n                continue",
                "if columns.stop <= rows.start:\n                continue",
            )
        },
    ),
    "row ended at the first hidden tile": Kind(
        ROW_ENDED,
        {
            "the first hidden tile ends the row": (
                "if not visible.any():\n                continue",
                "if not visible.any():\n                break",
            )
        },
    ),
    "last tile dropped": Kind(
        LAST_TILE_DROPPED,
        {
            "the last tile of keys dropped": (
                "tiles(key.size(-2), block_k)",
                "tiles(key.size(-2) // block_k * block_k, block_k)",
            ),
            "the last tile of queries dropped": (
                "tiles(query.size(-2), block_q)",
                "tiles(query.size(-2) // block_q * block_q, block_q)",
            ),
        },
    ),
    "first tile of keys dropped": Kind(
        "You begin with the second tile of keys. No query attends to the beginning of the text, and the first "
        "queries, which have no other visible keys, divide zero by zero.",
        {"the first tile of keys dropped": ("tiles(key.size(-2), block_k)", "tuple(tiles(key.size(-2), block_k))[1:]")},
    ),
    "as many keys as queries": Kind(
        "You count the tiles of keys by Tq instead of Tk. With a cache there are more keys than queries, and "
        "the newest of them are never reached.",
        {"as many keys as queries": ("tiles(key.size(-2), block_k)", "tiles(query.size(-2), block_k)")},
    ),
    "window ignored": Kind(
        WINDOW_IGNORED, {"the window ignored": ("key_position[..., columns], window)", "key_position[..., columns])")}
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
        "Your window ends one key too early. A window of W has W keys, the token itself among them; the "
        "farthest of them is hidden, though the model was trained to attend to it.",
        {
            "the window one too narrow": (
                "key_position[..., columns], window)",
                "key_position[..., columns], window and max(window - 1, 1))",
            )
        },
    ),
    "a token does not see itself": Kind(
        "You hide every token from itself. Its own value is then missing from the mean, and the first token, "
        "which has no other visible key, divides zero by zero.",
        {
            "a token does not see itself": (
                "visible = attention_mask(query_position[..., rows], key_position[..., columns], window)",
                (
                    "visible = attention_mask(query_position[..., rows], key_position[..., columns], window)\n"
                    "            visible = visible & (query_position[..., rows, None] != key_position[..., None, columns])"
                ),
            )
        },
    ),
    "positions counted off": Kind(
        POSITIONS_COUNTED,
        {
            "positions counted from zero": (
                "attention_mask(query_position[..., rows], key_position[..., columns], window)",
                (
                    "attention_mask(torch.arange(rows.start, rows.stop), torch.arange(columns.start, columns.stop), "
                    "window)"
                ),
            ),
            "the last query aligned with the last key": (
                "attention_mask(query_position[..., rows], key_position[..., columns], window)",
                (
                    "attention_mask(torch.arange(rows.start, rows.stop) + key.size(-2) - query.size(-2), "
                    "torch.arange(columns.start, columns.stop), window)"
                ),
            ),
        },
    ),
    "positions of the first sequence for all": Kind(
        FIRST_POSITIONS,
        {
            "the first sequence's positions for all": (
                "attention_mask(query_position[..., rows], key_position[..., columns], window)",
                (
                    "attention_mask(query_position.view(-1, query.size(-2))[0, rows], key_position.view(-1, "
                    "key.size(-2))[0, columns], window)"
                ),
            )
        },
    ),
    "mask without effect": Kind(
        NO_MASK,
        {
            "the mask forgotten": (
                'scores = scores.masked_fill(~visible[..., None, None, :, :], float("-inf"))',
                "pass",
            ),
            "the mask not assigned": ("scores = scores.masked_fill", "scores.masked_fill"),
        },
    ),
    "mask the wrong way round": Kind(
        "Your mask is inverted: it hides the visible keys and shows the hidden ones. In a tile that lies wholly "
        "in the past nothing is left, and in the others tokens attend to what comes after them.",
        {"the mask turned round": ("masked_fill(~visible", "masked_fill(visible")},
    ),
    "hidden keys with a score of zero": Kind(
        HIDDEN_ZERO, {"hidden scores of zero": ('float("-inf"))\n            m', "0.0)\n            m")}
    ),
    "masks of sequences on the heads": Kind(
        MASKS_ON_HEADS, {"sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible")}
    ),
    "scale forgotten": Kind(
        "Your scores are the bare products of queries and keys. These grow with the size of a head, so that "
        "the softmax gives nearly everything to one key, and the other backends give another result.",
        {"the scale forgotten": (".to(wide) * scale", ".to(wide)")},
    ),
    "not scaled once": Kind(
        "The scale goes into your scores twice, or inverted. They come out too small or too large, so that "
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
        "You make up a scale from the size of a head, where one is passed in. A model may have chosen another, "
        "and all its scores would come out with the wrong size.",
        {"the scale from the size of a head": (".to(wide) * scale", ".to(wide) * query.size(-1) ** -0.5")},
    ),
    "changed in place": Kind(IN_PLACE, {"queries scaled in place": (".to(wide) * scale", ".to(wide).mul_(scale)")}),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "sums in the dtype of the queries": (
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))",
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))\n            l, acc = l.to(out.dtype).to(wide), acc.to(out.dtype).to(wide)",
            ),
            "sum of the weights in the dtype of the queries": (
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))",
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))\n            l = l.to(out.dtype).to(wide)",
            ),
            "output in the dtype of the queries": (
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))",
                "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))\n            acc = acc.to(out.dtype).to(wide)",
            ),
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
        {"float32 always": ("wide = torch.promote_types(query.dtype, torch.float32)", "wide = torch.float32")},
    ),
    "heads in the wrong order": Kind(
        HEADS_ORDER,
        {
            "key/value heads repeated in the wrong order": (
                "key[:, :, None], value[:, :, None]",
                (
                    "*(x.repeat(1, query.size(1) // x.size(1), 1, 1).unflatten(1, (x.size(1), -1)) for x in (key, "
                    "value))"
                ),
            )
        },
    ),
    "first head for all": Kind(
        "All your query heads read the first key/value head. The others along G are never read, so that what "
        "they have learned is lost.",
        {
            "the first key/value head for all": (
                "key[:, :, None], value[:, :, None]",
                "key[:, :1, None], value[:, :1, None]",
            )
        },
    ),
    "values of another head": Kind(
        "You pair the keys of one head with the values of another. A query head then takes its weights from the "
        "keys of one head and applies them to the values of another, which it has not learned.",
        {
            "values of the wrong head": (
                "key[:, :, None], value[:, :, None]",
                "key[:, :, None], value.roll(1, 1)[:, :, None]",
            )
        },
    ),
    "values of the first tile for all": Kind(
        "You take the values of the first tile for every tile of keys. The weights belong to the right tokens, "
        "but it is always the values of the beginning of the text that are averaged.",
        {
            "values of the first tile for all": (
                "value[..., columns, :].to(wide))",
                "value[..., : columns.stop - columns.start, :].to(wide))",
            )
        },
    ),
    "keys for values": Kind(
        "You take the weighted mean of the keys. A query is matched against the keys, and the values are what "
        "the weights average: here the values play no part at all.",
        {"keys for values": ("acc, scores, value[..., columns, :]", "acc, scores, key[..., columns, :]")},
    ),
    "earlier tiles lost": Kind(
        "Every tile is merged as if it were the first one: the sums start anew, or the maximum that belongs to "
        "them is not kept. Of all the keys, only those of the last tile count.",
        {
            "only the last tile counts": (
                "online_softmax_update(m, l, acc,",
                'online_softmax_update(torch.full_like(m, float("-inf")), 0 * l, 0 * acc,',
            ),
            "the maximum not kept": (
                ("m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))"),
                "_, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))",
            ),
        },
    ),
    "mean of the tiles' means": Kind(
        TILE_SOFTMAX,
        {
            "the mean of the tiles' means": (
                ("m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))"),
                (
                    "share = scores.softmax(dim=-1).nan_to_num() @ value[..., columns, :].to(wide)\n"
                    "            m, l, acc = torch.zeros_like(m), l + 1, acc + share"
                ),
            )
        },
    ),
    "divided after every tile": Kind(
        DIVIDED_ON_THE_WAY,
        {
            "divided after every tile": (
                ("m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))"),
                (
                    "m, l, acc = online_softmax_update(m, l, acc, scores, value[..., columns, :].to(wide))\n"
                    "            acc = acc / l.clamp(min=1e-30)"
                ),
            )
        },
    ),
    "a maximum of zero at first": Kind(
        MAXIMUM_ZERO,
        {"a maximum of zero at first": ('torch.full_like(q[..., :1], float("-inf"))', "torch.zeros_like(q[..., :1])")},
    ),
    "not divided by the total": Kind(
        "At the end you do not divide the sums of the values by the total of their weights. What comes out is "
        "no mean: its size depends on how well the keys fit.",
        {
            "not divided at the end": ("(acc / l)", "acc"),
            "divided by the number of keys": ("(acc / l)", "(acc / key.size(-2))"),
            "divided by the exponential of the maximum": ("(acc / l)", "(acc / m.exp())"),
        },
    ),
    "maximum not put back in the logsumexp": Kind(
        "The maximum has been subtracted from every score, and your logsumexp does not add it back, or "
        "subtracts it once more. The weights that the backward pass makes from it come out too large or too "
        "small.",
        {
            "logsumexp without the maximum": ("(m + l.log())", "l.log()"),
            "logsumexp with the maximum taken off": ("(m + l.log())", "(l.log() - m)"),
        },
    ),
    "total wrong or missing in the logsumexp": Kind(
        "The total of the weights is missing from your logsumexp, or stands in it with no logarithm or that of "
        "another base. The weights that the backward pass makes from it no longer sum to one.",
        {
            "logsumexp without the logarithm": ("(m + l.log())", "(m + l)"),
            "the maximum for logsumexp": ("(m + l.log())", "m"),
            "logsumexp to base two": ("l.log())", "l.log2())"),
        },
    ),
    "logsumexp of unscaled scores": Kind(
        "You take the scale out of the maximum before it goes into the logsumexp. The backward pass sets it "
        "against scaled scores, and the weights that it makes no longer sum to one.",
        {"logsumexp of unscaled scores": ("(m + l.log())", "(m / scale + l.log())")},
    ),
    "logsumexp too narrow": Kind(
        "Your logsumexp has the dtype of the queries. In bfloat16 it has two or three digits, and the backward "
        "pass takes exponentials of it, in which such an error is much larger.",
        {
            "logsumexp in the dtype of the queries": ("query.shape[:-1], dtype=wide)", "query.shape[:-1])"),
            "everything in the dtype of the queries": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                "wide = query.dtype",
            ),
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
        "Your query heads do not come back as they came in: they stay apart in groups, or stand in another "
        "order. The layer that reads the result expects every head at its place.",
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
}

WITHOUT = {"too narrow": "The kinds here say what is too narrow: scores, sums or the logsumexp."}
