"""Check every piece of many copies."""

import json
import sys
from argparse import Namespace

from rich.console import Console
from rich.table import Table

from scripts.project import shown
from scripts.workshop.grade import copies_in, grades, row, write_csv, write_junit


def command(options: Namespace) -> int:
    copies = copies_in(options.folder)
    found = []
    try:
        for number, one in enumerate(grades(copies, options.timeout), start=1):
            found.append(one)
            print(f"{number} of {len(copies)}: {one.copy}, {one.passed} of {len(one.verdicts)} pass", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"stopped after {len(found)} of {len(copies)} copies", file=sys.stderr)
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
            console.print(f"look at {one.copy}/{suspicion}", markup=False, soft_wrap=True)
    if options.json:
        print(json.dumps({"copies": [one.as_dict() for one in found]}))
    return 0 if len(found) == len(copies) else 130
