"""Mistakes in backends.py."""

MISTAKES = {
    "backends.manual_attention": {
        # The scores.
        "no scale": (" * scores.scale", ""),
        "scale by the size of the head": ("* scores.scale", "* query.size(-1) ** -0.5"),
        "scale twice": ("* scores.scale", "* scores.scale**2"),
        "divided by the scale": ("* scores.scale", "/ scores.scale"),
        "root of the scale": ("* scores.scale", "* scores.scale**0.5"),
        "scale and the root of the size too": ("* scores.scale", "* scores.scale * query.size(-1) ** -0.5"),
        "scale by the number of heads": ("* scores.scale", "* query.size(1) ** -0.5"),
        "scale by the length": ("* scores.scale", "* key.size(2) ** -0.5"),
        "scale after the softmax": (
            "weights = fit.softmax(dim=-1) if",
            "weights = (fit / scores.scale).softmax(dim=-1) * scores.scale if",
        ),
        "queries times queries": ("query @ key.mT", "query @ query.mT"),
        "scores by keys and queries, not queries and keys": ("query @ key.mT", "key @ query.mT"),
        "keys not transposed": ("query @ key.mT", "query @ key.transpose(1, 2)"),
        "number by number, not as a product": ("query @ key.mT", "(query * key)"),
        # Grouped heads.
        "repeat for repeat_interleave": (
            "key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)",
            "key.repeat(1, group, 1, 1), value.repeat(1, group, 1, 1)",
        ),
        "repeat for the values only": ("value.repeat_interleave(group, dim=1)", "value.repeat(1, group, 1, 1)"),
        "repeat for the keys only": ("key.repeat_interleave(group, dim=1)", "key.repeat(1, group, 1, 1)"),
        "heads not repeated": (
            "key, value = key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)",
            "pass",
        ),
        "every query head on the first key head": (
            "key.repeat_interleave(group, dim=1)",
            "key[:, :1].expand(-1, query.size(1), -1, -1)",
        ),
        "every query head on the first value head": (
            "value.repeat_interleave(group, dim=1)",
            "value[:, :1].expand(-1, query.size(1), -1, -1)",
        ),
        "key heads in reverse": (
            "key.repeat_interleave(group, dim=1)",
            "key.flip(1).repeat_interleave(group, dim=1)",
        ),
        "tokens repeated, not heads": (
            "key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)",
            "key.repeat_interleave(group, dim=2), value.repeat_interleave(group, dim=2)",
        ),
        "each head repeated as often as there are key heads": (
            "query.size(1) // key.size(1)",
            "key.size(1)",
        ),
        "two query heads to a key head, always": (
            "query.size(1) // key.size(1)",
            "2 if query.size(1) > key.size(1) else 1",
        ),
        "query heads taken together instead": (
            "key, value = key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)",
            "query = query.unflatten(1, (-1, group)).mean(dim=2).repeat_interleave(group, dim=1)\n"
            "        key, value = key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)",
        ),
        "values of the size of the keys": (
            "value.repeat_interleave(group, dim=1)",
            "value.repeat_interleave(group, dim=1)[..., : key.size(-1)]",
        ),
        # The soft cap.
        "soft cap forgotten": ("fit = soft_cap(fit, scores.softcap)", "pass"),
        "soft cap of None": ("if scores.softcap is not None:", "if True:"),
        "soft cap hard-coded": ("soft_cap(fit, scores.softcap)", "soft_cap(fit, 50.0)"),
        "hard cap": ("soft_cap(fit, scores.softcap)", "fit.clamp(-scores.softcap, scores.softcap)"),
        "soft cap before the scale": (
            "fit = soft_cap(fit, scores.softcap)",
            "fit = soft_cap(fit / scores.scale, scores.softcap) * scores.scale",
        ),
        "soft cap without the factor in front": ("soft_cap(fit, scores.softcap)", "torch.tanh(fit / scores.softcap)"),
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
        ),
        "soft cap after the mask": (
            'fit = fit.masked_fill(~scores.visible(), float("-inf"))',
            'fit = fit.masked_fill(~scores.visible(), float("-inf"))\n'
            "    fit = fit if scores.softcap is None else soft_cap(fit, scores.softcap)",
        ),
        "soft cap on the queries": (
            "fit = soft_cap(fit, scores.softcap)",
            "fit = soft_cap(query, scores.softcap) @ key.mT * scores.scale",
        ),
        # The bias.
        "bias forgotten": ("fit = fit + scores.bias", "pass"),
        "bias added even where there is none": ("if scores.bias is not None:", "if True:"),
        "bias subtracted": ("fit + scores.bias", "fit - scores.bias"),
        "bias multiplied": ("fit + scores.bias", "fit * scores.bias"),
        "bias scaled too": ("fit + scores.bias", "fit + scores.bias * scores.scale"),
        "bias divided by the scale": ("fit + scores.bias", "fit + scores.bias / scores.scale"),
        "bias added after the softmax": (
            "weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)",
            "bias = 0.0 if scores.bias is None else scores.bias\n    weights = (fit - bias).softmax(dim=-1) + bias",
        ),
        "bias instead of the products": ("fit + scores.bias", "scores.bias.expand_as(fit)"),
        "bias of the first head for all": ("fit + scores.bias", "fit + scores.bias[..., :1, :, :]"),
        "bias of the heads in reverse": ("fit + scores.bias", "fit + scores.bias.flip(-3)"),
        "bias with queries and keys swapped": ("fit + scores.bias", "fit + scores.bias.mT"),
        "bias of the last token for all": ("fit + scores.bias", "fit + scores.bias[..., -1:, :]"),
        "bias of the first sequence for all": (
            "fit + scores.bias",
            "fit + (scores.bias[0] if scores.bias.ndim == 4 else scores.bias)",
        ),
        "bias with an axis of sequences in any case": ("fit + scores.bias", "fit + scores.bias[None]"),
        "bias by sequences, not by heads": (
            "fit + scores.bias",
            "fit + (scores.bias[:, None] if scores.bias.ndim == 3 else scores.bias)",
        ),
        "bias added in place": ("fit = fit + scores.bias", "fit = scores.bias.add_(fit)"),
        "bias cut from the gradient": ("fit + scores.bias", "fit + scores.bias.detach()"),
        # The mask.
        "no mask": ('fit = fit.masked_fill(~scores.visible(), float("-inf"))', "pass"),
        "hidden and visible swapped": ("~scores.visible()", "scores.visible()"),
        "mask with queries and keys swapped": ("~scores.visible()", "~scores.visible().mT"),
        "a mask of torch's own, which knows no cache": (
            "~scores.visible()",
            "torch.ones_like(fit, dtype=torch.bool).triu(1)",
        ),
        "a mask of one's own, with the last query at the last key": (
            "~scores.visible()",
            "torch.ones_like(fit, dtype=torch.bool).triu(1 + key.size(2) - query.size(2))",
        ),
        "window ignored": ("~scores.visible()", "~scores._replace(window=None).visible()"),
        "window one too wide": (
            "~scores.visible()",
            "~scores._replace(window=scores.window and scores.window + 1).visible()",
        ),
        "the first sequence's mask for all": ("~scores.visible()", "~scores.visible()[:1]"),
        "mask by sequences taken for one by heads": ("~scores.visible()", "~scores.visible().transpose(0, 1)"),
        "mask without the axis of the sequences": ("~scores.visible()", "~scores.visible().squeeze()"),
        "mask after the softmax": (
            'fit = fit.masked_fill(~scores.visible(), float("-inf"))\n'
            "    weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)",
            "weights = fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)\n"
            "    weights = weights.masked_fill(~scores.visible(), 0.0)",
        ),
        "masked with the lowest of the scores": (
            'fit.masked_fill(~scores.visible(), float("-inf"))',
            "fit.where(scores.visible(), fit.amin().detach())",
        ),
        "masked with zero": ('float("-inf")', "0.0"),
        "masked with 1e-9": ('float("-inf")', "1e-9"),
        "masked with -1": ('float("-inf")', "-1.0"),
        "masked with -10": ('float("-inf")', "-10.0"),
        "masked with plus infinity": ('float("-inf")', 'float("inf")'),
        "mask multiplied": ('fit.masked_fill(~scores.visible(), float("-inf"))', "fit * scores.visible()"),
        "mask added as zeros and ones": ('fit.masked_fill(~scores.visible(), float("-inf"))', "fit + scores.visible()"),
        "mask not assigned": ("fit = fit.masked_fill(", "fit.masked_fill("),
        "mask kept from the first call": (
            "~scores.visible()",
            'manual_attention.__dict__.setdefault("hidden", ~scores.visible())',
        ),
        # The softmax.
        "softmax over the queries": ("fit.softmax(dim=-1)", "fit.softmax(dim=-2)"),
        "softmax over the heads": ("fit.softmax(dim=-1)", "fit.softmax(dim=1)"),
        "softmax over everything": ("fit.softmax(dim=-1)", "fit.flatten(2).softmax(dim=-1).view_as(fit)"),
        "no softmax": ("fit.softmax(dim=-1)", 'fit.masked_fill(fit == float("-inf"), 0.0)'),
        "sigmoid for softmax": ("fit.softmax(dim=-1)", "fit.sigmoid()"),
        "logarithms of the weights": ("fit.softmax(dim=-1)", "fit.log_softmax(dim=-1).clamp(min=-50)"),
        "exponentials not divided by their sum": (
            "fit.softmax(dim=-1)",
            "(fit - fit.amax(dim=-1, keepdim=True)).exp()",
        ),
        "exponentials that become infinite": (
            "fit.softmax(dim=-1)",
            "(fit.exp() / fit.exp().sum(dim=-1, keepdim=True))",
        ),
        "softmax in float16": ("fit.softmax(dim=-1)", "fit.softmax(dim=-1).half()"),
        "sinks forgotten": (" if scores.sinks is None else softmax_with_sinks(fit, scores.sinks)", ""),
        "sinks in any case": (
            "fit.softmax(dim=-1) if scores.sinks is None else softmax_with_sinks",
            "softmax_with_sinks",
        ),
        "sinks scaled": (
            "softmax_with_sinks(fit, scores.sinks)",
            "softmax_with_sinks(fit, scores.sinks * scores.scale)",
        ),
        "sinks capped": (
            "softmax_with_sinks(fit, scores.sinks)",
            "softmax_with_sinks(fit, soft_cap(scores.sinks, scores.softcap or 1e9))",
        ),
        "sinks after a softmax": (
            "softmax_with_sinks(fit, scores.sinks)",
            "softmax_with_sinks(fit.softmax(dim=-1), scores.sinks)",
        ),
        "sinks added to the scores": (
            "softmax_with_sinks(fit, scores.sinks)",
            "(fit + scores.sinks[:, None, None]).softmax(dim=-1)",
        ),
        # The values.
        "values from the keys": ("@ value", "@ key"),
        "the value of the likeliest key only": (
            "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
            "value.gather(2, weights.argmax(dim=-1)[..., None].expand(-1, -1, -1, value.size(-1)))",
        ),
        "heads behind the tokens": (
            "return F.dropout(weights.to(value.dtype), scores.dropout) @ value",
            "return (F.dropout(weights.to(value.dtype), scores.dropout) @ value).transpose(1, 2)",
        ),
        "heads joined here": (
            "return F.dropout(weights.to(value.dtype), scores.dropout) @ value",
            "return (F.dropout(weights.to(value.dtype), scores.dropout) @ value).transpose(1, 2).flatten(2)",
        ),
        "weights returned as well": ("scores.dropout) @ value", "scores.dropout) @ value, weights"),
        "nothing returned": ("return F.dropout", "F.dropout"),
        # Dropout.
        "dropout forgotten": ("F.dropout(weights.to(value.dtype), scores.dropout)", "weights.to(value.dtype)"),
        "dropout as if in evaluation": ("scores.dropout) @", "scores.dropout, False) @"),
        "dropout left at torch's half": ("(weights.to(value.dtype), scores.dropout)", "(weights.to(value.dtype))"),
        "the share that is kept, not dropped": ("scores.dropout) @", "1 - scores.dropout) @"),
        "dropout of a tenth": ("scores.dropout) @", "0.1) @"),
        "dropout of the result": (
            "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
            "F.dropout(weights.to(value.dtype) @ value, scores.dropout)",
        ),
        "dropout of the values": (
            "F.dropout(weights.to(value.dtype), scores.dropout) @ value",
            "weights.to(value.dtype) @ F.dropout(value, scores.dropout)",
        ),
        "dropout of the values too": ("@ value", "@ F.dropout(value, scores.dropout)"),
        "dropout of the scores": (
            "fit = fit.masked_fill(~scores.visible()",
            "fit = F.dropout(fit, scores.dropout).masked_fill(~scores.visible()",
        ),
        "dropout before the softmax only": (
            "F.dropout(weights.to(value.dtype), scores.dropout)",
            "F.dropout(fit, scores.dropout).softmax(dim=-1).to(value.dtype)",
        ),
        "dropout the same in all heads": (
            "F.dropout(weights.to(value.dtype), scores.dropout)",
            "(weights.to(value.dtype) * F.dropout(torch.ones_like(weights[:, :1]), scores.dropout).to(value.dtype))",
        ),
        "dropout the same in all sequences": (
            "F.dropout(weights.to(value.dtype), scores.dropout)",
            "(weights.to(value.dtype) * F.dropout(torch.ones_like(weights[:1]), scores.dropout).to(value.dtype))",
        ),
        "dropout without the growth of the rest": (
            "F.dropout(weights.to(value.dtype), scores.dropout)",
            "(weights.to(value.dtype) * (torch.rand_like(weights) >= scores.dropout))",
        ),
        "dropout of the weights, and the rest brought back to a sum of one": (
            "return F.dropout(weights.to(value.dtype), scores.dropout)",
            "weights = F.dropout(weights.to(value.dtype), scores.dropout)\n"
            "    return (weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6))",
        ),
        "dropout by a module that is in training": (
            "F.dropout(weights.to(value.dtype), scores.dropout)",
            "torch.nn.Dropout()(weights.to(value.dtype))",
        ),
        # Gradients, digits, and what belongs to others.
        "gradient cut at the weights": ("F.dropout(weights.to", "F.dropout(weights.detach().to"),
        "gradient cut at the keys": ("query @ key.mT", "query @ key.detach().mT"),
        "gradient cut at the values": ("@ value", "@ value.detach()"),
        "weights left in float32": ("weights.to(value.dtype)", "weights"),
        "result widened": ("scores.dropout) @ value", "scores.dropout).float() @ value.float()"),
        "queries scaled in place": ("query @ key.mT * scores.scale", "query.mul_(scores.scale) @ key.mT"),
        "values changed in place": (
            "value.repeat_interleave(group, dim=1)",
            "value.mul_(2).repeat_interleave(group, dim=1) / 2",
        ),
    },
    "backends.softmax_with_sinks": {
        "sinks forgotten": (
            "torch.cat((scores, column), dim=-1).softmax(dim=-1)",
            "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
        ),
        "the sinks' column kept": ("weights[..., :-1]", "weights"),
        "the last key dropped, and the sink kept": ("(scores, column), dim=-1)", "(column, scores), dim=-1)"),
        "the sink in front, and the first key's place lost": ("weights[..., :-1]", "weights[..., 1:]"),
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
        "the rest brought back to a sum of one": (
            "    return weights[..., :-1]",
            "    return weights[..., :-1] / weights[..., :-1].sum(dim=-1, keepdim=True)",
        ),
        "sinks added to the scores": (
            "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n",
            "    weights = torch.cat(((scores + column).softmax(dim=-1), column), dim=-1)\n",
        ),
        "sinks subtracted": ("column = sinks.to(scores.dtype)", "column = -sinks.to(scores.dtype)"),
        "sinks taken for exponentials": (
            "column = sinks.to(scores.dtype)",
            "column = sinks.to(scores.dtype).abs().clamp(min=1e-6).log()",
        ),
        "exponentials taken for sinks": (
            "column = sinks.to(scores.dtype)",
            "column = sinks.to(scores.dtype).clamp(max=80).exp()",
        ),
        "sinks of one, as in softmax1": ("sinks.to(scores.dtype)[:,", "torch.zeros_like(sinks, dtype=scores.dtype)[:,"),
        "one sink for all heads": ("sinks.to(scores.dtype)[:, None, None]", "sinks.to(scores.dtype)[:1, None, None]"),
        "sinks of the heads in reverse": ("sinks.to(scores.dtype)", "sinks.to(scores.dtype).flip(0)"),
        "a mean of the sinks for all heads": ("sinks.to(scores.dtype)[:, None, None]", "sinks.to(scores.dtype).mean()"),
        "sinks along the queries": ("[:, None, None]", "[:, None]"),
        "sinks along the keys": (
            "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)",
            "column = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)",
        ),
        "sinks along the sequences": ("[:, None, None].expand", "[:, None, None, None].expand"),
        "a column for every sink": (
            "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
            "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)\n"
            "    # ... which takes its share and is then dropped: there is no value behind it.\n"
            "    return weights[..., :-1]",
            "columns = sinks.to(scores.dtype).expand(*scores.shape[:-1], -1)\n"
            "    return torch.cat((scores, columns), dim=-1).softmax(dim=-1)[..., : scores.size(-1)]",
        ),
        "a row, not a column": (
            "column = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)\n"
            "    weights = torch.cat((scores, column), dim=-1).softmax(dim=-1)",
            "row = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:2], 1, scores.size(3))\n"
            "    return torch.cat((scores, row), dim=2).softmax(dim=-1)[:, :, :-1]\n"
            "    weights = None",
        ),
        "softmax over the queries": (".softmax(dim=-1)", ".softmax(dim=-2)"),
        "softmax over the heads": (".softmax(dim=-1)", ".softmax(dim=1)"),
        "softmax first, then sinks, then softmax again": (
            "torch.cat((scores, column), dim=-1)",
            "torch.cat((scores.softmax(dim=-1), column), dim=-1)",
        ),
        "a gate of the sum without its logarithm": (
            "    return weights[..., :-1]",
            "    return scores.softmax(dim=-1) * torch.sigmoid(scores.exp().sum(dim=-1, keepdim=True) - column)",
        ),
        "exponentials that become infinite": (
            "    return weights[..., :-1]",
            "    return scores.exp() / (scores.exp().sum(dim=-1, keepdim=True) + column.exp())",
        ),
        "the greatest score taken off without regard to the sink": (
            "    return weights[..., :-1]",
            "    top = scores.amax(dim=-1, keepdim=True).detach()\n"
            "    parts = (scores - top).exp()\n"
            "    return parts / (parts.sum(dim=-1, keepdim=True) + (column - top).exp().clamp(max=1e4))",
        ),
        "the greatest score taken off, not off the sink": (
            "    return weights[..., :-1]",
            "    parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()\n"
            "    return parts / (parts.sum(dim=-1, keepdim=True) + column.exp())",
        ),
        "weights cut from the gradient": ("    return weights[..., :-1]", "    return weights[..., :-1].detach()"),
        "sinks cut from the gradient": ("sinks.to(scores.dtype)", "sinks.detach().to(scores.dtype)"),
        "narrowed to the dtype of the sinks": (
            "    return weights[..., :-1]",
            "    return weights[..., :-1].to(sinks.dtype)",
        ),
        "widened": ("(scores, column), dim=-1)", "(scores, column), dim=-1).float()"),
        "scores changed in place": (
            "torch.cat((scores, column), dim=-1)",
            "torch.cat((scores.mul_(2) / 2, column), dim=-1)",
        ),
        "nothing returned": ("    return weights", "    weights"),
    },
    "backends.sdpa_attention": {
        "is_causal always": (
            "causal = scores.simply_causal() and scores.bias is None",
            "causal = True",
        ),
        "is_causal always, and no mask beside it": (
            "    return F.scaled",
            "    causal, mask = True, None\n    return F.scaled",
        ),
        "is_causal never, and no mask either": ("is_causal=causal", "is_causal=False"),
        "is_causal where there are as many queries as keys": (
            "scores.simply_causal() and",
            "query.size(2) == key.size(2) and",
        ),
        "is_causal where there are several queries": ("scores.simply_causal() and", "query.size(2) > 1 and"),
        "is_causal where there is no window": ("scores.simply_causal() and", "scores.window is None and"),
        "is_causal with a window": (
            "scores.simply_causal() and",
            "scores.key_position is scores.query_position and",
        ),
        "is_causal with a bias": (" and scores.bias is None", ""),
        "is_causal beside the mask": ("mask = None if causal else scores.visible()", "mask = scores.visible()"),
        "causal the wrong way round": ("mask = None if causal else", "mask = None if not causal else"),
        "mask forgotten": ("attn_mask=mask", "attn_mask=None"),
        "mask the wrong way round, as MultiheadAttention wants it": (
            "None if causal else scores.visible()",
            "None if causal else ~scores.visible()",
        ),
        "mask of numbers, ones and zeros": (
            "None if causal else scores.visible()",
            "None if causal else scores.visible().to(query.dtype)",
        ),
        "mask with queries and keys swapped": (
            "None if causal else scores.visible()",
            "None if causal else scores.visible().mT",
        ),
        "mask of the first sequence for all": (
            "None if causal else scores.visible()",
            "None if causal else scores.visible()[:1]",
        ),
        "mask without axes for sequences and heads": (
            "None if causal else scores.visible()",
            "None if causal else scores.visible()[0, 0]",
        ),
        "mask without an axis for the heads": (
            "None if causal else scores.visible()",
            "None if causal else scores.visible()[:, 0]",
        ),
        "a mask of one's own, from the top left": (
            "None if causal else scores.visible()",
            "None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool).tril()[None, None]",
        ),
        "a mask of one's own, into the bottom right": (
            "None if causal else scores.visible()",
            "None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool)"
            ".tril(key.size(2) - query.size(2))[None, None]",
        ),
        "window ignored": ("else scores.visible()", "else scores._replace(window=None).visible()"),
        "window one too wide": (
            "else scores.visible()",
            "else scores._replace(window=scores.window and scores.window + 1).visible()",
        ),
        "bias forgotten": ("if scores.bias is not None:", "if False:"),
        "bias without the mask": ('.masked_fill(~mask, float("-inf"))', ""),
        "bias and mask swapped": ("masked_fill(~mask", "masked_fill(mask"),
        "bias hidden with zero": ('float("-inf"))', "0.0)"),
        "bias hidden with one minus infinity too few": ('float("-inf"))', "-5.0)"),
        "bias subtracted": ("mask = scores.bias.to", "mask = -scores.bias.to"),
        "bias divided by the scale": (
            "scores.bias.to(query.dtype)",
            "(scores.bias / scores.scale).to(query.dtype)",
        ),
        "bias scaled too": ("scores.bias.to(query.dtype)", "(scores.bias * scores.scale).to(query.dtype)"),
        "bias as a boolean mask": ("scores.bias.to(query.dtype)", "scores.bias.bool().to(query.dtype)"),
        "bias of the first head for all": ("scores.bias.to", "scores.bias[..., :1, :, :].to"),
        "bias of the first sequence for all": (
            "scores.bias.to",
            "(scores.bias[0] if scores.bias.ndim == 4 else scores.bias).to",
        ),
        "bias with queries and keys swapped": ("scores.bias.to", "scores.bias.mT.to"),
        "bias hidden in place": (".to(query.dtype).masked_fill(", ".to(query.dtype).masked_fill_("),
        "bias cut from the gradient": ("scores.bias.to", "scores.bias.detach().to"),
        "scale forgotten": ("        scale=scores.scale,\n", ""),
        "scale on the queries too": ("        query,\n", "        query * scores.scale,\n"),
        "scale on the queries, and torch's own as well": (
            "        scale=scores.scale,\n",
            "        scale=scores.scale * query.size(-1) ** -0.5,\n",
        ),
        "scale inverted": ("scale=scores.scale", "scale=1 / scores.scale"),
        "scale squared": ("scale=scores.scale", "scale=scores.scale**2"),
        "grouped heads not asked for": ("        enable_gqa=query.size(1) != key.size(1),\n", ""),
        "grouped heads asked for where there are none": (
            "query.size(1) != key.size(1)",
            "query.size(1) == key.size(1)",
        ),
        "heads repeated by hand, the wrong way": (
            "    return F.scaled",
            "    group = query.size(1) // key.size(1)\n"
            "    key, value = key.repeat(1, group, 1, 1), value.repeat(1, group, 1, 1)\n"
            "    return F.scaled",
        ),
        "key heads in reverse": ("        key,\n", "        key.flip(1),\n"),
        "keys and values swapped": ("        key,\n        value,\n", "        value,\n        key,\n"),
        "values from the keys": ("        value,\n        attn_mask", "        key,\n        attn_mask"),
        "tokens in front of the heads": (
            "        query,\n        key,\n        value,\n",
            "        query.transpose(1, 2),\n        key.transpose(1, 2),\n        value.transpose(1, 2),\n",
        ),
        "dropout forgotten": ("        dropout_p=scores.dropout,\n", ""),
        "dropout of a tenth": ("dropout_p=scores.dropout", "dropout_p=0.1"),
        "the share that is kept, not dropped": ("dropout_p=scores.dropout", "dropout_p=1 - scores.dropout"),
        "dropout only where it is above a half": (
            "dropout_p=scores.dropout",
            "dropout_p=scores.dropout * (scores.dropout > 0.5)",
        ),
        "dropout of the result": (
            "    return F.scaled",
            "    value = F.dropout(value, scores.dropout)\n"
            "    scores = scores._replace(dropout=0.0)\n"
            "    return F.scaled",
        ),
        "gradient cut at the keys": ("        key,\n", "        key.detach(),\n"),
        "gradient cut at the queries": ("        query,\n", "        query.detach(),\n"),
        "everything in float32": (
            "    return F.scaled",
            "    query, key, value = (y.float() for y in (query, key, value))\n"
            "    mask = mask if mask is None or mask.dtype == torch.bool else mask.float()\n"
            "    return F.scaled",
        ),
        "queries changed in place": ("        query,\n", "        query.mul_(2) / 2,\n"),
        "values of the size of the keys": (
            "        value,\n        attn",
            "        value[..., : key.size(-1)],\n        attn",
        ),
        "nothing returned": ("return F.scaled", "F.scaled"),
    },
}
