"""What people write for decoding.speculative.speculate, and why it matters."""

from scripts.course.decoding.generation.explanations import GENERATOR, MODE, NEW_ONLY, ROLLBACK_FORGOTTEN, TOTAL
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "length not checked": Kind(
        "You do not compare T + max_new_tokens with max_seq_len of both models. One of them may run out of positions "
        "halfway.",
        {
            "lengths not compared": ("if end > one.config.max_seq_len:", "if False:"),
            "the draft's max_seq_len not compared": ('(("model", model), ("draft", draft))', '(("model", model),)'),
            "the model's max_seq_len not compared": ('(("model", model), ("draft", draft))', '(("draft", draft),)'),
        },
    ),
    "a sequence that fits refused": Kind(
        "You raise where the sequence has exactly max_seq_len tokens. It fits.",
        {"one position too few": ("if end > one.config.max_seq_len:", "if end >= one.config.max_seq_len:")},
    ),
    "max_new_tokens taken for the total": Kind(
        TOTAL, {"only the new tokens counted": ("end = tokens.size(1) + max_new_tokens", "end = max_new_tokens")}
    ),
    "rollback_window forgotten": Kind(
        ROLLBACK_FORGOTTEN,
        {
            "rollback_window forgotten": (
                "KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
                "KVCache(model.config), KVCache(draft.config)",
            )
        },
    ),
    "one cache for both": Kind(
        "Model and draft share one cache. Each needs keys and values of its own.",
        {
            "one cache for both": (
                "cache, draft_cache = KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
                "cache = draft_cache = KVCache(model.config, lookahead)",
            )
        },
    ),
    "the sequence read again in every round": Kind(
        "One of the models has no cache or a new one in every round, and reads the whole sequence again. The result is "
        "right, but those forward passes cost what speculation saves.",
        {
            "a new cache for the draft in every round": (
                "q = []",
                "q, draft_cache = [], KVCache(draft.config, lookahead)",
            ),
            "a new cache for the model in every round": ("q = []", "q, cache = [], KVCache(model.config, lookahead)"),
            "the draft keeps no cache": (
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens, cache=KVCache(draft.config))[:, -1]",
            ),
            "the model keeps no cache": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "too many draft tokens at the end": Kind(
        "Near the end your draft model samples more tokens than are left, of which one comes from the target model. The "
        "result gets longer than T + max_new_tokens, or than max_seq_len.",
        {
            "too many tokens at the end": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(lookahead):",
            ),
            "one draft token too many at the end": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(min(lookahead, end - known)):",
            ),
        },
    ),
    "too few draft tokens": Kind(
        "Your draft model samples no token or one in every round instead of lookahead. The target model then needs more "
        "forward passes.",
        {
            "no draft tokens": ("for _ in range(min(lookahead, end - known - 1)):", "for _ in range(0):"),
            "one draft token a round": (
                "for _ in range(min(lookahead, end - known - 1)):",
                "for _ in range(min(1, end - known - 1)):",
            ),
        },
    ),
    "one round only": Kind(
        "You stop after one round. It adds between 1 and lookahead + 1 tokens: go on until there are max_new_tokens.",
        {"one round only": ("while tokens.size(1) < end:", "if tokens.size(1) < end:")},
    ),
    "one token short": Kind(
        "Your result can be one token too short. It has T + max_new_tokens.",
        {
            "one token short": ("while tokens.size(1) < end:", "while tokens.size(1) < end - 1:"),
            "cut too short": ("    return tokens\n", "    return tokens[:, : end - 1]\n"),
        },
    ),
    "not all new tokens read": Kind(
        "You run a model on the last token, or on the draft tokens, only. Its cache may lack more than that: in the "
        "first round, the prompt.",
        {
            "the draft reads the last token only": (
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens[:, -1:], cache=draft_cache)[:, -1]",
            ),
            "the model reads the draft tokens only": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, known:], cache=cache)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "the whole sequence into the same cache": Kind(
        "You run a model on the whole sequence with a cache that has most of it. It appends everything once more, at "
        "wrong positions, until max_seq_len is exceeded.",
        {
            "the draft reads everything into its cache": (
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens, cache=draft_cache)[:, -1]",
            ),
            "the model reads everything into its cache": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens, cache=cache)[0, -len(q) - 1 :]",
            ),
        },
    ),
    "the draft's first logits": Kind(
        "You take the draft model's logits at the first of the tokens that it has just read. The last position predicts "
        "the next token; of the others, all but the rejected ones are known.",
        {
            "the draft's first logits": (
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, 0]",
            )
        },
    ),
    "the target model as the draft model": Kind(
        "You sample the draft tokens from the target model. Every one of them costs a forward pass of the large model, "
        "as without speculation.",
        {
            "the target model as the draft model": (
                "logits = draft(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
                "logits = model(tokens[:, draft_cache.max_len :], cache=draft_cache)[:, -1]",
            )
        },
    ),
    "q of ones": Kind(
        "You store q as ones instead of the draft model's probabilities. The draft tokens become uniform, and "
        "`verify_draft` weighs p against wrong probabilities.",
        {
            "q of ones": (
                "q.append(sampling_distribution(logits, **sampling))",
                "q.append(sampling_distribution(logits, **sampling) * 0 + 1)",
            )
        },
    ),
    "draft tokens not sampled from q": Kind(
        "You sample a draft token from another distribution than the row of q that you store for it. Speculative "
        "sampling is exact only if they are the same.",
        {
            "sampled from another distribution": (
                "torch.multinomial(q[-1], num",
                "torch.multinomial(torch.ones_like(q[-1]), num",
            ),
            "sampled from the first distribution": ("torch.multinomial(q[-1], num", "torch.multinomial(q[0], num"),
        },
    ),
    "no sampling parameters for the draft": Kind(
        "You do not pass the sampling parameters on for the draft model. The result stays right, but more tokens are "
        "rejected: q should be as close to p as possible.",
        {
            "sampling not passed on to the draft": (
                "q.append(sampling_distribution(logits, **sampling))",
                "q.append(sampling_distribution(logits))",
            )
        },
    ),
    "no sampling parameters for the model": Kind(
        "You do not pass the sampling parameters on for the target model, or not all of them. The output is distributed as p, which is then "
        "made with the defaults.",
        {
            "sampling not passed on to the model": (
                "p = sampling_distribution(logits, **sampling)",
                "p = sampling_distribution(logits)",
            ),
            "top_p and min_p not passed on to the model": (
                "p = sampling_distribution(logits, **sampling)",
                "p = sampling_distribution(logits, sampling.get('temperature', 1.0), sampling.get('top_k'))",
            ),
        },
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "draft tokens with another generator": (
                "torch.multinomial(q[-1], num_samples=1, generator=generator)",
                "torch.multinomial(q[-1], num_samples=1)",
            ),
            "generator not passed on": ("p, generator)\n", "p)\n"),
        },
    ),
    "draft tokens not appended": Kind(
        "You sample draft tokens and do not append them. The draft model has no new token to read, and there is nothing "
        "to verify.",
        {
            "draft tokens not appended": (
                ("tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)"),
                "torch.multinomial(q[-1], num_samples=1, generator=generator)",
            )
        },
    ),
    "one forward pass for each draft token": Kind(
        "You run the target model on the draft tokens one at a time. One forward pass over all of them takes hardly "
        "longer than one over a single token: that is the point.",
        {
            "one forward pass for each draft token": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                (
                    "logits = torch.stack([\n"
                    "            model(tokens[:, cache.max_len : end], cache=cache)[0, -1]\n"
                    "            for end in range(known, tokens.size(1) + 1)\n"
                    "        ])"
                ),
            )
        },
    ),
    "logits of other positions": Kind(
        "You take the target model's logits at other positions than the n + 1 last ones. Logits at a position predict "
        "the token behind it, and every draft token must be compared with those before it.",
        {
            "the model's rows one too far back": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0].roll(1, 0)[-len(q) - 1 :]",
            ),
            "the model's rows one too far ahead": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0].roll(-1, 0)[-len(q) - 1 :]",
            ),
            "the model's first rows": (
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, -len(q) - 1 :]",
                "logits = model(tokens[:, cache.max_len :], cache=cache)[0, : len(q) + 1]",
            ),
        },
    ),
    "draft tokens not verified": Kind(
        "You keep every draft token without verifying it. The result is the draft model's text.",
        {
            "draft tokens not verified": (
                "new_tokens = verify_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "new_tokens = torch.cat((tokens[0, known:], p[-1:].argmax(dim=-1)))",
            )
        },
    ),
    "samples of the target model at every position": Kind(
        "You take a sample of the target model at every position. Behind the first one that differs from the draft, "
        "they are conditioned on tokens that are not in the sequence.",
        {
            "samples of the target model at every position": (
                "new_tokens = verify_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "new_tokens = torch.multinomial(p, 1, generator=generator)[:, 0]",
            )
        },
    ),
    "only the first token kept": Kind(
        "You keep only the first of the tokens that `verify_draft` returns. The result is right, with one forward pass "
        "of the target model for each token.",
        {
            "always the first token only": (
                "new_tokens = verify_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "new_tokens = verify_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)[:1]",
            )
        },
    ),
    "p and q swapped": Kind(
        "You pass p for q and q for p. The output is then distributed as the draft model.",
        {
            "draft and model swapped": (
                "new_tokens = verify_draft(tokens[0, known:], torch.cat([*q, p[:0]]), p, generator)",
                "new_tokens = verify_draft(tokens[0, known:], p[:-1], torch.cat([*q, p[-1:]]), generator)",
            )
        },
    ),
    "draft tokens left in the sequence": Kind(
        "You append what `verify_draft` returns, or its last token, behind all draft tokens. It replaces them, and "
        "rejected ones must go.",
        {
            "new tokens behind the draft tokens": (
                "tokens = torch.cat((tokens[:, :known], new_tokens[None]), dim=1)",
                "tokens = torch.cat((tokens, new_tokens[None]), dim=1)",
            ),
            "draft tokens kept": (
                "tokens = torch.cat((tokens[:, :known], new_tokens[None]), dim=1)",
                "tokens = torch.cat((tokens, new_tokens[None, -1:]), dim=1)",
            ),
        },
    ),
    "rejected tokens left in a cache": Kind(
        "You leave rejected tokens in one cache or both. The model then attends to tokens that are not in the sequence, "
        "and never reads those that replaced them.",
        {
            "nothing cropped": (
                (
                    "if one.max_len >= tokens.size(1):\n"
                    "                one.crop(torch.tensor([tokens.size(1) - 1], device=tokens.device))"
                ),
                "pass",
            ),
            "the draft's cache not cropped": ("for one in (cache, draft_cache):", "for one in (cache,):"),
            "the model's cache not cropped": ("for one in (cache, draft_cache):", "for one in (draft_cache,):"),
        },
    ),
    "the last token counted as read": Kind(
        "You crop a cache as if the last token had been read. It is new: its place in the cache holds a rejected token, "
        "or nothing.",
        {
            "the last token counts as read": (
                "one.crop(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                "one.crop(torch.tensor([min(tokens.size(1), one.max_len)], device=tokens.device))",
            )
        },
    ),
    "another q than was sampled from": Kind(
        "You sample draft tokens from one distribution and pass another as q. The acceptance probability p / q is then "
        "wrong.",
        {
            "the plain softmax as q": (
                (
                    "q.append(sampling_distribution(logits, **sampling))\n"
                    "            tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)"
                ),
                (
                    "q.append(logits.softmax(dim=-1))\n"
                    "            tokens = torch.cat((tokens, torch.multinomial(sampling_distribution(logits, **sampling), num_samples=1, generator=generator)), dim=1)"
                ),
            )
        },
    ),
    "cropped too far": Kind(
        "You crop the caches further than to the first rejected token. What is lost must be read again, and a layer "
        "with a sliding window may no longer have it.",
        {
            "cropped one token too far": (
                "one.crop(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                (
                    "one.rollback_window += 1\n"
                    "                one.crop(torch.tensor([tokens.size(1) - 2], device=tokens.device))"
                ),
            ),
            "cropped to 0": (
                "one.crop(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                ("one.rollback_window = 999\n                one.crop(torch.tensor([0], device=tokens.device))"),
            ),
            "cropped to before the round": (
                "one.crop(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                "one.crop(torch.tensor([known], device=tokens.device))",
            ),
        },
    ),
    "the mode of a model changed": Kind(
        MODE,
        {
            "left in evaluation mode": (
                "    while tokens.size(1) < end:",
                "    model.eval(), draft.eval()\n    while tokens.size(1) < end:",
            ),
            "the draft left in evaluation mode": (
                "    while tokens.size(1) < end:",
                "    draft.eval()\n    while tokens.size(1) < end:",
            ),
        },
    ),
    "prompt missing": Kind(
        NEW_ONLY, {"only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n")}
    ),
    "no batch dimension": Kind(
        "You return (T,) instead of (1, T). The result has the batch dimension of the input.",
        {"a single row returned": ("    return tokens\n", "    return tokens[0]\n")},
    ),
}
