"""What people write for generation.speculate, and why it matters."""

from scripts.course.generation.explanations import GENERATOR, NEW_ONLY, SPARE_FORGOTTEN, TOTAL
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "length not checked": Kind(
        "You do not check the whole length against the positions of both models. The text can outgrow one of "
        "them without being refused, and the run may break off halfway.",
        {
            "end not looked at": ("if end > one.config.max_seq_len:", "if False:"),
            "the draft's end not looked at": ('(("model", model), ("draft", draft))', '(("model", model),)'),
            "the model's end not looked at": ('(("model", model), ("draft", draft))', '(("draft", draft),)'),
        },
    ),
    "text that fits refused": Kind(
        "You refuse a text that takes up exactly all positions of a model. It still fits, to the last token, "
        "and whoever asks for it gets an error.",
        {"one position too few": ("if end > one.config.max_seq_len:", "if end >= one.config.max_seq_len:")},
    ),
    "max_new_tokens taken for the total": Kind(
        TOTAL, {"only the new tokens counted": ("end = tokens.size(1) + max_new_tokens", "end = max_new_tokens")}
    ),
    "spare forgotten": Kind(
        SPARE_FORGOTTEN,
        {
            "spare forgotten": (
                "KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
                "KVCache(model.config), KVCache(draft.config)",
            )
        },
    ),
    "one cache for both": Kind(
        "Model and draft share one cache. Each needs a memory of its own: keys and values that the other has "
        "made mean nothing to it, and tokens that one has read count as read by both.",
        {
            "one cache for both": (
                "cache, draft_cache = KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
                "cache = draft_cache = KVCache(model.config, lookahead)",
            )
        },
    ),
    "the same read again and again": Kind(
        "One of the two models starts over with an empty cache, or has none, and reads the whole text again. "
        "The result is the same, but this reading costs the time that guessing ahead should save.",
        {
            "a new cache for the draft in every round": (
                "q = []",
                "q, draft_cache = [], KVCache(draft.config, lookahead)",
            ),
            "a new cache for the model in every round": ("q = []", "q, cache = [], KVCache(model.config, lookahead)"),
            "the draft keeps no cache": (
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens, cache=KVCache(draft.config))[:, -1]",
            ),
            "the model keeps no cache": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "too many guesses at the end": Kind(
        "Near the end, your draft guesses more tokens than there is room for, though one always comes from the "
        "model. The text can get longer than was asked for, or than there are positions.",
        {
            "too many tokens at the end": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(lookahead):",
            ),
            "one guess too many at the end": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(min(lookahead, end - known)):",
            ),
        },
    ),
    "too few guesses": Kind(
        "Your draft guesses fewer tokens ahead than it may: none, or a single one. The large model then has to "
        "read more often, and little or nothing is left of what speculation saves.",
        {
            "never ahead": ("for _ in range(min(lookahead, end - known - 1)):", "for _ in range(0):"),
            "one guess a round": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(min(1, end - known - 1)):",
            ),
        },
    ),
    "one round only": Kind(
        "You stop after a single round. It brings a few tokens at most, one if the first guess is turned down, "
        "and longer texts are never finished.",
        {"one round only": ("while tokens.size(1) < end:", "if tokens.size(1) < end:")},
    ),
    "one token short": Kind(
        "Your text can end one token before the length that was asked for. Whoever called has counted on that "
        "length, and `generate` would have written the last token.",
        {
            "one token short": ("while tokens.size(1) < end:", "while tokens.size(1) < end - 1:"),
            "cut too short": ("    return tokens\n", "    return tokens[:, : end - 1]\n"),
        },
    ),
    "not all that is new is read": Kind(
        "You hand a model the last token only, or the guesses only. What its cache has missed before, the "
        "prompt above all, it never gets to know, and it guesses or judges blindly.",
        {
            "the draft reads the last token only": (
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens[:, -1:], cache=draft_cache)[:, -1]",
            ),
            "the model reads the guesses only": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, known:], cache=cache)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "the whole text into the same cache": Kind(
        "You hand a model the whole text together with a cache that has most of it already. It appends "
        "everything once more, at positions that are too far back, until there are none left.",
        {
            "the draft reads everything into its cache": (
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens, cache=draft_cache)[:, -1]",
            ),
            "the model reads everything into its cache": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens, cache=cache)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "the draft's first logits": Kind(
        "You use the draft's logits behind the first of the tokens that it has read, not behind the last. "
        "Where it has read several, it guesses for a place that is written already, and is mostly turned down.",
        {
            "the draft's first logits": (
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, 0]",
            )
        },
    ),
    "the model guesses for itself": Kind(
        "You let the large model make the guesses, with the draft's cache. Its guesses are good, but it runs "
        "once for every token as it would alone, and the small model is never asked.",
        {
            "the model guesses for itself": (
                "logits = draft(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                "logits = model(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
            )
        },
    ),
    "ones for the draft's distribution": Kind(
        "You write down the same number for every token instead of how likely the draft finds it. The guesses "
        "become noise, and the check, which weighs the model's probabilities against these numbers, cannot "
        "work.",
        {
            "the draft not as it was drawn from": (
                "q.append(next_token_distribution(logits, **sampling))",
                "q.append(next_token_distribution(logits, **sampling) * 0 + 1)",
            )
        },
    ),
    "guesses drawn from something else": Kind(
        "You draw guesses from another distribution than the one that the check gets to see. It can make up "
        "for a poor guess only if it knows how likely the draft was to make it.",
        {
            "guessed from something else": (
                "torch.multinomial(q[-1], num",
                "torch.multinomial(torch.ones_like(q[-1]), num",
            ),
            "guessed from the first distribution": ("torch.multinomial(q[-1], num", "torch.multinomial(q[0], num"),
        },
    ),
    "draft without the settings": Kind(
        "Your draft guesses without temperature, top-k and the others. The check puts that right, but it turns "
        "down more guesses than it would have to, and the model has to read more often.",
        {
            "sampling not handed on to the draft": (
                "q.append(next_token_distribution(logits, **sampling))",
                "q.append(next_token_distribution(logits))",
            )
        },
    ),
    "model without the settings": Kind(
        "The distributions that you check against are made without temperature, top-k and the others. They "
        "decide what the text is like, so that it comes out as if nobody had set anything.",
        {
            "sampling not handed on to the model": (
                "p = next_token_distribution(logits, **sampling)",
                "p = next_token_distribution(logits)",
            )
        },
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "guesses with another generator": (
                "torch.multinomial(q[-1], num_samples=1, generator=generator)",
                "torch.multinomial(q[-1], num_samples=1)",
            ),
            "generator not handed on": ("p, generator)\n", "p)\n"),
        },
    ),
    "guesses not kept": Kind(
        "You draw the guesses, but do not put them behind the text. The draft has nothing new to read before "
        "its next guess, and there is nothing for the model to check.",
        {
            "guesses not kept": (
                ("tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)"),
                "torch.multinomial(q[-1], num_samples=1, generator=generator)",
            )
        },
    ),
    "guess by guess": Kind(
        "Your model reads the guesses one at a time. Speculation saves time because reading several tokens at "
        "once takes hardly longer than reading one; this way the model runs as often as it would alone, or "
        "more.",
        {
            "the model reads guess by guess": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                (
                    "logits = torch.stack([\n"
                    "            model(tokens[:, cache.longest : end], cache=cache)[0, -1]\n"
                    "            for end in range(known, tokens.size(1) + 1)\n"
                    "        ])"
                ),
            )
        },
    ),
    "the model's logits of other places": Kind(
        "You use the model's logits of other places than those of the guesses and the one behind them. Every "
        "guess is then judged by what should stand elsewhere, and good ones are turned down.",
        {
            "the model's rows one too far back": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.longest :], cache=cache)[0].roll(1, 0)[-len(q) - 1 :]",
            ),
            "the model's rows one too far ahead": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.longest :], cache=cache)[0].roll(-1, 0)[-len(q) - 1 :]",
            ),
            "the model's first rows": (
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.longest :], cache=cache)[0, : len(q) + 1]",
            ),
        },
    ),
    "guesses not checked": Kind(
        "You keep every guess, without having it checked. What you get is the small model's text with all its "
        "errors, and the large one adds a word to it now and then.",
        {
            "the model not asked": (
                "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "following = torch.cat((tokens[0, known:], p[-1:].argmax(dim=-1)))",
            )
        },
    ),
    "what the model would have drawn": Kind(
        "You write what the model would draw in each place, but it has read the guesses there, not your words. "
        "Where they differ, all that comes behind continues a text that was never written.",
        {
            "what the model would write instead": (
                "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "following = torch.multinomial(p, 1, generator=generator)[:, 0]",
            )
        },
    ),
    "only the first token kept": Kind(
        "You keep only the first of the tokens that the check returns. The text is still the model's, but the "
        "model reads once for every token, and the guesses were made for nothing.",
        {
            "always the first token only": (
                "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)[:1]",
            )
        },
    ),
    "draft and model swapped": Kind(
        "You hand the check the two distributions the wrong way round. It then judges by what the draft likes, "
        "and puts what the draft overrates in the place of a guess.",
        {
            "draft and model swapped": (
                "following = accept_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "following = accept_draft(tokens[0, known:], p[:-1], torch.cat([*q, p[-1:]]), generator)",
            )
        },
    ),
    "all guesses left in the text": Kind(
        "You leave all guesses in the text, and put what the check returns, or its last token, behind them. "
        "Those that were turned down stay, as if the model had agreed.",
        {
            "what was drawn put behind the guesses": (
                "tokens = torch.cat((tokens[:, :known], following[None]), dim=1)",
                "tokens = torch.cat((tokens, following[None]), dim=1)",
            ),
            "the guesses kept": (
                "tokens = torch.cat((tokens[:, :known], following[None]), dim=1)",
                "tokens = torch.cat((tokens, following[None, -1:]), dim=1)",
            ),
        },
    ),
    "guesses not forgotten": Kind(
        "One cache or both keep guesses that were turned down. The model or the draft then goes on from words "
        "that are not in the text, and never reads those that took their place.",
        {
            "nothing forgotten": (
                (
                    "if one.longest >= tokens.size(1):\n"
                    "                one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))"
                ),
                "pass",
            ),
            "the draft forgets nothing": ("for one in (cache, draft_cache):", "for one in (cache,):"),
            "the model forgets nothing": ("for one in (cache, draft_cache):", "for one in (draft_cache,):"),
        },
    ),
    "the last token taken for read": Kind(
        "You count the last token of the text as read when you take a cache back. It came from the check, and "
        "what was read in its place was a guess that is gone: the new word is never seen.",
        {
            "the last token counts as read": (
                "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                "one.rewind(torch.tensor([min(tokens.size(1), one.longest)], device=tokens.device))",
            )
        },
    ),
    "the draft misquoted": Kind(
        "You draw the guesses from one distribution and report another to `accept_draft`. It weighs each guess "
        "by how likely the draft was to make it: told something else, it lets through what should be turned "
        "down.",
        {
            "the draft's softmax reported": (
                (
                    "q.append(next_token_distribution(logits, **sampling))\n"
                    "            tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)"
                ),
                (
                    "q.append(logits.softmax(dim=-1))\n"
                    "            tokens = torch.cat((tokens, torch.multinomial(next_token_distribution(logits, **sampling), num_samples=1, generator=generator)), dim=1)"
                ),
            )
        },
    ),
    "too much forgotten": Kind(
        "You take the caches back farther than to the first wrong guess. What they knew has to be read again, "
        "which costs time, and a layer with a window may no longer have what came before it.",
        {
            "one token too many forgotten": (
                "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                (
                    "one.spare += 1\n"
                    "                one.rewind(torch.tensor([tokens.size(1) - 2], device=tokens.device))"
                ),
            ),
            "everything forgotten": (
                "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                ("one.spare = 999\n                one.rewind(torch.tensor([0], device=tokens.device))"),
            ),
            "taken back to what was known": (
                "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                "one.rewind(torch.tensor([known], device=tokens.device))",
            ),
        },
    ),
    "prompt missing": Kind(
        NEW_ONLY, {"only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n")}
    ),
    "a row without its batch": Kind(
        "You return a single row, without the axis for the batch. Whoever called handed in a batch of one "
        "text, and expects one back, as `generate` would return it.",
        {"a single row returned": ("    return tokens\n", "    return tokens[0]\n")},
    ),
}
