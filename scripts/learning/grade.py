"""Check every piece of many copies."""

import sys
from argparse import Namespace

from rich.console import Console
from rich.table import Table

from scripts.project import UsageError, json_line, printable, shown
from scripts.workshop.grade import copies_in, grades, row, write_csv, write_junit


def command(options: Namespace) -> int:
    copies = copies_in(options.folder)
    for path in filter(None, (options.csv, options.junit)):
        # What cannot be written is said before the grading, not after it.
        path.open("a").close()
    found, ended = [], 0
    try:
        for number, one in enumerate(grades(copies, options.timeout), start=1):
            found.append(one)
            name = printable(one.copy)
            print(f"{number} of {len(copies)}: {name}, {one.passed} of {len(one.verdicts)} pass", file=sys.stderr)
    except KeyboardInterrupt:
        ended = 130
        print(f"stopped after {len(found)} of {len(copies)} copies", file=sys.stderr)
    except UsageError as error:
        # What is known by now stays known.
        ended = 2
        print(f"error: {error}\nstopped after {len(found)} of {len(copies)} copies", file=sys.stderr)
    for path, write in ((options.csv, write_csv), (options.junit, write_junit)):
        if path:
            write(path, found)
            print(f"wrote {shown(path)}", file=sys.stderr)
    console = Console(stderr=options.json, highlight=False)
    table = Table("copy", "pass", "the others", "to look at", box=None)
    for one in found:
        table.add_row(*row(one))
    console.print(table)
    for one in found:
        for suspicion in one.suspicions:
            console.print(f"look at {printable(f'{one.copy}/{suspicion}')}", markup=False, soft_wrap=True)
    if options.json:
        print(json_line({"copies": [one.as_dict() for one in found]}))
    return ended
