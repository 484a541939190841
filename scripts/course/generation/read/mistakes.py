"""What people write for generation.read, and why it matters."""

from scripts.course.generation.explanations import SPARE_FORGOTTEN
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "logits of one place for all texts": Kind(
        "You take the logits at the same place in every text, although each ends at a place of its own. "
        "Elsewhere a text answers for a token that it already has, or for the filling behind it.",
        {
            "the logits of the last column": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[:, -1], cache",
            ),
            "the logits of the first column": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[:, 0], cache",
            ),
            "the first text's last token for all": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths[0] - 1], cache",
            ),
            "the shortest text's last token for all": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths.min() - 1], cache",
            ),
        },
    ),
    "logits beside the last token": Kind(
        "For each text you take the logits one place beside its last token. One place earlier the model tells "
        "what the text already has, and one place later it continues the filling.",
        {
            "the logits behind each text": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                (
                    "return logits[torch.arange(len(texts), device=lengths.device), "
                    "lengths.clamp(max=logits.size(1) - 1)], cache"
                ),
            ),
            "the logits of the last token but one": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                ("return logits[torch.arange(len(texts), device=lengths.device), (lengths - 2).clamp(min=0)], cache"),
            ),
        },
    ),
    "several rows for every text": Kind(
        "You return several rows of logits for every text, those of all places or of all texts' ends. Whoever "
        "draws the next token needs a single row for each text, and cannot tell which it is.",
        {
            "every text's logits in every place": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[:, lengths - 1], cache",
            ),
            "all logits": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits, cache",
            ),
        },
    ),
    "text and place swapped": Kind(
        "You look the logits up with the number of the text and the place in it swapped. What you find belongs "
        "to another text, or you get an error because there are not as many texts.",
        {
            "a column for every text": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[lengths - 1, torch.arange(len(texts))], cache",
            )
        },
    ),
    "the cache not taken back": Kind(
        "Your cache still counts the filling as part of the texts. What is written next stands too far back, "
        "and sees the filling as if somebody had written it.",
        {"the cache not taken back": ("cache.rewind(lengths)", "pass")},
    ),
    "the cache taken back too far": Kind(
        "You take the cache back to before the end of at least one text. The last tokens of that text are "
        "forgotten, and what comes next is written in their place.",
        {
            "the cache taken back to the shortest": (
                "cache.rewind(lengths)",
                ("cache.spare = 99\n    cache.rewind(lengths.min().expand_as(lengths))"),
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
            "spare forgotten": (
                "cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))",
                "cache = KVCache(model.config)",
            ),
            "spare for the shortest": (
                "cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))",
                "cache = KVCache(model.config, spare=int(lengths.min()))",
            ),
        },
    ),
    "one cache layer for all layers": Kind(
        "All layers of the model share a single layer of your cache. Each needs a memory of its own: otherwise "
        "it finds keys and values there that another layer has made.",
        {
            "a number for the cache": (
                "cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))",
                (
                    "cache = KVCache(model.config, spare=int(lengths.max() - lengths.min()))\n"
                    "    cache.layers = cache.layers[:1] * len(cache.layers)"
                ),
            )
        },
    ),
    "read without the cache": Kind(
        "Your model reads the texts without the cache. It remembers nothing of them, so that there is nothing "
        "to take back, and the next token would find no text before it.",
        {
            "read without the cache": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(texts), batch_first=True))",
            )
        },
    ),
    "filled up at the front": Kind(
        "You fill the texts up at the front. Every token of a shorter text then sees the filling before it and "
        "stands at a wrong position; behind the text, the filling would be hidden by causality.",
        {
            "filled up at the front": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)"
                ),
            ),
            "filled up at the front, and the last column taken": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    cache.rewind(lengths)\n"
                    "    return logits[:, -1], cache"
                ),
            ),
            "filled up at the front, and never taken back": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                (
                    "width = int(lengths.max())\n"
                    "    padded = torch.stack([F.pad(text, (width - len(text), 0)) for text in texts])\n"
                    "    logits = model(padded, cache=cache)\n"
                    "    return logits[:, -1], cache"
                ),
            ),
        },
    ),
    "filled up with what is no token": Kind(
        "You fill the texts up with minus one, which is not in the vocabulary. The embedding has no row for "
        "it, and stops with an error as soon as texts differ in length.",
        {
            "filled up with -1": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(texts), batch_first=True, padding_value=-1), cache=cache)",
            )
        },
    ),
    "texts in columns": Kind(
        "You hand the model a batch whose columns are the texts, not its rows. Each row then mixes the words "
        "of all the texts, one of each, and neither logits nor cache belong to any of them.",
        {
            "filled up along the other axis": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                "logits = model(pad_sequence(list(texts), batch_first=False), cache=cache)",
            )
        },
    ),
    "cut to the shortest": Kind(
        "You cut all texts to the length of the shortest. What is cut off is never read: the longer texts "
        "would be continued from somewhere in their middle.",
        {
            "cut to the shortest": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                "logits = model(torch.stack([text[: lengths.min()] for text in texts]), cache=cache)",
            )
        },
    ),
    "text after text": Kind(
        "Your model reads every text by itself, and then all of them together for the cache. A batch is there "
        "to read them at once; this way everything is read twice.",
        {
            "text after text": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                (
                    "logits = torch.stack([\n"
                    "        F.pad(model(text[None])[0], (0, 0, 0, int(lengths.max()) - len(text))) for text in texts\n"
                    "    ])\n"
                    "    model(pad_sequence(list(texts), batch_first=True), cache=cache)"
                ),
            )
        },
    ),
    "read twice": Kind(
        "You hand the batch to the model twice, with the same cache. It then reads every text once more behind "
        "the first reading, at positions that are too far back or do not exist.",
        {
            "read twice": (
                "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)",
                (
                    "logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)\n"
                    "    logits = model(pad_sequence(list(texts), batch_first=True), cache=cache)"
                ),
            )
        },
    ),
    "texts in another order": Kind(
        "You sort the texts by their length, and hand the results back in that order. Whoever called finds a "
        "text's logits and memory in the place of another one.",
        {
            "ordered by length": (
                "lengths = torch.tensor([len(text) for text in texts]",
                ("texts = sorted(texts, key=len)\n    lengths = torch.tensor([len(text) for text in texts]"),
            )
        },
    ),
    "the caller's list changed": Kind(
        "You put the filled up texts into the list that was handed in. Whoever called finds zeros behind the "
        "texts, takes them for words, and writes on behind them.",
        {
            "texts filled up in the list": (
                "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)",
                (
                    "lengths = torch.tensor([len(text) for text in texts], device=texts[0].device)\n"
                    "    if isinstance(texts, list):\n"
                    "        texts[:] = pad_sequence(texts, batch_first=True).unbind()"
                ),
            )
        },
    ),
    "not logits and cache": Kind(
        "You return the two results in another order, or one of them only. Whoever called unpacks logits and "
        "cache, in this order, and goes on with the wrong thing or an error.",
        {
            "returned in another order": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return cache, logits[torch.arange(len(texts), device=lengths.device), lengths - 1]",
            ),
            "only the logits": (
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1], cache",
                "return logits[torch.arange(len(texts), device=lengths.device), lengths - 1]",
            ),
        },
    ),
}
