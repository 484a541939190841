"""The tokenizer that was saved in a folder, of whichever kind it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.project import UsageError, shown

from .files import inside, require
from .published import read_published_json
from .tokenizers import BytePairTokenizer, CharTokenizer, Tokenizer, read_ranks, require_pattern


def read_tokenizer(folder: Path, facts: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer that `save` has put into a folder; `facts` is what it returned. Raises `UsageError`."""
    where = f"{shown(folder)}, its tokenizer"
    if "characters" in facts:
        characters = require(facts, {"characters": str}, where)["characters"]
        if len(set(characters)) < len(characters) or any("\ud800" <= character <= "\udfff" for character in characters):
            raise UsageError(f"{where}: its characters should be characters of Unicode, each of them once")
        return CharTokenizer(characters)
    require(facts, {"boundary": int, "bos": int | None}, where)
    boundary, bos = facts["boundary"], facts.get("bos")
    if "library" in facts:
        return read_published_json(inside(folder, facts["library"], where), boundary, bos)
    require(facts, {"ranks": str, "pattern": str}, where)
    ranks = read_ranks(inside(folder, facts["ranks"], where))
    for name, token in {"boundary": boundary, "bos": len(ranks) if bos is None else bos}.items():
        if not len(ranks) <= token < 2**24:
            raise UsageError(f"{where}: {name} is {token}, and should be {len(ranks)}, behind all ranks")
    require_pattern(facts["pattern"], where)
    return BytePairTokenizer(facts["pattern"], ranks, boundary, bos)
