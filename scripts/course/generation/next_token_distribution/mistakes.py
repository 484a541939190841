"""What people write for generation.next_token_distribution, and why it matters."""

from scripts.course.generation.explanations import CHANGED, DTYPE, LIKELIEST, SOFTMAX_TWICE, UNIFORM, ZERO
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "division by a temperature of zero": Kind(
        "You do not treat a temperature of zero apart, so that the logits are divided by it. They become "
        "infinite, the softmax gives not-a-number, and nothing can be drawn.",
        {"temperature 0 not thought of": ("if temperature == 0:", "if False:")},
    ),
    "zero taken for another temperature": Kind(
        ZERO,
        {
            "temperature 0 taken for 1": ("if temperature == 0:", "temperature = temperature or 1.0\n    if False:"),
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
        "One row of the batch decides for the others in your code: by its likeliest token, its k-th best, or "
        "its whole distribution. Every row is a text of its own, and should be continued as if it were alone.",
        {
            "the likeliest of the batch": (
                "logits.argmax(dim=-1)",
                "logits.argmax() % logits.size(-1) + 0 * logits.argmax(dim=-1)",
            ),
            "the first row's k-th best for all": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                'logits = logits.masked_fill(logits < best.values[:1, -1:], float("-inf"))',
            ),
            "one row for all": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1)[:1].expand_as(logits)"),
        },
    ),
    "a token for a distribution": Kind(
        "At a temperature of zero you return which token is the likeliest. Whoever called asked how likely "
        "each token is, at every temperature, and is going to draw from the answer.",
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
        "You let the temperature act on the finished probabilities, where it should act on the logits. The "
        "odds between two tokens stay as they were, and the row that you have divided no longer sums to one.",
        {
            "probabilities divided by the temperature": (
                "p = logits.softmax(dim=-1)",
                "p = (logits * temperature).softmax(dim=-1) / temperature",
            )
        },
    ),
    "temperature twice with top-k": Kind(
        "Where top_k is given, you apply the temperature a second time. A setting of 0.5 then acts like 0.25, "
        "and one of 2 like 4, so that top-k changes more than how many tokens there are to choose from.",
        {
            "temperature twice with top_k": (
                "best = logits.topk",
                "logits = logits / temperature\n        best = logits.topk",
            )
        },
    ),
    "temperature after top-p or min-p": Kind(
        "You rule tokens out before the temperature has acted. Top-p and min-p are about the probabilities "
        "that are really drawn from; yours keep other tokens wherever the temperature is not one.",
        {
            "temperature after top_p": (
                "logits = logits / temperature",
                (
                    "if top_p is not None:\n"
                    "        nucleus = keep_nucleus(logits.softmax(dim=-1), top_p)\n"
                    "        logits, top_p = logits.masked_fill(nucleus == 0, float('-inf')), None\n"
                    "    logits = logits / temperature"
                ),
            ),
            "temperature after min_p": (
                "logits = logits / temperature",
                (
                    "if min_p is not None:\n"
                    "        likely = keep_likely(logits.softmax(dim=-1), min_p)\n"
                    "        logits, min_p = logits.masked_fill(likely == 0, float('-inf')), None\n"
                    "    logits = logits / temperature"
                ),
            ),
            "temperature at the very end": (
                "logits = logits / temperature",
                (
                    "if temperature != 1:\n"
                    "        p = next_token_distribution(logits, 1.0, top_k, top_p, min_p) ** (1 / temperature)\n"
                    "        return p / p.sum(dim=-1, keepdim=True)"
                ),
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
        "Your top-k lets one token more or one fewer stay than it was told. With k at one, which should leave "
        "no choice, or with any other number, the draws are not those of other programs.",
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
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                'logits = logits.masked_fill(logits <= best.values[:, -1:], float("-inf"))',
            )
        },
    ),
    "more than k where some are equal": Kind(
        "Where several tokens are as good as the k-th best, you keep all of them. No more than k may stay: a "
        "model that finds everything equally likely would get its whole vocabulary back.",
        {
            "all that are as good as the k-th best": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                'logits = logits.masked_fill(logits < best.values[:, -1:], float("-inf"))',
            )
        },
    ),
    "the best ruled out": Kind(
        "Your top-k rules out the best tokens and keeps worse ones. What is drawn is then what the model "
        "thinks wrong, and the text falls apart within a few words.",
        {
            "the best ruled out": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                'logits = logits.scatter(-1, best.indices, float("-inf"))',
            ),
            "top_k lowest": (
                "logits.topk(min(top_k, logits.size(-1)))",
                "logits.topk(min(top_k, logits.size(-1)), largest=False)",
            ),
        },
    ),
    "more asked for than there are": Kind(
        "You ask torch for more tokens than there are when top_k is larger than the vocabulary, and it "
        "refuses. Such a top_k is allowed, and means that every token may stay.",
        {"top_k beyond the vocabulary": ("min(top_k, logits.size(-1))", "top_k")},
    ),
    "sizes without signs": Kind(
        "You compare the logits by their size, without the sign. A very negative one, which says that its "
        "token is nearly impossible, then counts as one of the best.",
        {
            "top_k of sizes": (
                "logits.topk(min(top_k, logits.size(-1)))",
                "logits.abs().topk(min(top_k, logits.size(-1)))",
            )
        },
    ),
    "only the best stays": Kind(
        "You measure every token against the best one, so that only the best is left. Top-k then leaves no "
        "choice, however large k is, and the dice have nothing to do.",
        {
            "the best for the k-th best": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                'logits = logits.masked_fill(logits < best.values[:, :1], float("-inf"))',
            )
        },
    ),
    "ruled out with an ordinary number": Kind(
        "You give the tokens that are ruled out an ordinary number for a logit. The softmax still leaves them "
        "some probability, and where the logits that stay are lower, they even become the likeliest.",
        {"ruled out with zero": ('float("-inf")', "0.0"), "ruled out with a small number": ('float("-inf")', "-9.0")},
    ),
    "ranks taken for tokens": Kind(
        "You keep the k best logits in the order of their rank, and forget which tokens they belong to. A draw "
        "then gives a rank: the likeliest word always comes out as token zero.",
        {
            "ranks taken for tokens": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                "logits = best.values",
            )
        },
    ),
    "top-k after the softmax": Kind(
        "You rule tokens out after the softmax, leave the rest as it is, and end there. The row no longer sums "
        "to one, and top-p and min-p never get their turn.",
        {
            "top_k after the softmax, the rest not scaled up": (
                'logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)',
                (
                    "p = logits.softmax(dim=-1)\n"
                    "        return torch.zeros_like(p).scatter(-1, best.indices, p.gather(-1, best.indices))"
                ),
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
        "You take the exponentials of the logits, but do not make each row sum to one. They are no "
        "probabilities yet: top-p, which adds them up, would stop in the wrong place.",
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
        "Your softmax runs over the batch, not over the vocabulary. The probabilities of one text then depend "
        "on the texts beside it, and those of its own tokens do not sum to one.",
        {"softmax over the batch": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=0)")},
    ),
    "softmax twice": Kind(
        SOFTMAX_TWICE, {"softmax twice": ("p = logits.softmax(dim=-1)", "p = logits.softmax(dim=-1).softmax(dim=-1)")}
    ),
    "a sigmoid": Kind(
        "You squeeze every logit by itself between zero and one, as if several tokens could come next. Only "
        "one can: they have to share one probability, and a token that is far ahead has to get nearly all of "
        "it.",
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
        "Where top_p takes effect you leave min_p out. The two may be given together: one looks at the sum, "
        "the other at the distance from the best, and what passes has to pass both.",
        {"top_p or min_p, but not both": ("if min_p is not None:", "elif min_p is not None:")},
    ),
    "cuts in another order": Kind(
        "You let top-k, top-p and min-p act in another order than the docstring names. Each looks at what the "
        "one before has left, scaled up again, so that other tokens survive where several are given.",
        {
            "min_p before top_p": (
                "if top_p is not None and top_p < 1:",
                ("if min_p is not None:\n        p = keep_likely(p, min_p)\n    if top_p is not None:"),
            ),
            "top_p before top_k": (
                "if top_k is not None:",
                (
                    "if top_p is not None:\n"
                    "        logits = keep_nucleus(logits.softmax(dim=-1), top_p).log()\n"
                    "        top_p = None\n"
                    "    if top_k is not None:"
                ),
            ),
        },
    ),
    "top-p's number for min-p": Kind(
        "Where both are given, your min-p cuts with the number that was meant for top-p. That one is usually "
        "close to one, which for min-p is so strict that hardly any token stays.",
        {"top_p for min_p": ("p = keep_likely(p, min_p)", "p = keep_likely(p, top_p or min_p)")},
    ),
    "top-p or min-p of the logits": Kind(
        "You let top-p or min-p look at logits, where it needs probabilities. Logits can be negative and sum "
        "to anything, so that shares of them mean nothing.",
        {
            "top_p of the logits": ("p = keep_nucleus(p, top_p)", "p = keep_nucleus(logits, top_p)"),
            "min_p of the logits": ("p = keep_likely(p, min_p)", "p = keep_likely(logits, min_p)"),
        },
    ),
    "temperature or top_k not checked": Kind(
        "Your code accepts a temperature or a top_k that makes no sense, outside the range of the docstring. "
        "It goes on without a word: a negative temperature, for one, turns the model's preferences round.",
        {
            "settings not looked at": ("if temperature < 0 or (top_k is not None and top_k < 1):", "if False:"),
            "negative temperature let through": ("temperature < 0 or ", ""),
            "top_k of 0 let through": ("top_k < 1", "top_k < 0"),
        },
    ),
    "top_p or min_p not checked": Kind(
        "Your code accepts a top_p or a min_p outside the range of the docstring. Both are shares: outside it "
        "they leave nothing to draw, or rule nothing out where somebody hopes that they do.",
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
        "Your code refuses a setting that is allowed. A temperature of zero, no top_k at all, and a share of "
        "one all have their meaning, and whoever asks for them gets an error.",
        {
            "top_k of None refused": ("(top_k is not None and top_k < 1)", "not top_k"),
            "temperature of 0 refused": ("temperature < 0 or", "temperature <= 0 or"),
            "shares of 1 refused": ("not 0 < share <= 1", "not 0 < share < 1"),
        },
    ),
}
