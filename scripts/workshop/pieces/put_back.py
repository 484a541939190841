"""Reset: put a stub back where the learner wants to start over. What was there is backed up first."""

import textwrap
from pathlib import Path

from scripts.project import UsageError, printable, shown
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.backup import back_up
from scripts.workshop.pieces.edits import edited
from scripts.workshop.pieces.replacing import replace_file
from scripts.workshop.pieces.source import Change, Source, encoded, last_line
from scripts.workshop.pieces.stubs import debug_import, skeleton, skeleton_file


def reset_file(name: str, folder: Path) -> None:
    """A whole file, `gpt.py`, as the skeleton has it."""
    files = skeleton()
    if name not in files:
        raise UsageError(f"there is no {name} in the skeleton; its files are {', '.join(files)}")
    try:
        replace(folder / name, encoded(files[name], folder / name))
    except OSError as error:
        raise left_alone(folder / name, error) from error


def reset_piece(piece: Piece, folder: Path) -> None:
    """The piece's stub in place of what the learner wrote, or where it belongs if they deleted it."""
    path = folder / piece.file
    if not path.exists():
        return reset_file(piece.file, folder)
    try:
        theirs = Source.read(path)
        stub = Source(skeleton_file(piece.file), path).text_of(piece.qualname)
        changes = [placed(stub, theirs, piece), *debug_import(theirs, piece.file)]
        replace(path, edited(path, piece.qualname, changes))
    except SyntaxError as error:
        raise UsageError(
            f"{shown(path)}:{error.lineno}: Python cannot read this line ({printable(error.msg)}), so the piece cannot "
            f"be found; mend it, or start the file over with `learn reset {piece.file}`"
        ) from error
    except OSError as error:
        raise left_alone(path, error) from error


def placed(stub: str, theirs: Source, piece: Piece) -> Change:
    """The stub in the place of the learner's function; where there is none, at the end of its class or file, where
    nothing else is in the way."""
    node, scope = theirs.find(piece.qualname), theirs.scope(piece.qualname)
    if scope is None:
        raise UsageError(
            f"{shown(theirs.path)} has no class {piece.qualname.partition('.')[0]} any more; "
            f"`learn reset {piece.file}` starts the file over"
        )
    if node:
        place, model = theirs.span(node), node
    else:
        inside = "." in piece.qualname
        end = last_line(scope.body[-1]) if inside else len(theirs.lines)
        place, model, stub = slice(end, end), scope.body[-1] if inside else None, "\n" + stub
    # A class may be indented by two columns, or by tabs.
    beside = theirs.lines[theirs.span(model).start] if model else ""
    margin = beside[: len(beside) - len(beside.lstrip(" \t"))]
    if not stub.lstrip("\n").startswith((f"{margin}def", f"{margin}@")):
        stub = textwrap.indent(textwrap.dedent(stub), margin)
    return Change(place, stub)


def replace(path: Path, data: bytes) -> None:
    if path.exists():
        if path.read_bytes() == data:
            print(f"{shown(path)} is already so.")
            return
        print(f"What was there is kept in {shown(back_up(path))}")
    replace_file(path, data)
    print(f"Put back: {shown(path)}")


def left_alone(path: Path, error: OSError) -> UsageError:
    place = f" ({shown(Path(error.filename))})" if error.filename and Path(error.filename) != path else ""
    return UsageError(f"{shown(path)} is left as it is: {error.strerror or error}{place}")
