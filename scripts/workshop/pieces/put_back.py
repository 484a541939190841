"""Reset: put a stub back where the learner wants to start over. What was there is backed up first."""

from pathlib import Path

from scripts.project import UsageError, shown
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.backup import back_up
from scripts.workshop.pieces.source import Source, last_line, read_text, write_text
from scripts.workshop.pieces.stubs import skeleton, skeleton_file, with_debug_import


def reset_file(name: str, folder: Path) -> None:
    """A whole file, `gpt.py`, as the skeleton has it."""
    files = skeleton()
    if name not in files:
        raise UsageError(f"there is no {name} in the skeleton; its files are {', '.join(files)}")
    replace_text(folder / name, files[name])


def reset_piece(piece: Piece, folder: Path) -> None:
    """The piece's stub in place of what the learner wrote, or where it belongs if they deleted it."""
    path = folder / piece.file
    if not path.exists():
        return reset_file(piece.file, folder)
    try:
        theirs = Source.read(path)
    except SyntaxError as error:
        raise UsageError(
            f"{shown(path)}:{error.lineno}: Python cannot read this line ({error.msg}), so the piece cannot be found; "
            f"mend it, or start the file over with `learn reset {piece.file}`"
        ) from error
    skeleton = Source(skeleton_file(piece.file), path)
    stub = skeleton.text_of(piece.qualname)
    if theirs.find(piece.qualname):
        return replace_text(
            path, with_debug_import(Source(theirs.with_function(piece.qualname, stub), path), piece.file)
        )
    scope = theirs.scope(piece.qualname)
    if scope is None:
        raise UsageError(
            f"{shown(path)} has no class {piece.qualname.partition('.')[0]} any more; "
            f"`learn reset {piece.file}` starts the file over"
        )
    # At the end of its class or file, where nothing else is in the way.
    lines = list(theirs.lines)
    lines.insert(last_line(scope.body[-1]) if "." in piece.qualname else len(lines), "\n" + stub)
    return replace_text(path, with_debug_import(Source("".join(lines), path), piece.file))


def replace_text(path: Path, text: str) -> None:
    if path.exists():
        if read_text(path) == text:
            print(f"{shown(path)} is already so.")
            return
        print(f"What was there is kept in {shown(back_up(path))}")
    write_text(path, text)
    print(f"Put back: {shown(path)}")
