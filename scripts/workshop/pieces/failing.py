"""Failing: what somebody else's code does instead of coming to a result, each in a line."""

import builtins
import sys
import traceback
from pathlib import Path

from scripts.project.implementation import Implementation
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source


class Asks(Exception):
    """The code wants something from a keyboard, and nobody sits there."""


def described(error: BaseException) -> str:
    """What Python says of an exception, even where the exception itself fails to."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception as second:
        return f"{name}, which cannot say more: its __str__ raises {type(second).__name__}"
    if isinstance(error, SystemExit):
        return f"the code ends the program here, by sys.exit({text}) or the like"
    if isinstance(error, Asks):
        return text
    return f"{name}: {text}" if text else name


def without_keyboard() -> None:
    """Let this process's code ask nobody: `input()`, `breakpoint()` and what else would wait raise `Asks`."""

    def asks(what: str):
        def ask(*arguments, **options):
            raise Asks(f"{what} waits for a keyboard, which a check has not got: delete it, or use it under `learn`")

        return ask

    import pdb  # which nobody else needs

    builtins.input = asks("input()")
    sys.breakpointhook = pdb.set_trace = asks("breakpoint()")


def files_fault(package: Implementation, piece: Piece, source: Source) -> tuple[str, int] | None:
    """Why the file of a piece, spliced into a package, cannot be imported, and in which line; None where it can."""
    try:
        getattr(package, piece.module)
    except (Exception, SystemExit) as error:
        # What stands outside all functions runs under the name of the reference's file, at the lines of theirs.
        files = {source.path, Path(package.folder, piece.file)}
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) in files]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        return f"Python cannot import the file: {described(error)}", line or 1
    return None
