"""What people write for generation.generate, and why it matters."""

from scripts.course.generation.explanations import (
    BEGINNING,
    CHANGED,
    GENERATOR,
    LIKELIEST,
    NEW_ONLY,
    ONE_OFF,
    SEEDED,
    SEEDED_EVERY_STEP,
    SETTINGS,
    SOFTMAX_TWICE,
    STOPS,
    TOO_LONG,
    TOTAL,
    UNIFORM,
    ZERO,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
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
        "The model sees one token fewer than it has positions for. Once the text is long, its oldest visible "
        "word is missing, and the draws are not those that the model would make with all that it can see.",
        {"cropped one too short": ("-model.config.max_seq_len :", "-model.config.max_seq_len + 1 :")},
    ),
    "only the last token in view": Kind(
        "You show the model the last token alone, as if it began a text. It has no words to go by but one, and "
        "whatever attention could have found further back is lost.",
        {"only the last token seen": ("tokens[:, -model.config.max_seq_len :]", "tokens[:, -1:]")},
    ),
    "only the prompt in view": Kind(
        "The model reads the prompt in every step, and never what it has written since. Each token is then "
        "drawn as if it were the first, and the text does not hang together.",
        {
            "only the prompt seen": (
                "for _ in range(max_new_tokens):",
                (
                    "prompt, forward = tokens, model.forward\n"
                    "    model.forward = lambda _: forward(prompt)\n"
                    "    for _ in range(max_new_tokens):"
                ),
            )
        },
    ),
    "beginning of the text lost": Kind(
        "You cut the text itself, where only the model's view of it is limited. What no longer fits into the "
        "view is gone for good, and is missing from the result.",
        {
            "cropped for good": (
                "logits = model(tokens[:, -model.config.max_seq_len :])",
                ("tokens = tokens[:, -model.config.max_seq_len :]\n        logits = model(tokens)"),
            )
        },
    ),
    "logits of another position": Kind(
        "You use the logits of another position than the last. Each position tells what follows the tokens up "
        "to there, so that yours answer for a place that the text has passed already.",
        {
            "first position's logits": ("[:, -1, :]", "[:, 0, :]"),
            "last but one position's logits": ("[:, -1, :]", "[:, max(-2, -tokens.size(1)), :]"),
        },
    ),
    "the first row decides for all": Kind(
        "You let the first row decide for the whole batch: by its logits, or by the token that is drawn for "
        "it. Every row is a text of its own, and needs a continuation that follows its own words.",
        {
            "first row for all": ("[:, -1, :]", "[:1, -1, :].expand(tokens.size(0), -1)"),
            "one draw for all rows": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(p, num_samples=1, generator=generator)[:1].expand(tokens.size(0), 1)",
            ),
        },
    ),
    "likeliest where dice were asked for": Kind(
        LIKELIEST,
        {
            "always the likeliest": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "logits.argmax(dim=-1, keepdim=True)",
            ),
            "likeliest up to temperature 1": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                (
                    "temperature *= temperature >= 1\n"
                    "        p = next_token_distribution(logits, temperature, top_k, top_p, min_p)"
                ),
            ),
        },
    ),
    "the least likely": Kind(
        "You turn the sign of the logits round before they become probabilities. What the model finds least "
        "likely is then drawn most often, and the text is nonsense from its first new word.",
        {
            "the least likely": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(-logits, temperature, top_k, top_p, min_p)",
            )
        },
    ),
    "settings not handed on": Kind(
        SETTINGS,
        {
            "temperature not handed on": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, 1.0, top_k, top_p, min_p)",
            ),
            "top_k not handed on": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, temperature, None, top_p, min_p)",
            ),
            "top_p not handed on": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, temperature, top_k, None, min_p)",
            ),
            "min_p not handed on": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, temperature, top_k, top_p)",
            ),
            "settings not handed on": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits)",
            ),
        },
    ),
    "zero taken for another temperature": Kind(
        ZERO,
        {
            "temperature 0 taken for 1": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, temperature or 1.0, top_k, top_p, min_p)",
            )
        },
    ),
    "temperature twice": Kind(
        "You apply the temperature before you hand the logits on, and the function that gets them does so "
        "again. A setting of 0.5 then acts like 0.25, and one of 2 like 4.",
        {
            "temperature twice": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits / (temperature or 1.0), temperature, top_k, top_p, min_p)",
            )
        },
    ),
    "top_p and min_p swapped": Kind(
        "You hand top_p on as min_p, and min_p as top_p. A top_p is usually close to one and a min_p close to "
        "zero: swapped, they leave hardly any token to choose from.",
        {
            "top_p and min_p swapped": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, temperature, top_k, min_p, top_p)",
            )
        },
    ),
    "senseless settings repaired": Kind(
        "Your code quietly turns a setting that makes no sense into one that does. Whoever made the mistake "
        "never hears of it, and gets a text that nobody has asked for.",
        {
            "settings of no use let through": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                "p = next_token_distribution(logits, abs(temperature), top_k and max(top_k, 1), top_p, min_p)",
            )
        },
    ),
    "not drawn by the probabilities": Kind(
        "You draw by logits or logarithms with their signs taken off, not by the probabilities. A token with a "
        "very negative number, one that is nearly impossible, is then drawn often.",
        {
            "drawn from logits": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(logits.abs(), num_samples=1, generator=generator)",
            ),
            "drawn from log-probabilities": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(p.log().abs().clamp(max=99), num_samples=1, generator=generator)",
            ),
        },
    ),
    "probabilities shared over the batch": Kind(
        "You divide each token's probability by what all rows together give it. A token that every text finds "
        "likely loses its lead, and what is drawn for a text depends on those beside it.",
        {
            "shared over the batch": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                ("p = next_token_distribution(logits, temperature, top_k, top_p, min_p)\n        p = p / p.sum(dim=0)"),
            )
        },
    ),
    "softmax twice": Kind(
        SOFTMAX_TWICE,
        {
            "softmax twice": (
                "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)",
                (
                    "p = next_token_distribution(logits, temperature, top_k, top_p, min_p)\n"
                    "        p = p.softmax(dim=-1)"
                ),
            )
        },
    ),
    "every token equally likely": Kind(
        UNIFORM,
        {
            "uniform draws": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(torch.ones_like(p), num_samples=1, generator=generator)",
            )
        },
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
                (
                    "generator and generator.manual_seed(generator.initial_seed())\n"
                    "        following = torch.multinomial"
                ),
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
        "You put the new token in front of the text. The next step looks for it at the end, where in your code "
        "the same last word stands as before, to be continued again and again.",
        {
            "put in front": (
                "tokens = torch.cat((tokens, following), dim=1)",
                "tokens = torch.cat((following, tokens), dim=1)",
            )
        },
    ),
    "new token not kept": Kind(
        "You put text and new token together under a name that nothing reads. The model sees the same prompt "
        "in every step, and the prompt alone is what comes back.",
        {"nothing kept": ("tokens = torch.cat", "longer = torch.cat")},
    ),
    "last token overwritten": Kind(
        "You put the new token over the last one, and once more behind it. The text loses a word in every "
        "step, the prompt's own last word first.",
        {
            "overwrites the last token": (
                "tokens = torch.cat((tokens, following), dim=1)",
                "tokens = torch.cat((tokens[:, :-1], following, following), dim=1)",
            )
        },
    ),
    "text moved along, not longer": Kind(
        "You shift the text along in the tensor that was handed in, so that it never gets longer. The caller's "
        "prompt is overwritten, and the beginning of the text is lost.",
        {
            "window moved on in place": (
                "tokens = torch.cat((tokens, following), dim=1)",
                "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), following",
            )
        },
    ),
    "another type": Kind(
        "Your result is not a tensor of int64: it is a list, or its numbers are narrower. Whoever decodes it, "
        "or puts it together with other tokens, expects the type that was handed in.",
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
        "You stop as soon as some row has drawn token zero. This function knows no token that ends a text: "
        "every row is to get all of its tokens, whatever they are.",
        {
            "stops at the boundary token": (
                "tokens = torch.cat((tokens, following), dim=1)",
                ("tokens = torch.cat((tokens, following), dim=1)\n        if (following == 0).any(): break"),
            )
        },
    ),
    "return after the first token": Kind(
        "Your function returns from inside the loop, after its first token. Longer texts are never written, "
        "and where no token is asked for, there is no result at all.",
        {"returns after the first token": ("    return tokens\n", "        return tokens\n")},
    ),
    "changed in place": Kind(
        CHANGED,
        {
            "prompt wiped": (
                "tokens = torch.cat((tokens, following), dim=1)",
                "tokens, _ = torch.cat((tokens, following), dim=1), tokens.zero_()",
            )
        },
    ),
}
