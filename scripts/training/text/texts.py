"""Text as documents: names, Python's help texts, Shakespeare, FineWeb-Edu, any file, any folder."""

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.project import UsageError, path_from

from .downloads import data_folder, download
from .files import read_utf8

NAMES = Path(__file__).with_name("names.txt")
LEARN_FROM = 100_000_000  # characters
TEXT_FILES = (".txt", ".md", ".rst", ".py")

# 40,000 lines from his plays, which Karpathy put together for char-rnn.
SHAKESPEARE = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)
# The sample of 10 billion tokens, 9,672,101 documents in 28.5 GB, at a revision that cannot change.
FINEWEB_EDU = (
    "https://huggingface.co/datasets/HuggingFaceFW/fineweb-edu/resolve/"
    "87f09149ef4734204d70ed1d046ddc9ca3f2b8f9/sample/10BT/"
)
FINEWEB_EDU_SUMS = {
    "000_00000.parquet": "b1ba7b2ce4cb5ea6ef42dca40263eabb85f37700d01693a68e9b30a31d78e871",
    "001_00000.parquet": "3fcf2dc69cd52503986276d3d2d26a8c356d0f2ea28a0de4fdbda8cf87755693",
    "002_00000.parquet": "547ae182d132c9f06b6ce63149567208ea9f57630bfd9b1a2938e504f0c9ebd7",
    "003_00000.parquet": "22184e6eb25759ddd97783751ffc73e1705dfa2542e630dae1f2a8bac8ee6ddb",
    "004_00000.parquet": "33557ddd87a07a4ae6fcaf7a4789c7b484e5cc0c273ca12a65b74200e6d8748b",
    "005_00000.parquet": "e08d79927ecb377786572cd854817c748ceb8880878b1a0eb91abf8c85d505ea",
    "006_00000.parquet": "554fa2613c9261d6c9c396caab881de3160175794c6c3e1856bf28a0e9cb9b76",
    "007_00000.parquet": "4b7d1f697d4afff7f5f65cb7aa4d83acc6db716da4d46ea23399d0c50608c6e3",
    "008_00000.parquet": "a6d9dcc0c72ecd7c7f0173c2d06b3a4249a2ccaa94961469d1a522ca689bbf1a",
    "009_00000.parquet": "f836cd3c70b95776699eb6c356b2dbf702816e25dcf39992f5c80a29029d23c3",
    "010_00000.parquet": "e5a2eae25f057f0856a10bfae314c6ca8ea8bb08456d2131e9e89b2b8305e2f6",
    "011_00000.parquet": "db71cf0425bb3d1813a09f12ff1acd6dabdfb91a2e4f141960254ee5a7f036e7",
    "012_00000.parquet": "08b47a3e1c25161f796d2f8dbf99ccf60affdebdcea4910833d0d5783315551f",
    "013_00000.parquet": "b393f51fefab26cd6f4c8f65707c1924f6666c4961a0ebebe04bb57f7ec832de",
}

WANTED = "give `names`, `pydoc`, `shakespeare`, the path of a UTF-8 text file, or a folder of some"
SPARSE = 20  # lines with text for each that is empty: with fewer empty ones, those are strays in a list of documents

LINE_START = re.compile(r"(?<=\S\n)(?=\S)")


@dataclass(frozen=True)
class Lazy:
    """Documents that are read when they are asked for, as often as they are."""

    read: Callable[[], Iterator[str]]

    def __iter__(self) -> Iterator[str]:
        return self.read()


@dataclass(frozen=True)
class Text:
    """What `--data` means, as documents. `running`: long texts, whose line ends belong to them; else each is a line.
    `about`: the same in words, with the flag that changes it."""

    documents: Iterable[str]
    running: bool
    size: int | None  # about how many characters, where that is known beforehand
    about: str = ""

    def to_learn_from(self) -> Iterator[str]:
        """Its beginning, for tokenizers that learn: nine tenths, since the last is held out, and no more than helps."""
        left = LEARN_FROM if self.size is None else min(LEARN_FROM, self.size * 9 // 10)
        for document in self.documents:
            if left <= 0:
                break
            yield document[:left]
            left -= len(document)


def read_text(data: str, documents: str = "auto") -> Text:
    """The text of `--data names|pydoc|shakespeare|fineweb-edu|PATH`. Raises `UsageError`.

    documents: `line` makes every line of a file one, and drops empty ones; `file` makes the whole file a single one.
    `auto` takes a file for running text where at least one line in SPARSE is empty, or where there is one line only.
    Lines end with "\\n" or "\\r\\n", and with nothing else. In a folder, every text file is a document; they and
    FineWeb-Edu's are read one by one as they are needed, a file at once.
    """
    path = NAMES if data == "names" else path_from(data, "--data")
    if data == "pydoc":
        texts = help_texts()
        return Text(texts, True, sum(map(len, texts)), f"{len(texts):,} running texts, one for each module")
    if data == "fineweb-edu":
        require_parquet()
        return Text(Lazy(fineweb_edu), True, None, "web pages, each a running text")
    if data == "shakespeare":
        path = download(SHAKESPEARE[0], data_folder() / "shakespeare.txt", SHAKESPEARE[1])
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in TEXT_FILES and file.is_file())
        if not files:
            raise UsageError(f"--data {data}: there is no text file in this folder ({', '.join(TEXT_FILES)})")
        size = sum(file.stat().st_size for file in files)
        about = f"{len(files):,} files, each a running text"
        return Text(Lazy(lambda: (read_file(str(file)) for file in files)), True, size, about)
    text = read_file(data, path)
    lines = text.split("\n")
    full = [number for number, line in enumerate(lines) if line.strip()]
    if not full:
        raise UsageError(f"--data {data}: the file has no text; it should hold one document a line, or a long text")
    empty = full[-1] - full[0] + 1 - len(full)  # between others
    if documents == "auto":
        documents = "file" if len(full) == 1 or empty * SPARSE >= len(full) else "line"
    if documents == "file":
        about = "one running text, a single line"
        if len(full) > 1:
            counts = f"{len(full) + empty:,} lines, {empty:,} of them empty"
            about = f"one running text of {counts} (--documents line: each a document)"
        return Text([text], True, len(text), about)
    if len(full) == 1:
        raise UsageError(
            f"--documents line: --data {data} is a single line, and of documents a tenth is held out; "
            "--documents file makes it a running text"
        )
    dropped = f", empty lines left out: {empty:,}" if empty else ""
    about = f"{len(full):,} documents, one a line{dropped} (--documents file: one running text)"
    found = [lines[number] for number in full]
    return Text(found, False, sum(map(len, found)), about)


def read_file(data: str, path: Path | None = None) -> str:
    """The text of a file, in which lines end with "\\n". Raises `UsageError` where it cannot be read."""
    try:
        text = read_utf8(path or Path(data), WANTED)
    except UsageError as error:
        raise UsageError(f"--data {error}") from error
    if (place := text.find("\0")) >= 0:
        raise UsageError(
            f"--data {data}: character {place} is NUL, which no text has; is it UTF-16, or no text at all? {WANTED}"
        )
    return text


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


def require_parquet() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise UsageError("--data fineweb-edu: its files need the package pyarrow; pip install -e '.[data]'") from error


def fineweb_edu() -> Iterator[str]:
    """Web pages of educational value (Penedo et al., arXiv:2406.17557), file by file: the next one, of 2 GB, is
    downloaded when those before it have been read.

    This could not be tried with the real hub, only with a server on localhost. The sums are those of the hub's own
    listing of this revision (the object ids of git LFS), which several people have published, and they agree.
    """
    from pyarrow.parquet import ParquetFile

    for name, sha256 in FINEWEB_EDU_SUMS.items():
        with ParquetFile(download(FINEWEB_EDU + name, data_folder() / "fineweb-edu" / name, sha256)) as file:
            for batch in file.iter_batches(columns=["text"], batch_size=1000):
                yield from batch.column("text").to_pylist()


def shuffled(lines: Iterable[str]) -> list[str]:
    """Always in the same order, so that every run on a file holds out the same documents."""
    import torch

    lines = list(lines)
    order = torch.randperm(len(lines), generator=torch.Generator().manual_seed(1337))
    return [lines[index] for index in order.tolist()]


def pieces(document: str, size: int) -> Iterator[str]:
    """A document in pieces of `size` characters or some more, which encode to the same tokens as the whole: cut only
    behind a line whose last character is no space, and in front of one whose first is none. No token reaches across
    such a place, and none before it depends on what follows."""
    start = 0
    while cut := LINE_START.search(document, start + size):
        yield document[start : cut.start()]
        start = cut.start()
    yield document[start:]
