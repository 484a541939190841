"""The glossary, or what it says of one term."""

from argparse import Namespace

from scripts.project import UsageError, did_you_mean, wrapped
from scripts.workshop.teach.glossary import Entry, entries, look_up

HEADINGS = {
    "letter": "Axes",
    "word": "Words",
    "symbol": "Symbols of papers, and their names here",
    "field": "Fields of the configuration",
}


def command(options: Namespace) -> int:
    term = " ".join(options.term)
    found = look_up(term) if term else list(entries())
    if not found:
        near = did_you_mean(term, [name for entry in entries() for name in entry.names])
        raise UsageError(f"{term!r} is not in the glossary; {near}`learn words` prints all of it")
    kind = ""
    for entry in found:
        if entry.kind != kind and not term:
            print(f"{chr(10) * bool(kind)}{HEADINGS[entry.kind]}\n")
        kind = entry.kind
        print(line(entry))
    return 0


def line(entry: Entry) -> str:
    field = f" (`{entry.field}`)" if entry.field else ""
    first, *others = wrapped(f"{entry.heading}: {entry.meaning}{field}").splitlines()
    return "\n    ".join([first, *others])
