"""Compare pieces with the reference, each by itself."""

import textwrap
from argparse import Namespace
from collections.abc import Iterable
from contextlib import closing

from rich.console import Console
from rich.text import Text

from scripts.project import json_line, printable, wrapped
from scripts.project.implementation import implementation_folder
from scripts.workshop.diagnose.verdicts import Verdict, check_entries
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.board import Entry, find_piece, next_entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember
from scripts.workshop.teach.tutoring import about

WORDS = {  # and the colours in which a terminal shows them
    "pass": ("passes", "green"),
    "wrong": ("WRONG", "bold red"),
    "crash": ("CRASHES", "bold red"),
    "timeout": ("HANGS", "bold red"),
    "of_file": ("FILE BROKEN", "bold red"),
    "unwritten": ("not written yet", "yellow"),
}


def command(options: Namespace) -> int:
    board = read_board(implementation_folder(options.impl))
    progress = Progress()
    entries = chosen_entries(options, board, progress)
    try:
        with closing(check_entries(entries, options.timeout)) as checked:
            verdicts = show_verdicts(entries, checked, progress, Console(stderr=options.json))
    finally:
        # What is known by now stays known, even if somebody has pressed Ctrl-C.
        if options.impl == "learn":
            remember(board, progress)
    if options.json:
        told = [verdict.as_dict() | {"about": about(BY_ID[verdict.id], progress)} for verdict in verdicts]
        print(json_line({"pieces": told}))
    return 0 if all(verdict.status == "pass" for verdict in verdicts) else 1


def chosen_entries(options: Namespace, board: dict[str, Entry], progress: Progress) -> list[Entry]:
    """The pieces that were asked for; by default the one that the learner is at, where that is begun, and what else is
    written and has not passed as it stands; else the next one."""
    if options.all:
        return list(board.values())
    if options.piece:
        return [board[find_piece(name).id] for name in options.piece]
    changed = [entry for entry in board.values() if progress.state(entry) not in ("unwritten", "missing", "pass")]
    at = progress.current(board) if options.impl == "learn" else next_entry(board)
    if at and (at in changed or at.begun or not changed):
        return [at, *(entry for entry in changed if entry != at)]
    return changed or list(board.values())


def show_verdicts(
    entries: list[Entry], verdicts: Iterable[Verdict], progress: Progress, console: Console
) -> list[Verdict]:
    """Print every verdict as it comes, and put it into `progress`."""
    shown = []
    for entry, verdict in zip(entries, verdicts, strict=True):
        shown.append(verdict)
        console.print(verdict_text(verdict), soft_wrap=True)
        if verdict.note:
            console.print(f"    note: {verdict.note}", highlight=False, markup=False, soft_wrap=True)
        if verdict.status != "unwritten":
            progress.judge(entry, verdict.status, verdict.cause, verdict.explanation)
    if len(shown) > 1:
        console.print(f"{sum(verdict.status == 'pass' for verdict in shown)} of {len(shown)} pass.", highlight=False)
    failed = [each.id for each in shown if each.status in ("wrong", "crash", "timeout") and not each.of_file]
    if failed:
        console.print(f"stuck? learn hint {failed[0]}", highlight=False, soft_wrap=True)
    return shown


def verdict_text(verdict: Verdict) -> Text:
    word, colour = WORDS["of_file" if verdict.of_file else verdict.status]
    text, place = Text.assemble(f"{verdict.id:42} ", (f"{word:16}", colour)), f"{verdict.file}:{verdict.line}"
    # In a room, names are long: where the place has no room beside them, it stands below.
    text.append(f" {place}" if len(text) + len(place) < 80 else f"\n    {place}")
    if verdict.summary:
        text.append("\n" + textwrap.indent(wrapped(printable(verdict.summary) + ".", width=72), "    "))
    if verdict.status != "pass":
        # A picture keeps its lines, a sentence is broken where it must be.
        text.append("\n" + textwrap.indent(wrapped(printable(verdict.message), width=72), "    "))
    return text
