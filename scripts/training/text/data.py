"""What a model is trained on: one long row of tokens, and the windows that are cut out of it."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from scripts.project import UsageError, cut, path_from, wrapped

from .files import sum_of
from .recall_task import CHARACTERS, KEYS, draw, generator_of
from .saved import read_tokenizer
from .shards import Shards, dtype_of
from .texts import read_text, shuffled
from .tokenizers import CharTokenizer, Tokenizer, make_tokenizer


class Batch(NamedTuple):
    tokens: Tensor  # (B, T), int64
    targets: Tensor  # (B, T), int64: the token that follows each


@dataclass(frozen=True, eq=False)
class TokenStream:
    """Tokens in a row. Its parts may be arrays that are mapped into memory: only what a window needs is read."""

    parts: Sequence[Tensor | np.ndarray]  # (tokens,) each, of any dtype of integers

    @cached_property
    def ends(self) -> list[int]:
        return list(accumulate(len(part) for part in self.parts))

    def __len__(self) -> int:
        return self.ends[-1] if self.parts else 0

    def window(self, start: int, length: int) -> Tensor:
        """`length` tokens, at least one, from `start` on: (length,), int64. Raises `IndexError` at the end."""
        if not 0 <= start < start + length <= len(self):
            raise IndexError(f"tokens {start} to {start + length} of {len(self)}")
        found, stop = [], start + length
        while start < stop:
            index = bisect_right(self.ends, start)
            part, behind = self.parts[index], start - self.ends[index]
            taken = part[len(part) + behind :][: stop - start]
            found.append(taken if isinstance(taken, Tensor) else torch.from_numpy(taken.astype(np.int64)))
            start += len(taken)
        return torch.cat(found)

    def content(self, vocab_size: int) -> Iterator[bytes]:
        """All tokens, the same however they are divided into parts."""
        dtype, count = dtype_of(vocab_size).newbyteorder("<"), 2**24
        for part in self.parts:
            for start in range(0, len(part), count):
                yield np.asarray(part[start : start + count]).astype(dtype).tobytes()

    def split(self, at: int) -> tuple["TokenStream", "TokenStream"]:
        """The first `at` tokens, and the others."""
        starts = [end - len(part) for part, end in zip(self.parts, self.ends, strict=True)]
        cuts = [(part, max(0, at - start)) for part, start in zip(self.parts, starts, strict=True)]
        return TokenStream([part[:cut] for part, cut in cuts]), TokenStream([part[cut:] for part, cut in cuts])


@dataclass(frozen=True)
class Corpus:
    """Documents as two streams of tokens, with a boundary between any two: one to train on, one held out."""

    tokenizer: Tokenizer
    train: TokenStream
    held_out: TokenStream
    running: bool = False  # long texts, whose line ends belong to them; else each document is a line
    text_sum: str | None = None  # of the documents; None where only tokens are there
    about: str = ""  # what was taken for a document, and which flag changes that
    asks: ClassVar[bool] = False  # whether some tokens are asked for, so that the share of right answers is a figure

    def windows(self, first: int, count: int, length: int, seed: int) -> Batch:
        """The windows number first, ..., first + count - 1 of an endless row of windows of the training stream.

        In every epoch the stream is cut into adjacent windows, and these are visited in an order of the epoch's own.
        Where the first one begins differs by epoch, so that a model does not always see the same tokens last; at both
        ends together, fewer tokens than two windows have are left out. A window follows from its number and the seed
        alone: several processes divide a row by taking different numbers, and to resume is to know the next number.
        """
        starts = (window_start(number, len(self.train), length, seed) for number in range(first, first + count))
        rows = torch.stack([self.train.window(start, length + 1) for start in starts])
        return Batch(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())

    @cached_property
    def tokens_sum(self) -> str:
        size = self.tokenizer.vocab_size
        return sum_of(content for stream in (self.train, self.held_out) for content in stream.content(size))

    def sums(self, length: int, seed: int) -> dict[str, str]:
        """Check sums of all that a run takes from its data, whatever file that comes from: where they are equal, two
        runs see the same windows, and the tokens in these mean the same."""
        starts = [window_start(number, len(self.train), length, seed) for number in range(256)]
        windows = f"{starts} {len(self.train)} {self.running} {self.tokens_sum}"
        text = self.text_sum or self.tokens_sum
        return {"text": text, **self.tokenizer.sums(), "windows": sum_of([windows.encode()])}

    def validation(self, length: int, max_tokens: int | None = None) -> Batch:
        """The held-out stream from its beginning, cut into windows: all of it, or about max_tokens."""
        usable = len(self.held_out) - 1
        rows = usable // length if max_tokens is None else min(max(1, max_tokens // length), usable // length)
        cut = self.held_out.window(0, rows * length + 1)
        return Batch(cut[:-1].view(rows, length), cut[1:].view(rows, length))

    def summary(self, data: str) -> str:
        """What was understood of `--data`, in lines: documents, tokens and alphabet."""
        counts = f"{len(self.train):,} tokens to train on, {len(self.held_out):,} held out"
        rows = ((self.about, "├─ ", "│  "), (counts, "├─ ", "│  "), (self.tokenizer.about, "└─ ", "   "))
        lines = (branch + wrapped(row).replace("\n", f"\n{rail}") for row, branch, rail in rows)
        return "\n".join((f"text, {cut(data)}", *lines))

    def bits_per_byte(self, loss: float, targets: Tensor) -> float:
        """loss / ln 2 * tokens / bytes: what a mean loss over `targets` (int64), in nats per token, is in bits per byte
        of their text. Unlike the loss, it can be compared between tokenizers."""
        byte_counts = torch.tensor(self.tokenizer.byte_counts(self.running))
        return loss / math.log(2) * targets.numel() / byte_counts[targets].sum().item()


@dataclass(frozen=True)
class Recall(Corpus):
    """Associative recall instead of text: a window is a sequence of max_seq_len / 4 pairs and as many questions, drawn
    when it is asked for; the answers count, and nothing else. What is left at the end is filled with the boundary."""

    asks = True
    HELD_OUT = 512  # sequences

    def rows(self, length: int, count: int, *what: str | int) -> Batch:
        """Sequences that follow from the words and numbers."""
        tokens, targets = draw(length // 4, count, generator_of(length // 4, *what))
        behind = (0, length % 4)
        # Token 0 is the boundary.
        return Batch(pad(tokens + 1, behind), pad(targets.where(targets < 0, targets + 1), behind, value=-1))

    def windows(self, first: int, count: int, length: int, seed: int) -> Batch:
        """The sequences number first, ..., first + count - 1: no two are the same."""
        rows = [self.rows(length, 1, seed, number) for number in range(first, first + count)]
        return Batch(*(torch.cat(parts) for parts in zip(*rows, strict=True)))

    def validation(self, length: int, max_tokens: int | None = None) -> Batch:
        """Sequences that no training has, the same for all; as many as have about max_tokens."""
        count = self.HELD_OUT if max_tokens is None else min(max(1, max_tokens // length), self.HELD_OUT)
        return self.rows(length, count, "held out")

    @cached_property
    def tokens_sum(self) -> str:
        return sum_of([repr(self.windows(0, 4, 4 * KEYS, 0)).encode()])

    def sums(self, length: int, seed: int) -> dict[str, str]:
        windows = sum_of([repr((self.windows(0, 4, length, seed), length)).encode()])
        return {"text": self.tokens_sum, **self.tokenizer.sums(), "windows": windows}

    def summary(self, data: str) -> str:
        return f"text, {data}\n└─ " + wrapped(self.about).replace("\n", "\n   ")

    def bits_per_byte(self, loss: float, targets: Tensor) -> float:
        """An answer is one byte."""
        return loss / math.log(2)


def open_recall(length: int, asked: dict[str, Any]) -> Recall:
    """Associative recall in windows of a length. `asked`: flags which it decides itself. Raises `UsageError`."""
    tokenizer = CharTokenizer(CHARACTERS)
    if asked["tokenizer"] == tokenizer:
        asked = asked | {"tokenizer": None}
    elif isinstance(asked["tokenizer"], Tokenizer):
        raise UsageError("--data recall: its sequences have other tokens than the model's")
    if given := [f"--{name} {value}" for name, value in asked.items() if value is not None]:
        raise UsageError(f"{given[0]}: --data recall has tokens of its own; leave this away")
    if not 4 <= length < 4 * (KEYS + 1):
        raise UsageError(
            f"--max_seq_len {length}: a sequence of --data recall has a fourth as many pairs of a key and a value, and "
            f"there are {KEYS} keys; give 4 to {4 * KEYS}"
        )
    about = (
        f"associative recall: sequences of {length // 4} pairs of a key and a value, whose keys then come again "
        f"(--max_seq_len; {KEYS} keys, {KEYS} values): of each key the value is asked for"
    )
    return Recall(tokenizer, TokenStream([]), TokenStream([]), about=about)


def window_start(number: int, tokens: int, length: int, seed: int) -> int:
    """Where the window of this number begins in a stream of so many tokens; see `Corpus.windows`."""
    # One less than would fit, so that the first one has some `length` places to begin at.
    per_epoch = max(1, tokens // length - 1)
    epoch, place = divmod(number, per_epoch)
    offset, order = epoch_of(epoch, per_epoch, tokens - length * per_epoch, seed)
    return offset + int(order[place]) * length


@lru_cache(maxsize=2)
def epoch_of(epoch: int, windows: int, offsets: int, seed: int) -> tuple[int, np.ndarray]:
    """Where the first window of an epoch begins, and in which order the windows are visited: 8 bytes for each."""
    generator = np.random.default_rng([seed, epoch])
    return int(generator.integers(offsets)), generator.permutation(windows)


def load_corpus(
    data: str,
    length: int,
    documents: str | None = None,
    tokenizer: str | Tokenizer | None = None,
    bpe_vocab_size: int | None = None,
) -> Corpus:
    """What `--data`, `--documents`, `--tokenizer` and `--bpe_vocab_size` mean, in tokens. Raises `UsageError`.

    length: the window that batches will have; the text must be able to fill it. A folder with shards is mapped into
    memory; everything else is read, split and encoded: the last tenth is held out, of running text as it stands, of
    lines after a shuffle. tokenizer: a name, or that of a model which is there already.
    """
    if data == "recall":
        return open_recall(length, {"documents": documents, "tokenizer": tokenizer, "bpe_vocab_size": bpe_vocab_size})
    if shards := Shards.find(path_from(data, "--data")):
        asked = {"documents": documents, "tokenizer": tokenizer, "bpe_vocab_size": bpe_vocab_size}
        corpus = open_shards(shards, data, asked)
    else:
        corpus = encode_text(data, documents or "auto", tokenizer or "char", bpe_vocab_size)
    for name, part in (("to train on", corpus.train), ("held out for validation", corpus.held_out)):
        if len(part) <= length:
            raise UsageError(
                f"--data {data}: {corpus.about}; only {len(part)} tokens are {name}, but a window of max_seq_len needs "
                f"{length + 1}; give more text or a smaller --max_seq_len"
            )
    return corpus


def open_shards(shards: Shards, data: str, asked: dict[str, Any]) -> Corpus:
    """A corpus that scripts.prepare has written. `asked`: flags which it decides itself."""
    if not shards.finished:
        raise UsageError(f"--data {data}: it is not finished yet; the same call of scripts.prepare goes on with it")
    made = read_tokenizer(shards.folder, shards.index["tokenizer"])
    if made.vocab_size != shards.index["vocab_size"]:
        raise UsageError(f"--data {data}: its tokenizer is not the one that it was encoded with; prepare it anew")
    if made == asked["tokenizer"]:
        asked = asked | {"tokenizer": None}
    elif isinstance(asked["tokenizer"], Tokenizer):
        raise UsageError(f"--data {data}: it has been encoded with other tokens than the model's")
    if given := [f"--{name} {value}" for name, value in asked.items() if value is not None]:
        raise UsageError(f"{given[0]}: --data {data} is encoded already; leave this away, or give the text itself")
    index = shards.index
    train, held_out = TokenStream(shards.open()).split(index["tokens"] - index["held_out"])
    about = f"encoded by scripts.prepare, {'running text' if index['running'] else 'documents of a line each'}"
    return Corpus(made, train, held_out, index["running"], about=about)


def encode_text(data: str, documents: str, tokenizer: str | Tokenizer, bpe_vocab_size: int | None) -> Corpus:
    """Read a text and encode it here and now."""
    if data == "fineweb-edu":
        raise UsageError(
            "--data fineweb-edu: this is too large to be encoded at every start; do it once, with python -m "
            "scripts.prepare --data fineweb-edu --tokenizer gpt2 --max_tokens 100000000 --out_dir data/fineweb-edu, "
            "say, and give --data data/fineweb-edu"
        )
    text = read_text(data, documents)
    text_sum = sum_of(f"{len(document)}:{document}".encode() for document in text.documents)
    text = replace(text, documents=list(text.documents) if text.running else shuffled(text.documents))
    made = make_tokenizer(tokenizer, text, bpe_vocab_size) if isinstance(tokenizer, str) else tokenizer
    streams = [made.encode(document) for document in text.documents]
    if text.running:
        whole = joined(streams, made)
        parts = whole.split(len(whole) - len(whole) // 10)
    else:
        held_out = max(1, len(streams) // 10)
        parts = (joined(part, made) for part in (streams[:-held_out], streams[-held_out:]))
    return Corpus(made, *parts, text.running, text_sum, text.about)


def joined(streams: list[list[int]], tokenizer: Tokenizer) -> TokenStream:
    """Documents behind each other, with a boundary in front of, between and behind them."""
    tokens = [tokenizer.beginning]
    for stream in streams:
        tokens += [*stream, *tokenizer.between]
    return TokenStream([torch.from_numpy(np.array(tokens, dtype=np.int64))])
