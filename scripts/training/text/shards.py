"""Tokens on disk: one long row of them, in files of equal length, which training maps into memory.

    DIR/shards.json           what this is: data, tokenizer, number of tokens, the shards with their check sums
    DIR/shards/00000.npy      uint16, or uint32 where the vocabulary is larger
    DIR/tokenizer.tiktoken    the tokenizer's ranks, where it has some

Until all shards are there, the first is called shards-unfinished.json; an interrupted call goes on after the last.
Nothing here needs torch, so that the processes that encode start at once.
"""

import json
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from scripts.project import UsageError, shown

from .files import inside, read_object, require, sha256_of, written_whole
from .texts import Text, pieces
from .tokenizers import Tokenizer

INDEX, UNFINISHED = "shards.json", "shards-unfinished.json"
UNIT = 2**20  # characters; what a process encodes at a time
# What stands in shards.json, and of which type: always, at the end, of each shard, and of what was asked for.
OF_INDEX = {"asked": dict, "running": bool, "vocab_size": int, "tokenizer": dict, "shards": list}
OF_FINISHED = {"tokens": int, "held_out": int}
OF_SHARD = {"file": str, "tokens": int, "sha256": str, "unit": int, "used": int}
OF_ASKED = {"shard_tokens": int, "max_tokens": int | None}


@dataclass
class Shards:
    """A folder of them, as far as it is written. `index` is the content of shards.json."""

    folder: Path
    index: dict[str, Any]

    @classmethod
    def find(cls, folder: Path) -> "Shards | None":
        """What there is in a folder, finished or not."""
        for name in (INDEX, UNFINISHED):
            if (folder / name).exists():
                return cls(folder, read_index(folder / name))
        return None

    @classmethod
    def begin(cls, folder: Path, asked: Mapping[str, Any], running: bool, tokenizer: Tokenizer) -> "Shards":
        """A folder with a tokenizer, and no shards yet. `asked`: what must be the same for a call to go on with it."""
        about = {"running": running, "vocab_size": tokenizer.vocab_size, "tokenizer": tokenizer.save(folder)}
        shards = cls(folder, {"asked": dict(asked), **about, "shards": []})
        shards.keep_index()
        return shards

    @property
    def finished(self) -> bool:
        return (self.folder / INDEX).exists()

    @property
    def tokens(self) -> int:
        return sum(shard["tokens"] for shard in self.index["shards"])

    def keep_index(self, finished: bool = False) -> None:
        with written_whole(self.folder / (INDEX if finished else UNFINISHED)) as file:
            file.write(json.dumps(self.index, indent=1).encode() + b"\n")
        (self.folder / (UNFINISHED if finished else INDEX)).unlink(missing_ok=True)

    def keep(self, tokens: np.ndarray, unit: int, used: int) -> None:
        """Write a shard. The next one begins in `unit`, behind as many of its tokens as were used."""
        file = f"shards/{len(self.index['shards']):05}.npy"
        with written_whole(self.folder / file) as target:
            np.save(target, tokens)
        sha256 = sha256_of(self.folder / file)
        self.index["shards"].append({"file": file, "tokens": len(tokens), "sha256": sha256, "unit": unit, "used": used})
        self.keep_index()

    def drop_damaged(self) -> int:
        """Forget the first shard that does not fit its check sum, and all behind it. Returns how many those are."""
        shards = self.index["shards"]
        pairs = zip(self.paths, shards, strict=True)
        whole = (path.exists() and sha256_of(path) == shard["sha256"] for path, shard in pairs)
        good = next((number for number, fits in enumerate(whole) if not fits), len(shards))
        damaged = len(shards) - good
        if damaged:
            del shards[good:]
            self.keep_index()
        return damaged

    @property
    def paths(self) -> list[Path]:
        return [inside(self.folder, shard["file"], shown(self.folder / INDEX)) for shard in self.index["shards"]]

    def open(self) -> list[np.ndarray]:
        """The shards, mapped into memory: what is not read costs none. Raises `UsageError`."""
        parts = []
        for path, shard in zip(self.paths, self.index["shards"], strict=True):
            try:
                part = np.load(path, mmap_mode="r")
                if part.shape != (shard["tokens"],) or part.dtype != dtype_of(self.index["vocab_size"]):
                    raise ValueError(f"it has {part.dtype} of {part.shape}, not {shard['tokens']:,} tokens")
            except (OSError, ValueError, EOFError) as error:
                raise UsageError(f"{shown(path)}: {error}; the same call of scripts.prepare mends that") from error
            parts.append(part)
        return parts


def read_index(path: Path) -> dict[str, Any]:
    """The content of shards.json. Raises `UsageError`."""
    index = read_object(path, OF_INDEX | (OF_FINISHED if path.name == INDEX else {}), "scripts.prepare writes it")
    for number, shard in enumerate(index["shards"]):
        require(shard, OF_SHARD, f"{shown(path)}, shard {number}")
    require(index["asked"], OF_ASKED, f"{shown(path)}, asked")
    tokens = sum(shard["tokens"] for shard in index["shards"])
    if path.name == INDEX and not 0 <= index["held_out"] <= index["tokens"] == tokens:
        raise UsageError(f"{shown(path)}: its numbers of tokens do not go together; scripts.prepare writes it anew")
    return index


def units(documents: Iterable[str], size: int) -> Iterator[list[tuple[str, bool]]]:
    """The documents in portions of about `size` characters: texts, and whether a document ends with them."""
    unit, length = [], 0
    for document in documents:
        *front, last = pieces(document, size)
        for piece, ends in [*((piece, False) for piece in front), (last, True)]:
            unit.append((piece, ends))
            length += len(piece)
            if length >= size:
                yield unit
                unit, length = [], 0
    if unit:
        yield unit


def become_encoder(tokenizer: Tokenizer) -> None:
    """What a process does first. Ctrl-C is for the one that started it."""
    global encoder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    encoder = tokenizer


def encode_unit(unit: list[tuple[str, bool]]) -> tuple[int, np.ndarray]:
    """The number of characters, and the tokens, with a boundary behind each document."""
    tokens = []
    for text, ends in unit:
        tokens += encoder.encode(text)
        if ends:
            tokens += encoder.between
    return sum(len(text) for text, _ in unit), np.array(tokens, dtype_of(encoder.vocab_size))


def dtype_of(vocab_size: int) -> np.dtype:
    return np.dtype("uint16" if vocab_size <= 2**16 else "uint32")


def in_order(pool: Executor, function: Callable, items: Iterable, ahead: int) -> Iterator:
    """What `function` makes of each, one after the other, while the pool works on at most `ahead` more."""
    pending = deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def write_shards(
    shards: Shards,
    text: Text,
    tokenizer: Tokenizer,
    workers: int,
    on_unit: Callable[[int], None] = lambda characters: None,
    on_shard: Callable[[Path, int], None] = lambda path, tokens: None,
) -> None:
    """Encode all documents, in `workers` processes, to the row boundary, document, boundary, ..., document, boundary;
    or its first `max_tokens`. What is held out are the last tokens: a tenth of all, at most as many as a shard has.

    A row is the same however many processes make it, and however often that is interrupted.
    """
    index = shards.index
    size, limit, before = index["asked"]["shard_tokens"], index["asked"]["max_tokens"], index["shards"][-1:]
    first, used = (before[0]["unit"], before[0]["used"]) if before else (0, 0)
    dtype = dtype_of(tokenizer.vocab_size)
    shard, filled, written = np.empty(size, dtype), 0, shards.tokens
    todo = islice(units(text.documents, UNIT), first, None)
    with ProcessPoolExecutor(workers, get_context("spawn"), become_encoder, (tokenizer,)) as pool:
        try:
            for unit, (characters, tokens) in enumerate(in_order(pool, encode_unit, todo, 2 * workers), first):
                if unit == 0:
                    tokens = np.concatenate([np.array([tokenizer.beginning], dtype), tokens])
                tokens = tokens[: None if limit is None else used + limit - written - filled]
                while used < len(tokens):
                    taken = tokens[used : used + size - filled]
                    shard[filled : filled + len(taken)] = taken
                    used, filled = used + len(taken), filled + len(taken)
                    if filled == size:
                        shards.keep(shard, unit, used)
                        on_shard(shards.paths[-1], filled)
                        written, filled = written + filled, 0
                on_unit(characters)
                if written + filled == limit:
                    break
                used = 0
        finally:
            pool.shutdown(cancel_futures=True)
    if filled:
        shards.keep(shard[:filled], unit, used)
        on_shard(shards.paths[-1], filled)
    index["tokens"] = shards.tokens
    index["held_out"] = min(shards.tokens // 10, size)
    shards.keep_index(finished=True)
