"""Mistakes in generation.py."""

MISTAKES = {
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
        "temperature 0 not thought of": ("if temperature == 0:", "if False:"),
        "temperature 0 taken for 1": ("if temperature == 0:", "temperature = temperature or 1.0\n        if False:"),
        "always the likeliest": ("if temperature == 0:", "if True:"),
        "likeliest up to temperature 1": ("if temperature == 0:", "if temperature < 1:"),
        "the least likely": ("logits.argmax(", "logits.argmin("),
        "temperature multiplied": ("logits = logits / temperature", "logits = logits * temperature"),
        "temperature ignored": ("logits = logits / temperature", "pass"),
        "temperature not assigned": ("logits = logits / temperature", "logits / temperature"),
        "temperature on the probabilities": (
            "torch.multinomial(logits.softmax(dim=-1)",
            "torch.multinomial((logits * temperature).softmax(dim=-1) / temperature",
        ),
        "temperature twice with top_k": (
            "best = logits.topk",
            "logits = logits / temperature\n                best = logits.topk",
        ),
        "top_k ignored": ("if top_k is not None:", "if False:"),
        "top_k one too many": ("min(top_k, logits", "min(top_k + 1, logits"),
        "top_k one too few": ("min(top_k, logits.size(-1))", "max(min(top_k, logits.size(-1)) - 1, 1)"),
        "the k-th best ruled out too": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits <= best.values[:, -1:], float("-inf"))',
        ),
        "the best ruled out": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.scatter(-1, best.indices, float("-inf"))',
        ),
        "top_k beyond the vocabulary": ("min(top_k, logits.size(-1))", "top_k"),
        "top_k lowest": (
            "logits.topk(min(top_k, logits.size(-1)))",
            "logits.topk(min(top_k, logits.size(-1)), largest=False)",
        ),
        "the first row's k-th best for all": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits < best.values[:1, -1:], float("-inf"))',
        ),
        "the best for the k-th best": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            'logits = logits.masked_fill(logits < best.values[:, :1], float("-inf"))',
        ),
        "ruled out with zero": ('float("-inf")', "0.0"),
        "drawn from logits": ("logits.softmax(dim=-1), num", "logits.abs(), num"),
        "log-probabilities": ("logits.softmax(dim=-1), num", "logits.log_softmax(dim=-1).abs(), num"),
        "softmax over the batch": ("softmax(dim=-1)", "softmax(dim=0)"),
        "softmax twice": ("logits.softmax(dim=-1)", "logits.softmax(dim=-1).softmax(dim=-1)"),
        "generator ignored": (", generator=generator", ""),
        "generator seeded anew": ("for _ in range", "generator and generator.manual_seed(0)\n    for _ in range"),
        "generator seeded anew at every step": (
            "following = torch.multinomial",
            "generator and generator.manual_seed(generator.initial_seed())\n            following = torch.multinomial",
        ),
        "uniform draws": ("logits.softmax(dim=-1)", "logits.exp() * 0 + 1"),
        "one draw for all rows": (
            "torch.multinomial(logits.softmax(dim=-1)",
            "torch.multinomial(logits.softmax(dim=-1)[:1].expand_as(logits)",
        ),
        "only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n"),
        "one token too few": ("range(max_new_tokens)", "range(max_new_tokens - 1)"),
        "one token too many": ("range(max_new_tokens)", "range(max_new_tokens + 1)"),
        "max_new_tokens taken for the total": ("range(max_new_tokens)", "range(max_new_tokens - tokens.size(1))"),
        "put in front": ("torch.cat((tokens, following), dim=1)", "torch.cat((following, tokens), dim=1)"),
        "nothing kept": ("tokens = torch.cat", "longer = torch.cat"),
        "overwrites the last token": (
            "torch.cat((tokens, following), dim=1)",
            "torch.cat((tokens[:, :-1], following, following), dim=1)",
        ),
        "window moved on in place": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), following",
        ),
        "int32": ("    return tokens\n", "    return tokens.int()\n"),
        "a list": ("    return tokens\n", "    return tokens.tolist()\n"),
        "stops at the end of the tables": (
            "for _ in range(max_new_tokens):",
            "for _ in range(min(max_new_tokens, max(model.config.max_seq_len - tokens.size(1), 0))):",
        ),
        "stops at the boundary token": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens = torch.cat((tokens, following), dim=1)\n        if (following == 0).any(): break",
        ),
        "returns after the first token": ("    return tokens\n", "        return tokens\n"),
        "prompt wiped": (
            "tokens = torch.cat((tokens, following), dim=1)",
            "tokens, _ = torch.cat((tokens, following), dim=1), tokens.zero_()",
        ),
        "ranks taken for tokens": (
            'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
            "logits = best.values",
        ),
        "settings not looked at": ("if temperature < 0 or (top_k is not None and top_k < 1):", "if False:"),
        "negative temperature let through": ("temperature < 0 or ", ""),
        "top_k of 0 let through": ("top_k < 1", "top_k < 0"),
        "top_k of None refused": ("(top_k is not None and top_k < 1)", "not top_k"),
        "temperature of 0 refused": ("temperature < 0 or", "temperature <= 0 or"),
    },
}
