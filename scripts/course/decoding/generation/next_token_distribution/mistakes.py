"""What people write for decoding.generation.next_token_distribution, and why it matters."""

from scripts.course.decoding.generation.explanations import CHANGED, DTYPE, GREEDY, SOFTMAX_TWICE, UNIFORM, ZERO
from scripts.workshop.diagnose import Kind

SCALE = "logits = logits / temperature"
MASK = 'logits = logits.masked_fill(logits < v[:, [-1]], float("-inf"))'
SOFTMAX = "return logits.softmax(dim=-1)"

MISTAKES = {
    "division by a temperature of zero": Kind(
        "You divide the logits by a temperature of 0. They become infinite, and their softmax is NaN.",
        {"temperature 0 not handled": ("if temperature == 0:", "if False:")},
    ),
    "zero taken for another temperature": Kind(
        ZERO,
        {
            "temperature 0 taken for 1": ("if temperature == 0:", "temperature = temperature or 1.0\n    if False:"),
            "temperature at least 0.1": ("if temperature == 0:", "temperature = max(temperature, 0.1)\n    if False:"),
        },
    ),
    "ties share the probability": Kind(
        "At temperature 0, tokens that tie for the largest logit share the probability, as they would at a very small "
        "temperature. Greedy decoding picks one: it has probability 1, and every run gives the same text.",
        {
            "temperature at least 1e-6": (
                "if temperature == 0:",
                "temperature = max(temperature, 1e-6)\n    if False:",
            ),
            "temperature at least 1e-8": (
                "if temperature == 0:",
                "temperature = max(temperature, 1e-8)\n    if False:",
            ),
            "shared by all largest": (
                "return F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)",
                'return logits.masked_fill(logits < logits.amax(dim=-1, keepdim=True), float("-inf")).softmax(dim=-1)',
            ),
        },
    ),
    "every largest logit at temperature zero": Kind(
        "At temperature 0 you give every token that ties for the largest logit a probability of its own. Greedy "
        "decoding picks one: the row is one-hot, with a single 1.",
        {
            "a 1 for every largest logit": (
                "F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)",
                "(logits == logits.amax(dim=-1, keepdim=True)).to(logits.dtype)",
            )
        },
    ),
    "greedy above zero": Kind(
        GREEDY,
        {
            "always greedy": ("if temperature == 0:", "if True:"),
            "greedy below temperature 1": ("if temperature == 0:", "if temperature < 1:"),
        },
    ),
    "the smallest logit": Kind(
        "At temperature 0 you pick the token with the smallest logit. Greedy decoding takes the largest.",
        {"argmin": ("logits.argmax(", "logits.argmin(")},
    ),
    "one row decides for all": Kind(
        "One row of the batch decides for the others: by its argmax, its k-th largest logit, or its whole "
        "distribution. Every row of (B, V) is a sequence of its own and needs its own.",
        {
            "the argmax of the batch": (
                "logits.argmax(dim=-1)",
                "logits.argmax() % logits.size(-1) + 0 * logits.argmax(dim=-1)",
            ),
            "the first row's k-th largest for all": ("logits < v[:, [-1]]", "logits < v[:1, [-1]]"),
            "one row for all": (SOFTMAX, "return logits.softmax(dim=-1)[:1].expand_as(logits)"),
        },
    ),
    "a token for a distribution": Kind(
        "At temperature 0 you return the index of the largest logit, (B,). The function returns probabilities, "
        "(B, V), at every temperature: here they are one-hot.",
        {
            "the argmax itself": (
                "F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)",
                "logits.argmax(dim=-1)",
            )
        },
    ),
    "another dtype": Kind(
        DTYPE,
        {
            "int64 at temperature 0": (".to(logits.dtype)", ""),
            "float32 at temperature 0": (".to(logits.dtype)", ".float()"),
        },
    ),
    "multiplied by the temperature": Kind(
        "You multiply the logits by the temperature. They are divided by it: a temperature below 1 sharpens the "
        "distribution, one above 1 flattens it.",
        {"temperature multiplied": (SCALE, "logits = logits * temperature")},
    ),
    "temperature without effect": Kind(
        "The temperature changes nothing in your result: it is not used, or the scaled logits are not assigned. "
        "Every temperature gives the distribution of temperature 1.",
        {"temperature ignored": (SCALE, "pass"), "temperature not assigned": (SCALE, "logits / temperature")},
    ),
    "temperature on probabilities, then a softmax": Kind(
        "You divide probabilities by the temperature, and take a softmax of the quotients. The softmax is taken of "
        "logits / temperature: of probabilities it gives a nearly uniform distribution, at temperature 1 too.",
        {"temperature on the probabilities": (SCALE, "logits = logits.softmax(dim=-1) / temperature")},
    ),
    "temperature after the softmax": Kind(
        "You divide the probabilities by the temperature. That leaves their ratios as they are, and the rows no longer "
        "sum to one: divide the logits.",
        {
            "probabilities divided by the temperature": (
                SOFTMAX,
                "return (logits * temperature).softmax(dim=-1) / temperature",
            )
        },
    ),
    "temperature twice with top-k": Kind(
        "With top_k you divide by the temperature a second time. A temperature of 0.5 then acts like 0.25, and one of "
        "2 like 4.",
        {"temperature twice with top_k": ("v, _ = logits", "logits = logits / temperature\n        v, _ = logits")},
    ),
    "changed in place": Kind(
        CHANGED,
        {
            "one logit changed in place": (SCALE, "logits[:, :1] -= 0.5\n    logits = logits / temperature"),
            "masked in place at temperature 1": (
                f"{SCALE}\n    # Top-k: mask the logits below the k-th largest with -inf.\n",
                'if top_k is not None and temperature == 1:\n        logits[logits < logits.topk(min(top_k, logits.size(-1)))[0][:, [-1]]] = float("-inf")\n'
                f"    {SCALE}\n",
            ),
        },
    ),
    "top-k ignored": Kind(
        "top_k changes nothing in your result. Where it is given, the logits below the k-th largest are masked.",
        {"top_k ignored": ("if top_k is not None:", "if False:")},
    ),
    "one token more or fewer than k": Kind(
        "You keep k + 1 or k - 1 tokens. Top-k keeps k: with k = 1 the most likely token alone.",
        {
            "top_k one too many": ("min(top_k, logits", "min(top_k + 1, logits"),
            "top_k one too few": ("min(top_k, logits.size(-1))", "max(min(top_k, logits.size(-1)) - 1, 1)"),
        },
    ),
    "the k-th largest masked": Kind(
        "You mask the k-th largest logit too. Only k - 1 tokens are left, and with k = 1 none: the softmax is NaN.",
        {"the k-th largest masked": ("logits < v[:, [-1]]", "logits <= v[:, [-1]]")},
    ),
    "the largest masked": Kind(
        "Your top-k masks the largest logits and keeps smaller ones. It keeps the k largest and masks the rest.",
        {
            "the largest masked": ("logits < v[:, [-1]]", "logits >= v[:, [-1]]"),
            "the k smallest": (
                "logits.topk(min(top_k, logits.size(-1)))",
                "logits.topk(min(top_k, logits.size(-1)), largest=False)",
            ),
        },
    ),
    "top_k above the vocabulary size": Kind(
        "You ask torch.topk for more values than V where top_k is larger, and it raises. Such a top_k is allowed and "
        "keeps all tokens: take min(top_k, V).",
        {"top_k above V": ("min(top_k, logits.size(-1))", "top_k")},
    ),
    "absolute values": Kind(
        "You select the top k by the absolute value of the logits. A large negative logit, which means a probability "
        "close to 0, then counts as one of the largest.",
        {
            "top_k of absolute values": (
                "logits.topk(min(top_k, logits.size(-1)))",
                "logits.abs().topk(min(top_k, logits.size(-1)))",
            )
        },
    ),
    "only the largest kept": Kind(
        "You compare the logits with the largest one, the first value of topk, so that only that one is left. Compare "
        "with the k-th largest, the last value.",
        {"the largest for the k-th largest": ("logits < v[:, [-1]]", "logits < v[:, [0]]")},
    ),
    "masked with a finite number": Kind(
        "You mask the other logits with a finite number. The softmax gives those tokens a probability above 0, and "
        "where the remaining logits are lower, the largest ones: mask with -inf.",
        {
            "masked with 0": ('float("-inf")', "0.0"),
            "masked with -9": ('float("-inf")', "-9.0"),
            "masked with -100": ('float("-inf")', "-100.0"),
        },
    ),
    "ranks taken for tokens": Kind(
        "You keep the values of topk, (B, k), sorted, without their indices. Column 0 is then the most likely token "
        "instead of token 0: mask the logits where they stand, (B, V).",
        {"the values of topk for the logits": (MASK, "logits = v")},
    ),
    "top-k after the softmax": Kind(
        "You zero the other tokens after the softmax and do not renormalise. The rows sum to less than one.",
        {
            "top_k after the softmax, not renormalised": (
                MASK,
                "return logits.softmax(dim=-1).masked_fill(logits < v[:, [-1]], 0.0)",
            )
        },
    ),
    "logits or log-probabilities": Kind(
        "You return logits or log-probabilities. Probabilities are asked for: not negative, and rows that sum to one.",
        {
            "logits returned": (SOFTMAX, "return logits"),
            "log-probabilities": (SOFTMAX, "return logits.log_softmax(dim=-1)"),
        },
    ),
    "exponentials not normalised": Kind(
        "You return the exponentials of the logits without normalising them. Every row must sum to one.",
        {"exponentials not normalised": (SOFTMAX, "return logits.exp()")},
    ),
    "exponentials that overflow": Kind(
        "You normalise exp(logits) yourself, and large logits overflow to infinity: inf / inf is NaN. A softmax "
        "subtracts the largest logit first, which leaves its result the same.",
        {
            "softmax without subtracting the largest": (
                SOFTMAX,
                "return logits.exp() / logits.exp().sum(dim=-1, keepdim=True)",
            )
        },
    ),
    "softmax over the batch": Kind(
        "Your softmax runs over B, dim 0. It runs over V, dim -1: each row is a distribution over the vocabulary.",
        {"softmax over the batch": (SOFTMAX, "return logits.softmax(dim=0)")},
    ),
    "softmax twice": Kind(SOFTMAX_TWICE, {"softmax twice": (SOFTMAX, "return logits.softmax(dim=-1).softmax(dim=-1)")}),
    "a sigmoid": Kind(
        "You take a sigmoid of each logit by itself. Exactly one token comes next, so that the probabilities of a row "
        "must sum to one: take a softmax over V.",
        {"a sigmoid": (SOFTMAX, "return logits.sigmoid()")},
    ),
    "uniform": Kind(UNIFORM, {"uniform": (SOFTMAX, "return (logits.exp() * 0 + 1).softmax(dim=-1)")}),
}

WITHOUT = {"gradient cut": "Nobody trains through sampling."}
