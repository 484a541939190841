"""What people write for generation.stream, and why it matters."""

from scripts.course.generation.explanations import (
    BEGINNING,
    GENERATOR,
    LIKELIEST,
    ONE_OFF,
    SEEDED_EVERY_STEP,
    SETTINGS,
    SOFTMAX_TWICE,
    STOPS,
    TOO_LONG,
    UNIFORM,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "one token too few or too many": Kind(
        ONE_OFF,
        {
            "one token too few": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens - 1))"),
            "one token too many": ("reversed(range(max_new_tokens))", "reversed(range(max_new_tokens + 1))"),
            "the last token not handed out": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                ("if not remaining:\n            return\n        yield following.squeeze(1).masked_fill(ended, -1)"),
            ),
        },
    ),
    "another shape or type": Kind(
        "You hand out a column or a list, where a tensor with one number for each text is asked for. Whoever "
        "reads the stream stacks these, or compares them text by text, and finds something else.",
        {
            "a column": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                "yield following.masked_fill(ended[:, None], -1)",
            ),
            "lists": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                "yield following.squeeze(1).masked_fill(ended, -1).tolist()",
            ),
        },
    ),
    "the token before": Kind(
        "You hand out what each text ended with before the draw, not what was drawn. The reader gets the "
        "prompt's last token first, everything else one step late, and the last token never.",
        {
            "texts, not tokens": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                "yield torch.stack([text[-1] for text in texts])",
            )
        },
    ),
    "nothing until all is written": Kind(
        "You collect the tokens and hand them out when the last one has been drawn. A stream is there for its "
        "reader to see the first word at once, while the others are still to come.",
        {
            "nothing until all is written": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                (
                    "out = [*out, following.squeeze(1).masked_fill(ended, -1)] if remaining < max_new_tokens - 1 else [following.squeeze(1)]\n"
                    "        if not remaining or (ended | torch.isin(following.squeeze(1), stops)).all():\n"
                    "            yield from out"
                ),
            )
        },
    ),
    "model run before the token is handed out": Kind(
        "You run the model once more between drawing a token and handing it out. The reader waits for work "
        "that has nothing to do with this token, and may not even want another.",
        {
            "read ahead before it is handed out": (
                "yield following.squeeze(1).masked_fill(ended, -1)\n",
                (
                    "ahead = KVCache(model.config)\n"
                    "        model(torch.stack([text[-1:] for text in texts]), cache=ahead)\n"
                    "        yield following.squeeze(1).masked_fill(ended, -1)\n"
                ),
            )
        },
    ),
    "the ending token swallowed": Kind(
        "You hide the token that ends a text, as if the text had ended before it. The reader is meant to see "
        "it: it tells that the text is finished, and by what.",
        {
            "the token that ends a text swallowed": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                "yield following.squeeze(1).masked_fill(ended | torch.isin(following.squeeze(1), stops), -1)",
            )
        },
    ),
    "a token where a text has ended": Kind(
        "Where a text has ended, you still hand out a token: a drawn one, zero, or the one before. Those are "
        "all real tokens, so that the reader takes them for text and cannot see the end.",
        {
            "ended texts go on": (".masked_fill(ended, -1)", ""),
            "0 where a text has ended": ("masked_fill(ended, -1)", "masked_fill(ended, 0)"),
            "the end repeated where a text has ended": (
                "yield following.squeeze(1).masked_fill(ended, -1)",
                "yield torch.where(ended, torch.stack([text[-1] for text in texts]), following.squeeze(1))",
            ),
        },
    ),
    "an ended text revived": Kind(
        "Your code remembers for one step only that a text has ended. With the next token it comes alive "
        "again, and strange words follow behind its end.",
        {
            "a text ends, but is revived": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                "ended = torch.isin(following.squeeze(1), stops)",
            )
        },
    ),
    "all end with the first": Kind(
        "As soon as one text has ended, you end all of them. The others break off in the middle of a sentence, "
        "because of a text that has nothing to do with them.",
        {
            "all end with the first": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                (
                    "ended = ended | torch.isin(following.squeeze(1), stops)\n"
                    "        ended = ended.any().expand_as(ended)"
                ),
            ),
            "the stream ends with the first text": ("ended.all()", "ended.any()"),
        },
    ),
    "no text ever ends": Kind(
        "You never look whether a token that ends a text has been drawn. The model says that it has finished, "
        "and your code lets it talk on until the number of tokens is used up.",
        {"no text ever ends": ("ended = ended | torch.isin(following.squeeze(1), stops)", "pass")},
    ),
    "ended by a token of the prompt": Kind(
        "You look for the tokens that end a text in the prompt as well. The prompt of a chat is full of them, "
        "one behind each turn, and its answer would break off after one token.",
        {
            "a text ends with any token in the prompt": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                (
                    "ended = ended | torch.stack([torch.isin(text, stops).any() for text in texts]) | "
                    "torch.isin(following.squeeze(1), stops)"
                ),
            )
        },
    ),
    "only one of the ending tokens": Kind(
        "You look for the first of the tokens that end a text, and for no other. A model can finish in several "
        "ways, with a turn or with the whole document, and each has a token of its own.",
        {
            "only the first of the tokens that end a text": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                "ended = ended | torch.isin(following.squeeze(1), stops[:1])",
            )
        },
    ),
    "an end noticed late": Kind(
        "You look at the token before the one that was drawn. A text then goes on for one token behind its "
        "end, and a prompt that happens to end with such a token counts as finished at once.",
        {
            "a text ends one token late": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                "ended = ended | torch.isin(torch.stack([text[-1] for text in texts]), stops)",
            )
        },
    ),
    "other tokens end a text": Kind(
        "You let every token end a text except those that should. Nearly every text is then over after its "
        "first token, and where it is not, the model had wanted to stop there.",
        {
            "everything else than these ends a text": (
                "ended = ended | torch.isin(following.squeeze(1), stops)",
                "ended = ended | ~torch.isin(following.squeeze(1), stops)",
            )
        },
    ),
    "going on when all have ended": Kind(
        "Your stream goes on when the last text has ended. The model works for nobody, and the reader gets "
        "step after step in which no text has a token.",
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
        LIKELIEST,
        {
            "always the likeliest": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "p.argmax(dim=-1, keepdim=True)",
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
    "softmax twice": Kind(
        SOFTMAX_TWICE,
        {
            "softmax twice": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(p.softmax(dim=-1), num_samples=1, generator=generator)",
            )
        },
    ),
    "the first text for all": Kind(
        "You use for all texts what belongs to the first one: its words, the token that was drawn for it, or "
        "the token that is read next. Each text has a prompt and draws of its own.",
        {
            "one draw for all": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(p, num_samples=1, generator=generator)[:1].expand(len(texts), 1)",
            ),
            "the first text's token read by all": (
                "logits = model(following, cache=cache)[:, -1]",
                "logits = model(following[:1].expand(len(texts), 1), cache=cache)[:, -1]",
            ),
            "one text for all": (
                ("logits, cache = read(model, [text[-longest:] for text in texts])\n    for"),
                ("logits, cache = read(model, [text[-longest:] for text in texts[:1] * len(texts)])\n    for"),
            ),
        },
    ),
    "generator ignored": Kind(GENERATOR, {"generator ignored": (", generator=generator)", ")")}),
    "generator seeded anew at every step": Kind(
        SEEDED_EVERY_STEP,
        {
            "generator seeded anew at every step": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                (
                    "torch.multinomial(p, num_samples=1, generator=generator and "
                    "generator.manual_seed(generator.initial_seed()))"
                ),
            )
        },
    ),
    "everything read again for every token": Kind(
        "You read all texts from their beginning for every new token. The tokens are right, but the cache "
        "already knows those texts: what a token costs would grow with every word that is written.",
        {"the whole text read again for every token": ("if cache.longest < longest:", "if False:")},
    ),
    "the whole text into the same cache": Kind(
        "You hand the model whole texts together with a cache that remembers them already. It appends them to "
        "what it has, and reads each word as if it had been written several times over.",
        {
            "the whole text into the same cache": (
                "logits = model(following, cache=cache)[:, -1]",
                "logits = model(torch.stack([text[-longest:] for text in texts]), cache=cache)[:, -1]",
            )
        },
    ),
    "read without the cache": Kind(
        "Your model reads the new token without the cache. It then sees a text of one single token, and what "
        "comes next has nothing to do with the prompt.",
        {
            "read without the cache": (
                "logits = model(following, cache=cache)[:, -1]",
                "logits = model(following)[:, -1]",
            )
        },
    ),
    "the drawn token not read": Kind(
        "Before the next draw, your model does not read the token that was drawn: it reads nothing, or the one "
        "before. It names the next word without knowing the last, and the text does not hang together.",
        {
            "the token before read again": (
                "logits = model(following, cache=cache)[:, -1]",
                "logits = model(torch.stack([text[-2] for text in texts])[:, None], cache=cache)[:, -1]",
            ),
            "the token that was drawn not read": ("logits = model(following, cache=cache)[:, -1]", "pass"),
        },
    ),
    "texts not kept up to date": Kind(
        "Your texts do not grow by the drawn tokens at their ends. As long as the cache has room nobody "
        "notices, but once the positions are used up the texts are read again, and are wrong.",
        {
            "tokens not put behind the texts": (
                "texts = [torch.cat((text, token)) for text, token in zip(texts, following, strict=True)]",
                "pass",
            ),
            "tokens put in front of the texts": (
                "texts = [torch.cat((text, token)) for text, token in zip(texts, following, strict=True)]",
                "texts = [torch.cat((token, text)) for text, token in zip(texts, following, strict=True)]",
            ),
        },
    ),
    "no position left": Kind(
        "You go on with the cache when all of its positions are taken. There is none for one token more, and "
        "the model stops with an error in the middle of the text.",
        {
            "the end of the tables not thought of": ("if cache.longest < longest:", "if True:"),
            "the end of the tables noticed too late": ("if cache.longest < longest:", "if cache.longest <= longest:"),
        },
    ),
    "stop at the end of the positions": Kind(
        STOPS,
        {
            "stops at the end of the tables": (
                ("else:\n            logits, cache = read(model, [text[-longest:] for text in texts])"),
                "else:\n            return",
            )
        },
    ),
    "too little read again": Kind(
        "When the positions are used up, you begin again with less than the model can see: the last token or "
        "half of its view. It forgets words that it could still read, and draws what `generate` would not.",
        {
            "only the new token kept": (
                "texts = [torch.cat((text, token)) for text, token in zip(texts, following, strict=True)]",
                "texts = list(following)",
            ),
            "starts from the last token at the end of the tables": (
                ("else:\n            logits, cache = read(model, [text[-longest:] for text in texts])"),
                ("else:\n            logits, cache = read(model, [text[-1:] for text in texts])"),
            ),
            "reads half at the end of the tables": (
                ("else:\n            logits, cache = read(model, [text[-longest:] for text in texts])"),
                ("else:\n            logits, cache = read(model, [text[-longest // 2 :] for text in texts])"),
            ),
        },
    ),
    "the end of the text cut off": Kind(
        BEGINNING,
        {
            "reads the beginning at the end of the tables": (
                ("else:\n            logits, cache = read(model, [text[-longest:] for text in texts])"),
                ("else:\n            logits, cache = read(model, [text[:longest] for text in texts])"),
            ),
            "long texts cropped to their beginning": (
                ("logits, cache = read(model, [text[-longest:] for text in texts])\n    for"),
                ("logits, cache = read(model, [text[:longest] for text in texts])\n    for"),
            ),
        },
    ),
    "text longer than the positions": Kind(
        TOO_LONG,
        {
            "long texts not cropped": (
                ("logits, cache = read(model, [text[-longest:] for text in texts])\n    for"),
                "logits, cache = read(model, texts)\n    for",
            )
        },
    ),
    "texts cut to the same length": Kind(
        "You cut every text to the length of the shortest before it is read. The longer ones lose their "
        "beginning, although texts of any lengths may stand side by side in a batch.",
        {
            "texts cut to the same length": (
                ("logits, cache = read(model, [text[-longest:] for text in texts])\n    for"),
                (
                    "texts = [text[-min(map(len, texts)) :] for text in texts]\n"
                    "    logits, cache = read(model, [text[-longest:] for text in texts])\n"
                    "    for"
                ),
            )
        },
    ),
}
