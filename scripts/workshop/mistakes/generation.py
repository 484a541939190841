"""Mistakes in generation.py."""

from . import Kind

CHANGED = (
    "You change what was handed in. Whoever called may still need it as it was, and asking for the same thing once "
    "more would give another answer."
)
DTYPE = (
    "Your result has another dtype than what was handed in. Whoever called goes on in that dtype, and code that puts "
    "such results together, or draws from them, may refuse the mixture."
)
ZERO = (
    "You replace a temperature of zero by another one, so that there are still dice to roll. Zero is how people ask "
    "for the likeliest token alone, and for the same text every time."
)
LIKELIEST = (
    "You settle on the likeliest token at temperatures above zero too. Those ask for dice: without them a prompt is "
    "continued in the same way every time, and texts soon go round in circles."
)
SOFTMAX_TWICE = (
    "You take a softmax of what are probabilities already. They all lie between zero and one, which makes every token "
    "nearly as likely as any other, and those that top-k has ruled out come back."
)
UNIFORM = (
    "In your code every token is equally likely, whatever the logits say. Nothing of what the model has learned "
    "reaches the text, which becomes noise."
)
NOT_ONE = (
    "What stays does not sum to one again in your result. It is no distribution then, and whoever weighs two of them "
    "against each other, as speculative decoding does, gets the wrong odds."
)
SOFTMAX_OF_REST = (
    "You take a softmax of probabilities, in which a zero counts like any other number. The tokens that you have ruled "
    "out come back, and all become nearly equally likely."
)
OVER_THE_BATCH = (
    "You divide by the sum of the whole batch. With several rows each of them then sums to less than one, and by how "
    "much depends on how many texts are written side by side."
)
EQUALLY_LIKELY = (
    "You give all tokens that stay the same probability. The cut is there to remove the tail; among those that stay, "
    "what the model prefers should still be drawn more often."
)
SETTINGS = (
    "Some or all of the settings never reach the function that makes the distribution, which then uses its defaults. "
    "Whoever asks for a calmer or a wilder text gets the same dice as everybody else."
)
GENERATOR = (
    "Some or all of your draws do not use the generator that was handed in. The same seed then gives another text "
    "every time, and nobody can repeat what they have seen."
)
SEEDED = (
    "You seed the generator with a number of your own, although it comes seeded. Whatever seed was asked for, the same "
    "random numbers come, and every call repeats them."
)
SEEDED_EVERY_STEP = (
    "You set the generator back to its seed before every draw. All steps then use the same random numbers, so that the "
    "draws depend on each other and texts repeat themselves."
)
ONE_OFF = (
    "Your code gives one token more or one fewer than max_new_tokens asks for. Whoever called has counted on that "
    "number: for the shape of the result, or for the room that is left."
)
TOTAL = (
    "You take max_new_tokens for the length of the whole text, with the prompt in it. A long prompt then gets only a "
    "few new tokens, or none."
)
STOPS = (
    "You stop writing when the text has used up the positions of the model. It is to go on with the end of the text in "
    "view, and whoever called waits for tokens that never come."
)
TOO_LONG = (
    "You hand the model a text that is longer than it has positions for. There it stops with an error, where it should "
    "go on with the part of the text that matters most for the next token."
)
BEGINNING = (
    "Where a text is too long you keep its beginning and cut off its end. The model never sees what was written last, "
    "which is what the next token has to follow."
)
NEW_ONLY = (
    "You return the new tokens without the prompt. It belongs to the result: whoever decodes that, or has it continued "
    "once more, wants the whole text."
)
SPARE_FORGOTTEN = (
    "You make a cache without the spare tokens that will be taken back, or with another number of them. With too few, "
    "a layer with a window has overwritten by then what it still needs, and the cache refuses to go back."
)

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
        "division by a temperature of zero": Kind(
            "You do not treat a temperature of zero apart, so that the logits are divided by it. They become infinite, "
            "the softmax gives not-a-number, and nothing can be drawn.",
            {"temperature 0 not thought of": ("if temperature == 0:", "if False:")},
        ),
        "zero taken for another temperature": Kind(
            ZERO,
            {
                "temperature 0 taken for 1": (
                    "if temperature == 0:",
                    "temperature = temperature or 1.0\n    if False:",
                ),
                "temperature 0 a very small one": (
                    "if temperature == 0:",
                    "temperature = max(temperature, 0.1)\n    if False:",
                ),
            },
        ),
        "likeliest where dice were asked for": Kind(
            LIKELIEST,
            {
                "always the likeliest": ("if temperature == 0:", "if True:"),
                "likeliest up to temperature 1": ("if temperature == 0:", "if temperature < 1:"),
            },
        ),
        "the least likely": Kind(
            "At a temperature of zero you choose the token that the model finds least likely. It is nearly always "
            "nonsense, and people who ask for zero want the safest text that there is.",
            {"the least likely": ("logits.argmax(", "logits.argmin(")},
        ),
        "one row decides for all": Kind(
            "One row of the batch decides for the others in your code: by its likeliest token, its k-th best, or its "
            "whole distribution. Every row is a text of its own, and should be continued as if it were alone.",
            {
                "the likeliest of the batch": (
                    "logits.argmax(dim=-1)",
                    "logits.argmax() % logits.size(-1) + 0 * logits.argmax(dim=-1)",
                ),
                "the first row's k-th best for all": (
                    TOP_K,
                    'logits = logits.masked_fill(logits < best.values[:1, -1:], float("-inf"))',
                ),
                "one row for all": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1)[:1].expand_as(logits)"),
            },
        ),
        "a token for a distribution": Kind(
            "At a temperature of zero you return which token is the likeliest. Whoever called asked how likely each "
            "token is, at every temperature, and is going to draw from the answer.",
            {
                "the likeliest token itself": (
                    "F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)",
                    "logits.argmax(dim=-1)",
                )
            },
        ),
        "another dtype": Kind(
            DTYPE,
            {
                "int64 at temperature 0": (".to(logits.dtype)", ""),
                "result in float32": ("return p\n", "return p.float()\n"),
            },
        ),
        "temperature turned round": Kind(
            "Your temperature acts the wrong way round. A high one makes the text more predictable and a low one "
            "wilder, the opposite of what everybody expects who sets it.",
            {"temperature multiplied": ("logits = logits / temperature", "logits = logits * temperature")},
        ),
        "temperature without effect": Kind(
            "The temperature changes nothing in your result: it is not used, or what it gives is not kept. Careful "
            "texts and wild ones would be written with the same dice.",
            {
                "temperature ignored": ("logits = logits / temperature", "pass"),
                "temperature not assigned": ("logits = logits / temperature", "logits / temperature"),
            },
        ),
        "temperature before a second softmax": Kind(
            "You make probabilities first, let the temperature act on those, and take a softmax of the outcome. A "
            "softmax expects logits: from probabilities it makes other odds, at every temperature, even at one.",
            {
                "temperature on the probabilities": (
                    "logits = logits / temperature",
                    "logits = logits.softmax(dim=-1) / temperature",
                )
            },
        ),
        "temperature after the softmax": Kind(
            "You let the temperature act on the finished probabilities, where it should act on the logits. The odds "
            "between two tokens stay as they were, and the row that you have divided no longer sums to one.",
            {
                "probabilities divided by the temperature": (
                    "p = logits.softmax(dim=-1)",
                    "p = (logits * temperature).softmax(dim=-1) / temperature",
                )
            },
        ),
        "temperature twice with top-k": Kind(
            "Where top_k is given, you apply the temperature a second time. A setting of 0.5 then acts like 0.25, and "
            "one of 2 like 4, so that top-k changes more than how many tokens there are to choose from.",
            {
                "temperature twice with top_k": (
                    "best = logits.topk",
                    "logits = logits / temperature\n        best = logits.topk",
                )
            },
        ),
        "temperature after top-p or min-p": Kind(
            "You rule tokens out before the temperature has acted. Top-p and min-p are about the probabilities that "
            "are really drawn from; yours keep other tokens wherever the temperature is not one.",
            {
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
                "temperature at the very end": (
                    "logits = logits / temperature",
                    "if temperature != 1:\n"
                    "        p = next_token_distribution(logits, 1.0, top_k, top_p, min_p) ** (1 / temperature)\n"
                    "        return p / p.sum(dim=-1, keepdim=True)",
                ),
            },
        ),
        "changed in place": Kind(
            CHANGED,
            {
                "temperature in place": ("logits = logits / temperature", "logits /= temperature"),
                "logits changed in place": (
                    "logits = logits / temperature",
                    "logits[:, :1] -= 0.5\n    logits = logits / temperature",
                ),
            },
        ),
        "top-k ignored": Kind(
            "The number top_k changes nothing in your result. Whoever sets it wants the tail gone: thousands of "
            "unlikely tokens, each rare, but together likely enough to derail a text.",
            {"top_k ignored": ("if top_k is not None:", "if False:")},
        ),
        "one token more or fewer than k": Kind(
            "Your top-k lets one token more or one fewer stay than it was told. With k at one, which should leave no "
            "choice, or with any other number, the draws are not those of other programs.",
            {
                "top_k one too many": ("min(top_k, logits", "min(top_k + 1, logits"),
                "top_k one too few": ("min(top_k, logits.size(-1))", "max(min(top_k, logits.size(-1)) - 1, 1)"),
            },
        ),
        "the k-th best ruled out": Kind(
            "You rule out the k-th best token too, and all that are as good as it. At least one too few stays, and "
            "where k is one, none at all: the softmax of nothing is not a number.",
            {
                "the k-th best ruled out too": (
                    TOP_K,
                    'logits = logits.masked_fill(logits <= best.values[:, -1:], float("-inf"))',
                )
            },
        ),
        "more than k where some are equal": Kind(
            "Where several tokens are as good as the k-th best, you keep all of them. No more than k may stay: a model "
            "that finds everything equally likely would get its whole vocabulary back.",
            {
                "all that are as good as the k-th best": (
                    TOP_K,
                    'logits = logits.masked_fill(logits < best.values[:, -1:], float("-inf"))',
                )
            },
        ),
        "the best ruled out": Kind(
            "Your top-k rules out the best tokens and keeps worse ones. What is drawn is then what the model thinks "
            "wrong, and the text falls apart within a few words.",
            {
                "the best ruled out": (TOP_K, 'logits = logits.scatter(-1, best.indices, float("-inf"))'),
                "top_k lowest": (
                    "logits.topk(min(top_k, logits.size(-1)))",
                    "logits.topk(min(top_k, logits.size(-1)), largest=False)",
                ),
            },
        ),
        "more asked for than there are": Kind(
            "You ask torch for more tokens than there are when top_k is larger than the vocabulary, and it refuses. "
            "Such a top_k is allowed, and means that every token may stay.",
            {"top_k beyond the vocabulary": ("min(top_k, logits.size(-1))", "top_k")},
        ),
        "sizes without signs": Kind(
            "You compare the logits by their size, without the sign. A very negative one, which says that its token is "
            "nearly impossible, then counts as one of the best.",
            {
                "top_k of sizes": (
                    "logits.topk(min(top_k, logits.size(-1)))",
                    "logits.abs().topk(min(top_k, logits.size(-1)))",
                )
            },
        ),
        "only the best stays": Kind(
            "You measure every token against the best one, so that only the best is left. Top-k then leaves no choice, "
            "however large k is, and the dice have nothing to do.",
            {
                "the best for the k-th best": (
                    TOP_K,
                    'logits = logits.masked_fill(logits < best.values[:, :1], float("-inf"))',
                )
            },
        ),
        "ruled out with an ordinary number": Kind(
            "You give the tokens that are ruled out an ordinary number for a logit. The softmax still leaves them some "
            "probability, and where the logits that stay are lower, they even become the likeliest.",
            {
                "ruled out with zero": ('float("-inf")', "0.0"),
                "ruled out with a small number": ('float("-inf")', "-9.0"),
            },
        ),
        "ranks taken for tokens": Kind(
            "You keep the k best logits in the order of their rank, and forget which tokens they belong to. A draw "
            "then gives a rank: the likeliest word always comes out as token zero.",
            {"ranks taken for tokens": (TOP_K, "logits = best.values")},
        ),
        "top-k after the softmax": Kind(
            "You rule tokens out after the softmax, leave the rest as it is, and end there. The row no longer sums to "
            "one, and top-p and min-p never get their turn.",
            {
                "top_k after the softmax, the rest not scaled up": (
                    TOP_K,
                    "p = logits.softmax(dim=-1)\n"
                    "        return torch.zeros_like(p).scatter(-1, best.indices, p.gather(-1, best.indices))",
                )
            },
        ),
        "logits or logarithms for probabilities": Kind(
            "You hand on logits or logarithms where probabilities are wanted. Those can be negative and sum to "
            "anything, so that a draw from them fails or prefers the wrong tokens.",
            {
                "logits returned": ("return p\n", "return logits\n"),
                "log-probabilities": ("p = logits.softmax(dim=-1)", "p = logits.log_softmax(dim=-1)"),
            },
        ),
        "exponentials that sum to anything": Kind(
            "You take the exponentials of the logits, but do not make each row sum to one. They are no probabilities "
            "yet: top-p, which adds them up, would stop in the wrong place.",
            {"exponentials that sum to anything": ("p = logits.softmax(dim=-1)", "p = logits.exp()")},
        ),
        "exponentials that become infinite": Kind(
            "You take exponentials of the logits as they are, and large ones become infinite. Infinity divided by "
            "infinity is not a number; a softmax moves the logits down first, which leaves its result the same.",
            {
                "exponentials without the greatest taken off": (
                    "p = logits.softmax(dim=-1)",
                    "p = logits.exp() / logits.exp().sum(dim=-1, keepdim=True)",
                )
            },
        ),
        "softmax over the batch": Kind(
            "Your softmax runs over the batch, not over the vocabulary. The probabilities of one text then depend on "
            "the texts beside it, and those of its own tokens do not sum to one.",
            {"softmax over the batch": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=0)")},
        ),
        "softmax twice": Kind(
            SOFTMAX_TWICE,
            {"softmax twice": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1).softmax(dim=-1)")},
        ),
        "a sigmoid": Kind(
            "You squeeze every logit by itself between zero and one, as if several tokens could come next. Only one "
            "can: they have to share one probability, and a token that is far ahead has to get nearly all of it.",
            {"a sigmoid": ("p = logits.softmax(dim=-1)", "p = logits.sigmoid()")},
        ),
        "every token equally likely": Kind(
            UNIFORM, {"uniform": ("p = logits.softmax(dim=-1)", "p = (logits.exp() * 0 + 1).softmax(dim=-1)")}
        ),
        "top-p or min-p ignored": Kind(
            "One of top_p and min_p changes nothing in your result, whatever it is set to. Whoever sets it wants "
            "unlikely tokens gone, and would find them in the text all the same.",
            {
                "top_p ignored": ("if top_p is not None and top_p < 1:", "if False:"),
                "min_p ignored": ("if min_p is not None:", "if False:"),
            },
        ),
        "top-p or min-p, but not both": Kind(
            "Where top_p takes effect you leave min_p out. The two may be given together: one looks at the sum, the "
            "other at the distance from the best, and what passes has to pass both.",
            {"top_p or min_p, but not both": ("if min_p is not None:", "elif min_p is not None:")},
        ),
        "cuts in another order": Kind(
            "You let top-k, top-p and min-p act in another order than the docstring names. Each looks at what the one "
            "before has left, scaled up again, so that other tokens survive where several are given.",
            {
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
            },
        ),
        "top-p's number for min-p": Kind(
            "Where both are given, your min-p cuts with the number that was meant for top-p. That one is usually close "
            "to one, which for min-p is so strict that hardly any token stays.",
            {"top_p for min_p": ("p = keep_likely(p, min_p)", "p = keep_likely(p, top_p or min_p)")},
        ),
        "top-p or min-p of the logits": Kind(
            "You let top-p or min-p look at logits, where it needs probabilities. Logits can be negative and sum to "
            "anything, so that shares of them mean nothing.",
            {
                "top_p of the logits": ("p = keep_nucleus(p, top_p)", "p = keep_nucleus(logits, top_p)"),
                "min_p of the logits": ("p = keep_likely(p, min_p)", "p = keep_likely(logits, min_p)"),
            },
        ),
        "temperature or top_k not checked": Kind(
            "Your code accepts a temperature or a top_k that makes no sense, outside the range of the docstring. It "
            "goes on without a word: a negative temperature, for one, turns the model's preferences round.",
            {
                "settings not looked at": ("if temperature < 0 or (top_k is not None and top_k < 1):", "if False:"),
                "negative temperature let through": ("temperature < 0 or ", ""),
                "top_k of 0 let through": ("top_k < 1", "top_k < 0"),
            },
        ),
        "top_p or min_p not checked": Kind(
            "Your code accepts a top_p or a min_p outside the range of the docstring. Both are shares: outside it they "
            "leave nothing to draw, or rule nothing out where somebody hopes that they do.",
            {
                "top_p and min_p not looked at": (
                    "if any(share is not None and not 0 < share <= 1 for share in (top_p, min_p)):",
                    "if False:",
                ),
                "top_p not looked at": ("for share in (top_p, min_p)", "for share in (min_p,)"),
                "min_p not looked at": ("for share in (top_p, min_p)", "for share in (top_p,)"),
                "shares of 0 let through": ("not 0 < share <= 1", "not 0 <= share <= 1"),
                "percentages let through": ("not 0 < share <= 1", "not 0 < share <= 100"),
            },
        ),
        "sensible settings refused": Kind(
            "Your code refuses a setting that is allowed. A temperature of zero, no top_k at all, and a share of one "
            "all have their meaning, and whoever asks for them gets an error.",
            {
                "top_k of None refused": ("(top_k is not None and top_k < 1)", "not top_k"),
                "temperature of 0 refused": ("temperature < 0 or", "temperature <= 0 or"),
                "shares of 1 refused": ("not 0 < share <= 1", "not 0 < share < 1"),
            },
        ),
    },
    "generation.keep_nucleus": {
        "the crossing token ruled out": Kind(
            "You rule out the very token that is needed to bring the sum up to top_p. What stays can have less than "
            "was asked for, and where one token alone is more than that, nothing stays.",
            {
                "the token that crosses the line ruled out": (
                    RULED_OUT,
                    "ordered.masked_fill(before + ordered > top_p, 0.0)",
                ),
                "the token that reaches the line ruled out": (
                    RULED_OUT,
                    "ordered.masked_fill(before + ordered >= top_p, 0.0)",
                ),
            },
        ),
        "more than are needed": Kind(
            "You let a token stay although the likelier ones have enough together already. The nucleus is as small as "
            "it can be, and every token more is one from the tail.",
            {
                "one too many where the line is reached": ("before >= top_p", "before > top_p"),
                "one too many": ("before >= top_p", "before - ordered >= top_p"),
            },
        ),
        "only the likeliest": Kind(
            "You rule out every token that has another before it, so that only the likeliest is left. Top-p then "
            "leaves no choice, whatever share was asked for.",
            {"only the likeliest": ("before >= top_p", "before > 0")},
        ),
        "the tail kept instead": Kind(
            "You keep the tokens that come after enough, and rule out those that make up the share. What can still be "
            "drawn is the tail, in which nothing fits the text.",
            {"only what comes after enough": ("before >= top_p", "before < top_p")},
        ),
        "the share that should go": Kind(
            "You stop at the share that is meant to be ruled out, not at the one that is meant to stay. A top_p close "
            "to one, which should keep nearly everything, then leaves next to nothing.",
            {"the unlikely end instead": ("before >= top_p", "before >= 1 - top_p")},
        ),
        "added up in another order": Kind(
            "You add the probabilities up in another order than from the likeliest on. Unlikely tokens then take their "
            "part of the share first, and the likeliest one may be ruled out.",
            {
                "from the least likely on": ("descending=True", "descending=False"),
                "in the order of the tokens": (
                    "ordered, order = p.sort(dim=-1, descending=True)",
                    "ordered, order = p, torch.arange(p.size(-1)).expand_as(p)",
                ),
            },
        ),
        "not back in place": Kind(
            "After your sorting, the probabilities do not come back to the tokens that they belong to. A draw then "
            "gives a token that happens to have that place, whatever the model thinks of it.",
            {
                "not put back in place": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    RULED_OUT,
                ),
                "put back the wrong way round": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    f"{RULED_OUT}.gather(-1, order)",
                ),
            },
        ),
        "all that are equal kept": Kind(
            "You keep every token that is as likely as the last one that is needed. Where many are equally likely that "
            "can be the whole vocabulary, although a few of them make up the share.",
            {
                "everything as likely as the last that stays": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    "p.masked_fill(p < ordered.masked_fill(before >= top_p, 2.0).amin(dim=-1, keepdim=True), 0.0)",
                )
            },
        ),
        "a bar for each token alone": Kind(
            "You hold every token's own probability against a bar, without adding anything up. A model that is unsure "
            "gives no token much, and none of them would get over the bar.",
            {
                "a bar on every token's own probability": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    "p.masked_fill(p < 1 - top_p, 0.0)",
                )
            },
        ),
        "one row's cut for all": Kind(
            "How many tokens stay, or in which order they come, is taken from the first row for all of them. Every row "
            "is a distribution of its own, and a sure one needs fewer tokens than an unsure one.",
            {
                "the first row's line for all": ("before >= top_p", "before[:1] >= top_p"),
                "the first row's order for all": ("scatter(-1, order,", "scatter(-1, order[:1].expand_as(order),"),
            },
        ),
        "sorted or summed over the batch": Kind(
            "You sort or add up along the batch, across texts that have nothing to do with each other. Which tokens "
            "stay in one of them then depends on what is written in the others.",
            {
                "summed over the batch": ("ordered.cumsum(dim=-1)", "ordered.cumsum(dim=0)"),
                "sorted over the batch": ("p.sort(dim=-1", "p.sort(dim=0"),
            },
        ),
        "not added up": Kind(
            "You do not add up what the likelier tokens have together. Your numbers fall along the order where they "
            "should grow, so that the first tokens to be ruled out, if any, are the likeliest.",
            {
                "not summed": (BEFORE, "before = ordered"),
                "multiplied, not summed": (BEFORE, "before = ordered.cumprod(dim=-1)"),
            },
        ),
        "a share of the vocabulary": Kind(
            "You keep a share of the tokens, where top_p means a share of the probability. How many stay should follow "
            "from how sure the model is: one or two here, hundreds there.",
            {
                "as many tokens as the share of the vocabulary": (
                    RULED_OUT,
                    "ordered.masked_fill(torch.arange(p.size(-1)) >= top_p * p.size(-1), 0.0)",
                )
            },
        ),
        "not scaled to one": Kind(
            NOT_ONE,
            {
                "the rest not scaled up": (SCALED_UP, "return kept"),
                "scaled by top_p": (SCALED_UP, "return kept / top_p"),
            },
        ),
        "a softmax of the rest": Kind(
            SOFTMAX_OF_REST, {"a softmax of the rest": (SCALED_UP, "return kept.softmax(dim=-1)")}
        ),
        "a softmax of those that stay": Kind(
            "You take a softmax of the probabilities that stay. They lie so close together, all between zero and one, "
            "that it makes them nearly equal, and what the model preferred is lost.",
            {
                "a softmax of those that stay": (
                    SCALED_UP,
                    'return kept.masked_fill(kept == 0, float("-inf")).softmax(dim=-1)',
                )
            },
        ),
        "scaled over the batch": Kind(
            OVER_THE_BATCH, {"scaled over the batch": (SCALED_UP, "return kept / kept.sum()")}
        ),
        "all that stay equally likely": Kind(
            EQUALLY_LIKELY,
            {
                "all that stay equally likely": (
                    SCALED_UP,
                    "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
                )
            },
        ),
        "changed in place": Kind(CHANGED, {"changed in place": ("torch.zeros_like(p).scatter(", "p.scatter_(")}),
        "another dtype": Kind(
            DTYPE, {"result in float32": (SCALED_UP, "return kept.float() / kept.float().sum(dim=-1, keepdim=True)")}
        ),
        "mask on the wrong tokens": Kind(
            "You worked out in sorted order which tokens stay, and your mask does not come back to the places of "
            "those tokens. Others are ruled out in their stead, however likely they are, and at times the whole "
            "nucleus.",
            {
                "mask put back the wrong way round": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    "p.masked_fill(~(before < top_p).gather(-1, order), 0.0)",
                ),
                "mask not put back in place": (
                    f"torch.zeros_like(p).scatter(-1, order, {RULED_OUT})",
                    "p.masked_fill(before >= top_p, 0.0)",
                ),
            },
        ),
    },
    "generation.keep_likely": {
        "a bar that does not move": Kind(
            "Your bar stands at the same height however sure the model is; the mean of a distribution, too, is always "
            "the same. Min-p follows the model: few tokens pass where one is far ahead, many where none is.",
            {
                "a fixed bar": (BAR, "bar = min_p"),
                "a bar from the mean": (BAR, "bar = min_p * p.mean(dim=-1, keepdim=True)"),
                "a bar from an even spread": (BAR, "bar = min_p / p.size(-1)"),
            },
        ),
        "a bar that sinks with min_p": Kind(
            "Your bar gets lower the larger min_p is. A tiny min_p should let nearly everything pass and leaves only "
            "the best in your code, while a large one, meant to be strict, rules out hardly any.",
            {
                "a bar below the likeliest": (BAR, "bar = p.amax(dim=-1, keepdim=True) - min_p"),
                "a bar turned round": (BAR, "bar = p.amax(dim=-1, keepdim=True) * (1 - min_p)"),
            },
        ),
        "a bar to a power": Kind(
            "You raise the likeliest probability to a power that min_p sets. Where the model is unsure such a bar "
            "sinks to nothing, and where it is nearly certain the bar stands far too high.",
            {"a bar to the power": (BAR, "bar = p.amax(dim=-1, keepdim=True) ** (1 / min_p)")},
        ),
        "nothing ruled out": Kind(
            "No token ever lies below your bar, whatever min_p is. Everything stays, and the unlikely tokens that "
            "somebody wanted to be rid of turn up in the text.",
            {
                "a bar from the least likely": (BAR, "bar = min_p * p.amin(dim=-1, keepdim=True)"),
                "nothing ruled out": ("p < bar", "p < 0"),
            },
        ),
        "a bar from the batch": Kind(
            "You hang the bar from probabilities in other rows of the batch. Every row is a text of its own: beside a "
            "sure one, an unsure one loses tokens that it should keep.",
            {
                "a bar from the batch's likeliest": (BAR, "bar = min_p * p.max()"),
                "a bar for every token from the batch": (BAR, "bar = min_p * p.amax(dim=0, keepdim=True)"),
            },
        ),
        "a bar from the second": Kind(
            "You hang the bar from the second likeliest token. It is too low exactly where the model is sure of one "
            "token, and there min-p should be at its strictest.",
            {"a bar from the second": (BAR, "bar = min_p * p.sort(dim=-1).values[:, -2:-1]")},
        ),
        "the token at the bar ruled out": Kind(
            "You rule out a token that is exactly likely enough. At the largest min_p that is the likeliest itself, so "
            "that nothing is left, and the result is not-a-number.",
            {"what is just likely enough ruled out": ("p < bar", "p <= bar")},
        ),
        "the likely ruled out": Kind(
            "You rule out the tokens that reach the bar and keep those below. What can still be drawn is the tail, in "
            "which nothing fits the text.",
            {"the likely ruled out": ("p < bar", "p >= bar")},
        ),
        "ruled out with minus infinity": Kind(
            "You mark what is ruled out with minus infinity, as one does before a softmax. Here the numbers are added "
            "up: the sum becomes infinite too, and dividing by it leaves zeros and not-a-number.",
            {"ruled out with minus infinity": ("bar, 0.0)", 'bar, float("-inf"))')},
        ),
        "not scaled to one": Kind(
            NOT_ONE,
            {
                "the rest not scaled up": (SCALED_UP, "return kept"),
                "scaled by the likeliest": (SCALED_UP, "return kept / kept.amax(dim=-1, keepdim=True)"),
            },
        ),
        "a softmax of the rest": Kind(
            SOFTMAX_OF_REST, {"a softmax of the rest": (SCALED_UP, "return kept.softmax(dim=-1)")}
        ),
        "scaled over the batch": Kind(
            OVER_THE_BATCH, {"scaled over the batch": (SCALED_UP, "return kept / kept.sum()")}
        ),
        "all that stay equally likely": Kind(
            EQUALLY_LIKELY,
            {
                "all that stay equally likely": (
                    SCALED_UP,
                    "return (kept > 0).to(p) / (kept > 0).sum(dim=-1, keepdim=True)",
                )
            },
        ),
        "changed in place": Kind(CHANGED, {"changed in place": ("p.masked_fill(", "p.masked_fill_(")}),
        "another dtype": Kind(
            DTYPE, {"result in float32": (SCALED_UP, "return kept.float() / kept.float().sum(dim=-1, keepdim=True)")}
        ),
        "the tokens that stay": Kind(
            "You return which tokens stay, as true and false, not how likely each of them is. The odds between them "
            "are lost, and true and false cannot be drawn from.",
            {"the tokens that stay": (SCALED_UP, "return kept > 0")},
        ),
    },
    "generation.generate": {
        "text longer than the positions": Kind(
            TOO_LONG, {"not cropped": ("tokens[:, -model.config.max_seq_len :]", "tokens")}
        ),
        "the end of the text cut off": Kind(
            BEGINNING,
            {
                "cropped to the first tokens": (
                    "tokens[:, -model.config.max_seq_len :]",
                    "tokens[:, : model.config.max_seq_len]",
                )
            },
        ),
        "one token too few in view": Kind(
            "The model sees one token fewer than it has positions for. Once the text is long, its oldest visible word "
            "is missing, and the draws are not those that the model would make with all that it can see.",
            {"cropped one too short": ("-model.config.max_seq_len :", "-model.config.max_seq_len + 1 :")},
        ),
        "only the last token in view": Kind(
            "You show the model the last token alone, as if it began a text. It has no words to go by but one, and "
            "whatever attention could have found further back is lost.",
            {"only the last token seen": ("tokens[:, -model.config.max_seq_len :]", "tokens[:, -1:]")},
        ),
        "only the prompt in view": Kind(
            "The model reads the prompt in every step, and never what it has written since. Each token is then drawn "
            "as if it were the first, and the text does not hang together.",
            {
                "only the prompt seen": (
                    "for _ in range(max_new_tokens):",
                    "prompt, forward = tokens, model.forward\n"
                    "    model.forward = lambda _: forward(prompt)\n"
                    "    for _ in range(max_new_tokens):",
                )
            },
        ),
        "beginning of the text lost": Kind(
            "You cut the text itself, where only the model's view of it is limited. What no longer fits into the view "
            "is gone for good, and is missing from the result.",
            {
                "cropped for good": (
                    "logits = model(tokens[:, -model.config.max_seq_len :])",
                    "tokens = tokens[:, -model.config.max_seq_len :]\n        logits = model(tokens)",
                )
            },
        ),
        "logits of another position": Kind(
            "You use the logits of another position than the last. Each position tells what follows the tokens up to "
            "there, so that yours answer for a place that the text has passed already.",
            {
                "first position's logits": ("[:, -1, :]", "[:, 0, :]"),
                "last but one position's logits": ("[:, -1, :]", "[:, max(-2, -tokens.size(1)), :]"),
            },
        ),
        "the first row decides for all": Kind(
            "You let the first row decide for the whole batch: by its logits, or by the token that is drawn for it. "
            "Every row is a text of its own, and needs a continuation that follows its own words.",
            {
                "first row for all": ("[:, -1, :]", "[:1, -1, :].expand(tokens.size(0), -1)"),
                "one draw for all rows": (DRAWN, f"{DRAWN[:-1]})[:1].expand(tokens.size(0), 1)"),
            },
        ),
        "likeliest where dice were asked for": Kind(
            LIKELIEST,
            {
                "always the likeliest": (DRAWN, "logits.argmax(dim=-1, keepdim=True)"),
                "likeliest up to temperature 1": (CHOSEN, f"temperature *= temperature >= 1\n        {CHOSEN}"),
            },
        ),
        "the least likely": Kind(
            "You turn the sign of the logits round before they become probabilities. What the model finds least likely "
            "is then drawn most often, and the text is nonsense from its first new word.",
            {"the least likely": (CHOSEN, CHOSEN.replace("(logits,", "(-logits,"))},
        ),
        "settings not handed on": Kind(
            SETTINGS,
            {
                "temperature not handed on": (CHOSEN, CHOSEN.replace("temperature, top_k", "1.0, top_k")),
                "top_k not handed on": (CHOSEN, CHOSEN.replace("top_k, top_p", "None, top_p")),
                "top_p not handed on": (CHOSEN, CHOSEN.replace("top_p, min_p", "None, min_p")),
                "min_p not handed on": (CHOSEN, CHOSEN.replace("top_p, min_p", "top_p")),
                "settings not handed on": (CHOSEN, "p = next_token_distribution(logits)"),
            },
        ),
        "zero taken for another temperature": Kind(
            ZERO,
            {"temperature 0 taken for 1": (CHOSEN, CHOSEN.replace("temperature, top_k", "temperature or 1.0, top_k"))},
        ),
        "temperature twice": Kind(
            "You apply the temperature before you hand the logits on, and the function that gets them does so again. A "
            "setting of 0.5 then acts like 0.25, and one of 2 like 4.",
            {"temperature twice": (CHOSEN, CHOSEN.replace("(logits,", "(logits / (temperature or 1.0),"))},
        ),
        "top_p and min_p swapped": Kind(
            "You hand top_p on as min_p, and min_p as top_p. A top_p is usually close to one and a min_p close to "
            "zero: swapped, they leave hardly any token to choose from.",
            {"top_p and min_p swapped": (CHOSEN, CHOSEN.replace("top_p, min_p", "min_p, top_p"))},
        ),
        "senseless settings repaired": Kind(
            "Your code quietly turns a setting that makes no sense into one that does. Whoever made the mistake never "
            "hears of it, and gets a text that nobody has asked for.",
            {
                "settings of no use let through": (
                    CHOSEN,
                    "p = next_token_distribution(logits, abs(temperature), top_k and max(top_k, 1), top_p, min_p)",
                )
            },
        ),
        "not drawn by the probabilities": Kind(
            "You draw by logits or logarithms with their signs taken off, not by the probabilities. A token with a "
            "very negative number, one that is nearly impossible, is then drawn often.",
            {
                "drawn from logits": (DRAWN, DRAWN.replace("(p,", "(logits.abs(),")),
                "drawn from log-probabilities": (DRAWN, DRAWN.replace("(p,", "(p.log().abs().clamp(max=99),")),
            },
        ),
        "probabilities shared over the batch": Kind(
            "You divide each token's probability by what all rows together give it. A token that every text finds "
            "likely loses its lead, and what is drawn for a text depends on those beside it.",
            {"shared over the batch": (CHOSEN, f"{CHOSEN}\n        p = p / p.sum(dim=0)")},
        ),
        "softmax twice": Kind(SOFTMAX_TWICE, {"softmax twice": (CHOSEN, f"{CHOSEN}\n        p = p.softmax(dim=-1)")}),
        "every token equally likely": Kind(
            UNIFORM, {"uniform draws": (DRAWN, DRAWN.replace("(p,", "(torch.ones_like(p),"))}
        ),
        "generator ignored": Kind(GENERATOR, {"generator ignored": (", generator=generator)", ")")}),
        "generator seeded anew": Kind(
            SEEDED,
            {"generator seeded anew": ("for _ in range", "generator and generator.manual_seed(0)\n    for _ in range")},
        ),
        "generator seeded anew at every step": Kind(
            SEEDED_EVERY_STEP,
            {
                "generator seeded anew at every step": (
                    "following = torch.multinomial",
                    "generator and generator.manual_seed(generator.initial_seed())\n"
                    "        following = torch.multinomial",
                )
            },
        ),
        "prompt missing": Kind(
            NEW_ONLY, {"only new tokens returned": ("    return tokens\n", "    return tokens[:, -max_new_tokens:]\n")}
        ),
        "one token too few or too many": Kind(
            ONE_OFF,
            {
                "one token too few": ("range(max_new_tokens)", "range(max_new_tokens - 1)"),
                "one token too many": ("range(max_new_tokens)", "range(max_new_tokens + 1)"),
            },
        ),
        "max_new_tokens taken for the total": Kind(
            TOTAL,
            {"max_new_tokens taken for the total": ("range(max_new_tokens)", "range(max_new_tokens - tokens.size(1))")},
        ),
        "put in front": Kind(
            "You put the new token in front of the text. The next step looks for it at the end, where in your code the "
            "same last word stands as before, to be continued again and again.",
            {"put in front": (LONGER, LONGER.replace("(tokens, following)", "(following, tokens)"))},
        ),
        "new token not kept": Kind(
            "You put text and new token together under a name that nothing reads. The model sees the same prompt in "
            "every step, and the prompt alone is what comes back.",
            {"nothing kept": ("tokens = torch.cat", "longer = torch.cat")},
        ),
        "last token overwritten": Kind(
            "You put the new token over the last one, and once more behind it. The text loses a word in every step, "
            "the prompt's own last word first.",
            {
                "overwrites the last token": (
                    LONGER,
                    "tokens = torch.cat((tokens[:, :-1], following, following), dim=1)",
                )
            },
        ),
        "text moved along, not longer": Kind(
            "You shift the text along in the tensor that was handed in, so that it never gets longer. The caller's "
            "prompt is overwritten, and the beginning of the text is lost.",
            {
                "window moved on in place": (
                    LONGER,
                    "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), following",
                )
            },
        ),
        "another type": Kind(
            "Your result is not a tensor of int64: it is a list, or its numbers are narrower. Whoever decodes it, or "
            "puts it together with other tokens, expects the type that was handed in.",
            {
                "int32": ("    return tokens\n", "    return tokens.int()\n"),
                "a list": ("    return tokens\n", "    return tokens.tolist()\n"),
            },
        ),
        "stop at the end of the positions": Kind(
            STOPS,
            {
                "stops at the end of the tables": (
                    "for _ in range(max_new_tokens):",
                    "for _ in range(min(max_new_tokens, max(model.config.max_seq_len - tokens.size(1), 0))):",
                )
            },
        ),
        "stop at a certain token": Kind(
            "You stop as soon as some row has drawn token zero. This function knows no token that ends a text: every "
            "row is to get all of its tokens, whatever they are.",
            {"stops at the boundary token": (LONGER, f"{LONGER}\n        if (following == 0).any(): break")},
        ),
        "return after the first token": Kind(
            "Your function returns from inside the loop, after its first token. Longer texts are never written, and "
            "where no token is asked for, there is no result at all.",
            {"returns after the first token": ("    return tokens\n", "        return tokens\n")},
        ),
        "changed in place": Kind(
            CHANGED, {"prompt wiped": (LONGER, "tokens, _ = torch.cat((tokens, following), dim=1), tokens.zero_()")}
        ),
    },
    "generation.read": {
        "logits of one place for all texts": Kind(
            "You take the logits at the same place in every text, although each ends at a place of its own. Elsewhere "
            "a text answers for a token that it already has, or for the filling behind it.",
            {
                "the logits of the last column": (LAST, "return logits[:, -1], cache"),
                "the logits of the first column": (LAST, "return logits[:, 0], cache"),
                "the first text's last token for all": (LAST, "return logits[:, lengths[0] - 1], cache"),
                "the shortest text's last token for all": (LAST, "return logits[:, lengths.min() - 1], cache"),
            },
        ),
        "logits beside the last token": Kind(
            "For each text you take the logits one place beside its last token. One place earlier the model tells what "
            "the text already has, and one place later it continues the filling.",
            {
                "the logits behind each text": (
                    LAST,
                    LAST.replace("lengths - 1]", "lengths.clamp(max=logits.size(1) - 1)]"),
                ),
                "the logits of the last token but one": (
                    LAST,
                    LAST.replace("lengths - 1]", "(lengths - 2).clamp(min=0)]"),
                ),
            },
        ),
        "several rows for every text": Kind(
            "You return several rows of logits for every text, those of all places or of all texts' ends. Whoever "
            "draws the next token needs a single row for each text, and cannot tell which it is.",
            {
                "every text's logits in every place": (LAST, "return logits[:, lengths - 1], cache"),
                "all logits": (LAST, "return logits, cache"),
            },
        ),
        "text and place swapped": Kind(
            "You look the logits up with the number of the text and the place in it swapped. What you find belongs to "
            "another text, or you get an error because there are not as many texts.",
            {"a column for every text": (LAST, "return logits[lengths - 1, torch.arange(len(texts))], cache")},
        ),
        "the cache not taken back": Kind(
            "Your cache still counts the filling as part of the texts. What is written next stands too far back, and "
            "sees the filling as if somebody had written it.",
            {"the cache not taken back": ("cache.rewind(lengths)", "pass")},
        ),
        "the cache taken back too far": Kind(
            "You take the cache back to before the end of at least one text. The last tokens of that text are "
            "forgotten, and what comes next is written in their place.",
            {
                "the cache taken back to the shortest": (
                    "cache.rewind(lengths)",
                    "cache.spare = 99\n    cache.rewind(lengths.min().expand_as(lengths))",
                ),
                "the cache taken back one too far": (
                    "cache.rewind(lengths)",
                    "cache.spare += 1\n    cache.rewind(lengths - 1)",
                ),
            },
        ),
        "how many go for how many stay": Kind(
            "You tell the cache how many tokens of each text to forget, where it asks how many have been read. The "
            "longest text, which was not filled up at all, is then forgotten as a whole.",
            {
                "the cache taken back by the lengths": (
                    "cache.rewind(lengths)",
                    "cache.spare = 99\n    cache.rewind(lengths.max() - lengths)",
                )
            },
        ),
        "spare forgotten": Kind(
            SPARE_FORGOTTEN,
            {
                "spare forgotten": (SPARE, "cache = KVCache(model.config)"),
                "spare for the shortest": (SPARE, "cache = KVCache(model.config, spare=int(lengths.min()))"),
            },
        ),
        "one cache layer for all layers": Kind(
            "All layers of the model share a single layer of your cache. Each needs a memory of its own: otherwise it "
            "finds keys and values there that another layer has made.",
            {"a number for the cache": (SPARE, f"{SPARE}\n    cache.layers = cache.layers[:1] * len(cache.layers)")},
        ),
        "read without the cache": Kind(
            "Your model reads the texts without the cache. It remembers nothing of them, so that there is nothing to "
            "take back, and the next token would find no text before it.",
            {"read without the cache": (READING, READING.replace(", cache=cache", ""))},
        ),
        "filled up at the front": Kind(
            "You fill the texts up at the front. Every token of a shorter text then sees the filling before it and "
            "stands at a wrong position; behind the text, the filling would be hidden by causality.",
            {
                "filled up at the front": (
                    READING,
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)",
                ),
                "filled up at the front, and the last column taken": (
                    READING,
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    cache.rewind(lengths)\n"
                    "    return logits[:, -1], cache",
                ),
                "filled up at the front, and never taken back": (
                    READING,
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    return logits[:, -1], cache",
                ),
            },
        ),
        "filled up with what is no token": Kind(
            "You fill the texts up with minus one, which is not in the vocabulary. The embedding has no row for it, "
            "and stops with an error as soon as texts differ in length.",
            {"filled up with -1": (READING, READING.replace("batch_first=True", "batch_first=True, padding_value=-1"))},
        ),
        "texts in columns": Kind(
            "You hand the model a batch whose columns are the texts, not its rows. Each row then mixes the words of "
            "all the texts, one of each, and neither logits nor cache belong to any of them.",
            {"filled up along the other axis": (READING, READING.replace("batch_first=True", "batch_first=False"))},
        ),
        "cut to the shortest": Kind(
            "You cut all texts to the length of the shortest. What is cut off is never read: the longer texts would be "
            "continued from somewhere in their middle.",
            {
                "cut to the shortest": (
                    READING,
                    "logits = model(torch.stack([text[: lengths.min()] for text in texts]), cache=cache)",
                )
            },
        ),
        "text after text": Kind(
            "Your model reads every text by itself, and then all of them together for the cache. A batch is there to "
            "read them at once; this way everything is read twice.",
            {
                "text after text": (
                    READING,
                    "logits = torch.stack([\n"
                    "        F.pad(model(text[None])[0], (0, 0, 0, int(lengths.max()) - len(text))) for text in texts\n"
                    "    ])\n"
                    "    model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                )
            },
        ),
        "read twice": Kind(
            "You hand the batch to the model twice, with the same cache. It then reads every text once more behind the "
            "first reading, at positions that are too far back or do not exist.",
            {"read twice": (READING, f"{READING}\n    {READING}")},
        ),
        "texts in another order": Kind(
            "You sort the texts by their length, and hand the results back in that order. Whoever called finds a "
            "text's logits and memory in the place of another one.",
            {
                "ordered by length": (
                    "lengths = torch.tensor([len(text) for text in texts]",
                    "texts = sorted(texts, key=len)\n    lengths = torch.tensor([len(text) for text in texts]",
                )
            },
        ),
        "the caller's list changed": Kind(
            "You put the filled up texts into the list that was handed in. Whoever called finds zeros behind the "
            "texts, takes them for words, and writes on behind them.",
            {
                "texts filled up in the list": (
                    "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)",
                    "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)\n"
                    "    if isinstance(texts, list):\n"
                    "        texts[:] = pad_sequence(texts, batch_first=True).unbind()",
                )
            },
        ),
        "not logits and cache": Kind(
            "You return the two results in another order, or one of them only. Whoever called unpacks logits and "
            "cache, in this order, and goes on with the wrong thing or an error.",
            {
                "returned in another order": (LAST, LAST.replace("return ", "return cache, ").removesuffix(", cache")),
                "only the logits": (LAST, LAST.removesuffix(", cache")),
            },
        ),
    },
    "generation.stream": {
        "one token too few or too many": Kind(
            ONE_OFF,
            {
                "one token too few": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens - 1))"),
                "one token too many": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens + 1))"),
                "the last token not handed out": (
                    YIELD,
                    f"if not remaining:\n            return\n        {YIELD}",
                ),
            },
        ),
        "another shape or type": Kind(
            "You hand out a column or a list, where a tensor with one number for each text is asked for. Whoever reads "
            "the stream stacks these, or compares them text by text, and finds something else.",
            {
                "a column": (YIELD, "yield following.masked_fill(ended[:, None], -1)"),
                "lists": (YIELD, f"{YIELD}.tolist()"),
            },
        ),
        "the token before": Kind(
            "You hand out what each text ended with before the draw, not what was drawn. The reader gets the prompt's "
            "last token first, everything else one step late, and the last token never.",
            {"texts, not tokens": (YIELD, "yield torch.stack([text[-1] for text in texts])")},
        ),
        "nothing until all is written": Kind(
            "You collect the tokens and hand them out when the last one has been drawn. A stream is there for its "
            "reader to see the first word at once, while the others are still to come.",
            {
                "nothing until all is written": (
                    YIELD,
                    "out = [*out, following.squeeze(1).masked_fill(ended, -1)] if remaining < max_new_tokens - 1 else"
                    " [following.squeeze(1)]\n"
                    "        if not remaining or (ended | torch.isin(following.squeeze(1), stops)).all():\n"
                    "            yield from out",
                )
            },
        ),
        "model run before the token is handed out": Kind(
            "You run the model once more between drawing a token and handing it out. The reader waits for work that "
            "has nothing to do with this token, and may not even want another.",
            {
                "read ahead before it is handed out": (
                    f"{YIELD}\n",
                    f"ahead = KVCache(model.config)\n"
                    f"        model(torch.stack([text[-1:] for text in texts]), cache=ahead)\n"
                    f"        {YIELD}\n",
                )
            },
        ),
        "the ending token swallowed": Kind(
            "You hide the token that ends a text, as if the text had ended before it. The reader is meant to see it: "
            "it tells that the text is finished, and by what.",
            {
                "the token that ends a text swallowed": (
                    YIELD,
                    "yield following.squeeze(1).masked_fill(ended | torch.isin(following.squeeze(1), stops), -1)",
                )
            },
        ),
        "a token where a text has ended": Kind(
            "Where a text has ended, you still hand out a token: a drawn one, zero, or the one before. Those are all "
            "real tokens, so that the reader takes them for text and cannot see the end.",
            {
                "ended texts go on": (".masked_fill(ended, -1)", ""),
                "0 where a text has ended": ("masked_fill(ended, -1)", "masked_fill(ended, 0)"),
                "the end repeated where a text has ended": (
                    YIELD,
                    "yield torch.where(ended, torch.stack([text[-1] for text in texts]), following.squeeze(1))",
                ),
            },
        ),
        "an ended text revived": Kind(
            "Your code remembers for one step only that a text has ended. With the next token it comes alive again, "
            "and strange words follow behind its end.",
            {"a text ends, but is revived": (ENDED, "ended = torch.isin(following.squeeze(1), stops)")},
        ),
        "all end with the first": Kind(
            "As soon as one text has ended, you end all of them. The others break off in the middle of a sentence, "
            "because of a text that has nothing to do with them.",
            {
                "all end with the first": (ENDED, f"{ENDED}\n        ended = ended.any().expand_as(ended)"),
                "the stream ends with the first text": ("ended.all()", "ended.any()"),
            },
        ),
        "no text ever ends": Kind(
            "You never look whether a token that ends a text has been drawn. The model says that it has finished, and "
            "your code lets it talk on until the number of tokens is used up.",
            {"no text ever ends": (ENDED, "pass")},
        ),
        "ended by a token of the prompt": Kind(
            "You look for the tokens that end a text in the prompt as well. The prompt of a chat is full of them, one "
            "behind each turn, and its answer would break off after one token.",
            {
                "a text ends with any token in the prompt": (
                    ENDED,
                    "ended = ended | torch.stack([torch.isin(text, stops).any() for text in texts])"
                    " | torch.isin(following.squeeze(1), stops)",
                )
            },
        ),
        "only one of the ending tokens": Kind(
            "You look for the first of the tokens that end a text, and for no other. A model can finish in several "
            "ways, with a turn or with the whole document, and each has a token of its own.",
            {"only the first of the tokens that end a text": (ENDED, ENDED.replace("stops)", "stops[:1])"))},
        ),
        "an end noticed late": Kind(
            "You look at the token before the one that was drawn. A text then goes on for one token behind its end, "
            "and a prompt that happens to end with such a token counts as finished at once.",
            {
                "a text ends one token late": (
                    ENDED,
                    "ended = ended | torch.isin(torch.stack([text[-1] for text in texts]), stops)",
                )
            },
        ),
        "other tokens end a text": Kind(
            "You let every token end a text except those that should. Nearly every text is then over after its first "
            "token, and where it is not, the model had wanted to stop there.",
            {"everything else than these ends a text": (ENDED, ENDED.replace("torch.isin", "~torch.isin"))},
        ),
        "going on when all have ended": Kind(
            "Your stream goes on when the last text has ended. The model works for nobody, and the reader gets step "
            "after step in which no text has a token.",
            {"the stream goes on when all have ended": ("if ended.all() or not remaining:", "if not remaining:")},
        ),
        "settings not handed on": Kind(
            SETTINGS,
            {
                "sampling not handed on": (
                    "next_token_distribution(logits, **sampling)",
                    "next_token_distribution(logits)",
                ),
                "top_k not handed on": (
                    "next_token_distribution(logits, **sampling)",
                    "next_token_distribution(logits, sampling.get('temperature', 1.0))",
                ),
            },
        ),
        "likeliest where dice were asked for": Kind(
            LIKELIEST, {"always the likeliest": (DRAWN, "p.argmax(dim=-1, keepdim=True)")}
        ),
        "every token equally likely": Kind(
            UNIFORM, {"uniform draws": (DRAWN, DRAWN.replace("(p,", "(torch.ones_like(p),"))}
        ),
        "softmax twice": Kind(SOFTMAX_TWICE, {"softmax twice": (DRAWN, DRAWN.replace("(p,", "(p.softmax(dim=-1),"))}),
        "the first text for all": Kind(
            "You use for all texts what belongs to the first one: its words, the token that was drawn for it, or the "
            "token that is read next. Each text has a prompt and draws of its own.",
            {
                "one draw for all": (DRAWN, f"{DRAWN}[:1].expand(len(texts), 1)"),
                "the first text's token read by all": (
                    STEP,
                    STEP.replace("(following,", "(following[:1].expand(len(texts), 1),"),
                ),
                "one text for all": (
                    FIRST_READING,
                    FIRST_READING.replace("for text in texts]", "for text in texts[:1] * len(texts)]"),
                ),
            },
        ),
        "generator ignored": Kind(GENERATOR, {"generator ignored": (", generator=generator)", ")")}),
        "generator seeded anew at every step": Kind(
            SEEDED_EVERY_STEP,
            {
                "generator seeded anew at every step": (
                    DRAWN,
                    "torch.multinomial(p, num_samples=1,"
                    " generator=generator and generator.manual_seed(generator.initial_seed()))",
                )
            },
        ),
        "everything read again for every token": Kind(
            "You read all texts from their beginning for every new token. The tokens are right, but the cache already "
            "knows those texts: what a token costs would grow with every word that is written.",
            {"the whole text read again for every token": (ROOM, "if False:")},
        ),
        "the whole text into the same cache": Kind(
            "You hand the model whole texts together with a cache that remembers them already. It appends them to what "
            "it has, and reads each word as if it had been written several times over.",
            {
                "the whole text into the same cache": (
                    STEP,
                    "logits = model(torch.stack([text[-longest:] for text in texts]), cache=cache)[:, -1]",
                )
            },
        ),
        "read without the cache": Kind(
            "Your model reads the new token without the cache. It then sees a text of one single token, and what comes "
            "next has nothing to do with the prompt.",
            {"read without the cache": (STEP, "logits = model(following)[:, -1]")},
        ),
        "the drawn token not read": Kind(
            "Before the next draw, your model does not read the token that was drawn: it reads nothing, or the one "
            "before. It names the next word without knowing the last, and the text does not hang together.",
            {
                "the token before read again": (
                    STEP,
                    "logits = model(torch.stack([text[-2] for text in texts])[:, None], cache=cache)[:, -1]",
                ),
                "the token that was drawn not read": (STEP, "pass"),
            },
        ),
        "texts not kept up to date": Kind(
            "Your texts do not grow by the drawn tokens at their ends. As long as the cache has room nobody notices, "
            "but once the positions are used up the texts are read again, and are wrong.",
            {
                "tokens not put behind the texts": (TEXTS, "pass"),
                "tokens put in front of the texts": (TEXTS, TEXTS.replace("(text, token)", "(token, text)")),
            },
        ),
        "no position left": Kind(
            "You go on with the cache when all of its positions are taken. There is none for one token more, and the "
            "model stops with an error in the middle of the text.",
            {
                "the end of the tables not thought of": (ROOM, "if True:"),
                "the end of the tables noticed too late": (ROOM, "if cache.longest <= longest:"),
            },
        ),
        "stop at the end of the positions": Kind(
            STOPS, {"stops at the end of the tables": (AGAIN, "else:\n            return")}
        ),
        "too little read again": Kind(
            "When the positions are used up, you begin again with less than the model can see: the last token or half "
            "of its view. It forgets words that it could still read, and draws what `generate` would not.",
            {
                "only the new token kept": (TEXTS, "texts = list(following)"),
                "starts from the last token at the end of the tables": (
                    AGAIN,
                    "else:\n            logits, cache = read(model, [text[-1:] for text in texts])",
                ),
                "reads half at the end of the tables": (
                    AGAIN,
                    "else:\n            logits, cache = read(model, [text[-longest // 2 :] for text in texts])",
                ),
            },
        ),
        "the end of the text cut off": Kind(
            BEGINNING,
            {
                "reads the beginning at the end of the tables": (
                    AGAIN,
                    "else:\n            logits, cache = read(model, [text[:longest] for text in texts])",
                ),
                "long texts cropped to their beginning": (
                    FIRST_READING,
                    "logits, cache = read(model, [text[:longest] for text in texts])\n    for",
                ),
            },
        ),
        "text longer than the positions": Kind(
            TOO_LONG, {"long texts not cropped": (FIRST_READING, "logits, cache = read(model, texts)\n    for")}
        ),
        "texts cut to the same length": Kind(
            "You cut every text to the length of the shortest before it is read. The longer ones lose their beginning, "
            "although texts of any lengths may stand side by side in a batch.",
            {
                "texts cut to the same length": (
                    FIRST_READING,
                    "texts = [text[-min(map(len, texts)) :] for text in texts]\n    " + FIRST_READING,
                )
            },
        ),
    },
    "generation.accept_draft": {
        "accepted the wrong way round": Kind(
            "The less the model thinks of a token, the more readily your code accepts it. What gets through is what "
            "the draft overrates, which is what the check should catch.",
            {
                "the ratio upside down": (RATIO, "ratio = q[place, proposed] / p[place, proposed]"),
                "accepted the wrong way round": (") < ratio", ") > ratio"),
            },
        ),
        "not compared as a ratio": Kind(
            "You accept a token by one probability alone, or by the difference of the two. Only how one stands to the "
            "other makes up exactly for how often the draft offers a token; otherwise the text is not the model's.",
            {
                "the difference for the ratio": (RATIO, "ratio = p[place, proposed] - q[place, proposed]"),
                "the model's probability for the ratio": (RATIO, "ratio = p[place, proposed]"),
                "the draft's probability for the ratio": (RATIO, "ratio = q[place, proposed]"),
            },
        ),
        "judged in another place": Kind(
            "You judge a token by what the model thinks about another place than the token's own. Every row of "
            "probabilities follows different words, and what is likely behind those tells nothing about this token.",
            {
                "the ratio of the model's row behind": (RATIO, "ratio = p[place + 1, proposed] / q[place, proposed]"),
                "the ratio of the first row": (RATIO, "ratio = p[0, proposed] / q[place, proposed]"),
            },
        ),
        "the likeliest compared": Kind(
            "You compare how likely the favourites of model and draft are, whichever tokens these may be. What has to "
            "be judged is the token that was proposed, and often it is neither of the two.",
            {"the ratio of the likeliest": (RATIO, "ratio = p[:-1].amax(dim=-1) / q.amax(dim=-1)")},
        ),
        "the ratio squared or its root": Kind(
            "You square the ratio or take its root before the dice are thrown. Tokens are then accepted too seldom or "
            "too often, and the text is no longer distributed as the model's own.",
            {
                "the ratio squared": (RATIO, "ratio = (p[place, proposed] / q[place, proposed]) ** 2"),
                "the ratio's root": (RATIO, "ratio = (p[place, proposed] / q[place, proposed]).sqrt()"),
            },
        ),
        "everything accepted": Kind(
            "You accept every token of the draft. What you get is the small model's text with all its errors, and the "
            "large one has read it for nothing.",
            {"everything accepted": (DICE, "accepted = torch.ones(len(proposed), dtype=torch.bool)")},
        ),
        "nothing accepted": Kind(
            "You turn down every token of the draft. The guesses were in vain, and tokens that the model likes as much "
            "as the draft does would come too seldom.",
            {"nothing accepted": (DICE, "accepted = torch.zeros(len(proposed), dtype=torch.bool)")},
        ),
        "accepted by a rule, not by dice": Kind(
            "You accept a token by a fixed rule, without throwing dice. One that the model finds half as likely as the "
            "draft does should pass half of the time; always or never, and the text is not the model's.",
            {
                "accepted where the model agrees by half": (DICE, "accepted = ratio > 0.5"),
                "accepted where the model likes it as much": (DICE, "accepted = ratio >= 1"),
                "accepted if it is the model's likeliest": (DICE, "accepted = proposed == p[:-1].argmax(dim=-1)"),
            },
        ),
        "one throw for all": Kind(
            "You throw the dice once, and judge the whole draft by it. A low throw then lets nearly everything pass "
            "and a high one hardly anything, although every token should have a chance of its own.",
            {"one throw for all": ("torch.rand(len(proposed), generator", "torch.rand(1, generator")},
        ),
        "generator ignored": Kind(
            GENERATOR,
            {
                "thrown with another generator": (
                    "torch.rand(len(proposed), generator=generator,",
                    "torch.rand(len(proposed),",
                ),
                "replaced with another generator": (
                    "torch.multinomial(rest, num_samples=1, generator=generator)",
                    "torch.multinomial(rest, num_samples=1)",
                ),
            },
        ),
        "generator seeded anew": Kind(
            SEEDED, {"generator seeded anew": (RATIO, f"{RATIO}\n    generator and generator.manual_seed(0)")}
        ),
        "no end at the first that is turned down": Kind(
            "You do not stop at the first token that is turned down. What stands behind it was guessed as its "
            "continuation, and has lost what it was built on.",
            {
                "accepted after one that was turned down": (HOW_MANY, "k = int(accepted.sum())"),
                "the last that was accepted": (
                    HOW_MANY,
                    "k = int((accepted * (place + 1)).max()) if len(proposed) else 0",
                ),
            },
        ),
        "all or none": Kind(
            "You throw the whole draft away if a single token is turned down. Those before it were accepted and are as "
            "good as the model's own; losing them costs time, and skews what comes in their place.",
            {"all or none": (HOW_MANY, "k = len(proposed) * int(accepted.all())")},
        ),
        "what was turned down kept": Kind(
            "You keep tokens that were turned down, and put the new one behind them. It was drawn to stand in the "
            "place of the first of these, which the model did not want.",
            {
                "the token that was turned down kept": (KEPT, KEPT.replace("proposed[:k]", "proposed[: k + 1]")),
                "the whole draft kept": (KEPT, KEPT.replace("proposed[:k]", "proposed")),
            },
        ),
        "accepted tokens lost": Kind(
            "You lose tokens that were accepted, the last of them or all. The one that you add was drawn to follow "
            "them, and now stands in a place where it does not belong.",
            {
                "one accepted token lost": (KEPT, KEPT.replace("proposed[:k]", "proposed[: max(k - 1, 0)]")),
                "only the token in its place": (KEPT, KEPT.replace("proposed[:k]", "proposed[:0]")),
            },
        ),
        "no token added": Kind(
            "You return the accepted tokens and add none. Where the first is turned down nothing comes back, so that "
            "generation may never get on, and what the draft offers too seldom is never made up for.",
            {"no token in its place": (KEPT, "return proposed[:k]")},
        ),
        "no free token after the whole draft": Kind(
            "Where the whole draft is accepted, you add nothing to it. The model has already worked out what comes "
            "behind the last token, and whoever drops it lets the model read more often than it has to.",
            {
                "nothing for free after the whole draft": (
                    KEPT,
                    f"if 0 < k == len(proposed):\n        return proposed\n    {KEPT}",
                )
            },
        ),
        "replaced from another distribution": Kind(
            "In the place of a token turned down, you draw from the whole distribution of model or draft, or from all "
            "but that token. What the draft offers often enough has had its chance, and would come too often.",
            {
                "the model's own distribution in its place": (REST, "rest = p[k]"),
                "the draft's distribution in its place": (REST, "rest = p[k] if k == len(proposed) else q[k]"),
                "the model's distribution without that token": (
                    REST,
                    "rest = p[k] if k == len(proposed) else p[k].index_fill(0, proposed[k : k + 1], 0.0)",
                ),
            },
        ),
        "negative probabilities": Kind(
            "You leave negative numbers among what you draw by, for tokens that the draft offers more often than the "
            "model. They are no probabilities, and torch refuses to draw by them.",
            {"the rest not cut off at zero": (REST, REST.replace(".clamp(min=0)", ""))},
        ),
        "what was offered too often": Kind(
            "In the place of a token turned down, you may draw one that the draft offers too often. Those have had "
            "their share and more: it is the tokens offered too seldom that have to be made up for.",
            {
                "the size of the difference": (REST, REST.replace(".clamp(min=0)", ".abs()")),
                "the difference the wrong way round": (REST, REST.replace("p[k] - q[k]", "q[k] - p[k]")),
            },
        ),
        "a chance for every token": Kind(
            "In the place of a token turned down, every token of the vocabulary can come in your code. Most of them "
            "should have no chance there, not even a small one, since the draft offers them often enough.",
            {
                "the difference as logits": (REST, REST.replace("clamp(min=0)", "softmax(dim=-1)")),
                "the rest cut off above": (REST, REST.replace("clamp(min=0)", "clamp(min=0.01)")),
            },
        ),
        "the added token from another place": Kind(
            "You draw the token that you add from probabilities that belong to another place. They tell what follows "
            "different words, not what should stand behind the tokens that you keep.",
            {
                "the rest of the row behind": (REST, REST.replace("(p[k] - q[k])", "(p[k + 1] - q[k])")),
                "the rest of the first row": (REST, REST.replace("(p[k] - q[k])", "(p[0] - q[0])")),
                "the free token from the row before": (REST, REST.replace("rest = p[k] if", "rest = p[k - 1] if")),
                "the free token from the first row": (REST, REST.replace("rest = p[k] if", "rest = p[0] if")),
            },
        ),
        "the likeliest added": Kind(
            "You add the likeliest token instead of drawing one. At any temperature above zero it then comes too "
            "often, and the text is no longer distributed as the model's own.",
            {
                "the likeliest in its place": (
                    "torch.multinomial(rest, num_samples=1, generator=generator)",
                    "rest.argmax(dim=-1, keepdim=True)",
                )
            },
        ),
        "two tokens added": Kind(
            "You add two tokens, both drawn for the same place. The second does not know the first, and the model has "
            "never said what should follow that.",
            {"two tokens in its place": ("num_samples=1", "num_samples=2")},
        ),
        "fractions for tokens": Kind(
            "Your tokens come back with the dtype of the probabilities. Such numbers cannot look up rows of the "
            "embedding, and in a narrow dtype large ones are rounded to other tokens.",
            {"float": (KEPT, f"{KEPT}.to(p)")},
        ),
        "changed in place": Kind(
            CHANGED,
            {
                "draft changed in place": (REST, f"{REST}\n    proposed[k:] = 0"),
                "rest taken off in place": (REST, REST.replace("(p[k] - q[k])", "p[k].sub_(q[k])")),
            },
        ),
    },
    "generation.speculate": {
        "length not checked": Kind(
            "You do not check the whole length against the positions of both models. The text can outgrow one of them "
            "without being refused, and the run may break off halfway.",
            {
                "end not looked at": ("if end > one.config.max_seq_len:", "if False:"),
                "the draft's end not looked at": ('(("model", model), ("draft", draft))', '(("model", model),)'),
                "the model's end not looked at": ('(("model", model), ("draft", draft))', '(("draft", draft),)'),
            },
        ),
        "text that fits refused": Kind(
            "You refuse a text that takes up exactly all positions of a model. It still fits, to the last token, and "
            "whoever asks for it gets an error.",
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
            "Model and draft share one cache. Each needs a memory of its own: keys and values that the other has made "
            "mean nothing to it, and tokens that one has read count as read by both.",
            {
                "one cache for both": (
                    "cache, draft_cache = KVCache(model.config, lookahead), KVCache(draft.config, lookahead)",
                    "cache = draft_cache = KVCache(model.config, lookahead)",
                )
            },
        ),
        "the same read again and again": Kind(
            "One of the two models starts over with an empty cache, or has none, and reads the whole text again. The "
            "result is the same, but this reading costs the time that guessing ahead should save.",
            {
                "a new cache for the draft in every round": (
                    "q = []",
                    "q, draft_cache = [], KVCache(draft.config, lookahead)",
                ),
                "a new cache for the model in every round": (
                    "q = []",
                    "q, cache = [], KVCache(model.config, lookahead)",
                ),
                "the draft keeps no cache": (GUESSED, "logits = draft(tokens, cache=KVCache(draft.config))[:, -1]"),
                "the model keeps no cache": (CHECKED, "logits = model(tokens)[0, -len(q) - 1 :]"),
            },
        ),
        "too many guesses at the end": Kind(
            "Near the end, your draft guesses more tokens than there is room for, though one always comes from the "
            "model. The text can get longer than was asked for, or than there are positions.",
            {
                "too many tokens at the end": (AHEAD, "for _ in range(lookahead):"),
                "one guess too many at the end": (AHEAD, "for _ in range(min(lookahead, end - known)):"),
            },
        ),
        "too few guesses": Kind(
            "Your draft guesses fewer tokens ahead than it may: none, or a single one. The large model then has to "
            "read more often, and little or nothing is left of what speculation saves.",
            {
                "never ahead": (AHEAD, "for _ in range(0):"),
                "one guess a round": (AHEAD, "for _ in range(min(1, end - known - 1)):"),
            },
        ),
        "one round only": Kind(
            "You stop after a single round. It brings a few tokens at most, one if the first guess is turned down, and "
            "longer texts are never finished.",
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
            "You hand a model the last token only, or the guesses only. What its cache has missed before, the prompt "
            "above all, it never gets to know, and it guesses or judges blindly.",
            {
                "the draft reads the last token only": (
                    GUESSED,
                    "logits = draft(tokens[:, -1:], cache=draft_cache)[:, -1]",
                ),
                "the model reads the guesses only": (
                    CHECKED,
                    "logits = model(tokens[:, known:], cache=cache)[0, -len(q) - 1 :]",
                ),
            },
        ),
        "the whole text into the same cache": Kind(
            "You hand a model the whole text together with a cache that has most of it already. It appends everything "
            "once more, at positions that are too far back, until there are none left.",
            {
                "the draft reads everything into its cache": (
                    GUESSED,
                    "logits = draft(tokens, cache=draft_cache)[:, -1]",
                ),
                "the model reads everything into its cache": (
                    CHECKED,
                    "logits = model(tokens, cache=cache)[0, -len(q) - 1 :]",
                ),
            },
        ),
        "the draft's first logits": Kind(
            "You use the draft's logits behind the first of the tokens that it has read, not behind the last. Where it "
            "has read several, it guesses for a place that is written already, and is mostly turned down.",
            {"the draft's first logits": (GUESSED, GUESSED.replace("[:, -1]", "[:, 0]"))},
        ),
        "the model guesses for itself": Kind(
            "You let the large model make the guesses, with the draft's cache. Its guesses are good, but it runs once "
            "for every token as it would alone, and the small model is never asked.",
            {
                "the model guesses for itself": (
                    GUESSED,
                    "logits = model(tokens[:, draft_cache.longest :], cache=draft_cache)[:, -1]",
                )
            },
        ),
        "ones for the draft's distribution": Kind(
            "You write down the same number for every token instead of how likely the draft finds it. The guesses "
            "become noise, and the check, which weighs the model's probabilities against these numbers, cannot work.",
            {
                "the draft not as it was drawn from": (
                    THOUGHT,
                    "q.append(next_token_distribution(logits, **sampling) * 0 + 1)",
                )
            },
        ),
        "guesses drawn from something else": Kind(
            "You draw guesses from another distribution than the one that the check gets to see. It can make up for a "
            "poor guess only if it knows how likely the draft was to make it.",
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
            {"sampling not handed on to the draft": (THOUGHT, "q.append(next_token_distribution(logits))")},
        ),
        "model without the settings": Kind(
            "The distributions that you check against are made without temperature, top-k and the others. They decide "
            "what the text is like, so that it comes out as if nobody had set anything.",
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
            "You draw the guesses, but do not put them behind the text. The draft has nothing new to read before its "
            "next guess, and there is nothing for the model to check.",
            {
                "guesses not kept": (
                    "tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, generator=generator)), dim=1)",
                    "torch.multinomial(q[-1], num_samples=1, generator=generator)",
                )
            },
        ),
        "guess by guess": Kind(
            "Your model reads the guesses one at a time. Speculation saves time because reading several tokens at once "
            "takes hardly longer than reading one; this way the model runs as often as it would alone, or more.",
            {
                "the model reads guess by guess": (
                    CHECKED,
                    "logits = torch.stack([\n"
                    "            model(tokens[:, cache.longest : end], cache=cache)[0, -1]\n"
                    "            for end in range(known, tokens.size(1) + 1)\n        ])",
                )
            },
        ),
        "the model's logits of other places": Kind(
            "You use the model's logits of other places than those of the guesses and the one behind them. Every guess "
            "is then judged by what should stand elsewhere, and good ones are turned down.",
            {
                "the model's rows one too far back": (
                    CHECKED,
                    CHECKED.replace("[0, -len(q) - 1 :]", "[0].roll(1, 0)[-len(q) - 1 :]"),
                ),
                "the model's rows one too far ahead": (
                    CHECKED,
                    CHECKED.replace("[0, -len(q) - 1 :]", "[0].roll(-1, 0)[-len(q) - 1 :]"),
                ),
                "the model's first rows": (CHECKED, CHECKED.replace("[0, -len(q) - 1 :]", "[0, : len(q) + 1]")),
            },
        ),
        "guesses not checked": Kind(
            "You keep every guess, without having it checked. What you get is the small model's text with all its "
            "errors, and the large one adds a word to it now and then.",
            {"the model not asked": (ACCEPTED, "following = torch.cat((tokens[0, known:], p[-1:].argmax(dim=-1)))")},
        ),
        "what the model would have drawn": Kind(
            "You write what the model would draw in each place, but it has read the guesses there, not your words. "
            "Where they differ, all that comes behind continues a text that was never written.",
            {
                "what the model would write instead": (
                    ACCEPTED,
                    "following = torch.multinomial(p, 1, generator=generator)[:, 0]",
                )
            },
        ),
        "only the first token kept": Kind(
            "You keep only the first of the tokens that the check returns. The text is still the model's, but the "
            "model reads once for every token, and the guesses were made for nothing.",
            {"always the first token only": (ACCEPTED, f"{ACCEPTED}[:1]")},
        ),
        "draft and model swapped": Kind(
            "You hand the check the two distributions the wrong way round. It then judges by what the draft likes, and "
            "puts what the draft overrates in the place of a guess.",
            {
                "draft and model swapped": (
                    ACCEPTED,
                    "following = accept_draft(tokens[0, known:], p[:-1], torch.cat([*q, p[-1:]]), generator)",
                )
            },
        ),
        "all guesses left in the text": Kind(
            "You leave all guesses in the text, and put what the check returns, or its last token, behind them. Those "
            "that were turned down stay, as if the model had agreed.",
            {
                "what was drawn put behind the guesses": (
                    GOES_ON,
                    "tokens = torch.cat((tokens, following[None]), dim=1)",
                ),
                "the guesses kept": (GOES_ON, "tokens = torch.cat((tokens, following[None, -1:]), dim=1)"),
            },
        ),
        "guesses not forgotten": Kind(
            "One cache or both keep guesses that were turned down. The model or the draft then goes on from words that "
            "are not in the text, and never reads those that took their place.",
            {
                "nothing forgotten": (BACK, "pass"),
                "the draft forgets nothing": ("for one in (cache, draft_cache):", "for one in (cache,):"),
                "the model forgets nothing": ("for one in (cache, draft_cache):", "for one in (draft_cache,):"),
            },
        ),
        "the last token taken for read": Kind(
            "You count the last token of the text as read when you take a cache back. It came from the check, and what "
            "was read in its place was a guess that is gone: the new word is never seen.",
            {
                "the last token counts as read": (
                    "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                    "one.rewind(torch.tensor([min(tokens.size(1), one.longest)], device=tokens.device))",
                )
            },
        ),
        "the draft misquoted": Kind(
            "You draw the guesses from one distribution and report another to `accept_draft`. It weighs each guess by "
            "how likely the draft was to make it: told something else, it lets through what should be turned down.",
            {
                "the draft's softmax reported": (
                    f"{THOUGHT}\n            tokens = torch.cat((tokens, torch.multinomial(q[-1], num_samples=1, "
                    "generator=generator)), dim=1)",
                    "q.append(logits.softmax(dim=-1))\n            tokens = torch.cat((tokens, torch.multinomial("
                    "next_token_distribution(logits, **sampling), num_samples=1, generator=generator)), dim=1)",
                )
            },
        ),
        "too much forgotten": Kind(
            "You take the caches back farther than to the first wrong guess. What they knew has to be read again, "
            "which costs time, and a layer with a window may no longer have what came before it.",
            {
                "one token too many forgotten": (
                    "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                    "one.spare += 1\n"
                    "                one.rewind(torch.tensor([tokens.size(1) - 2], device=tokens.device))",
                ),
                "everything forgotten": (
                    "one.rewind(torch.tensor([tokens.size(1) - 1], device=tokens.device))",
                    "one.spare = 999\n                one.rewind(torch.tensor([0], device=tokens.device))",
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
            "You return a single row, without the axis for the batch. Whoever called handed in a batch of one text, "
            "and expects one back, as `generate` would return it.",
            {"a single row returned": ("    return tokens\n", "    return tokens[0]\n")},
        ),
    },
}
