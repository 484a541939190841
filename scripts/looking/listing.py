"""What a pass shows, on a terminal and in Markdown: every intermediate, and sentences about them."""

import itertools
import re
from collections.abc import Iterator

from scripts.project import wrapped

from .recording import Row, by_layer, folded, hidden, number

HEADINGS = ("line", "name", "shape", "dtype", "mean", "std", "absmax")
LINE = "{:>5} {:16} {:14} {:8}{:>10}{:>10}{:>10}"


def cells(row: Row, times: int) -> list[str]:
    """A row as the listing has it, under HEADINGS."""
    name = row.name if times == 1 else f"{row.name} x{times}"
    numbers = (number(value) for value in (row.mean, row.std, row.absmax))
    return [str(row.line), name, "x".join(map(str, row.shape)) or "-", row.dtype, *numbers]


def groups(rows: list[Row]) -> Iterator[tuple[str, str, str, list[Row]]]:
    """The rows in parts, and there by the function that they are variables of: a title, what to call the function, its
    file, and its rows."""
    for title, part in by_layer(rows):
        for (module, function, file), group in itertools.groupby(
            part, key=lambda row: (row.module, row.function, row.file)
        ):
            yield title, f"{module or 'the model'}: {function}", file, list(group)


def show(rows: list[Row], told: list[str]) -> None:
    """The rows, folded, in parts and under the function that each is a variable of; then what there is to say."""
    print(LINE.format(*HEADINGS))
    before = ""
    for title, whose, file, group in groups(rows):
        if title != before:
            print(f"\n{title}")
        before = title
        print(f"\n  {whose}, " + "\n    " * (len(f"  {whose}, {file}") > 80) + file)
        for row, times in folded(group):
            print(LINE.format(*cells(row, times)))
            if hidden(row):
                print(f"{'':22} of these {hidden(row)}")
    print()
    for sentence in told:
        print(wrapped(sentence))


def show_markdown(rows: list[Row], told: list[str], heading: str) -> None:
    """The same in Markdown."""
    print(f"# {in_markdown(heading)}\n")
    for sentence in told:
        print(f"- {in_markdown(sentence)}")
    before = ""
    for title, whose, file, group in groups(rows):
        if title != before:
            print(f"\n## {title.capitalize()}")
        before = title
        print(f"\n{in_markdown(whose)}, `{file}`\n\n| {' | '.join(HEADINGS)} | |\n|{'---|' * 8}")
        for row, times in folded(group):
            line, name, *others = cells(row, times)
            print(f"| {line} | `{name.replace('|', chr(92) + '|')}` | {' | '.join(others)} | {hidden(row)} |")


def in_markdown(text: str) -> str:
    """A text in which nothing is an instruction to Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)
