"""What makes a folder of weights one that a published model comes in: a tokenizer, and weights in parts."""

import json
import re
from collections.abc import Collection
from pathlib import Path

from safetensors.torch import load_file, save_file

LETTERS = "\N{LATIN CAPITAL LETTER G WITH DOT ABOVE}abcdefghijklmnopqrstuvwxyz"  # the first stands for a space
PAIRS = re.findall("..", "thheineranrendatonnthaesstenedtoitoueahiisortiasteetng")


def write_tokenizer(folder: Path, special: Collection[int], front: int | None = None) -> None:
    """A tokenizer.json of 61 tokens, by the library that reads it: byte pairs of some letters; `special` are numbers of
    tokens that no text becomes, `front` one of them, which is put in front of every text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    named = {number: f"<{number}>" for number in special}
    ordinary = iter([*LETTERS, *PAIRS, *"0123456789"])
    vocabulary = {named.get(number) or next(ordinary): number for number in range(61)}
    merges = [tuple(pair) for pair in PAIRS if pair in vocabulary]
    library = Tokenizer(models.BPE(vocabulary, merges))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    library.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in named.values()])
    if front is not None:
        template = f"<{front}> $A"
        library.post_processor = processors.TemplateProcessing(single=template, special_tokens=[(f"<{front}>", front)])
    library.save(str(folder / "tokenizer.json"))


def in_parts(folder: Path, count: int = 3) -> None:
    """Divide model.safetensors into several files and an index, as transformers does with large ones."""
    weights = load_file(folder / "model.safetensors")
    where = {}
    for number in range(count):
        file = f"model-{number + 1:05}-of-{count:05}.safetensors"
        part = {name: weights[name] for name in list(weights)[number::count]}
        save_file(part, folder / file, {"format": "pt"})
        where |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))
    (folder / "model.safetensors").unlink()
