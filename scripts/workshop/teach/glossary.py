"""The glossary of learn/README.md, entry by entry, and what of it a piece speaks of: letters, and fields of the
configuration."""

import ast
import functools
import io
import re
import tokenize
from dataclasses import dataclass

from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source, outline, parameters
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import README


@dataclass(frozen=True)
class Entry:
    """A row of one of its tables."""

    kind: str  # "letter", "word" or "symbol"; "field" for a field of the configuration
    names: tuple[str, ...]  # what it is asked for by
    meaning: str
    field: str = ""  # of a letter: the field of the configuration that says how long the axis is
    source: str = ""  # of a symbol: whose it is

    @property
    def heading(self) -> str:
        return ", ".join(self.names) + (f" ({self.source})" if self.source else "")

    @property
    def short(self) -> str:
        """In a few words."""
        return f"{self.heading} {self.meaning.partition(':')[0]}" + (f" ({self.field})" if self.field else "")


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of the README, and behind them the fields of the configuration."""
    _, _, text = README.read_text(encoding="utf-8").partition("\n## Glossary\n")
    axes, words, symbols = (list(rows(text, name)) for name in ("Axes", "Words", "Symbols of papers"))
    found = [Entry("letter", tuple(letters.split(", ")), meaning, field) for letters, meaning, field in axes]
    found += [Entry("word", tuple(names.split(", ")), meaning) for names, meaning in words]
    paper = ""
    for whose, symbol, here in symbols:
        paper = whose or paper
        found.append(Entry("symbol", tuple(re.split(r"[;,] | and ", symbol)), here, source=paper))
    return (*found, *(Entry("field", (name,), comment) for name, comment in fields().items()))


def rows(text: str, heading: str) -> list[list[str]]:
    """The rows of the table below a heading, as plain text."""
    part = text.partition(f"\n### {heading}")[2].partition("\n#")[0].replace("`", "")
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@functools.cache
def fields() -> dict[str, str]:
    """What the comment beside each field of `GPTConfig` says of it, with its type and default."""
    source = reference_source("config")
    comments = {
        token.start[0]: token.string.removeprefix("# ")
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT
    }
    return {
        node.target.id: f"{comments[node.lineno]}. {ast.unparse(node.annotation)}, default {ast.unparse(node.value)}"
        for node in config_class(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }


def config_class(source: Source) -> ast.ClassDef:
    return next(node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == "GPTConfig")


def look_up(term: str) -> list[Entry]:
    """The entries of a term: those with this very name, T being another than t; else in any case; else those that
    speak of it."""
    if exact := [entry for entry in entries() if term in (*entry.names, *re.findall(r"\w+", entry.field))]:
        return exact
    low = term.lower().replace("-", " ")
    named = [entry for entry in entries() if low in [name.lower().replace("-", " ") for name in entry.names]]
    word = re.compile(rf"(?<!\w){re.escape(low)}(?!\w)")
    return named or [
        entry for entry in entries() if word.search(f"{entry.heading} {entry.meaning}".lower().replace("-", " "))
    ]


def letters_of(piece: Piece) -> list[Entry]:
    """The axes that the signature, the docstring and the outline of a piece name by their letters."""
    source = reference_source(piece.module)
    node = source.function(piece.qualname)
    annotations = [each for each in (*ast.walk(node.args), node.returns and ast.Expr(node.returns)) if each]
    shapes = [
        each.value
        for part in annotations
        for each in ast.walk(part)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    # In G^T, T is no axis, nor is F in F.softmax; and a parameter means what its docstring says.
    docstring = ast.get_docstring(node) or ""
    text = " ".join([docstring, *outline(source, node)])
    letters = re.compile(r"(?<![\w^])[A-Z][a-z]?\b(?!\^|\.\w)")
    # Nor is G in G[t] = ..., unless a signature has it, too.
    said = set(letters.findall(text)) - set(re.findall(r"\b([A-Z][a-z]?)\[", docstring))
    said = (said | set(letters.findall(" ".join(shapes)))) - set(parameters(node))
    said |= {letter for word in re.findall(r"\b[A-Z]{2}\b", " ".join(shapes)) for letter in word}
    return [entry for entry in entries() if entry.kind == "letter" and said & set(entry.names)]


def fields_of(piece: Piece) -> list[str]:
    """The fields of the configuration that the reference's body of a piece reads, and those of which its docstring
    says so, in the order of the configuration."""
    from reference.config import PARTS

    source = reference_source("config")
    properties = {each.name: each for each in config_class(source).body if isinstance(each, ast.FunctionDef)}
    found: set[str] = set()

    def read(name: str) -> None:
        if name in properties and name not in found:
            found.add(name)
            for each in ast.walk(properties[name]):
                if isinstance(each, ast.Attribute) and getattr(each.value, "id", "") == "self":
                    read(each.attr)
        found.add(name)

    node = reference_source(piece.module).function(piece.qualname)
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and "config" in (
            getattr(each.value, "id", ""),
            getattr(each.value, "attr", ""),
        ):
            read(each.attr)
        if isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "is_chapter_one":
            found.update(*(PARTS[str(argument.value)] for argument in each.args if isinstance(argument, ast.Constant)))
    for name in re.findall(r"\bconfig\.(\w+)", ast.get_docstring(node) or ""):
        read(name)
    return [name for name in fields() if name in found]
