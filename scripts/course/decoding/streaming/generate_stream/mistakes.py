"""What people write for decoding.streaming.generate_stream, and why it matters."""

from scripts.course.decoding.generation.explanations import (
    BEGINNING,
    GENERATOR,
    GREEDY,
    MODE,
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
            "the last token not yielded": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                ("if not remaining:\n            return\n        yield next_token.squeeze(1).masked_fill(ended, -1)"),
            ),
        },
    ),
    "another shape or type": Kind(
        "You yield a column or a list. Every step is an int64 tensor of shape (B,), one token for each sequence.",
        {
            "a column": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                "yield next_token.masked_fill(ended[:, None], -1)",
            ),
            "lists": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                "yield next_token.squeeze(1).masked_fill(ended, -1).tolist()",
            ),
        },
    ),
    "the token before": Kind(
        "You yield the last token of each sequence from before the step. The first one is then the last token of the "
        "prompt, all others come one step late, and the last is missing.",
        {
            "the last tokens of the sequences": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                "yield torch.stack([text[-1] for text in sequences])",
            )
        },
    ),
    "nothing until all is generated": Kind(
        "You collect the tokens and yield them at the end. A stream yields each step as soon as it is sampled, before "
        "the next forward pass.",
        {
            "nothing until all is generated": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                (
                    "out = [*out, next_token.squeeze(1).masked_fill(ended, -1)] if remaining < max_new_tokens - 1 else [next_token.squeeze(1)]\n"
                    "        if not remaining or (ended | torch.isin(next_token.squeeze(1), stops)).all():\n"
                    "            yield from out"
                ),
            )
        },
    ),
    "a forward pass before the yield": Kind(
        "You run the model between sampling a token and yielding it. The caller waits for a forward pass that this "
        "token does not need.",
        {
            "a forward pass before the yield": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)\n",
                (
                    "ahead = KVCache(model.config)\n"
                    "        model(torch.stack([text[-1:] for text in sequences]), cache=ahead)\n"
                    "        yield next_token.squeeze(1).masked_fill(ended, -1)\n"
                ),
            )
        },
    ),
    "the stop token not yielded": Kind(
        "You yield -1 in the place of the stop token itself. It is yielded, and -1 begins in the step after it.",
        {
            "the stop token not yielded": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                "yield next_token.squeeze(1).masked_fill(ended | torch.isin(next_token.squeeze(1), stops), -1)",
            )
        },
    ),
    "a token where a sequence has ended": Kind(
        "You yield a token for a sequence that has ended: a sampled one, 0 or the last one. All of these are tokens, so "
        "that the caller cannot see the end: yield -1.",
        {
            "ended sequences go on": (".masked_fill(ended, -1)", ""),
            "0 where a sequence has ended": ("masked_fill(ended, -1)", "masked_fill(ended, 0)"),
            "the last token where a sequence has ended": (
                "yield next_token.squeeze(1).masked_fill(ended, -1)",
                "yield torch.where(ended, torch.stack([text[-1] for text in sequences]), next_token.squeeze(1))",
            ),
        },
    ),
    "ended for one step": Kind(
        "You remember for one step only that a sequence has ended. In the next step it goes on behind its stop token.",
        {
            "ended for one step": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                "ended = torch.isin(next_token.squeeze(1), stops)",
            )
        },
    ),
    "all end with the first": Kind(
        "You end all sequences as soon as one has ended. Each goes on until its own stop token.",
        {
            "all end with the first": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                (
                    "ended = ended | torch.isin(next_token.squeeze(1), stops)\n"
                    "        ended = ended.any().expand_as(ended)"
                ),
            ),
            "the stream ends with the first sequence": ("ended.all()", "ended.any()"),
        },
    ),
    "stop tokens ignored": Kind(
        "You never test whether a sampled token is a stop token. Sequences then go on behind their end until "
        "max_new_tokens.",
        {"stop tokens ignored": ("ended = ended | torch.isin(next_token.squeeze(1), stops)", "pass")},
    ),
    "ended by a token of the prompt": Kind(
        "You test the prompt for stop tokens too. The prompt of a chat has one after every turn, so that its answer "
        "would end after one token.",
        {
            "stop tokens of the prompt": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                (
                    "ended = ended | torch.stack([torch.isin(text, stops).any() for text in sequences]) | "
                    "torch.isin(next_token.squeeze(1), stops)"
                ),
            )
        },
    ),
    "only the first stop token": Kind(
        "You test for the first of the stop tokens only. A model may have several, for the end of a turn and of a "
        "document.",
        {
            "only the first stop token": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                "ended = ended | torch.isin(next_token.squeeze(1), stops[:1])",
            )
        },
    ),
    "an end noticed late": Kind(
        "You test the token before the sampled one. A sequence then goes on for one token behind its stop token, and a "
        "prompt that ends with one ends at once.",
        {
            "a sequence ends one token late": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                "ended = ended | torch.isin(torch.stack([text[-1] for text in sequences]), stops)",
            )
        },
    ),
    "all but the stop tokens": Kind(
        "Every token ends a sequence in your code except the stop tokens. Nearly all sequences end after one token.",
        {
            "all but the stop tokens": (
                "ended = ended | torch.isin(next_token.squeeze(1), stops)",
                "ended = ended | ~torch.isin(next_token.squeeze(1), stops)",
            )
        },
    ),
    "going on when all have ended": Kind(
        "You go on when all sequences have ended. The model runs for nothing, and every further step is all -1.",
        {"the stream goes on when all have ended": ("if ended.all() or not remaining:", "if not remaining:")},
    ),
    "settings not passed on": Kind(
        SETTINGS,
        {
            "sampling not passed on": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits)",
            ),
            "top_k not passed on": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits, **{**sampling, 'top_k': None})",
            ),
            "top_p not passed on": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits, **{**sampling, 'top_p': None})",
            ),
            "min_p not passed on": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits, **{**sampling, 'min_p': None})",
            ),
            "temperature and top_k passed on only": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits, sampling.get('temperature', 1.0), sampling.get('top_k'))",
            ),
            "temperature passed on only": (
                "sampling_distribution(logits, **sampling)",
                "sampling_distribution(logits, sampling.get('temperature', 1.0))",
            ),
        },
    ),
    "greedy above zero": Kind(
        GREEDY,
        {
            "always greedy": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "p.argmax(dim=-1, keepdim=True)",
            )
        },
    ),
    "uniform": Kind(
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
    "the first sequence for all": Kind(
        "You use the prompt, the sampled token or the input token of the first sequence for all. Every row of B has its "
        "own.",
        {
            "one sample for all": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                "torch.multinomial(p, num_samples=1, generator=generator)[:1].expand(len(sequences), 1)",
            ),
            "the first sequence's token for all": (
                "logits = model(next_token, cache=cache)[:, -1]",
                "logits = model(next_token[:1].expand(len(sequences), 1), cache=cache)[:, -1]",
            ),
            "the first prompt for all": (
                ("logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])\n    for"),
                (
                    "logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences[:1] * len(sequences)])\n    for"
                ),
            ),
        },
    ),
    "generator ignored": Kind(
        GENERATOR,
        {
            "generator ignored": (", generator=generator)", ")"),
            "generator ignored once a sequence has ended": (
                ", generator=generator)",
                ", generator=None if ended.any() else generator)",
            ),
            "generator used for the first tokens only": (
                "        # A stop token ends its sequence.\n",
                "        generator = None\n",
            ),
            "generator ignored after another prefill": (
                "        else:\n            logits, cache = prefill(",
                "        else:\n            generator = None\n            logits, cache = prefill(",
            ),
            "generator ignored with a filter": (
                ", generator=generator)",
                ', generator=None if "top_p" in sampling or "min_p" in sampling else generator)',
            ),
        },
    ),
    "samples that depend on who has ended": Kind(
        "You sample for those sequences only that have not ended. The random numbers of the others then shift as soon as "
        "one ends, and with the same seed a sequence goes on otherwise than it would without the stop token.",
        {
            "sampled for those that go on": (
                "next_token = torch.multinomial(p, num_samples=1, generator=generator)\n",
                "next_token = torch.zeros(len(sequences), 1, dtype=torch.int64)\n"
                "        next_token[~ended] = torch.multinomial(p[~ended], num_samples=1, generator=generator)\n",
            )
        },
    ),
    "the mode of the model changed": Kind(
        MODE,
        {
            "left in evaluation mode": (
                "    max_seq_len = model.config.max_seq_len\n",
                "    max_seq_len = model.config.max_seq_len\n    model.eval()\n",
            )
        },
    ),
    "generator seeded in every step": Kind(
        SEEDED_EVERY_STEP,
        {
            "generator seeded in every step": (
                "torch.multinomial(p, num_samples=1, generator=generator)",
                (
                    "torch.multinomial(p, num_samples=1, generator=generator and "
                    "generator.manual_seed(generator.initial_seed()))"
                ),
            )
        },
    ),
    "prefill for every token": Kind(
        "You prefill again for every token. The samples are right, but the cache has all of that already: decode with "
        "the new token, (B, 1), alone.",
        {"prefill for every token": ("if cache.max_len < max_seq_len:", "if False:")},
    ),
    "the whole sequence into the same cache": Kind(
        "You run the model on whole sequences with a cache that has them already. It appends them once more, at wrong "
        "positions.",
        {
            "the whole text into the same cache": (
                "logits = model(next_token, cache=cache)[:, -1]",
                "logits = model(torch.stack([sequence[-max_seq_len:] for sequence in sequences]), cache=cache)[:, -1]",
            )
        },
    ),
    "no cache passed to the model": Kind(
        "You run the model on the new token without the cache. It attends to a single token, and the prompt has no "
        "effect.",
        {
            "no cache passed to the model": (
                "logits = model(next_token, cache=cache)[:, -1]",
                "logits = model(next_token)[:, -1]",
            )
        },
    ),
    "the sampled token not read": Kind(
        "You run the model on the token before the sampled one, or not at all. The next logits then do not depend on "
        "what was sampled.",
        {
            "the token before read again": (
                "logits = model(next_token, cache=cache)[:, -1]",
                "logits = model(torch.stack([text[-2] for text in sequences])[:, None], cache=cache)[:, -1]",
            ),
            "the sampled token not read": ("logits = model(next_token, cache=cache)[:, -1]", "pass"),
        },
    ),
    "sequences not appended to": Kind(
        "You do not append the sampled tokens to the sequences. While the cache has room nothing shows, but the next "
        "prefill, beyond max_seq_len, reads the wrong tokens.",
        {
            "tokens not appended": (
                "sequences = [torch.cat((sequence, token)) for sequence, token in zip(sequences, next_token, strict=True)]",
                "pass",
            ),
            "tokens prepended": (
                "sequences = [torch.cat((sequence, token)) for sequence, token in zip(sequences, next_token, strict=True)]",
                "sequences = [torch.cat((token, sequence)) for sequence, token in zip(sequences, next_token, strict=True)]",
            ),
        },
    ),
    "no position left": Kind(
        "You go on with the cache when it holds max_seq_len tokens. There is no position for another one, and `append` "
        "raises.",
        {
            "max_seq_len not handled": ("if cache.max_len < max_seq_len:", "if True:"),
            "max_seq_len one token too late": (
                "if cache.max_len < max_seq_len:",
                "if cache.max_len <= max_seq_len:",
            ),
        },
    ),
    "stop at max_seq_len": Kind(
        STOPS,
        {
            "stops at max_seq_len": (
                (
                    "else:\n            logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])"
                ),
                "else:\n            return",
            )
        },
    ),
    "a shorter context at the prefill": Kind(
        "When all positions are used you prefill with fewer than the last max_seq_len tokens. The samples are then "
        "not those of `generate`, which reads all of them.",
        {
            "only the new token kept": (
                "sequences = [torch.cat((sequence, token)) for sequence, token in zip(sequences, next_token, strict=True)]",
                "sequences = list(next_token)",
            ),
            "prefill with the last token": (
                (
                    "else:\n            logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])"
                ),
                ("else:\n            logits, cache = prefill(model, [text[-1:] for text in sequences])"),
            ),
            "prefill with half the context": (
                (
                    "else:\n            logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])"
                ),
                (
                    "else:\n            logits, cache = prefill(model, [sequence[-max_seq_len // 2 :] for sequence in sequences])"
                ),
            ),
        },
    ),
    "the end of the context cut off": Kind(
        BEGINNING,
        {
            "prefill with the first tokens": (
                (
                    "else:\n            logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])"
                ),
                (
                    "else:\n            logits, cache = prefill(model, [sequence[:max_seq_len] for sequence in sequences])"
                ),
            ),
            "long texts cropped to their beginning": (
                ("logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])\n    for"),
                ("logits, cache = prefill(model, [sequence[:max_seq_len] for sequence in sequences])\n    for"),
            ),
        },
    ),
    "context longer than max_seq_len": Kind(
        TOO_LONG,
        {
            "long texts not cropped": (
                ("logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])\n    for"),
                "logits, cache = prefill(model, sequences)\n    for",
            )
        },
    ),
    "prompts truncated to the shortest": Kind(
        "You truncate all prompts to the length of the shortest. A batch may hold prompts of any lengths: the longer "
        "ones lose their beginning.",
        {
            "prompts truncated to the shortest": (
                ("logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])\n    for"),
                (
                    "sequences = [text[-min(map(len, sequences)) :] for text in sequences]\n"
                    "    logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])\n"
                    "    for"
                ),
            )
        },
    ),
}
