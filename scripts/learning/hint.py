"""A piece's idea; then its steps; then almost the code."""

import contextlib
import io
from argparse import Namespace

from scripts.project import UsageError, json_line, printable, shown, wrapped
from scripts.workshop.pieces.board import Entry, find_piece, read_board
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.teach import hints
from scripts.workshop.teach.glossary import letters_of
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.tutoring import about


def command(options: Namespace) -> int:
    said = io.StringIO()
    with contextlib.redirect_stdout(said) if options.json else contextlib.nullcontext():
        entry, rung = show(options)
    if options.json:
        progress = Progress()
        cause, explanation = progress.cause(entry) or (None, "")
        facts = {"id": entry.piece.id, "file": shown(entry.path), "line": entry.line, "state": progress.state(entry)}
        facts |= {"rung": rung, "rungs": hints.RUNGS, "cause": cause, "explanation": explanation}
        print(json_line(facts | {"text": said.getvalue(), "about": about(entry.piece, progress)}))
    return 0


def show(options: Namespace) -> tuple[Entry, int]:
    """Show the next rung of the piece that is meant. Returns both."""
    board, progress = read_board(), Progress()
    entry = board[find_piece(options.piece).id] if options.piece else progress.current(board)
    if entry is None:
        raise UsageError("every piece is written; say which one you mean (`learn list`)")
    piece, source = entry.piece, reference_source(entry.piece.module)
    rung = options.rung or progress.next_rung(entry, hints.RUNGS)
    print(f"{piece.id}   {entry.place}   hint {rung} of {hints.RUNGS}\n")
    if rung == 1:
        cause = progress.cause(entry)
        if cause:
            print(f"{wrapped(printable(cause[1]))}\n")
        print(f"{wrapped(f'Write: {piece.todo}.')}\n\n{wrapped(piece.why)}\n\n{wrapped(piece.idea)}")
    elif rung == 2:
        print(hints.narrowed(hints.steps(piece, source)))
        if letters := letters_of(piece):
            print("\n" + wrapped(f"Letters: {'; '.join(each.short for each in letters)}. `learn words` has all."))
        if piece.requires:
            print("\n" + wrapped("It rests on: " + ", ".join(piece.requires)))
    else:
        print(hints.narrowed(hints.almost(piece, source), code=True))
    print(f"\n{'`learn solution` shows all of it' if rung == hints.RUNGS else '`learn hint` again says more'}.")
    progress.climb(entry, rung)
    progress.save()
    return entry, rung
