"""What people write for attentions.backends.flash.tiled_backward, and why it matters."""

from scripts.course.attentions.backends.flash.explanations import (
    ALL_SCORES,
    EMPTY_TILES_COMPUTED,
    FIRST_POSITIONS,
    HEADS_ORDER,
    HIDDEN_ZERO,
    LAST_TILE_DROPPED,
    LONG_TILES,
    MASKS_ON_HEADS,
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
            "all weights first, cut into tiles afterwards": (
                "scores = (q @ k.mT * scale)",
                "scores = (query.to(wide) @ key.to(wide).mT * scale)[..., rows, columns]",
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
        },
    ),
    "tiles skipped that are partly visible": Kind(
        "You skip a tile as soon as some of it is hidden, though the rest is visible. Its gradients are "
        "missing then, those on the way from a token to itself among them.",
        {"tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()")},
    ),
    "tiles skipped by their place": Kind(
        SKIPPED_BY_PLACE,
        {
            "tiles skipped by their number": (
                "if not visible.any():\n                continue",
                "if columns.start > rows.start:\n                continue",
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
    "positions counted off": Kind(
        POSITIONS_COUNTED,
        {
            "positions counted from zero": (
                "attention_mask(query_position[..., rows], key_position[..., columns], window)",
                (
                    "attention_mask(torch.arange(rows.start, rows.stop), torch.arange(columns.start, columns.stop), "
                    "window)"
                ),
            )
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
                '(q @ k.mT * scale).masked_fill(~visible[..., None, None, :, :], float("-inf"))',
                "q @ k.mT * scale",
            )
        },
    ),
    "hidden keys with a score of zero": Kind(
        HIDDEN_ZERO,
        {
            "hidden scores of zero": (
                '.masked_fill(~visible[..., None, None, :, :], float("-inf"))',
                ".masked_fill(~visible[..., None, None, :, :], 0.0)",
            )
        },
    ),
    "masks of sequences on the heads": Kind(
        MASKS_ON_HEADS, {"sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible")}
    ),
    "weights without the scale": Kind(
        "You compute the weights again from scores without their scale. The logsumexp belongs to scaled "
        "scores, so that these are not the weights of the forward pass, and every gradient is wrong.",
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
        "You leave the logsumexp out, or use it otherwise than as the logarithm of the sum that the weights "
        "are divided by. Each query's gradients then come out too large or too small, by a factor of its own.",
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
        "You use the logsumexp of the first block of queries for every block. Only there do the weights come "
        "out as in the forward pass; for all later queries they do not sum to one.",
        {
            "the first queries' logsumexp for all": (
                "logsumexp[..., rows, :]",
                "logsumexp[..., : rows.stop - rows.start, :]",
            )
        },
    ),
    "delta not taken off": Kind(
        "You leave delta out, or its sign is wrong. The weights of a query always sum to one, so that what one "
        "gains the others lose: without delta, all could be pushed up together.",
        {
            "delta forgotten": ("(d @ v.mT - delta[..., rows, :])", "(d @ v.mT)"),
            "delta added": ("d @ v.mT - delta[", "d @ v.mT + delta["),
        },
    ),
    "delta without the result": Kind(
        "You make delta without the result of the forward pass: from the gradient alone, or with the values. "
        "It has to say how much a query gains on average, and for that its result is needed.",
        {
            "delta from the gradient alone": ("out.to(wide)).sum(", "d_out.to(wide)).sum("),
            "delta from the values": ("out.to(wide)).sum(", "value.to(wide)).sum("),
        },
    ),
    "delta is not one sum for each query": Kind(
        "Your delta is a mean over D, or a sum over all tokens. Every query has a sum of its own; what is "
        "subtracted from the gradients of its scores is now too little, or belongs to other queries too.",
        {
            "delta a mean": ("out.to(wide)).sum(", "out.to(wide)).mean("),
            "delta summed over the tokens": (
                "out.to(wide)).sum(dim=-1, keepdim=True)",
                "out.to(wide)).sum(dim=(-2, -1), keepdim=True).expand(*out.shape[:-1], 1)",
            ),
        },
    ),
    "delta taken off after the weights": Kind(
        "You subtract delta only after the gradients have been multiplied by the weights. Every key then loses "
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
        "You go back through the softmax as if every weight were a sigmoid of its own score. That the weights "
        "of a query compete is in delta already, and large ones now get too little gradient.",
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
        "The scale is missing from the gradient to the queries, or to the keys. What multiplied the scores on "
        "the way there has to multiply their gradient on the way back, or the step is of the wrong size.",
        {
            "dq without the scale": ("d_scores @ k * scale", "d_scores @ k"),
            "dk without the scale": ("(d_scores.mT @ q * scale)", "(d_scores.mT @ q)"),
        },
    ),
    "the scale twice": Kind(
        "The scale goes in twice: into the gradient to the queries, that to the keys, or both. It comes out as "
        "if attention were less, or more, sensitive to them than it is, and training takes steps of the wrong "
        "size.",
        {
            "the scale twice": ("d_scores = weights * ", "d_scores = scale * weights * "),
            "the scale twice in dk": ("d_scores.mT @ q * scale", "d_scores.mT @ q * scale * scale"),
            "the scale twice in dq": ("d_scores @ k * scale", "d_scores @ k * scale * scale"),
            "queries scaled first, and dk scaled again": (
                "q, d = query[..., rows, :].to(wide), d_out[..., rows, :].to(wide)",
                (
                    "q, d = query[..., rows, :].to(wide) * scale, d_out[..., rows, :].to(wide)\n"
                    "        for columns in tiles(key.size(-2), block_k):\n"
                    "            visible = attention_mask(query_position[..., rows], key_position[..., columns], window)\n"
                    "            if not visible.any():\n"
                    "                continue\n"
                    "            k, v = key[..., columns, :].to(wide), value[..., columns, :].to(wide)\n"
                    '            scores = (q @ k.mT).masked_fill(~visible[..., None, None, :, :], float("-inf"))\n'
                    "            weights = torch.exp(scores - logsumexp[..., rows, :])\n"
                    "            d_scores = weights * (d @ v.mT - delta[..., rows, :])\n"
                    "            dq[..., rows, :] += d_scores @ k * scale\n"
                    "            dk[..., columns, :] += (d_scores.mT @ q * scale).sum(dim=2, keepdim=True)\n"
                    "            dv[..., columns, :] += (weights.mT @ d).sum(dim=2, keepdim=True)\n"
                    "        continue"
                ),
            ),
        },
    ),
    "values' gradient scaled": Kind(
        "You scale the gradient to the values. The scale belongs to the scores, which values have nothing to "
        "do with, so that values would learn too slowly or too fast.",
        {"dv with the scale": ("(weights.mT @ d)", "(weights.mT @ d * scale)")},
    ),
    "queries and keys mixed up in a gradient": Kind(
        "For the gradient to the queries, or to the keys, you multiply by these themselves. A score is a "
        "product of the two, and each gets its gradient through its partner.",
        {
            "dq from queries": ("+= d_scores @ k * scale", "+= d_scores @ q * scale"),
            "dk from keys": ("d_scores.mT @ q * scale", "d_scores.mT @ k * scale"),
        },
    ),
    "rows and columns not turned round": Kind(
        "For the gradient of the keys, or of the values, you do not transpose. That sum runs over the queries, "
        "Tq, and the result has a row for each key; your product fails, or mixes up queries and keys.",
        {
            "dk not turned round": ("(d_scores.mT @ q", "(d_scores @ q"),
            "dv not turned round": ("(weights.mT @ d)", "(weights @ d)"),
        },
    ),
    "dv through the scores' gradient": Kind(
        "You weight the values' gradient by the gradient of the scores. The output is the mean of the values "
        "under the attention weights, so that their gradient is weighted by the attention weights as well.",
        {"dv from the gradient of the scores": ("(weights.mT @ d)", "(d_scores.mT @ d)")},
    ),
    "query heads of a group not summed": Kind(
        "You do not sum up what all query heads of a key/value head send back: you take the first, or a mean, "
        "or leave them apart. All of them have read it, and each has something to say about how it should "
        "change.",
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
            "both a mean over the query heads": (
                "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)\n"
                "            dv[..., columns, :] += (weights.mT @ d).sum(",
                "(d_scores.mT @ q * scale).mean(dim=2, keepdim=True)\n"
                "            dv[..., columns, :] += (weights.mT @ d).mean(",
            ),
            "dk not summed over the query heads": (
                "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
                "(d_scores.mT @ q * scale)",
            ),
        },
    ),
    "dv summed over key/value heads": Kind(
        "You sum the gradient to the values over all key/value heads, so that each gets that of all together. "
        "A head's values then learn from queries that have never read them.",
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
        "You add the gradient to the keys at the places of the queries. It goes to other tokens than those it "
        "was computed for, or does not fit where the blocks have different sizes.",
        {"dk where the queries are": ("dk[..., columns, :]", "dk[..., rows, :]")},
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "dq summed up in the dtype of the queries": (
                "dq[..., rows, :] += d_scores @ k * scale",
                "dq[..., rows, :] = (dq[..., rows, :] + d_scores @ k * scale).to(dtype)",
            ),
            "dk and dv summed up in the dtype of the queries": (
                "dq[..., rows, :] += d_scores @ k * scale",
                "dk, dv = dk.to(dtype), dv.to(dtype)\n            dq[..., rows, :] += d_scores @ k * scale",
            ),
            "summed up in the dtype of the queries": ("torch.zeros_like(x, dtype=wide)", "torch.zeros_like(x)"),
            "scores in the dtype of the queries": (
                "(q @ k.mT * scale)",
                "(query[..., rows, :] @ key[..., columns, :].mT * scale).to(wide)",
            ),
        },
    ),
    "another dtype than the logsumexp has": Kind(
        "You compute in a dtype of your own choice, which is not always the wider one of float32 and that of "
        "the inputs. The logsumexp comes in that wider one, and a product of two dtypes fails.",
        {
            "everything in the dtype of the queries": (
                "wide = torch.promote_types(query.dtype, torch.float32)",
                "wide = query.dtype",
            ),
            "float32 always": ("wide = torch.promote_types(query.dtype, torch.float32)", "wide = torch.float32"),
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
                (
                    "out, d_out = (x.unflatten(1, (G, -1)) for x in (out, d_out))\n"
                    "    query = query.unflatten(1, (-1, G)).transpose(1, 2)"
                ),
            ),
        },
    ),
    "returned in another order": Kind(
        "You return the three gradients in another order than is asked for. Autograd gives each to the input at "
        "its place, so that it fails, or queries, keys or values learn from what was meant for another.",
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
        {"delta multiplies d_out in place": ("(d_out.to(wide) * out.to(wide))", "d_out.to(wide).mul_(out.to(wide))")},
    ),
    "delta of one tile": Kind(
        "You sum delta over the keys of the current tile only. It is one sum for each query over all of its "
        "keys, and with several tiles each tile is measured against an average of its own.",
        {"delta of the tile at hand": ("delta[..., rows, :]", "(weights * (d @ v.mT)).sum(dim=-1, keepdim=True)")},
    ),
    "gradients from other query heads": Kind(
        "You sum the gradients of the query heads in other groups than those in which they read. Each key/value "
        "head along G then learns from query heads that never read it, and not from all of those that do.",
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
                (
                    "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)\n"
                    "            dv[..., columns, :] += (weights.mT @ d).sum(dim=2, keepdim=True)"
                ),
                (
                    "(d_scores.mT @ q * scale).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]\n"
                    "            dv[..., columns, :] += (weights.mT @ d).flatten(1, 2).unflatten(1, (-1, G)).sum(dim=1)[:, :, None]"
                ),
            ),
        },
    ),
}

WITHOUT = {"too narrow": "The kinds here say what is too narrow: scores, sums or gradients."}
