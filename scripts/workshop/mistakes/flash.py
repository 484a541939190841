"""Mistakes in flash.py."""

# Lines that several mistakes change.
MAXIMUM = "new_maximum = torch.maximum(maximum, scores.amax(dim=-1, keepdim=True))"
VISIBLE = "visible = visible_keys(query_position[..., rows], key_position[..., columns], window)"
SKIP = "if not visible.any():\n                continue"
WIDE = "wide = torch.promote_types(query.dtype, torch.float32)"
SHARED = "key[:, :, None], value[:, :, None]"
MASK = '.masked_fill(~visible[..., None, None, :, :], float("-inf"))'
ROWS, COLUMNS = "tiles(query.size(-2), block_q)", "tiles(key.size(-2), block_k)"
MERGE = "maximum, total, sums = merge_tile(maximum, total, sums, scores, value[..., columns, :].to(wide))"

MISTAKES = {
    "flash.merge_tile": {
        "no maximum taken off": (MAXIMUM, "new_maximum = torch.zeros_like(maximum)"),
        "the old maximum kept": (MAXIMUM, "new_maximum = maximum"),
        "the maximum of this tile only": (MAXIMUM, "new_maximum = scores.amax(dim=-1, keepdim=True)"),
        "the smaller maximum": ("torch.maximum(", "torch.minimum("),
        "the maximum over the queries": ("amax(dim=-1", "amax(dim=-2"),
        "one maximum for all queries": ("scores.amax(dim=-1, keepdim=True)", "scores.amax()"),
        "the maximum of sizes": ("scores.amax(", "scores.abs().amax("),
        "queries that see nothing not thought of": (
            'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
            "new_maximum",
        ),
        "only queries that have seen nothing before thought of": (
            "correction = torch.exp(maximum - reference)",
            "reference = new_maximum.masked_fill(maximum.isneginf(), 0.0)\n"
            "    correction = torch.exp(maximum - reference)",
        ),
        "a maximum of zero where nothing was seen": ("return new_maximum,", "return reference,"),
        "no number repaired too late": (
            'new_maximum.masked_fill(new_maximum == float("-inf"), 0.0)',
            "new_maximum\n    scores = scores.nan_to_num()",
        ),
        "hidden keys count as a score of zero": (
            "weights = torch.exp(scores - reference)",
            "weights = torch.exp(scores.nan_to_num(neginf=0.0) - reference)",
        ),
        "the correction upside down": ("torch.exp(maximum - reference)", "torch.exp(reference - maximum)"),
        "the correction a difference": ("torch.exp(maximum - reference)", "maximum - reference"),
        "the correction without its exponential's sign": (
            "torch.exp(maximum - reference)",
            "torch.exp(-(maximum - reference).abs() / 2)",
        ),
        "the maximum brought up to date before the correction": (
            "correction = torch.exp(maximum",
            "maximum = new_maximum\n    correction = torch.exp(maximum",
        ),
        "the total not corrected": ("total = total * correction", "total = total"),
        "the sum of values not corrected": ("out * correction +", "out +"),
        "the total divided by the correction": ("total * correction", "total / correction"),
        "the new keys corrected too": (
            "total = total * correction + weights.sum(dim=-1, keepdim=True)",
            "weights = weights * correction\n    total = total * correction + weights.sum(dim=-1, keepdim=True)",
        ),
        "everything corrected together": (
            "out * correction + weights @ value",
            "(out + weights @ value) * correction",
        ),
        "new weights against the old maximum": ("torch.exp(scores - reference)", "torch.exp(scores - maximum)"),
        "new weights against nothing": ("torch.exp(scores - reference)", "torch.exp(scores)"),
        "new weights against the maximum of their tile": (
            "torch.exp(scores - reference)",
            "torch.exp(scores - scores.amax(dim=-1, keepdim=True).clamp(min=-1e30))",
        ),
        "a softmax of each tile": ("torch.exp(scores - reference)", "(scores - reference).softmax(dim=-1)"),
        "powers of two": ("torch.exp(scores - reference)", "torch.exp2(scores - reference)"),
        "divided on the way": (
            "return new_maximum, total, out * correction + weights @ value",
            "return new_maximum, total, (out * correction + weights @ value) / total",
        ),
        "what was seen before forgotten": ("out * correction + weights @ value", "weights @ value"),
        "the old total forgotten": ("total * correction + weights", "weights"),
        "the total of sizes, not of weights": ("weights.sum(dim=-1", "(weights > 0).to(weights).sum(dim=-1"),
        "the total a mean": ("weights.sum(", "weights.mean("),
        "summed over the queries": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-2, keepdim=True)"),
        "summed without keeping the axis": ("weights.sum(dim=-1, keepdim=True)", "weights.sum(dim=-1)"),
        "values not weighted": ("weights @ value", "value.sum(dim=-2, keepdim=True)"),
        "weights the wrong way round": ("weights @ value", "weights.mT @ value"),
        "the old maximum returned": ("return new_maximum,", "return maximum,"),
        "returned in another order": ("return new_maximum, total,", "return total, new_maximum,"),
        "total changed in place": ("total = total * correction", "total = total.mul_(correction)"),
        "out changed in place": ("out * correction +", "out.mul_(correction) +"),
        "the new maximum written into the old": (
            "total = total * correction",
            "maximum.copy_(new_maximum)\n    total = total * correction",
        ),
    },
    "flash.tiled_forward": {
        "no tiles: all scores at once": (WIDE, f"{WIDE}\n    block_q, block_k = query.size(-2), key.size(-2)"),
        "all scores first, cut into tiles afterwards": (
            "scores = q @ key[..., columns, :].to(wide).mT",
            "scores = (query.to(wide) @ key.to(wide).mT)[..., rows, columns] * scale",
        ),
        "a softmax over all scores, besides": (
            WIDE,
            f"{WIDE}\n    _ = (query @ key.repeat_interleave(query.size(1) // key.size(1), 1).mT).softmax(-1)",
        ),
        "all keys for a block of queries": (WIDE, f"{WIDE}\n    block_k = key.size(-2)"),
        "all queries for a block of keys": (WIDE, f"{WIDE}\n    block_q = query.size(-2)"),
        "a mask of the whole square": (
            VISIBLE,
            "visible = visible_keys(query_position, key_position, window)[..., rows, columns]",
        ),
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
        "tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()"),
        "tiles skipped by their number": (SKIP, "if columns.start > rows.start:\n                continue"),
        "tiles skipped by where they end": (SKIP, "if columns.stop > rows.stop:\n                continue"),
        "tiles skipped by index, not by position": (SKIP, "if columns.start >= rows.stop:\n                continue"),
        "the past skipped": (SKIP, "if columns.stop <= rows.start:\n                continue"),
        "tiles skipped by the first query": (SKIP, "if not visible[..., 0, :].any():\n                continue"),
        "the first hidden tile ends the row": (SKIP, "if not visible.any():\n                break"),
        "the last tile of keys dropped": (COLUMNS, "tiles(key.size(-2) // block_k * block_k, block_k)"),
        "the last tile of queries dropped": (ROWS, "tiles(query.size(-2) // block_q * block_q, block_q)"),
        "the first tile of keys dropped": (COLUMNS, "tuple(tiles(key.size(-2), block_k))[1:]"),
        "as many keys as queries": (COLUMNS, "tiles(query.size(-2), block_k)"),
        "the window ignored": ("key_position[..., columns], window)", "key_position[..., columns])"),
        "the window one too wide": (
            "key_position[..., columns], window)",
            "key_position[..., columns], window and window + 1)",
        ),
        "the window one too narrow": (
            "key_position[..., columns], window)",
            "key_position[..., columns], window and max(window - 1, 1))",
        ),
        "a token does not see itself": (
            VISIBLE,
            f"{VISIBLE}\n"
            "            visible = visible & (query_position[..., rows, None] != key_position[..., None, columns])",
        ),
        "positions counted from zero": (
            "visible_keys(query_position[..., rows], key_position[..., columns], window)",
            "visible_keys(torch.arange(rows.start, rows.stop), torch.arange(columns.start, columns.stop), window)",
        ),
        "the last query aligned with the last key": (
            "visible_keys(query_position[..., rows], key_position[..., columns], window)",
            "visible_keys(torch.arange(rows.start, rows.stop) + key.size(-2) - query.size(-2),"
            " torch.arange(columns.start, columns.stop), window)",
        ),
        "the first sequence's positions for all": (
            "visible_keys(query_position[..., rows], key_position[..., columns], window)",
            "visible_keys(query_position.view(-1, query.size(-2))[0, rows],"
            " key_position.view(-1, key.size(-2))[0, columns], window)",
        ),
        "the mask forgotten": (f"scores = scores{MASK}", "pass"),
        "the mask not assigned": ("scores = scores.masked_fill", "scores.masked_fill"),
        "the mask turned round": ("masked_fill(~visible", "masked_fill(visible"),
        "hidden scores of zero": ('float("-inf"))\n            maximum', "0.0)\n            maximum"),
        "sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible"),
        "the scale forgotten": (".to(wide) * scale", ".to(wide)"),
        "the scale twice": (
            "scores = q @ key[..., columns, :].to(wide).mT",
            "scores = q @ key[..., columns, :].to(wide).mT * scale",
        ),
        "the scale from the size of a head": (".to(wide) * scale", ".to(wide) * query.size(-1) ** -0.5"),
        "divided by the scale": (".to(wide) * scale", ".to(wide) / scale"),
        "queries scaled in place": (".to(wide) * scale", ".to(wide).mul_(scale)"),
        "scaled before it was widened": (
            "query[..., rows, :].to(wide) * scale",
            "(query[..., rows, :] * scale).to(wide)",
        ),
        "scores in the dtype of the queries": (
            "scores = q @ key[..., columns, :].to(wide).mT",
            "scores = (q.to(key.dtype) @ key[..., columns, :].mT).to(wide)",
        ),
        "everything in the dtype of the queries": (WIDE, "wide = query.dtype"),
        "float32 always": (WIDE, "wide = torch.float32"),
        "key/value heads repeated in the wrong order": (
            SHARED,
            "*(x.repeat(1, query.size(1) // x.size(1), 1, 1).unflatten(1, (x.size(1), -1)) for x in (key, value))",
        ),
        "the first key/value head for all": (SHARED, "key[:, :1, None], value[:, :1, None]"),
        "values of the wrong head": (SHARED, "key[:, :, None], value.roll(1, 1)[:, :, None]"),
        "values of the first tile for all": (
            "value[..., columns, :].to(wide))",
            "value[..., : columns.stop - columns.start, :].to(wide))",
        ),
        "keys for values": ("sums, scores, value[..., columns, :]", "sums, scores, key[..., columns, :]"),
        "only the last tile counts": (
            "merge_tile(maximum, total, sums,",
            'merge_tile(torch.full_like(maximum, float("-inf")), 0 * total, 0 * sums,',
        ),
        "the mean of the tiles' means": (
            MERGE,
            "share = scores.softmax(dim=-1).nan_to_num() @ value[..., columns, :].to(wide)\n"
            "            maximum, total, sums = torch.zeros_like(maximum), total + 1, sums + share",
        ),
        "divided after every tile": (MERGE, f"{MERGE}\n            sums = sums / total.clamp(min=1e-30)"),
        "the maximum not kept": (MERGE, MERGE.replace("maximum, total, sums =", "_, total, sums =")),
        "a maximum of zero at first": (
            'torch.full_like(q[..., :1], float("-inf"))',
            "torch.zeros_like(q[..., :1])",
        ),
        "not divided at the end": ("(sums / total)", "sums"),
        "divided by the number of keys": ("(sums / total)", "(sums / key.size(-2))"),
        "divided by the exponential of the maximum": ("(sums / total)", "(sums / maximum.exp())"),
        "logsumexp without the maximum": ("(maximum + total.log())", "total.log()"),
        "logsumexp without the logarithm": ("(maximum + total.log())", "(maximum + total)"),
        "the maximum for logsumexp": ("(maximum + total.log())", "maximum"),
        "logsumexp to base two": ("total.log())", "total.log2())"),
        "logsumexp with the maximum taken off": ("(maximum + total.log())", "(total.log() - maximum)"),
        "logsumexp of unscaled scores": ("(maximum + total.log())", "(maximum / scale + total.log())"),
        "logsumexp in the dtype of the queries": ("query.shape[:-1], dtype=wide)", "query.shape[:-1])"),
        "out in float32": (
            "out = query.new_empty(*query.shape[:-1], value.size(-1))",
            "out = query.new_empty(*query.shape[:-1], value.size(-1), dtype=wide)",
        ),
        "out as wide as the queries": ("value.size(-1))\n    logsumexp", "query.size(-1))\n    logsumexp"),
        "the heads not put side by side again": (
            "return out.flatten(1, 2), logsumexp.flatten(1, 2)",
            "return out, logsumexp",
        ),
        "heads come back in another order": (
            "return out.flatten(1, 2),",
            "return out.transpose(1, 2).flatten(1, 2),",
        ),
    },
    "flash.tiled_backward": {
        "no tiles: all scores at once": (WIDE, f"{WIDE}\n    block_q, block_k = query.size(-2), key.size(-2)"),
        "all weights first, cut into tiles afterwards": (
            "scores = (q @ k.mT * scale)",
            "scores = (query.to(wide) @ key.to(wide).mT * scale)[..., rows, columns]",
        ),
        "all keys for a block of queries": (WIDE, f"{WIDE}\n    block_k = key.size(-2)"),
        "all queries for a block of keys": (WIDE, f"{WIDE}\n    block_q = query.size(-2)"),
        "a mask of the whole square": (
            VISIBLE,
            "visible = visible_keys(query_position, key_position, window)[..., rows, columns]",
        ),
        "nothing skipped": (SKIP, "pass"),
        "the future skipped, but not what lies behind the window": (
            SKIP,
            "if not visible_keys(query_position[..., rows], key_position[..., columns]).any():\n"
            "                continue",
        ),
        "tiles skipped that are partly hidden": ("if not visible.any()", "if not visible.all()"),
        "tiles skipped by their number": (SKIP, "if columns.start > rows.start:\n                continue"),
        "tiles skipped by index, not by position": (SKIP, "if columns.start >= rows.stop:\n                continue"),
        "the past skipped": (SKIP, "if columns.stop <= rows.start:\n                continue"),
        "the first hidden tile ends the row": (SKIP, "if not visible.any():\n                break"),
        "the last tile of keys dropped": (COLUMNS, "tiles(key.size(-2) // block_k * block_k, block_k)"),
        "the last tile of queries dropped": (ROWS, "tiles(query.size(-2) // block_q * block_q, block_q)"),
        "the window ignored": ("key_position[..., columns], window)", "key_position[..., columns])"),
        "the window one too wide": (
            "key_position[..., columns], window)",
            "key_position[..., columns], window and window + 1)",
        ),
        "positions counted from zero": (
            "visible_keys(query_position[..., rows], key_position[..., columns], window)",
            "visible_keys(torch.arange(rows.start, rows.stop), torch.arange(columns.start, columns.stop), window)",
        ),
        "the first sequence's positions for all": (
            "visible_keys(query_position[..., rows], key_position[..., columns], window)",
            "visible_keys(query_position.view(-1, query.size(-2))[0, rows],"
            " key_position.view(-1, key.size(-2))[0, columns], window)",
        ),
        "the mask forgotten": (f"(q @ k.mT * scale){MASK}", "q @ k.mT * scale"),
        "hidden scores of zero": (MASK, ".masked_fill(~visible[..., None, None, :, :], 0.0)"),
        "sequences' masks given to heads": ("~visible[..., None, None, :, :]", "~visible"),
        "the weights without their scale": ("(q @ k.mT * scale)", "(q @ k.mT)"),
        "a softmax over each tile": (
            "torch.exp(scores - logsumexp[..., rows, :])",
            "scores.softmax(dim=-1).nan_to_num()",
        ),
        "weights not divided by their sum": ("scores - logsumexp[..., rows, :]", "scores"),
        "weights divided by the logsumexp": (
            "torch.exp(scores - logsumexp[..., rows, :])",
            "torch.exp(scores) / logsumexp[..., rows, :]",
        ),
        "logsumexp added": ("scores - logsumexp[", "scores + logsumexp["),
        "the first queries' logsumexp for all": (
            "logsumexp[..., rows, :]",
            "logsumexp[..., : rows.stop - rows.start, :]",
        ),
        "delta forgotten": ("(d @ v.mT - delta[..., rows, :])", "(d @ v.mT)"),
        "delta added": ("d @ v.mT - delta[", "d @ v.mT + delta["),
        "delta from the gradient alone": ("out.to(wide)).sum(", "d_out.to(wide)).sum("),
        "delta from the values": ("out.to(wide)).sum(", "value.to(wide)).sum("),
        "delta a mean": ("out.to(wide)).sum(", "out.to(wide)).mean("),
        "delta summed over the tokens": (
            "out.to(wide)).sum(dim=-1, keepdim=True)",
            "out.to(wide)).sum(dim=(-2, -1), keepdim=True).expand(*out.shape[:-1], 1)",
        ),
        "delta multiplies d_out in place": (
            "(d_out.to(wide) * out.to(wide))",
            "d_out.to(wide).mul_(out.to(wide))",
        ),
        "delta taken off after the weights": (
            "weights * (d @ v.mT - delta[..., rows, :])",
            "weights * (d @ v.mT) - delta[..., rows, :]",
        ),
        "the weights forgotten on the way back": ("d_scores = weights * ", "d_scores = "),
        "the weights of a sigmoid": ("d_scores = weights * ", "d_scores = weights * (1 - weights) * "),
        "the outputs for their gradient": ("(d @ v.mT", "(out[..., rows, :].to(wide) @ v.mT"),
        "dq without the scale": ("d_scores @ k * scale", "d_scores @ k"),
        "dk without the scale": ("(d_scores.mT @ q * scale)", "(d_scores.mT @ q)"),
        "the scale twice": ("d_scores = weights * ", "d_scores = scale * weights * "),
        "dv with the scale": ("(weights.mT @ d)", "(weights.mT @ d * scale)"),
        "dq from queries": ("+= d_scores @ k * scale", "+= d_scores @ q * scale"),
        "dk from keys": ("d_scores.mT @ q * scale", "d_scores.mT @ k * scale"),
        "dk not turned round": ("(d_scores.mT @ q", "(d_scores @ q"),
        "dv not turned round": ("(weights.mT @ d)", "(weights @ d)"),
        "dv from the gradient of the scores": ("(weights.mT @ d)", "(d_scores.mT @ d)"),
        "dv from the outputs": ("(weights.mT @ d)", "(weights.mT @ out[..., rows, :].to(wide))"),
        "dk of the first query head only": (
            "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
            "(d_scores.mT @ q * scale)[:, :, :1]",
        ),
        "dv of the first query head only": (
            "(weights.mT @ d).sum(dim=2, keepdim=True)",
            "(weights.mT @ d)[:, :, :1]",
        ),
        "dk a mean over the query heads": (
            "(d_scores.mT @ q * scale).sum(",
            "(d_scores.mT @ q * scale).mean(",
        ),
        "dk not summed over the query heads": (
            "(d_scores.mT @ q * scale).sum(dim=2, keepdim=True)",
            "(d_scores.mT @ q * scale)",
        ),
        "dv summed over the key/value heads": (
            "(weights.mT @ d).sum(dim=2, keepdim=True)",
            "(weights.mT @ d).sum(dim=(1, 2), keepdim=True)",
        ),
        "dq of the last tile only": ("dq[..., rows, :] +=", "dq[..., rows, :] ="),
        "dk of the last tile only": ("dk[..., columns, :] +=", "dk[..., columns, :] ="),
        "dv of the last tile only": ("dv[..., columns, :] +=", "dv[..., columns, :] ="),
        "dk where the queries are": ("dk[..., columns, :]", "dk[..., rows, :]"),
        "everything in the dtype of the queries": (WIDE, "wide = query.dtype"),
        "float32 always": (WIDE, "wide = torch.float32"),
        "summed up in the dtype of the queries": ("torch.zeros_like(x, dtype=wide)", "torch.zeros_like(x)"),
        "scores in the dtype of the queries": (
            "(q @ k.mT * scale)",
            "(query[..., rows, :] @ key[..., columns, :].mT * scale).to(wide)",
        ),
        "results in float32": (
            "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
            "return dq.flatten(1, 2), dk.flatten(1, 2), dv.flatten(1, 2)",
        ),
        "key/value heads repeated in the wrong order": (
            "query, out, d_out = (x.unflatten(1, (G, -1)) for x in (query, out, d_out))",
            "query, out, d_out = (x.unflatten(1, (-1, G)).transpose(1, 2) for x in (query, out, d_out))",
        ),
        "returned in another order": (
            "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
            "return dk.flatten(1, 2).to(dtype), dq.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
        ),
        "gradients of key and value swapped": (
            "return dq.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype)",
            "return dq.flatten(1, 2).to(dtype), dv.flatten(1, 2).to(dtype), dk.flatten(1, 2).to(dtype)",
        ),
    },
}
