"""Where a run on the learner's code stops: at a piece that is not written yet, or at a mistake of theirs.

The run happens inside `watch_for_stops`. What it raises says what to show: `Stop` is no failure, `Bug` is one.
"""

import contextlib
import linecache
import re
import traceback
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from reference.config import GPTConfig
from scripts.project import UsageError, printable, shown
from scripts.project.implementation import implementation_folder
from scripts.workshop.pieces import BY_ID, Piece
from scripts.workshop.pieces.board import Entry, read_board
from scripts.workshop.pieces.debug import summary
from scripts.workshop.pieces.failing import described
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import REFERENCE
from scripts.workshop.teach.glossary import fields_of, letters_of


@dataclass
class Stop(Exception):
    """The run asked for a piece that is not written yet."""

    piece: Piece
    path: Path
    line: int
    arguments: dict[str, str]  # what arrived on this very call, summed up
    note: str = ""  # about code of theirs that ends in the stub's raise
    config: GPTConfig | None = None  # that of the model on which this very call works


@dataclass
class Bug(Exception):
    """Something that the learner wrote went wrong."""

    reason: str
    path: Path | None  # the innermost place in their code, where there is one
    line: int
    function: str
    way: list[str]  # how the run got there, outermost first
    trace: str  # all of it, for whoever wants it


def require_readable(board: dict[str, Entry], folder: Path) -> None:
    """Raises `Bug` where a file cannot be read as Python, or a piece or a file is gone."""
    debug = folder / "debug.py"
    if folder != REFERENCE and not debug.exists():
        raise Bug("the file is not there; `learn reset debug.py` brings it back", debug, 1, "", [], "")
    for entry in board.values():
        if entry.state in ("broken", "missing"):
            reason = entry.message
            if entry.state == "missing":
                reason += f"; `learn reset {entry.piece.id}` brings the stub back"
            raise Bug(reason, entry.path, entry.line, "", [], "")


@contextlib.contextmanager
def watch_for_stops(folder: Path):
    """Turn what a run on the code in `folder` raises into `Stop` or `Bug`. The reference's own errors stay, and so do
    a `UsageError`, since a command that was called wrongly is no bug of the learner's, and what the system refuses."""
    try:
        yield
    except UsageError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # SystemExit as well: a file that ends the program ends no run in silence.
        if folder == REFERENCE:
            raise
        found = stop_of(error, folder) or bug_of(error, folder)
        # What the system refuses to us is no bug of theirs.
        if isinstance(error, OSError) and found.path is None:
            raise
        raise found from error


def stop_of(error: BaseException, folder: Path) -> Stop | None:
    """A `NotImplementedError` counts when a piece itself raised it, not something that it called."""
    if not isinstance(error, NotImplementedError):
        return None
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    code = frame.f_code
    path = Path(code.co_filename)
    piece = BY_ID.get(f"{module_of(path, folder)}.{code.co_qualname}")
    if piece is None:
        return None
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arguments = {name: seen(frame.f_locals[name]) for name in names if name != "self" and name in frame.f_locals}
    entry = read_board(folder)[piece.id]
    return Stop(piece, path, entry.line, arguments, entry.message, config_among(frame.f_locals.values()))


def config_among(values) -> GPTConfig | None:
    """The configuration among the arguments of a call, or in one of them, without running any code of theirs."""
    inside = (object.__getattribute__(value, "__dict__") for value in values if type(value).__dictoffset__)
    known = chain(values, *(each.values() for each in inside))
    return next((value for value in known if isinstance(value, GPTConfig)), None)


def seen(value) -> str:
    """A value in half a line, even where it is an object of theirs that cannot be shown."""
    try:
        return summary(value)
    except Exception as error:
        return f"{type(value).__name__}, whose repr raises {type(error).__name__}"


def module_of(path: Path, folder: Path) -> str | None:
    """What a file of a folder is imported as, `attentions.gated`; None where it stands elsewhere."""
    return ".".join(path.relative_to(folder).with_suffix("").parts) if path.is_relative_to(folder) else None


def bug_of(error: BaseException, folder: Path) -> Bug:
    """Any other exception, placed at the innermost line of the learner's that it passed through."""
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, SyntaxError) and error.filename and module_of(Path(error.filename), folder):
        return Bug(f"Python cannot read this line: {error.msg}", Path(error.filename), error.lineno or 1, "", [], trace)
    way = [
        (Path(frame.f_code.co_filename), line, frame.f_code.co_qualname)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if module_of(Path(frame.f_code.co_filename), folder)
    ]
    reason = described(error)
    if type(error).__name__ == "TypeCheckError":
        path, qualname, reason, returned = explained_shape_error(str(error), folder)
        # A wrong result is the function's own doing; a wrong argument is its caller's.
        if returned or not way:
            way.append((path, line_of(path, qualname), qualname))
    if not way:
        return Bug(reason, None, 0, "", [], trace)
    *before, (path, line, function) = way
    return Bug(
        reason, path, line, function, [f"{shown(path)}:{line} in {function}" for path, line, function in before], trace
    )


def line_of(path: Path, qualname: str) -> int:
    """Where a function of the learner's begins; the file's first line where it is none that a file shows."""
    node = Source.read(path).find(qualname)
    return node.lineno if node else 1


def explained_shape_error(text: str, folder: Path) -> tuple[Path, str, str, bool]:
    """What jaxtyping's report says: the function's file and name, one sentence, and whether it is about a result."""

    def said(pattern: str) -> re.Match[str]:
        found = re.search(pattern, text)
        assert found, text  # jaxtyping words its reports in another way
        return found

    what, name = said(r"checking the (parameters|return value) of \w+\.([\w.<>]+)\.\n").groups()
    # A function inside another is found where that one is.
    path, names = folder, name.partition(".<locals>")[0].split(".")
    while names and not path.is_file():
        path = path / names[0] if (path / names[0]).is_dir() else path / f"{names[0]}.py"
        del names[0]
    qualname = ".".join(names)
    parameter = re.search(r"typechecking parameter '(\w+)'", text)
    actual = said(r"Actual value: (.*)")[1].replace("(torch)", "")
    wanted = said(r"Expected type: (.*)\.")[1]
    axes = ", ".join(re.findall(r"^\w+=\d+$", text, re.MULTILINE))
    returned = what == "return value"
    subject = f"{qualname} returned" if returned else f"{qualname} was given {parameter[1] if parameter else ''} ="
    known = f", where {axes}" if axes else ""
    sentence = f"{subject} {actual}, but its signature says {wanted}{known}"
    return path, qualname, sentence, returned


def show_stop(console: Console, stop: Stop, done: int, total: int) -> None:
    """The panel for the next piece: what, where, what arrived, why, and what to type next."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_row("write", stop.piece.todo)
    for position, (name, value) in enumerate(stop.arguments.items()):
        # Of a configuration counts what this piece reads.
        told = "the configuration of the model" if name == "config" and stop.config else value
        table.add_row("it was given" if position == 0 else "", Text(printable(f"{name}: {told}", most=500)))
    if fields := fields_of(stop.piece):
        values = [f"{name} = {getattr(stop.config, name)!r}" if stop.config else name for name in fields]
        table.add_row("config", Text(", ".join(values)))
    if letters := letters_of(stop.piece):
        table.add_row("letters", "; ".join(each.short for each in letters))
    if stop.note:
        table.add_row("note", stop.note)
    table.add_row("why", stop.piece.why)
    table.add_row("then", f"learn check {stop.piece.id}")
    if not done:
        table.add_row("or", "learn watch: the warm way, with a verdict in a moment at every save")
    table.add_row("stuck?", f"learn hint {stop.piece.id}")
    title = f"Next: {stop.piece.id}"
    # On a line of its own and unbroken, so that a terminal can be clicked on it.
    console.print(Text(f"stopped at {shown(stop.path)}:{stop.line}", style="bold"), soft_wrap=True)
    phase = f"{stop.piece.phase}; {done} of {total} pieces written"
    console.print(
        Panel(table, title=title, title_align="left", subtitle=phase, subtitle_align="right", highlight=False)
    )


def show_bug(console: Console, bug: Bug) -> None:
    """Their line first, with its neighbours, then what Python said and how the run got there."""
    if bug.path is not None:
        inside = f" in {bug.function}" if bug.function else ""
        console.print(Text(f"{shown(bug.path)}:{bug.line}{inside}", style="bold"), soft_wrap=True)
        linecache.checkcache(str(bug.path))
        for number in range(max(1, bug.line - 2), bug.line + 3):
            text = printable(linecache.getline(str(bug.path), number).rstrip(), most=500)
            if text:
                console.print(
                    Text(f"{'>' if number == bug.line else ' '} {number:4} {text}"), overflow="ellipsis", no_wrap=True
                )
    console.print(Text(printable(bug.reason, most=2000), style="red"))
    for step in reversed(bug.way):
        console.print(Text(f"  called from {step}", style="dim"))
    if bug.path is None:
        console.print("The run could not go on with what your code made. `learn check --all` says which piece it was.")


@contextlib.contextmanager
def code_of(impl: str):
    """Around code that may be a learner's, where a command cannot go on without it: shows the piece that is missing, or
    where it failed, and raises `UsageError` naming the piece, or whose folder it was."""
    folder = implementation_folder(impl)
    try:
        with watch_for_stops(folder) if folder != REFERENCE else contextlib.nullcontext():
            yield
    except Stop as stop:
        states = [entry.state for entry in read_board(folder).values()]
        show_stop(Console(stderr=True), stop, states.count("written"), len(states))
        raise UsageError(f"{stop.piece.id} is not written yet ({shown(stop.path)}:{stop.line})") from stop
    except Bug as bug:
        show_bug(Console(stderr=True), bug)
        raise UsageError(f"the code in {shown(folder)} did not get through") from bug
