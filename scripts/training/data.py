"""Text as tokens: documents, a character vocabulary, and batches of windows."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from scripts.project import UsageError

NAMES = Path(__file__).with_name("names.txt")


@dataclass(frozen=True)
class CharTokenizer:
    """One token per character, and token 0 for the boundary between documents."""

    characters: str  # in order: character i is token i + 1

    boundary = 0

    @property
    def vocab_size(self) -> int:
        return len(self.characters) + 1

    @cached_property
    def token_of(self) -> dict[str, int]:
        return {character: token for token, character in enumerate(self.characters, start=1)}

    def encode(self, text: str) -> list[int]:
        return [self.token_of[character] for character in text]

    def decode(self, tokens: list[int]) -> str:
        return "".join(self.characters[token - 1] if token else "\n" for token in tokens)


class Batch(NamedTuple):
    tokens: Tensor  # (B, T), int64
    targets: Tensor  # (B, T), int64: the token that follows each


@dataclass(frozen=True)
class Corpus:
    """Documents as two streams of tokens, boundary after boundary; the last tenth of the documents is held out."""

    tokenizer: CharTokenizer
    train: Tensor  # (tokens,), int64
    held_out: Tensor  # (tokens,), int64

    def draw(self, batch_size: int, length: int, generator: torch.Generator) -> Batch:
        """A batch of windows from random places of the training stream."""
        start = torch.randint(len(self.train) - length, (batch_size, 1), generator=generator)
        window = self.train[start + torch.arange(length + 1)]
        return Batch(window[:, :-1], window[:, 1:])

    def validation(self, length: int, max_tokens: int | None = None) -> Batch:
        """The held-out stream from its beginning, cut into windows: all of it, or about max_tokens."""
        usable = len(self.held_out) - 1
        rows = usable // length if max_tokens is None else min(max(1, max_tokens // length), usable // length)
        cut = self.held_out[: rows * length + 1]
        return Batch(cut[:-1].view(rows, length), cut[1:].view(rows, length))


def read_documents(data: str) -> list[str]:
    """The documents of `--data names|PATH`: one a line, empty lines dropped. Raises `UsageError`."""
    path = NAMES if data == "names" else Path(data).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--data {data}: {error.strerror}; give `names` or the path of a text file") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"--data {data}: byte {error.start} is not UTF-8; save the file as UTF-8 text first"
        ) from error
    documents = [line for line in text.splitlines() if line.strip()]
    if not documents:
        raise UsageError(f"--data {data}: the file has no text; it should hold one document a line")
    return documents


def load_corpus(data: str, length: int) -> Corpus:
    """Read, shuffle, split and encode. `length`: the window that batches will have; the text must be able to fill it.

    The shuffle is always the same, so that every run on a file holds out the same documents.
    """
    documents = read_documents(data)
    tokenizer = CharTokenizer("".join(sorted(set("".join(documents)))))
    order = torch.randperm(len(documents), generator=torch.Generator().manual_seed(1337)).tolist()
    held_out = max(1, len(documents) // 10)

    def stream(indices: list[int]) -> Tensor:
        tokens = [tokenizer.boundary]
        for index in indices:
            tokens.extend(tokenizer.encode(documents[index]))
            tokens.append(tokenizer.boundary)
        return torch.tensor(tokens)

    corpus = Corpus(tokenizer, train=stream(order[:-held_out]), held_out=stream(order[-held_out:]))
    for name, part in (("to train on", corpus.train), ("held out for validation", corpus.held_out)):
        if len(part) <= length:
            raise UsageError(
                f"--data {data}: only {len(part)} tokens are {name}, but a window of max_seq_len needs {length + 1}; "
                "give more text or a smaller --max_seq_len"
            )
    return corpus
