"""Text as token ids: a token per character, or byte pairs merged as often as a rank table says.

All tokenizers have `vocab_size`, `boundary` (the token between documents), `encode`, `decode`, `bytes_of` and
`byte_counts`, and can be written into a folder and read from it. Nothing here needs torch, so that many processes can
encode without waiting for it.
"""

import base64
import binascii
import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from scripts.project import UsageError, cut, path_from, shown, some

from .downloads import data_folder
from .files import sha256_of, sum_of, written_whole
from .texts import Text

RANKS = "tokenizer.tiktoken"
UNKNOWN = "\N{REPLACEMENT CHARACTER}".encode()


class Tokenizer(ABC):
    """What all of them do with the bytes of their tokens; `table` holds those, token by token."""

    table: list[bytes]
    boundary: int
    bos: int | None = None  # the token in front of a text, where that is not the boundary
    pattern: str  # how a text is cut before anything is merged

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """How many tokens there are, the boundary among them."""

    @property
    @abstractmethod
    def about(self) -> str:
        """Which tokens there are, in words."""

    @property
    def beginning(self) -> int:
        """The token in front of a text."""
        return self.boundary if self.bos is None else self.bos

    @property
    def between(self) -> list[int]:
        """What stands between two documents: the end of one, and the beginning of the next where that is another."""
        return [self.boundary] if self.bos is None else [self.boundary, self.bos]

    def prompt(self, text: str) -> list[int]:
        """The tokens of a text that a model is to continue. Raises `ValueError` where it has none."""
        return [self.beginning, *self.encode(text)]

    def bytes_of(self, token: int) -> bytes:
        """The bytes that a token stands for; the boundary is a newline. A model may have room for more tokens than
        there are."""
        return self.table[token] if token < len(self.table) else UNKNOWN

    def decode(self, tokens: Iterable[int]) -> str:
        """The text. A token may end within a character: what makes no UTF-8 becomes the replacement character."""
        return b"".join(map(self.bytes_of, tokens)).decode("utf-8", errors="replace")

    def sums(self) -> dict[str, str]:
        """Check sums of what the tokens stand for, and of how a text is cut."""
        vocabulary = repr((self.table, self.boundary))
        return {"vocabulary": sum_of([vocabulary.encode()]), "tokenizer": sum_of([self.pattern.encode()])}

    def byte_counts(self, running: bool) -> list[int]:
        """How many bytes of the text each token stands for: for bits per byte. Between lines the boundary is a newline,
        between running texts nothing."""
        counts = [len(content) for content in self.table]
        counts[self.boundary] = 0 if running else 1
        return counts


@dataclass(frozen=True)
class CharTokenizer(Tokenizer):
    """One token per character, and token 0 for the boundary between documents."""

    characters: str  # in order: character i is token i + 1

    boundary = 0
    pattern = "."

    @property
    def vocab_size(self) -> int:
        return len(self.characters) + 1

    @property
    def about(self) -> str:
        alphabet = cut(repr(self.characters)[1:-1], 72)
        count = f"{self.vocab_size:,} tokens, the boundary and {len(self.characters):,} characters"
        return f"{count} (--tokenizer bpe: byte pairs)\n  {alphabet}"

    @cached_property
    def token_of(self) -> dict[str, int]:
        return {character: token for token, character in enumerate(self.characters, start=1)}

    @cached_property
    def table(self) -> list[bytes]:
        return [b"\n", *(character.encode() for character in self.characters)]

    def encode(self, text: str) -> list[int]:
        """Raises `ValueError` where a character is none of ours."""
        try:
            return list(map(self.token_of.__getitem__, text))
        except KeyError:
            unknown = some(map(repr, set(text) - set(self.characters)))
            raise ValueError(f"the model does not know {unknown}; it was trained on {self.characters!r}") from None

    def save(self, folder: Path) -> dict[str, Any]:
        return {"characters": self.characters}


@dataclass(frozen=True)
class BytePairTokenizer(Tokenizer):
    """Byte pair encoding (Sennrich et al., arXiv:1508.07909) of bytes (GPT-2): cut the text as `pattern` says, then
    merge, in each part, the two neighbours that make the token of lowest rank, as long as there are any.

    The boundary is a token behind all ranks; no text is ever encoded to it.
    """

    pattern: str
    ranks: Mapping[bytes, int]
    boundary: int
    bos: int | None = None

    @property
    def vocab_size(self) -> int:
        return max(self.boundary, self.bos or 0) + 1

    @property
    def about(self) -> str:
        return f"{self.vocab_size:,} tokens, byte pairs and the boundary"

    @cached_property
    def encoding(self):
        import tiktoken

        special = {"<|endoftext|>": self.boundary}
        return tiktoken.Encoding("ours", pat_str=self.pattern, mergeable_ranks=self.ranks, special_tokens=special)

    @cached_property
    def table(self) -> list[bytes]:
        # cl100k_base leaves a number out: it stands for nothing.
        table = [UNKNOWN] * self.vocab_size
        for content, rank in self.ranks.items():
            table[rank] = content
        if self.bos is not None:
            table[self.bos] = b""
        table[self.boundary] = b"\n"
        return table

    def encode(self, text: str) -> list[int]:
        return self.encoding.encode_ordinary(text)

    def save(self, folder: Path) -> dict[str, Any]:
        with written_whole(folder / RANKS) as file:
            for content, rank in sorted(self.ranks.items(), key=lambda item: item[1]):
                file.write(b"%s %d\n" % (base64.b64encode(content), rank))
        bos = {} if self.bos is None else {"bos": self.bos}
        return {"ranks": RANKS, "pattern": self.pattern, "boundary": self.boundary, **bos}


class Decoder:
    """Text as its tokens come, one at a time: a character that takes several is given when all of them are there."""

    def __init__(self, tokenizer: Tokenizer):
        self.bytes_of = tokenizer.bytes_of
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def add(self, token: int) -> str:
        return self.decoder.decode(self.bytes_of(token))

    def end(self) -> str:
        """What is left of a character that was never finished."""
        return self.decoder.decode(b"", final=True)


# How a text is cut before anything is merged: GPT-2's way, and that of cl100k_base (GPT-4), which keeps no more than
# three digits together, and knows contractions in capitals.
GPT2_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
CL100K_PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
    r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)


class Published(NamedTuple):
    """A tokenizer that tiktoken knows by name, and where its ranks can be had."""

    pattern: str
    boundary: int
    sha256: str
    file: str  # GPT-2's ranks are those of r50k_base

    @property
    def address(self) -> str:
        return f"https://openaipublic.blob.core.windows.net/encodings/{self.file}"


PUBLISHED = {
    "gpt2": Published(
        GPT2_PATTERN,
        50256,
        "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
        "r50k_base.tiktoken",
    ),
    "cl100k_base": Published(
        CL100K_PATTERN,
        100257,
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        "cl100k_base.tiktoken",
    ),
}


def make_tokenizer(name: str, text: Text, bpe_vocab_size: int | None) -> Tokenizer:
    """What `--tokenizer char|bpe|gpt2|cl100k_base|FILE.tiktoken` means. Raises `UsageError`.

    text: what will be encoded; its characters are the vocabulary of `char`, and `bpe` learns its merges from what will
    not be held out. bpe_vocab_size: with the boundary; 1024 where None is given.
    """
    if bpe_vocab_size is not None and name != "bpe":
        raise UsageError(f"--bpe_vocab_size {bpe_vocab_size}: only --tokenizer bpe learns its vocabulary, not {name}")
    if name == "char":
        if text.size is None:
            raise UsageError(
                "--tokenizer char: this text is too large to look for all its characters; give bpe or gpt2"
            )
        return CharTokenizer("".join(sorted(set().union(*text.documents))))
    if name == "bpe":
        return learn_byte_pairs(text.to_learn_from(), bpe_vocab_size or 1024)
    if name in PUBLISHED:
        local = data_folder() / f"{name}.tiktoken"
        return read_published(name, local) if local.exists() else fetch_published(name, local)
    if name.endswith(".tiktoken"):
        path = path_from(name, "--tokenizer")
        if path.stem in PUBLISHED:
            return read_published(path.stem, path)
        ranks = read_ranks(path)
        return BytePairTokenizer(CL100K_PATTERN, ranks, boundary=len(ranks))
    raise UsageError(f"--tokenizer {name}: give char, bpe, {', '.join(PUBLISHED)}, or a rank file, FILE.tiktoken")


def learn_byte_pairs(texts: Iterable[str], vocab_size: int) -> BytePairTokenizer:
    """The 256 bytes, and the merges of the pairs that are most frequent, one after the other; fewer than asked for
    where the text has no more."""
    import rustbpe

    learner = rustbpe.Tokenizer()
    learner.train_from_iterator(iter(texts), vocab_size - 1, pattern=CL100K_PATTERN)
    ranks = {bytes(content): rank for content, rank in learner.get_mergeable_ranks()}
    return BytePairTokenizer(CL100K_PATTERN, ranks, boundary=len(ranks))


def read_published(name: str, path: Path) -> BytePairTokenizer:
    published = PUBLISHED[name]
    ranks = read_ranks(path)
    if (found := sha256_of(path)) != published.sha256:
        raise UsageError(
            f"{shown(path)}: its SHA-256 is {found}, but that of {name}'s ranks is {published.sha256}; fetch it anew "
            f"from {published.address}, or give it another name if it is another table"
        )
    return BytePairTokenizer(published.pattern, ranks, published.boundary)


def fetch_published(name: str, local: Path) -> BytePairTokenizer:
    """Ask tiktoken, which downloads the ranks once, and keeps them in a place of its own."""
    import requests
    import tiktoken

    try:
        encoding = tiktoken.get_encoding(name)
    except requests.RequestException as error:
        published = PUBLISHED[name]
        raise UsageError(
            f"--tokenizer {name}: tiktoken cannot download its ranks. Where there is network, fetch "
            f"{published.address} and put it at {local} (SHA-256 {published.sha256})"
        ) from error
    return BytePairTokenizer(encoding._pat_str, encoding._mergeable_ranks, encoding.eot_token)


def read_ranks(path: Path) -> dict[bytes, int]:
    """A rank file of tiktoken: in each line a token's bytes in base 64, and its rank. Raises `UsageError`."""
    try:
        lines = (line.split() for line in path.read_bytes().splitlines() if line)
        ranks = {base64.b64decode(content, validate=True): int(rank) for content, rank in lines}
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror}; give a rank file") from error
    except (ValueError, binascii.Error) as error:
        raise UsageError(
            f"{shown(path)}: no rank file; a line holds a token's bytes in base 64 and its rank"
        ) from error
    if sorted(ranks.values()) != list(range(len(ranks))) or not {bytes([byte]) for byte in range(256)} <= ranks.keys():
        raise UsageError(
            f"{shown(path)}: its {len(ranks):,} ranks should be 0, 1, 2, ..., each once, and have all 256 bytes among "
            "them; fetch it anew"
        )
    return ranks


def require_pattern(pattern: str, where: str) -> None:
    """Raises `UsageError` where a text cannot be cut by a pattern: tiktoken would end the process."""
    import regex

    try:
        empty = regex.fullmatch(pattern, "")
    except (regex.error, RecursionError) as error:
        raise UsageError(f"{where}: {cut(repr(pattern))} is no regular expression ({error})") from error
    if empty:
        raise UsageError(f"{where}: {cut(repr(pattern))} cuts out nothing; a pattern must match a character or more")
