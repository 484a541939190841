"""What people write for decoding.streaming.prefill, and why it matters."""

from scripts.course.decoding.generation.explanations import MODE, ROLLBACK_FORGOTTEN
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "logits of one position for all prompts": Kind(
        "You take the logits at the same position of every prompt, although each ends at its own. Of (B, T, V) you need "
        "position T_b - 1 in row b: the padding behind it does not count.",
        {
            "the logits of the last column": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[:, -1], cache",
            ),
            "the logits of the first column": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[:, 0], cache",
            ),
            "the first prompt's last token for all": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths[0] - 1], cache",
            ),
            "the shortest prompt's last token for all": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths.min() - 1], cache",
            ),
        },
    ),
    "logits beside the last token": Kind(
        "You take the logits one position before or behind the last token of each prompt. One position earlier they "
        "predict the last token itself, one later they continue the padding.",
        {
            "the logits behind each prompt": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                (
                    "return logits[torch.arange(len(prompts), device=lengths.device), "
                    "lengths.clamp(max=logits.size(1) - 1)], cache"
                ),
            ),
            "the logits of the last token but one": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                ("return logits[torch.arange(len(prompts), device=lengths.device), (lengths - 2).clamp(min=0)], cache"),
            ),
        },
    ),
    "several rows for every prompt": Kind(
        "You return several rows of logits for every prompt. The shape is (B, V): one row for each, that of its last "
        "token.",
        {
            "every prompt's logits at every last position": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths - 1], cache",
            ),
            "all logits": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits, cache",
            ),
        },
    ),
    "batch and position swapped": Kind(
        "You index (B, T, V) by position first and by batch second. You get the logits of another prompt, or an "
        "IndexError.",
        {
            "a column for every text": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[lengths - 1, torch.arange(len(prompts))], cache",
            )
        },
    ),
    "the cache not cropped": Kind(
        "You do not crop the cache, so that the padding counts as part of the prompts. The next tokens get positions "
        "behind it and attend to it.",
        {"the cache not cropped": ("cache.crop(lengths)", "pass")},
    ),
    "the cache cropped too far": Kind(
        "You crop at least one prompt to less than its length. Its last tokens are lost, and the next token is written "
        "to their position.",
        {
            "the cache cropped to the shortest": (
                "cache.crop(lengths)",
                ("cache.rollback_window = 99\n    cache.crop(lengths.min().expand_as(lengths))"),
            ),
            "the cache cropped one too far": (
                "cache.crop(lengths)",
                "cache.rollback_window += 1\n    cache.crop(lengths - 1)",
            ),
        },
    ),
    "the padding for the lengths": Kind(
        "You crop the cache to the number of padding tokens. It takes the new lengths: the longest prompt, which has no "
        "padding, would be cropped to 0.",
        {
            "the cache cropped to the padding": (
                "cache.crop(lengths)",
                "cache.rollback_window = 99\n    cache.crop(lengths.max() - lengths)",
            )
        },
    ),
    "rollback_window forgotten": Kind(
        ROLLBACK_FORGOTTEN,
        {
            "rollback_window forgotten": (
                "cache = KVCache(model.config, rollback_window=int(lengths.max() - lengths.min()))",
                "cache = KVCache(model.config)",
            ),
            "the shortest length as rollback_window": (
                "cache = KVCache(model.config, rollback_window=int(lengths.max() - lengths.min()))",
                "cache = KVCache(model.config, rollback_window=int(lengths.min()))",
            ),
        },
    ),
    "one cache layer for all layers": Kind(
        "All layers of the model use the same layer of your cache. Each has keys and values of its own, and needs its "
        "own slots.",
        {
            "a number for the cache": (
                "cache = KVCache(model.config, rollback_window=int(lengths.max() - lengths.min()))",
                (
                    "cache = KVCache(model.config, rollback_window=int(lengths.max() - lengths.min()))\n"
                    "    cache.layers = cache.layers[:1] * len(cache.layers)"
                ),
            )
        },
    ),
    "no cache passed to the model": Kind(
        "You run the model without the cache. It stays empty, so that there is nothing to crop and nothing for the next "
        "token to attend to.",
        {
            "no cache passed to the model": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(prompts), batch_first=True))",
            )
        },
    ),
    "padding on the left": Kind(
        "You pad on the left. Every token of a shorter prompt then gets a wrong position and attends to the padding "
        "before it: on the right the causal mask hides it.",
        {
            "padding on the left": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([torch.nn.functional.pad(text, (width - len(text), 0)) for text in prompts])\n"
                    "    logits = model(padded, cache=cache)"
                ),
            ),
            "padding on the left, last column taken": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([torch.nn.functional.pad(text, (width - len(text), 0)) for text in prompts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    cache.crop(lengths)\n"
                    "    return logits[:, -1], cache"
                ),
            ),
            "padding on the left, never cropped": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([torch.nn.functional.pad(text, (width - len(text), 0)) for text in prompts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    return logits[:, -1], cache"
                ),
            ),
        },
    ),
    "padding with -1": Kind(
        "You pad with -1, which is no index into the vocabulary. The embedding raises an IndexError as soon as the "
        "lengths differ.",
        {
            "padded with -1": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(prompts), batch_first=True, padding_value=-1), cache=cache)",
            )
        },
    ),
    "a batch of (T, B)": Kind(
        "You pass a batch of shape (T, B) to the model, which takes (B, T). Each row then mixes tokens of all prompts.",
        {
            "padded along the other axis": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(prompts), batch_first=False), cache=cache)",
            )
        },
    ),
    "truncated to the shortest": Kind(
        "You truncate all prompts to the length of the shortest. The rest of the longer ones is never read, and they "
        "are continued from their middle.",
        {
            "truncated to the shortest": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                "logits = model(torch.stack([text[: lengths.min()] for text in prompts]), cache=cache)",
            )
        },
    ),
    "prompt after prompt": Kind(
        "You run the model on every prompt by itself, and on the batch once more for the cache. A prefill is one "
        "forward pass over the batch.",
        {
            "prompt after prompt": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                (
                    "logits = torch.stack([\n"
                    "        torch.nn.functional.pad(model(text[None])[0], (0, 0, 0, int(lengths.max()) - len(text))) for text in prompts\n"
                    "    ])\n"
                    "    model(pad_sequence(list(prompts), batch_first=True), cache=cache)"
                ),
            )
        },
    ),
    "two forward passes": Kind(
        "You run the model on the batch twice with the same cache. It appends every prompt again behind the first pass, "
        "at wrong positions or beyond max_seq_len.",
        {
            "two forward passes": (
                "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)",
                (
                    "logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)\n"
                    "    logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)"
                ),
            )
        },
    ),
    "prompts in another order": Kind(
        "You sort the prompts by length and return the results in that order. Row b of the logits and of the cache "
        "belongs to prompt b.",
        {
            "ordered by length": (
                "lengths = torch.tensor([len(prompt) for prompt in prompts]",
                ("prompts = sorted(prompts, key=len)\n    lengths = torch.tensor([len(prompt) for prompt in prompts]"),
            )
        },
    ),
    "the caller's list changed": Kind(
        "You write the padded prompts into the list that was passed in. The caller takes the padding for tokens of the "
        "prompts.",
        {
            "prompts padded in the list": (
                "lengths = torch.tensor([len(prompt) for prompt in prompts], device=prompts[0].device)",
                (
                    "lengths = torch.tensor([len(prompt) for prompt in prompts], device=prompts[0].device)\n"
                    "    if isinstance(prompts, list):\n"
                    "        prompts[:] = pad_sequence(prompts, batch_first=True).unbind()"
                ),
            )
        },
    ),
    "the mode of the model changed": Kind(
        MODE,
        {"left in evaluation mode": ("    lengths = torch.tensor(", "    model.eval()\n    lengths = torch.tensor(")},
    ),
    "not logits and cache": Kind(
        "You return the two results in another order, or only one of them. The caller unpacks (logits, cache).",
        {
            "returned in another order": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return cache, logits[torch.arange(len(prompts), device=lengths.device), lengths - 1]",
            ),
            "only the logits": (
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache",
                "return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1]",
            ),
        },
    ),
}
