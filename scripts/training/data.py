"""Text as tokens: documents, a character vocabulary, and batches of windows."""

import ast
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from scripts.project import UsageError

NAMES = Path(__file__).with_name("names.txt")
TEXT_FILES = (".txt", ".md", ".rst", ".py")


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

    def decode(self, tokens: Iterable[int]) -> str:
        return "".join(self.characters[token - 1] if token else "\n" for token in tokens)


class Batch(NamedTuple):
    tokens: Tensor  # (B, T), int64
    targets: Tensor  # (B, T), int64: the token that follows each


@dataclass(frozen=True)
class Corpus:
    """Documents as two streams of tokens, boundary after boundary; the last tenth is held out."""

    tokenizer: CharTokenizer
    train: Tensor  # (tokens,), int64
    held_out: Tensor  # (tokens,), int64
    running: bool = False  # long texts, whose line ends belong to them; else each document is a line

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


@dataclass(frozen=True)
class Text:
    """What `--data` means, as documents. `running`: long texts, whose line ends belong to them; else each is a line."""

    documents: list[str]
    running: bool


def read_text(data: str, documents: str = "auto") -> Text:
    """The text of `--data names|pydoc|PATH`. Raises `UsageError`.

    documents: `line` makes every line of a file one, and drops empty ones; `file` makes the whole file a single one.
    `auto` takes a file with empty lines between others for running text. In a folder, every text file is a document.
    """
    path = NAMES if data == "names" else Path(data).expanduser()
    if data == "pydoc":
        return Text(help_texts(), running=True)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in TEXT_FILES and file.is_file())
        if not files:
            raise UsageError(f"--data {data}: there is no text file in this folder ({', '.join(TEXT_FILES)})")
        return Text([read_file(str(file)) for file in files], running=True)
    text = read_file(data, path)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise UsageError(f"--data {data}: the file has no text; it should hold one document a line, or a long text")
    if documents == "file" or (documents == "auto" and "\n\n" in text.strip()):
        return Text([text], running=True)
    return Text(lines, running=False)


def read_file(data: str, path: Path | None = None) -> str:
    """The text of a file, with line ends as Python has them. Raises `UsageError` where it cannot be read."""
    try:
        return (path or Path(data)).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"--data {data}: {error.strerror}; give `names`, `pydoc`, or the path of a text file or a folder of some"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"--data {data}: byte {error.start} is not UTF-8; save the file as UTF-8 text first"
        ) from error


def help_texts() -> list[str]:
    """What Python's own library says about itself, a document a module: plain English, on every machine. Nothing is
    imported: the texts are read out of the sources."""
    documents = []
    for path in sorted(Path(os.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_bytes())
        nodes = (node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)))
        texts = [text for text in map(ast.get_docstring, nodes) if text]
        if texts:
            documents.append("\n\n".join(texts) + "\n")
    return documents


def load_corpus(data: str, length: int, documents: str = "auto", tokenizer: CharTokenizer | None = None) -> Corpus:
    """Read, split and encode. `length`: the window that batches will have; the text must be able to fill it.
    tokenizer: None for one that has exactly the characters of this text.

    The last tenth is held out: of running text as it stands, of the others after a shuffle, which is always the same,
    so that every run on a file holds out the same documents.
    """
    text = read_text(data, documents)
    tokenizer = tokenizer or CharTokenizer("".join(sorted(set("".join(text.documents)))))
    streams = [tokenizer.encode(document) for document in text.documents]
    if text.running:
        whole = joined(streams, tokenizer.boundary)
        cut = len(whole) - len(whole) // 10
        corpus = Corpus(tokenizer, whole[:cut], whole[cut:], running=True)
    else:
        order = torch.randperm(len(streams), generator=torch.Generator().manual_seed(1337)).tolist()
        held_out = max(1, len(streams) // 10)
        parts = ([streams[index] for index in part] for part in (order[:-held_out], order[-held_out:]))
        corpus = Corpus(tokenizer, *(joined(part, tokenizer.boundary) for part in parts))
    for name, part in (("to train on", corpus.train), ("held out for validation", corpus.held_out)):
        if len(part) <= length:
            raise UsageError(
                f"--data {data}: only {len(part)} tokens are {name}, but a window of max_seq_len needs {length + 1}; "
                "give more text or a smaller --max_seq_len"
            )
    return corpus


def joined(streams: list[list[int]], boundary: int) -> Tensor:
    """Documents behind each other, with a boundary in front of, between and behind them."""
    tokens = [boundary]
    for stream in streams:
        tokens += stream
        tokens.append(boundary)
    return torch.tensor(tokens)
