"""What of the learner's has no place in the newer skeleton stays in the file, as a comment that can be read again."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from scripts.workshop.pieces.source import Change, Source, changed, lines_of

# Why something is kept, in the words that stand in the comment and in what is listed.
SIGNATURE, GONE, GIVEN = "its signature has changed", "it is no piece here any more", "it is given, and has changed"
BLOCK = re.compile(
    r"^([ \t]*)# --- yours, kept: (\S+): ([^\n]*?)\. Use what you need of it, then delete this comment\.\n"
    r"(.*?)^\1# --- end: \2\n",
    re.MULTILINE | re.DOTALL,
)


class Kept(NamedTuple):
    id: str  # where it stood: file, class, function, as pieces are called
    why: str
    text: str  # its lines, without indentation

    def block(self, margin: str) -> str:
        lines = [f"{margin}#{' ' if line.strip() else ''}{line}" for line in lines_of(self.text)]
        head = f"{margin}# --- yours, kept: {self.id}: {self.why}. Use what you need of it, then delete this comment.\n"
        return f"{head}{''.join(lines)}{margin}# --- end: {self.id}\n"


def take_out(text: str) -> tuple[str, list[Kept]]:
    """A file's text without what is kept in it, and that."""
    found = []

    def taken(block: re.Match) -> str:
        margin, id, why, lines = block.groups()
        inside = (line.removeprefix(f"{margin}#").removeprefix(" ") for line in lines_of(lines))
        found.append(Kept(id, why, "".join(inside)))
        return ""

    return BLOCK.sub(taken, text), found


def put_in(text: str, module: str, kept: Iterable[Kept]) -> str:
    """The text with everything that is kept: below the definition of that name, at the end where there is none."""
    source = Source(text, Path(module))
    changes = []
    for each in kept:
        node = source.find(each.id.removeprefix(f"{module}."))
        place = node.end_lineno if node else len(source.lines)
        changes.append(Change(slice(place, place), each.block(" " * node.col_offset if node else "")))
    return "".join(changed(source.lines, changes))
