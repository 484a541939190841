"""What people write for decoding.generation.generate, and why it matters."""

from scripts.course.decoding.generation.explanations import (
    BEGINNING,
    CHANGED,
    GENERATOR,
    GREEDY,
    MODE,
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

CROP = "tokens[:, -model.config.max_seq_len :]"
DISTRIBUTION = "p = next_token_distribution(logits, temperature, top_k)"
SAMPLE = "torch.multinomial(p, num_samples=1, generator=generator)"
APPEND = "tokens = torch.cat((tokens, next_token), dim=1)"
LOOP = "for _ in range(max_new_tokens):"

MISTAKES = {
    "context longer than max_seq_len": Kind(TOO_LONG, {"not cropped": (CROP, "tokens")}),
    "the end of the context cut off": Kind(
        BEGINNING, {"cropped to the first tokens": (CROP, "tokens[:, : model.config.max_seq_len]")}
    ),
    "context one token too short": Kind(
        "You crop the context to max_seq_len - 1 tokens. The model attends to max_seq_len: once the text is long, the "
        "oldest of them is missing.",
        {"cropped one too short": ("-model.config.max_seq_len :", "-model.config.max_seq_len + 1 :")},
    ),
    "only the last token in the context": Kind(
        "You run the model on the last token alone. Without a cache it attends to nothing else: every step needs the "
        "whole context, (B, T).",
        {"only the last token": (CROP, "tokens[:, -1:]")},
    ),
    "only the prompt in the context": Kind(
        "You run the model on the prompt in every step, without the tokens that it has generated. Every one of them is "
        "sampled as if it were the first.",
        {
            "only the prompt": (
                LOOP,
                (
                    "prompt, forward = tokens, model.forward\n"
                    "    model.forward = lambda _: forward(prompt)\n"
                    "    for _ in range(max_new_tokens):"
                ),
            )
        },
    ),
    "the result cropped": Kind(
        "You crop the sequence itself, where only the context of the model is limited. What is cropped is missing from "
        "the result, (B, T + max_new_tokens).",
        {
            "cropped for good": (
                "logits = model(tokens[:, -model.config.max_seq_len :])",
                "tokens = tokens[:, -model.config.max_seq_len :]\n        logits = model(tokens)",
            )
        },
    ),
    "logits of another position": Kind(
        "You take the logits of another position than the last one, of (B, T, V). The logits at a position predict the "
        "token behind it, and only the last position predicts a new one.",
        {
            "the first position's logits": ("[:, -1, :]", "[:, 0, :]"),
            "the last but one position's logits": ("[:, -1, :]", "[:, max(-2, -tokens.size(1)), :]"),
        },
    ),
    "the first row decides for all": Kind(
        "You use the first row's logits or its sampled token for the whole batch. Every row of B is a sequence of its "
        "own, with its own logits and its own sample.",
        {
            "first row for all": ("[:, -1, :]", "[:1, -1, :].expand(tokens.size(0), -1)"),
            "one sample for all rows": (
                SAMPLE,
                "torch.multinomial(p, num_samples=1, generator=generator)[:1].expand(tokens.size(0), 1)",
            ),
        },
    ),
    "greedy above zero": Kind(
        GREEDY,
        {
            "always greedy": (SAMPLE, "logits.argmax(dim=-1, keepdim=True)"),
            "greedy below temperature 1": (
                DISTRIBUTION,
                ("temperature *= temperature >= 1\n        p = next_token_distribution(logits, temperature, top_k)"),
            ),
        },
    ),
    "negated logits": Kind(
        "You negate the logits before they become probabilities. The least likely token is then sampled most often.",
        {"negated logits": (DISTRIBUTION, "p = next_token_distribution(-logits, temperature, top_k)")},
    ),
    "settings not passed on": Kind(
        SETTINGS,
        {
            "temperature not passed on": (DISTRIBUTION, "p = next_token_distribution(logits, 1.0, top_k)"),
            "top_k not passed on": (DISTRIBUTION, "p = next_token_distribution(logits, temperature)"),
            "settings not passed on": (DISTRIBUTION, "p = next_token_distribution(logits)"),
        },
    ),
    "zero taken for another temperature": Kind(
        ZERO,
        {
            "temperature 0 taken for 1": (
                DISTRIBUTION,
                "p = next_token_distribution(logits, temperature or 1.0, top_k)",
            )
        },
    ),
    "a very small temperature for zero": Kind(
        "At temperature 0 you sample at a very small one. Where two logits tie or nearly tie the next call may pick "
        "another token: greedy decoding gives the same text every time.",
        {
            "temperature at least 1e-5": (
                DISTRIBUTION,
                "p = next_token_distribution(logits, max(temperature, 1e-5), top_k)",
            )
        },
    ),
    "temperature twice": Kind(
        "You divide the logits by the temperature, and `next_token_distribution` does so again. A temperature of 0.5 "
        "then acts like 0.25, and one of 2 like 4.",
        {
            "temperature twice": (
                DISTRIBUTION,
                "p = next_token_distribution(logits / (temperature or 1.0), temperature, top_k)",
            )
        },
    ),
    "not sampled by the probabilities": Kind(
        "You sample by the absolute values of logits or log-probabilities. A very negative one, of a token with a "
        "probability close to 0, then counts as a large weight.",
        {
            "sampled by logits": (SAMPLE, "torch.multinomial(logits.abs(), num_samples=1, generator=generator)"),
            "sampled by log-probabilities": (
                SAMPLE,
                "torch.multinomial(p.log().abs().clamp(max=99), num_samples=1, generator=generator)",
            ),
        },
    ),
    "normalised over the batch": Kind(
        "You normalise the probabilities over B, dim 0. What is sampled for one row then depends on the other rows.",
        {"normalised over the batch": (DISTRIBUTION, f"{DISTRIBUTION}\n        p = p / p.sum(dim=0)")},
    ),
    "softmax twice": Kind(
        SOFTMAX_TWICE, {"softmax twice": (DISTRIBUTION, f"{DISTRIBUTION}\n        p = p.softmax(dim=-1)")}
    ),
    "uniform": Kind(
        UNIFORM,
        {"uniform samples": (SAMPLE, "torch.multinomial(torch.ones_like(p), num_samples=1, generator=generator)")},
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "generator ignored": (", generator=generator)", ")"),
            "generator ignored with top_k": (
                ", generator=generator)",
                ", generator=generator if top_k is None else None)",
            ),
            "generator ignored at other temperatures": (
                ", generator=generator)",
                ", generator=generator if temperature == 1 else None)",
            ),
            "generator ignored below temperature 1": (
                ", generator=generator)",
                ", generator=generator if temperature >= 1 else None)",
            ),
            "generator used for the first token only": (
                APPEND,
                f"{APPEND}\n        generator = None",
            ),
        },
    ),
    "the same text without a generator": Kind(
        "Without a generator you make one with a seed of your own, or seed torch's. Whoever passes none wants another "
        "text in every call, and torch's seed is theirs to set.",
        {
            "a seed of one's own": (
                LOOP,
                f"generator = generator or torch.Generator().manual_seed(42)\n    {LOOP}",
            ),
            "torch's generator seeded": (
                LOOP,
                f"if generator is None:\n        torch.manual_seed(1337)\n    {LOOP}",
            ),
        },
    ),
    "torch's generator seeded": Kind(
        "You seed torch's own generator. Whoever draws from it next, for dropout or for a batch, gets the same numbers "
        "after every call: sample with the generator that is passed in.",
        {"torch's generator seeded in every call": (LOOP, f"torch.manual_seed(1337)\n    {LOOP}")},
    ),
    "the model no longer learns": Kind(
        "You freeze the parameters of the model and leave them so. It is for this call only that no gradients are "
        "needed, and `inference_mode` sees to that.",
        {"parameters frozen": (LOOP, f"model.requires_grad_(False)\n    {LOOP}")},
    ),
    "generator seeded again": Kind(
        SEEDED,
        {"generator seeded again": ("for _ in range", "generator and generator.manual_seed(0)\n    for _ in range")},
    ),
    "a copy of the generator": Kind(
        "You sample with a copy of the generator that was passed in, or set it back at the end. It does not go on from "
        "call to call, so that the caller's next text is made of the same random numbers.",
        {
            "a copy of the generator": (
                LOOP,
                f"generator = generator and torch.Generator().set_state(generator.get_state())\n    {LOOP}",
            )
        },
    ),
    "generator seeded in every step": Kind(
        SEEDED_EVERY_STEP,
        {
            "generator seeded in every step": (
                "next_token = torch.multinomial",
                (
                    "generator and generator.manual_seed(generator.initial_seed())\n"
                    "        next_token = torch.multinomial"
                ),
            )
        },
    ),
    "the mode of the model changed": Kind(
        MODE,
        {
            "left in evaluation mode": (LOOP, "model.eval()\n    for _ in range(max_new_tokens):"),
            "left in training mode": ("    return tokens\n", "    model.train()\n    return tokens\n"),
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
    "prepended": Kind(
        "You put the new token in front of the sequence. The last position stays the same, so that every step predicts "
        "the token behind the same one: append along T.",
        {"prepended": (APPEND, "tokens = torch.cat((next_token, tokens), dim=1)")},
    ),
    "new token not kept": Kind(
        "You concatenate the sequence and the new token, but do not assign the result to tokens. The model runs on the "
        "same prompt in every step, and the prompt alone is returned.",
        {"nothing kept": ("tokens = torch.cat", "longer = torch.cat")},
    ),
    "last token overwritten": Kind(
        "You overwrite the last token with the new one, and append that too. In every step the sequence loses a token, "
        "the last one of the prompt first.",
        {"overwrites the last token": (APPEND, "tokens = torch.cat((tokens[:, :-1], next_token, next_token), dim=1)")},
    ),
    "shifted in place": Kind(
        "You shift the tokens in place and write the new one to the end, so that the sequence does not get longer. The "
        "prompt of the caller is overwritten, and its beginning is lost.",
        {"shifted in place": (APPEND, "tokens[:, :-1], tokens[:, -1:] = tokens[:, 1:].clone(), next_token")},
    ),
    "another type": Kind(
        "You return a list or a tensor of another dtype. The result is an int64 tensor, like the tokens passed in.",
        {
            "int32": ("    return tokens\n", "    return tokens.int()\n"),
            "a list": ("    return tokens\n", "    return tokens.tolist()\n"),
        },
    ),
    "stop at max_seq_len": Kind(
        STOPS,
        {
            "stops at max_seq_len": (
                LOOP,
                "for _ in range(min(max_new_tokens, max(model.config.max_seq_len - tokens.size(1), 0))):",
            )
        },
    ),
    "stop at a token": Kind(
        "You stop as soon as a row has sampled token 0. There are no stop tokens here: every row gets max_new_tokens.",
        {"stops at token 0": (APPEND, f"{APPEND}\n        if (next_token == 0).any(): break")},
    ),
    "return after the first token": Kind(
        "You return from inside the loop, after the first token. With max_new_tokens above 1 the text is too short, "
        "and with 0 nothing is returned.",
        {"returns after the first token": ("    return tokens\n", "        return tokens\n")},
    ),
    "changed in place": Kind(
        CHANGED,
        {
            "prompt set to zero": (
                APPEND,
                "tokens, _ = torch.cat((tokens, next_token), dim=1), tokens.zero_()",
            )
        },
    ),
}
