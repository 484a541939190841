"""The tokenizer of a published model: tokenizer.json, as transformers writes it, or a rank file of tiktoken's.

What tokenizer.json says is computed by the library `tokenizers`, which is imported where a text is first encoded or
decoded; every token's bytes follow from the file's decoder.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.project import UsageError, cut, shown

from .files import parsed, read_utf8, require, written_whole
from .tokenizers import CL100K_PATTERN, RANKS, UNKNOWN, BytePairTokenizer, Tokenizer, read_ranks

LIBRARY_FILE = "tokenizer.json"
TOKENIZERS = (RANKS, LIBRARY_FILE)  # what a tokenizer may be saved in
# The rank files of Llama 3 and of Qwen's first models; the former's name is also that of a file of sentencepiece's.
RANK_FILES = ("tokenizer.model", "*.tiktoken")
WANTED = "give a tokenizer.json as transformers writes it"


@dataclass(frozen=True)
class PublishedTokenizer(Tokenizer):
    """What a tokenizer.json says. No text that is encoded becomes a special token; a prompt may have some in it, and
    gets those in front that the file puts there."""

    content: str  # of tokenizer.json
    boundary: int
    bos: int | None = None

    @property
    def pattern(self) -> str:  # how a text is cut, and everything else
        return self.content

    @cached_property
    def vocab_size(self) -> int:
        # No text becomes a special token, of which a model may lack the last.
        added = self.library.get_added_tokens_decoder().items()
        special = {number for number, token in added if token.special} - {self.boundary, self.bos}
        return max(number for number in range(len(self.table)) if number not in special) + 1

    @property
    def about(self) -> str:
        return f"{self.vocab_size:,} tokens, those of the model that it goes on from"

    @cached_property
    def library(self):
        try:
            from tokenizers import Tokenizer as Library
        except ImportError as error:
            raise UsageError(
                f"{LIBRARY_FILE} is read by the library `tokenizers`: pip install -c constraints.txt -e '.[folder]'"
            ) from error
        try:
            library = Library.from_str(self.content)
        except Exception as error:  # of no kind of its own
            raise UsageError(f"{LIBRARY_FILE}: {cut(str(error), 200)}; {WANTED}") from error
        library.no_truncation()
        library.no_padding()
        library.encode_special_tokens = True
        return library

    @cached_property
    def table(self) -> list[bytes]:
        names = self.library.get_vocab(with_added_tokens=False)
        spelt = spelling(parsed(self.content, LIBRARY_FILE).get("decoder"))
        found = {number: spelt(name) for name, number in names.items()}
        for number, added in self.library.get_added_tokens_decoder().items():
            found[number] = b"" if added.special else added.content.encode()
        if self.bos is not None:
            found[self.bos] = b""
        found[self.boundary] = b"\n"
        return [found.get(number, UNKNOWN) for number in range(max(found) + 1)]

    def encode(self, text: str) -> list[int]:
        return self.library.encode(text, add_special_tokens=False).ids

    def prompt(self, text: str) -> list[int]:
        self.library.encode_special_tokens = False
        try:
            return self.library.encode(text).ids or [self.beginning]
        finally:
            self.library.encode_special_tokens = True

    def save(self, folder: Path) -> dict[str, Any]:
        with written_whole(folder / LIBRARY_FILE) as file:
            file.write(self.content.encode())
        bos = {} if self.bos is None else {"bos": self.bos}
        return {"library": LIBRARY_FILE, "boundary": self.boundary, **bos}


def read_published_json(path: Path, boundary: int, bos: int | None) -> PublishedTokenizer:
    """Raises `UsageError`."""
    content = read_utf8(path, WANTED)
    require(parsed(content, shown(path)), {"model": dict, "decoder": dict | None}, shown(path))
    if not all(0 <= token < 2**24 for token in (boundary, bos or 0)):
        raise UsageError(f"{shown(path)}: boundary is {boundary} and bos {bos}, which should be numbers of tokens")
    return PublishedTokenizer(content, boundary, bos)


def tokenizer_of_folder(folder: Path, eos: int | None, bos: int | None) -> Tokenizer:
    """The tokenizer among the files of a published model. eos, bos: the tokens that end and begin a text, as far as its
    settings say; which one a tokenizer.json puts in front, it says itself. Raises `UsageError`."""
    rank_files = [path for name in RANK_FILES for path in sorted(folder.glob(name)) if not is_sentencepiece(path)]
    path = next((path for path in (folder / LIBRARY_FILE, *rank_files) if path.exists()), None)
    if path is None:
        raise UsageError(
            f"{shown(folder)}: nothing says how text becomes tokens. A folder of scripts.train has run.json, one of a "
            f"published model {LIBRARY_FILE} or a rank file of tiktoken's ({' or '.join(RANK_FILES)}): fetch it from "
            "where the model is. Where it is kept in another form, transformers writes one: "
            "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    boundary = bos if eos is None else eos
    if boundary is None:
        raise UsageError(
            f"{shown(folder)}: it does not say which token ends a text; put eos_token_id into its config.json"
        )
    if path.name == LIBRARY_FILE:
        plain = read_published_json(path, boundary, None)
        begins = next(iter(plain.library.encode("").ids), bos)
        return plain if begins in (None, boundary) else PublishedTokenizer(plain.content, boundary, begins)
    ranks = read_ranks(path)
    if min(boundary, boundary if bos is None else bos) < len(ranks):
        raise UsageError(
            f"{shown(path)}: numbers up to {len(ranks) - 1:,} are ranks of byte pairs; eos_token_id = {eos} and "
            f"bos_token_id = {bos} should be behind them"
        )
    return BytePairTokenizer(CL100K_PATTERN, ranks, boundary, None if bos == boundary else bos)


def is_sentencepiece(path: Path) -> bool:
    """Whether a file is the protocol buffer that sentencepiece writes: it begins with a field, and no line of text."""
    with path.open("rb") as file:
        return file.read(1) == b"\n"


def byte_alphabet() -> dict[str, int]:
    """The characters by which byte-level tokenizers write bytes (GPT-2): those that can be seen stand for themselves,
    the others for what follows 255."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    unseen = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + number): byte for number, byte in enumerate(unseen)}


def spelling(decoder: dict[str, Any] | None) -> Callable[[str], bytes]:
    """How a token's name becomes bytes, as a tokenizer.json's decoder says."""
    steps = {step.get("type"): step for step in steps_of(decoder or {})}
    if "ByteLevel" in steps:
        alphabet = byte_alphabet()
        return lambda name: b"".join(
            bytes([alphabet[sign]]) if sign in alphabet else sign.encode("utf-8", "replace") for sign in name
        )
    spaces = ["\N{LOWER ONE EIGHTH BLOCK}"] if {"Metaspace", "Replace"} & steps.keys() else []
    if "BPEDecoder" in steps:
        spaces.append(str(steps["BPEDecoder"].get("suffix")))

    def spelt(name: str) -> bytes:
        if "ByteFallback" in steps and re.fullmatch("<0x[0-9A-F]{2}>", name):
            return bytes([int(name[3:5], 16)])
        for sign in spaces:
            name = name.replace(sign, " ")
        return name.encode("utf-8", "replace")

    return spelt


def steps_of(decoder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of a decoder, one after the other."""
    yield decoder
    for step in decoder.get("decoders") or []:
        yield from steps_of(step)
