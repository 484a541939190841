"""Mistakes in generation.py."""

# Lines that several mistakes change.
TOP_K = 'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)'
CHOSEN = "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)"
DRAWN = "torch.multinomial(p, num_samples=1, generator=generator)"
LONGER = "tokens = torch.cat((tokens, following), dim=1)"
RULED_OUT = "ordered.masked_fill(before >= top_p, 0.0)"
BEFORE = "before = ordered.cumsum(dim=-1) - ordered"
BAR = "bar = min_p * p.amax(dim=-1, keepdim=True)"
SCALED_UP = "return kept / kept.sum(dim=-1, keepdim=True)"
SPARE = "cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))"
READING = "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)"
LAST = "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache"
FIRST_READING = "logits, cache = read(model, [text[-longest:] for text in texts])\n    for"
YIELD = "yield following.squeeze(1).masked_fill(ended, -1)"
ENDED = "ended = ended | torch.isin(following.squeeze(1), stops)"
THE_END = "if ended.all() or not remaining:"
TEXTS = "texts = [torch.cat((text, token)) for text, token in zip(texts, following, strict=True)]"
ROOM = "if cache.longest < longest:"
STEP = "logits = model(following, cache=cache)[:, -1]"
AGAIN = "else:\n            logits, cache = read(model, [text[-longest:] for text in texts])"
RATIO = "ratio = p[place, proposed] / q[place, proposed]"
DICE = "accepted = torch.rand(len(proposed), generator=generator, device=p.device) < ratio"
HOW_MANY = "k = int(accepted.cumprod(dim=0).sum())"
REST = "rest = p[k] if k == len(proposed) else (p[k] - q[k]).clamp(min=0)"
KEPT = "return torch.cat((proposed[:k], torch.multinomial(rest, num_samples=1, generator=generator)))"
AHEAD = "for _ in range(min(lookahead, end - known - 1)):"
GUESSED = "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]"
THOUGHT = "q.append(next_token_distribution(logits, **sampling))"
CHECKED = "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]"
ACCEPTED = "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)"
GOES_ON = "tokens = torch.cat((tokens[:, :known], following[None]), dim=1)"
BACK = (
    "if one.longest >= tokens.size(1):\n"
    "                one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))"
)

MISTAKES = {
    "generation.next_token_distribution": {
        "temperature 0 not thought of": ("if temperature == 0:", "if False:"),
        "temperature 0 taken for 1": ("if temperature == 0:", "temperature = temperature or 1.0\n    if False:"),
        "temperature 0 a very small one": (
            "if temperature == 0:",
            "temperature = max(temperature, 0.1)\n    if False:",
        ),
        "always the likeliest": ("if temperature == 0:", "if True:"),
        "likeliest up to temperature 1": ("if temperature == 0:", "if temperature < 1:"),
        "the least likely": ("logits.argmax(", "logits.argmin("),
        "the likeliest of the batch": (
            "logits.argmax(dim=-1)",
            "logits.argmax() % logits.size(-1) + 0 * logits.argmax(dim=-1)",
        ),
        "the likeliest token itself": (
            "F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)",
            "logits.argmax(dim=-1)",
        ),
        "int64 at temperature 0": (".to(logits.dtype)", ""),
        "temperature multiplied": ("logits = logits / temperature", "logits = logits * temperature"),
        "temperature ignored": ("logits = logits / temperature", "pass"),
        "temperature not assigned": ("logits = logits / temperature", "logits / temperature"),
        "temperature in place": ("logits = logits / temperature", "logits /= temperature"),
        "temperature on the probabilities": (
            "logits = logits / temperature",
            "logits = logits.softmax(dim=-1) / temperature",
        ),
        "probabilities divided by the temperature": (
            "p = logits.softmax(dim=-1)",
            "p = (logits * temperature).softmax(dim=-1) / temperature",
        ),
        "temperature twice with top_k": (
            "best = logits.topk",
            "logits = logits / temperature\n        best = logits.topk",
        ),
        "temperature after top_p": (
            "logits = logits / temperature",
            "if top_p is not None:\n"
            "        nucleus = keep_nucleus(logits.softmax(dim=-1), top_p)\n"
            "        logits, top_p = logits.masked_fill(nucleus == 0, float('-inf')), None\n"
            "    logits = logits / temperature",
        ),
        "temperature after min_p": (
            "logits = logits / temperature",
            "if min_p is not None:\n"
            "        likely = keep_likely(logits.softmax(dim=-1), min_p)\n"
            "        logits, min_p = logits.masked_fill(likely == 0, float('-inf')), None\n"
            "    logits = logits / temperature",
        ),
        "top_k ignored": ("if top_k is not None:", "if False:"),
        "top_k one too many": ("min(top_k, logits", "min(top_k + 1, logits"),
        "top_k one too few": ("min(top_k, logits.size(-1))", "max(min(top_k, logits.size(-1)) - 1, 1)"),
        "the k-th best ruled out too": (
            TOP_K,
            'logits = logits.masked_fill(logits <= best.values[:, -1:], float("-inf"))',
        ),
        "all that are as good as the k-th best": (
            TOP_K,
            'logits = logits.masked_fill(logits < best.values[:, -1:], float("-inf"))',
        ),
        "the best ruled out": (TOP_K, 'logits = logits.scatter(-1, best.indices, float("-inf"))'),
        "top_k beyond the vocabulary": ("min(top_k, logits.size(-1))", "top_k"),
        "top_k lowest": (
            "logits.topk(min(top_k, logits.size(-1)))",
            "logits.topk(min(top_k, logits.size(-1)), largest=False)",
        ),
        "top_k of sizes": (
            "logits.topk(min(top_k, logits.size(-1)))",
            "logits.abs().topk(min(top_k, logits.size(-1)))",
        ),
        "the first row's k-th best for all": (
            TOP_K,
            'logits = logits.masked_fill(logits < best.values[:1, -1:], float("-inf"))',
        ),
        "the best for the k-th best": (
            TOP_K,
            'logits = logits.masked_fill(logits < best.values[:, :1], float("-inf"))',
        ),
        "ruled out with zero": ('float("-inf")', "0.0"),
        "ruled out with a small number": ('float("-inf")', "-9.0"),
        "ranks taken for tokens": (TOP_K, "logits = best.values"),
        "top_k after the softmax, the rest not scaled up": (
            TOP_K,
            "p = logits.softmax(dim=-1)\n"
            "        return torch.zeros_like(p).scatter(-1, best.indices, p.gather(-1, best.indices))",
        ),
        "logits returned": ("return p\n", "return logits\n"),
        "exponentials that sum to anything": ("p = logits.softmax(dim=-1)", "p = logits.exp()"),
        "exponentials without the greatest taken off": (
            "p = logits.softmax(dim=-1)",
            "p = logits.exp() / logits.exp().sum(dim=-1, keepdim=True)",
        ),
        "log-probabilities": ("p = logits.softmax(dim=-1)", "p = logits.log_softmax(dim=-1)"),
        "softmax over the batch": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=0)"),
        "softmax twice": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1).softmax(dim=-1)"),
        "a sigmoid": ("p = logits.softmax(dim=-1)", "p = logits.sigmoid()"),
        "uniform": ("p = logits.softmax(dim=-1)", "p = (logits.exp() * 0 + 1).softmax(dim=-1)"),
        "one row for all": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1)[:1].expand_as(logits)"),
        "top_p ignored": ("if top_p is not None and top_p < 1:", "if False:"),
        "min_p ignored": ("if min_p is not None:", "if False:"),
        "top_p or min_p, but not both": ("if min_p is not None:", "elif min_p is not None:"),
        "min_p before top_p": (
            "if top_p is not None and top_p < 1:",
            "if min_p is not None:\n        p = keep_likely(p, min_p)\n    if top_p is not None:",
        ),
        "top_p before top_k": (
            "if top_k is not None:",
            "if top_p is not None:\n"
            "        logits = keep_nucleus(logits.softmax(dim=-1), top_p).log()\n        top_p = None\n"
            "    if top_k is not None:",
        ),
        "top_p for min_p": ("p = keep_likely(p, min_p)", "p = keep_likely(p, top_p or min_p)"),
        "top_p of the logits": ("p = keep_nucleus(p, top_p)", "p = keep_nucleus(logits, top_p)"),
        "min_p of the logits": ("p = keep_likely(p, min_p)", "p = keep_likely(logits, min_p)"),
        "result in float32": ("return p\n", "return p.float()\n"),
        "logits changed in place": (
            "logits = logits / temperature",
            "logits[:, :1] -= 0.5\n    logits = logits / temperature",
        ),
        "settings not looked at": ("if temperature < 0 or (top_k is not None and top_k < 1):", "if False:"),
        "negative temperature let through": ("temperature < 0 or ", ""),
        "top_k of 0 let through": ("top_k < 1", "top_k < 0"),
        "top_k of None refused": ("(top_k is not None and top_k < 1)", "not top_k"),
        "temperature of 0 refused": ("temperature < 0 or", "temperature <= 0 or"),
        "top_p and min_p not looked at": (
            "if any(share is not None and not 0 < share <= 1 for share in (top_p, min_p)):",
            "if False:",
        ),
        "top_p not looked at": ("for share in (top_p, min_p)", "for share in (min_p,)"),
        "min_p not looked at": ("for share in (top_p, min_p)", "for share in (top_p,)"),
        "shares of 0 let through": ("not 0 < share <= 1", "not 0 <= share <= 1"),
        "shares of 1 refused": ("not 0 < share <= 1", "not 0 < share < 1"),
        "percentages let through": ("not 0 < share <= 1", "not 0 < share <= 100"),
    },
    "generation.keep_nucleus": {
        "the token that crosses the line ruled out": (RULED_OUT, "ordered.masked_fill(before + ordered > top_p, 0.0)"),
        "the token that reaches the line ruled out": (RULED_OUT, "ordered.masked_fill(before + ordered >= top_p, 0.0)"),
        "one too many where the line is reached": ("before >= top_p", "before > top_p"),
        "one too many": ("before >= top_p", "before - ordered >= top_p"),
        "only the likeliest": ("before >= top_p", "before > 0"),
        "only what comes after enough": ("before >= top_p", "before < top_p"),
        "the unlikely end instead": ("before >= top_p", "before >= 1 - top_p"),
        "from the least likely on": ("descending=True", "descending=False"),
        "in the order of the tokens": (
            "ordered, order = p.sort(dim=-1, descending=True)",
            "ordered, order = p, torch.arange(p.size(-1)).expand_as(p)",
        ),
        "not put back in place": (
            f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
            RULED_OUT,
        ),
        "put back the wrong way round": (
            f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
            f"{RULED_OUT}.gather(-1, order)",
        ),
        "everything as likely as the last that stays": (
            f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
            "p.masked_fill(p < ordered.masked_fill(before >= top_p, 2.0).amin(dim=-1, keepdim=True), 0.0)",
        ),
        "a bar on every token's own probability": (
            f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
            "p.masked_fill(p < 1 - top_p, 0.0)",
        ),
        "the first row's line for all": ("before >= top_p", "before[:1] >= top_p"),
        "the first row's order for all": ("scatter(-1, order,", "scatter(-1, order[:1].expand_as(order),"),
        "summed over the batch": ("ordered.cumsum(dim=-1)", "ordered.cumsum(dim=0)"),
        "not summed": (BEFORE, "before = ordered"),
        "multiplied, not summed": (BEFORE, "before = ordered.cumprod(dim=-1)"),
        "sorted over the batch": ("p.sort(dim=-1", "p.sort(dim=0"),
        "as many tokens as the share of the vocabulary": (
            RULED_OUT,
            "ordered.masked_fill(torch.arange(p.size(-1)) >= top_p * p.size(-1), 0.0)",
        ),
        "the rest not scaled up": (SCALED_UP, "return kept"),
        "scaled by top_p": (SCALED_UP, "return kept / top_p"),
        "a softmax of the rest": (SCALED_UP, "return kept.softmax(dim=-1)"),
        "a softmax of those that stay": (
            SCALED_UP,
            'return kept.masked_fill(kept == 0, float("-inf")).softmax(dim=-1)',
        ),
        "scaled over the batch": (SCALED_UP, "return kept / kept.sum()"),
        "all that stay equally likely": (
            SCALED_UP,
            "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
        ),
        "changed in place": ("torch.zeros_like(p).scatter(", "p.scatter_("),
        "result in float32": (SCALED_UP, "return kept.float() / kept.float().sum(dim=-1, keepdim=True)"),
    },
    "generation.keep_likely": {
        "a fixed bar": (BAR, "bar = min_p"),
        "a bar below the likeliest": (BAR, "bar = p.amax(dim=-1, keepdim=True) - min_p"),
        "a bar from the mean": (BAR, "bar = min_p * p.mean(dim=-1, keepdim=True)"),
        "a bar from the least likely": (BAR, "bar = min_p * p.amin(dim=-1, keepdim=True)"),
        "a bar from the batch's likeliest": (BAR, "bar = min_p * p.max()"),
        "a bar for every token from the batch": (BAR, "bar = min_p * p.amax(dim=0, keepdim=True)"),
        "a bar from an even spread": (BAR, "bar = min_p / p.size(-1)"),
        "a bar from the second": (BAR, "bar = min_p * p.sort(dim=-1).values[:, -2:-1]"),
        "a bar turned round": (BAR, "bar = p.amax(dim=-1, keepdim=True) * (1 - min_p)"),
        "a bar to the power": (BAR, "bar = p.amax(dim=-1, keepdim=True) ** (1 / min_p)"),
        "what is just likely enough ruled out": ("p < bar", "p <= bar"),
        "the likely ruled out": ("p < bar", "p >= bar"),
        "nothing ruled out": ("p < bar", "p < 0"),
        "ruled out with minus infinity": ("bar, 0.0)", 'bar, float("-inf"))'),
        "the rest not scaled up": (SCALED_UP, "return kept"),
        "a softmax of the rest": (SCALED_UP, "return kept.softmax(dim=-1)"),
        "scaled by the likeliest": (SCALED_UP, "return kept / kept.amax(dim=-1, keepdim=True)"),
        "scaled over the batch": (SCALED_UP, "return kept / kept.sum()"),
        "all that stay equally likely": (
            SCALED_UP,
            "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
        ),
        "changed in place": ("p.masked_fill(", "p.masked_fill_("),
        "result in float32": (SCALED_UP, "return kept.float() / kept.float().sum(dim=-1, keepdim=True)"),
        "the tokens that stay": (SCALED_UP, "return kept > 0"),
    },
    "generation.generate": {
        "not cropped": ("tokens[:, -model.config.max_seq_len :]", "tokens"),
        "cropped to the first tokens": (
            "tokens[:, -model.config.max_seq_len :]",
            "tokens[:, : model.config.max_seq_len]",
        ),
        "cropped one too short": ("-model.config.max_seq_len :", "-model.config.max_seq_len + 1 :"),
        "only the last token seen": ("tokens[:, -model.config.max_seq_len :]", "tokens[:, -1:]"),
        "only the prompt seen": (
            "for _ in range(max_new_tokens):",
            "prompt, forward = tokens, model.forward\n"
            "    model.forward = lambda _: forward(prompt)\n"
            "    for _ in range(max_new_tokens):",
        ),
        "cropped for good": (
            "logits = model(tokens[:, -model.config.max_seq_len :])",
            "tokens = tokens[:, -model.config.max_seq_len :]\n        logits = model(tokens)",
        ),
        "first position's logits": ("[:, -1, :]", "[:, 0, :]"),
        "last but one position's logits": ("[:, -1, :]", "[:, max(-2, -tokens.size(1)), :]"),
        "first row for all": ("[:, -1, :]", "[:1, -1, :].expand(tokens.size(0), -1)"),
        "always the likeliest": (DRAWN, "logits.argmax(dim=-1, keepdim=True)"),
        "likeliest up to temperature 1": (CHOSEN, f"temperature *= temperature >= 1\n        {CHOSEN}"),
        "the least likely": (CHOSEN, CHOSEN.replace("(logits,", "(-logits,")),
        "temperature not handed on": (CHOSEN, CHOSEN.replace("temperature, top_k", "1.0, top_k")),
        "temperature 0 taken for 1": (CHOSEN, CHOSEN.replace("temperature, top_k", "temperature or 1.0, top_k")),
        "temperature twice": (CHOSEN, CHOSEN.replace("(logits,", "(logits / (temperature or 1.0),")),
        "top_k not handed on": (CHOSEN, CHOSEN.replace("top_k, top_p", "None, top_p")),
        "top_p not handed on": (CHOSEN, CHOSEN.replace("top_p, min_p", "None, min_p")),
        "min_p not handed on": (CHOSEN, CHOSEN.replace("top_p, min_p", "top_p")),
        "top_p and min_p swapped": (CHOSEN, CHOSEN.replace("top_p, min_p", "min_p, top_p")),
        "settings not handed on": (CHOSEN, "p = next_token_distribution(logits)"),
        "settings of no use let through": (
            CHOSEN,
            "p = next_token_distribution(logits, abs(temperature), top_k and max(top_k, 1), top_p, min_p)",
        ),
        "drawn from logits": (DRAWN, DRAWN.replace("(p,", "(logits.abs(),")),
        "drawn from log-probabilities": (DRAWN, DRAWN.replace("(p,", "(p.log().abs().clamp(max=99),")),
        "shared over the batch": (CHOSEN, f"{CHOSEN}\n        p = p / p.sum(dim=0)"),
        "softmax twice": (CHOSEN, f"{CHOSEN}\n        p = p.softmax(dim=-1)"),
        "uniform draws": (DRAWN, DRAWN.replace("(p,", "(torch.ones_like(p),")),
        "one draw for all rows": (DRAWN, f"{DRAWN[:-1]})[:1].expand(tokens.size(0), 1)"),
        "generator ignored": (", generator=generator)", ")"),
        "generator seeded anew": ("for _ in range", "generator and generator.manual_seed(0)\n    for _ in range"),
        "generator seeded anew at every step": (
            "following = torch.multinomial",
            "generator and generator.manual_seed(generator.initial_seed())\n        following = torch.multinomial",
        ),
        "only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n"),
        "one token too few": ("range(max_new_tokens)", "range(max_new_tokens - 1)"),
        "one token too many": ("range(max_new_tokens)", "range(max_new_tokens + 1)"),
        "max_new_tokens taken for the total": ("range(max_new_tokens)", "range(max_new_tokens - tokens.size(1))"),
        "put in front": (LONGER, LONGER.replace("(tokens, following)", "(following, tokens)")),
        "nothing kept": ("tokens = torch.cat", "longer = torch.cat"),
        "overwrites the last token": (LONGER, "tokens = torch.cat((tokens[:, :-1], following, following), dim=1)"),
        "window moved on in place": (
            LONGER,
            "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), following",
        ),
        "int32": ("    return tokens\n", "    return tokens.int()\n"),
        "a list": ("    return tokens\n", "    return tokens.tolist()\n"),
        "stops at the end of the tables": (
            "for _ in range(max_new_tokens):",
            "for _ in range(min(max_new_tokens, max(model.config.max_seq_len - tokens.size(1), 0))):",
        ),
        "stops at the boundary token": (LONGER, f"{LONGER}\n        if (following == 0).any(): break"),
        "returns after the first token": ("    return tokens\n", "        return tokens\n"),
        "prompt wiped": (LONGER, "tokens, _ = torch.cat((tokens, following), dim=1), tokens.zero_()"),
    },
    "generation.read": {
        "the logits of the last column": (LAST, "return logits[:, -1], cache"),
        "the logits of the first column": (LAST, "return logits[:, 0], cache"),
        "the logits behind each text": (
            LAST,
            LAST.replace("lengths - 1]", "lengths.clamp(max=logits.size(1) - 1)]"),
        ),
        "the logits of the last token but one": (LAST, LAST.replace("lengths - 1]", "(lengths - 2).clamp(min=0)]")),
        "the first text's last token for all": (LAST, "return logits[:, lengths[0] - 1], cache"),
        "the shortest text's last token for all": (LAST, "return logits[:, lengths.min() - 1], cache"),
        "every text's logits in every place": (LAST, "return logits[:, lengths - 1], cache"),
        "a column for every text": (LAST, "return logits[lengths - 1, torch.arange(len(texts))], cache"),
        "all logits": (LAST, "return logits, cache"),
        "the cache not taken back": ("cache.rewind(lengths)", "pass"),
        "the cache taken back to the shortest": (
            "cache.rewind(lengths)",
            "cache.spare = 99\n    cache.rewind(lengths.min().expand_as(lengths))",
        ),
        "the cache taken back by the lengths": (
            "cache.rewind(lengths)",
            "cache.spare = 99\n    cache.rewind(lengths.max() - lengths)",
        ),
        "the cache taken back one too far": (
            "cache.rewind(lengths)",
            "cache.spare += 1\n    cache.rewind(lengths - 1)",
        ),
        "spare forgotten": (SPARE, "cache = KVCache(model.config)"),
        "spare for the shortest": (SPARE, "cache = KVCache(model.config, spare=int(lengths.min()))"),
        "a number for the cache": (SPARE, f"{SPARE}\n    cache.layers = cache.layers[:1] * len(cache.layers)"),
        "read without the cache": (READING, READING.replace(", cache=cache", "")),
        "filled up at the front": (
            READING,
            "width = int(lengths.max())\n"
            "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
            "    logits = model(padded, cache=cache)",
        ),
        "filled up with -1": (READING, READING.replace("batch_first=True", "batch_first=True, padding_value=-1")),
        "filled up along the other axis": (READING, READING.replace("batch_first=True", "batch_first=False")),
        "cut to the shortest": (
            READING,
            "logits = model(torch.stack([text[: lengths.min()] for text in texts]), cache=cache)",
        ),
        "text after text": (
            READING,
            "logits = torch.stack([\n"
            "        F.pad(model(text[None])[0], (0, 0, 0, int(lengths.max()) - len(text))) for text in texts\n"
            "    ])\n"
            "    model(pad_sequence(list(texts), batch_first=True), cache=cache)",
        ),
        "read twice": (READING, f"{READING}\n    {READING}"),
        "ordered by length": (
            "lengths = torch.tensor([len(text) for text in texts]",
            "texts = sorted(texts, key=len)\n    lengths = torch.tensor([len(text) for text in texts]",
        ),
        "texts filled up in the list": (
            "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)",
            "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)\n"
            "    if isinstance(texts, list):\n"
            "        texts[:] = pad_sequence(texts, batch_first=True).unbind()",
        ),
        "returned in another order": (LAST, LAST.replace("return ", "return cache, ").removesuffix(", cache")),
        "only the logits": (LAST, LAST.removesuffix(", cache")),
    },
    "generation.stream": {
        "one token too few": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens - 1))"),
        "one token too many": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens + 1))"),
        "the last token not handed out": (
            YIELD,
            f"if not remaining:\n            return\n        {YIELD}",
        ),
        "a column": (YIELD, "yield following.masked_fill(ended[:, None], -1)"),
        "lists": (YIELD, f"{YIELD}.tolist()"),
        "texts, not tokens": (YIELD, "yield torch.stack([text[-1] for text in texts])"),
        "nothing until all is written": (
            YIELD,
            "out = [*out, following.squeeze(1).masked_fill(ended, -1)] if remaining < max_new_tokens - 1 else"
            " [following.squeeze(1)]\n"
            "        if not remaining or (ended | torch.isin(following.squeeze(1), stops)).all():\n"
            "            yield from out",
        ),
        "read ahead before it is handed out": (
            f"{YIELD}\n",
            f"ahead = KVCache(model.config)\n        model(torch.stack([text[-1:] for text in texts]), cache=ahead)\n"
            f"        {YIELD}\n",
        ),
        "the token that ends a text swallowed": (
            YIELD,
            "yield following.squeeze(1).masked_fill(ended | torch.isin(following.squeeze(1), stops), -1)",
        ),
        "ended texts go on": (".masked_fill(ended, -1)", ""),
        "0 where a text has ended": ("masked_fill(ended, -1)", "masked_fill(ended, 0)"),
        "the end repeated where a text has ended": (
            YIELD,
            "yield torch.where(ended, torch.stack([text[-1] for text in texts]), following.squeeze(1))",
        ),
        "a text ends, but is revived": (ENDED, "ended = torch.isin(following.squeeze(1), stops)"),
        "all end with the first": (ENDED, f"{ENDED}\n        ended = ended.any().expand_as(ended)"),
        "no text ever ends": (ENDED, "pass"),
        "a text ends with any token in the prompt": (
            ENDED,
            "ended = ended | torch.stack([torch.isin(text, stops).any() for text in texts])"
            " | torch.isin(following.squeeze(1), stops)",
        ),
        "only the first of the tokens that end a text": (ENDED, ENDED.replace("stops)", "stops[:1])")),
        "a text ends one token late": (
            ENDED,
            "ended = ended | torch.isin(torch.stack([text[-1] for text in texts]), stops)",
        ),
        "the stream ends with the first text": ("ended.all()", "ended.any()"),
        "the stream goes on when all have ended": ("if ended.all() or not remaining:", "if not remaining:"),
        "everything else than these ends a text": (ENDED, ENDED.replace("torch.isin", "~torch.isin")),
        "sampling not handed on": ("next_token_distribution(logits, **sampling)", "next_token_distribution(logits)"),
        "top_k not handed on": (
            "next_token_distribution(logits, **sampling)",
            "next_token_distribution(logits, sampling.get('temperature', 1.0))",
        ),
        "always the likeliest": (DRAWN, "p.argmax(dim=-1, keepdim=True)"),
        "uniform draws": (DRAWN, DRAWN.replace("(p,", "(torch.ones_like(p),")),
        "one draw for all": (DRAWN, f"{DRAWN}[:1].expand(len(texts), 1)"),
        "softmax twice": (DRAWN, DRAWN.replace("(p,", "(p.softmax(dim=-1),")),
        "generator ignored": (", generator=generator)", ")"),
        "generator seeded anew at every step": (
            DRAWN,
            "torch.multinomial(p, num_samples=1,"
            " generator=generator and generator.manual_seed(generator.initial_seed()))",
        ),
        "the whole text read again for every token": (ROOM, "if False:"),
        "the whole text into the same cache": (
            STEP,
            "logits = model(torch.stack([text[-longest:] for text in texts]), cache=cache)[:, -1]",
        ),
        "read without the cache": (STEP, "logits = model(following)[:, -1]"),
        "the token before read again": (
            STEP,
            "logits = model(torch.stack([text[-2] for text in texts])[:, None], cache=cache)[:, -1]",
        ),
        "the token that was drawn not read": (STEP, "pass"),
        "the first text's token read by all": (
            STEP,
            STEP.replace("(following,", "(following[:1].expand(len(texts), 1),"),
        ),
        "tokens not put behind the texts": (TEXTS, "pass"),
        "tokens put in front of the texts": (TEXTS, TEXTS.replace("(text, token)", "(token, text)")),
        "only the new token kept": (TEXTS, "texts = list(following)"),
        "the end of the tables not thought of": (ROOM, "if True:"),
        "the end of the tables noticed too late": (ROOM, "if cache.longest <= longest:"),
        "stops at the end of the tables": (AGAIN, "else:\n            return"),
        "starts from the last token at the end of the tables": (
            AGAIN,
            "else:\n            logits, cache = read(model, [text[-1:] for text in texts])",
        ),
        "reads the beginning at the end of the tables": (
            AGAIN,
            "else:\n            logits, cache = read(model, [text[:longest] for text in texts])",
        ),
        "reads half at the end of the tables": (
            AGAIN,
            "else:\n            logits, cache = read(model, [text[-longest // 2 :] for text in texts])",
        ),
        "long texts not cropped": (FIRST_READING, "logits, cache = read(model, texts)\n    for"),
        "long texts cropped to their beginning": (
            FIRST_READING,
            "logits, cache = read(model, [text[:longest] for text in texts])\n    for",
        ),
        "texts cut to the same length": (
            FIRST_READING,
            "texts = [text[-min(map(len, texts)) :] for text in texts]\n    " + FIRST_READING,
        ),
        "one text for all": (
            FIRST_READING,
            FIRST_READING.replace("for text in texts]", "for text in texts[:1] * len(texts)]"),
        ),
    },
    "generation.accept_draft": {
        "the ratio upside down": (RATIO, "ratio = q[place, proposed] / p[place, proposed]"),
        "the difference for the ratio": (RATIO, "ratio = p[place, proposed] - q[place, proposed]"),
        "the model's probability for the ratio": (RATIO, "ratio = p[place, proposed]"),
        "the draft's probability for the ratio": (RATIO, "ratio = q[place, proposed]"),
        "the ratio of the model's row behind": (RATIO, "ratio = p[place + 1, proposed] / q[place, proposed]"),
        "the ratio of the first row": (RATIO, "ratio = p[0, proposed] / q[place, proposed]"),
        "the ratio of the likeliest": (RATIO, "ratio = p[:-1].amax(dim=-1) / q.amax(dim=-1)"),
        "the ratio squared": (RATIO, "ratio = (p[place, proposed] / q[place, proposed]) ** 2"),
        "the ratio's root": (RATIO, "ratio = (p[place, proposed] / q[place, proposed]).sqrt()"),
        "everything accepted": (DICE, "accepted = torch.ones(len(proposed), dtype=torch.bool)"),
        "nothing accepted": (DICE, "accepted = torch.zeros(len(proposed), dtype=torch.bool)"),
        "accepted where the model agrees by half": (DICE, "accepted = ratio > 0.5"),
        "accepted where the model likes it as much": (DICE, "accepted = ratio >= 1"),
        "accepted if it is the model's likeliest": (DICE, "accepted = proposed == p[:-1].argmax(dim=-1)"),
        "accepted the wrong way round": (") < ratio", ") > ratio"),
        "one throw for all": ("torch.rand(len(proposed), generator", "torch.rand(1, generator"),
        "thrown with another generator": (
            "torch.rand(len(proposed), generator=generator,",
            "torch.rand(len(proposed),",
        ),
        "replaced with another generator": (
            "torch.multinomial(rest, num_samples=1, generator=generator)",
            "torch.multinomial(rest, num_samples=1)",
        ),
        "generator seeded anew": (RATIO, f"{RATIO}\n    generator and generator.manual_seed(0)"),
        "accepted after one that was turned down": (HOW_MANY, "k = int(accepted.sum())"),
        "the last that was accepted": (HOW_MANY, "k = int((accepted * (place + 1)).max()) if len(proposed) else 0"),
        "all or none": (HOW_MANY, "k = len(proposed) * int(accepted.all())"),
        "the token that was turned down kept": (KEPT, KEPT.replace("proposed[:k]", "proposed[: k + 1]")),
        "one accepted token lost": (KEPT, KEPT.replace("proposed[:k]", "proposed[: max(k - 1, 0)]")),
        "no token in its place": (KEPT, "return proposed[:k]"),
        "only the token in its place": (KEPT, KEPT.replace("proposed[:k]", "proposed[:0]")),
        "the whole draft kept": (KEPT, KEPT.replace("proposed[:k]", "proposed")),
        "nothing for free after the whole draft": (
            KEPT,
            f"if 0 < k == len(proposed):\n        return proposed\n    {KEPT}",
        ),
        "the model's own distribution in its place": (REST, "rest = p[k]"),
        "the draft's distribution in its place": (REST, "rest = p[k] if k == len(proposed) else q[k]"),
        "the rest not cut off at zero": (REST, REST.replace(".clamp(min=0)", "")),
        "the size of the difference": (REST, REST.replace(".clamp(min=0)", ".abs()")),
        "the difference the wrong way round": (REST, REST.replace("p[k] - q[k]", "q[k] - p[k]")),
        "the difference as logits": (REST, REST.replace("clamp(min=0)", "softmax(dim=-1)")),
        "the rest cut off above": (REST, REST.replace("clamp(min=0)", "clamp(min=0.01)")),
        "the model's distribution without that token": (
            REST,
            "rest = p[k] if k == len(proposed) else p[k].index_fill(0, proposed[k : k + 1], 0.0)",
        ),
        "the rest of the row behind": (REST, REST.replace("(p[k] - q[k])", "(p[k + 1] - q[k])")),
        "the rest of the first row": (REST, REST.replace("(p[k] - q[k])", "(p[0] - q[0])")),
        "the free token from the row before": (REST, REST.replace("rest = p[k] if", "rest = p[k - 1] if")),
        "the free token from the first row": (REST, REST.replace("rest = p[k] if", "rest = p[0] if")),
        "the likeliest in its place": (
            "torch.multinomial(rest, num_samples=1, generator=generator)",
            "rest.argmax(dim=-1, keepdim=True)",
        ),
        "two tokens in its place": ("num_samples=1", "num_samples=2"),
        "float": (KEPT, f"{KEPT}.to(p)"),
        "draft changed in place": (REST, f"{REST}\n    proposed[k:] = 0"),
        "rest taken off in place": (REST, REST.replace("(p[k] - q[k])", "p[k].sub_(q[k])")),
    },
    "generation.speculate": {
        "end not looked at": ("if end > one.config.max_seq_len:", "if False:"),
        "the draft's end not looked at": ('(("model", model), ("draft", draft))', '(("model", model),)'),
        "the model's end not looked at": ('(("model", model), ("draft", draft))', '(("draft", draft),)'),
        "one position too few": ("if end > one.config.max_seq_len:", "if end >= one.config.max_seq_len:"),
        "only the new tokens counted": ("end = tokens.size(1) + max_new_tokens", "end = max_new_tokens"),
        "spare forgotten": (
            "KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
            "KVCache(model.config), KVCache(draft.config)",
        ),
        "one cache for both": (
            "cache, draft_cache = KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
            "cache = draft_cache = KVCache(model.config, lookahead)",
        ),
        "a new cache for the draft in every round": (
            "q = []",
            "q, draft_cache = [], KVCache(draft.config, lookahead)",
        ),
        "a new cache for the model in every round": (
            "q = []",
            "q, cache = [], KVCache(model.config, lookahead)",
        ),
        "too many tokens at the end": (AHEAD, "for _ in range(lookahead):"),
        "one guess too many at the end": (AHEAD, "for _ in range(min(lookahead, end - known)):"),
        "never ahead": (AHEAD, "for _ in range(0):"),
        "one guess a round": (AHEAD, "for _ in range(min(1, end - known - 1)):"),
        "one round only": ("while tokens.size(1) < end:", "if tokens.size(1) < end:"),
        "one token short": ("while tokens.size(1) < end:", "while tokens.size(1) < end - 1:"),
        "the draft reads the last token only": (
            GUESSED,
            "logits = draft(tokens[:, -1:], cache=draft_cache)[:, -1]",
        ),
        "the draft reads everything into its cache": (GUESSED, "logits = draft(tokens, cache=draft_cache)[:, -1]"),
        "the draft keeps no cache": (GUESSED, "logits = draft(tokens, cache=KVCache(draft.config))[:, -1]"),
        "the draft's first logits": (GUESSED, GUESSED.replace("[:, -1]", "[:, 0]")),
        "the model guesses for itself": (
            GUESSED,
            "logits = model(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
        ),
        "the draft not as it was drawn from": (
            THOUGHT,
            "q.append(next_token_distribution(logits, **sampling) * 0 + 1)",
        ),
        "sampling not handed on to the draft": (THOUGHT, "q.append(next_token_distribution(logits))"),
        "sampling not handed on to the model": (
            "p = next_token_distribution(logits, **sampling)",
            "p = next_token_distribution(logits)",
        ),
        "guessed from something else": (
            "torch.multinomial(q[-1], num",
            "torch.multinomial(torch.ones_like(q[-1]), num",
        ),
        "guessed from the first distribution": ("torch.multinomial(q[-1], num", "torch.multinomial(q[0], num"),
        "guesses with another generator": (
            "torch.multinomial(q[-1], num_samples=1, generator=generator)",
            "torch.multinomial(q[-1], num_samples=1)",
        ),
        "generator not handed on": ("p, generator)\n", "p)\n"),
        "guesses not kept": (
            "tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)",
            "torch.multinomial(q[-1], num_samples=1, generator=generator)",
        ),
        "the model reads the guesses only": (
            CHECKED,
            "logits = model(tokens[:, known:], cache=cache)[0, -len(q) - 1 :]",
        ),
        "the model reads everything into its cache": (CHECKED, "logits = model(tokens, cache=cache)[0, -len(q) - 1 :]"),
        "the model keeps no cache": (CHECKED, "logits = model(tokens)[0, -len(q) - 1 :]"),
        "the model reads guess by guess": (
            CHECKED,
            "logits = torch.stack([\n"
            "            model(tokens[:, cache.longest : end], cache=cache)[0, -1]\n"
            "            for end in range(known, tokens.size(1) + 1)\n        ])",
        ),
        "the model's rows one too far back": (
            CHECKED,
            CHECKED.replace("[0, -len(q) - 1 :]", "[0].roll(1, 0)[-len(q) - 1 :]"),
        ),
        "the model's rows one too far ahead": (
            CHECKED,
            CHECKED.replace("[0, -len(q) - 1 :]", "[0].roll(-1, 0)[-len(q) - 1 :]"),
        ),
        "the model's first rows": (CHECKED, CHECKED.replace("[0, -len(q) - 1 :]", "[0, : len(q) + 1]")),
        "the model not asked": (ACCEPTED, "following = torch.cat((tokens[0, known:], p[-1:].argmax(dim=-1)))"),
        "what the model would write instead": (
            ACCEPTED,
            "following = torch.multinomial(p, 1, generator=generator)[:, 0]",
        ),
        "always the first token only": (ACCEPTED, f"{ACCEPTED}[:1]"),
        "draft and model swapped": (
            ACCEPTED,
            "following = accept_draft(tokens[0, known:], p[:-1], torch.cat([*q, p[-1:]]), generator)",
        ),
        "what was drawn put behind the guesses": (GOES_ON, "tokens = torch.cat((tokens, following[None]), dim=1)"),
        "the guesses kept": (GOES_ON, "tokens = torch.cat((tokens, following[None, -1:]), dim=1)"),
        "nothing forgotten": (BACK, "pass"),
        "the draft forgets nothing": ("for one in (cache, draft_cache):", "for one in (cache,):"),
        "the model forgets nothing": ("for one in (cache, draft_cache):", "for one in (draft_cache,):"),
        "the last token counts as read": (
            "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
            "one.rewind(torch.tensor([min(tokens.size(1), one.longest)], device=tokens.device))",
        ),
        "one token too many forgotten": (
            "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
            "one.spare += 1\n                one.rewind(torch.tensor([tokens.size(1) - 2], device=tokens.device))",
        ),
        "everything forgotten": (
            "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
            "one.spare = 999\n                one.rewind(torch.tensor([0], device=tokens.device))",
        ),
        "taken back to what was known": (
            "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
            "one.rewind(torch.tensor([known], device=tokens.device))",
        ),
        "only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n"),
        "a single row returned": ("    return tokens\n", "    return tokens[0]\n"),
        "cut too short": ("    return tokens\n", "    return tokens[:, : end - 1]\n"),
    },
}
