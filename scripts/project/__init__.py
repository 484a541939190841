"""Where things are, and how a command says that it was called wrongly. Imports nothing heavy."""

import argparse
import codecs
import contextlib
import difflib
import errno
import functools
import io
import json
import math
import os
import re
import sys
import textwrap
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FULL, FORBIDDEN = "free some space there, or choose another folder", "choose another folder, or allow it there"
# What helps where a file cannot be read or written.
CURES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: "choose another folder",
    errno.ENOTDIR: "a part of this path is a file; give a path through folders",
    errno.EISDIR: "this is a folder; give a file",
    errno.EEXIST: "it is there already; give another name",
    errno.ENOENT: "give a path that exists",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.EMFILE: "allow more with ulimit -n",
    errno.ENFILE: "close other programs",
}
# Parts of frames, and of curves: lines, corners, blocks, dots.
LOOKALIKES = {
    "\u2500\u2501\u2574\u2576": "-",
    "\u2502\u2503\u2575\u2577": "|",
    "\u2504-\u257f": "+",
    "\u2580-\u259f": "#",
    "\u2801-\u28ff": ".",
}


def shown(path: Path) -> str:
    """A path as people like to read it and terminals to click on it: relative where it is inside the current folder."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):
        # Somewhere else; or a link that leads to itself; or the current folder has been deleted.
        return str(path)


def printable(text: str, most: int = 10_000) -> str:
    """A text of somebody else's that is safe to show: what a terminal would obey, or cannot show, as its escape
    (`\\x1b`); no more than so many characters."""
    text = text if len(text) <= most else f"{text[:most]} ... and {len(text) - most:,} more characters"
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in "\n\t" else character.encode("unicode_escape").decode()
        for character in text
    )


def some(names: Iterable[str], count: int = 4) -> str:
    """A few of the names, and how many more there are."""
    names = sorted(names)
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if names[count:] else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question with the name that is nearest, and a space; empty where none is near."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}? " if near else ""


def wrapped(text: str, width: int = 76) -> str:
    """A text in lines that fit; lines of a picture, which begin with two spaces, stay as they are, and a long word,
    as of a path, stays whole."""
    fill = functools.partial(textwrap.fill, width=width, break_on_hyphens=False, break_long_words=False)
    return "\n".join(line if line.startswith("  ") else fill(line) for line in text.splitlines())


def fitted(text: str) -> str:
    """A text of which lines that are too long for a terminal are wrapped, and no others."""
    return "\n".join(line if len(line) <= 80 else wrapped(line) for line in text.splitlines())


class UsageError(Exception):
    """The command was called with something that cannot work. Shown as one line; the exit status is 2."""


def in_words(error: OSError) -> str:
    """What went wrong with which file, and what helps."""
    named = isinstance(error.filename, (str, bytes, os.PathLike))
    where = shown(Path(os.fsdecode(error.filename))) if named else "the output"
    told = f"{where}: {error.strerror}" if error.errno else str(error)
    cure = CURES.get(error.errno)
    return " ".join(told.split()) + (f"; {cure}" if cure else "")


class BadPath(argparse.ArgumentTypeError, UsageError):
    """A text that cannot be the path of anything."""


def path_from(text: str, flag: str = "") -> Path:
    """The path that somebody means, ~ as their home; a type for argparse. Nothing need be there. Raises `BadPath`."""
    try:
        if not text.strip():
            raise ValueError("it is empty; give a path, . for the current folder")
        if "\0" in text:
            raise ValueError("no path holds a NUL")
        path = Path(text).expanduser()
        path.exists()  # the system knows what it does not allow
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadPath(f"{flag} {cut(text)!r}: {reason}".strip()) from error
    return path


def finite(value: Any) -> Any:
    """The same with None for every number that is not finite, however deep it lies: JSON has none of them."""
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_line(value: Any) -> str:
    """A value as JSON, on one line."""
    return json.dumps(finite(value), allow_nan=False)


def cut(text: str, width: int = 60) -> str:
    """A text, or as much of it as says which one is meant."""
    return text if len(text) <= width else f"{text[: width - 4]} ..."


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is answered with one line, and --a-b is read as --a_b.

    synonyms: what others call the flags, by their names; of each the name here, or a sentence that names some.
    """

    def __init__(self, synonyms: Mapping[str, str] | None = None, **options):
        self.synonyms = dict(synonyms or {})
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=formatter, **options)

    def parse_args(self, args=None, namespace=None):
        args = [underscored(word) for word in (sys.argv[1:] if args is None else args)]
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            # Sub-commands have parsers of their own, whose flags are not among ours.
            known = [flag for parser in self.family(args) for flag in parser._option_string_actions]
            kind = "flag" if unknown[0].startswith("-") else "argument"
            self.error(f"unknown {kind} {unknown[0]}; {self.suggestion(unknown[0].partition('=')[0], known)}")
        return parsed

    def suggestion(self, flag: str, known: list[str]) -> str:
        """What was meant by a flag that is not known: what others call by that name, or what is spelt like it."""
        meant = self.synonyms.get(flag.removeprefix("--")) if flag.startswith("--") else None
        if meant and set(flags_in(meant)) <= set(known):
            return f"here it is {meant}" if "--" in meant else f"here it is --{meant}"
        near = difflib.get_close_matches(flag, known, n=1)
        return f"did you mean {near[0]}?" if near else "see --help"

    def family(self, args: list[str]):
        """This parser, and that of the command among the arguments."""
        yield self
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from (parser for name, parser in action.choices.items() if name in args)

    def error(self, message):
        # argparse says "invalid TYPE value: 'GIVEN'", which reads badly where the type says what is wanted.
        message = re.sub(r"invalid (.+) value: ('.*')$", r"\2 is no \1", message, flags=re.DOTALL)
        message = re.sub(
            r"ignored explicit argument ('.*')$",
            r"\1 is given, but it takes no value; leave the flag away for no",
            message,
        )
        message = re.sub(r"\S{100,}", lambda word: cut(word[0]), message)
        self.exit(2, f"{self.prog}: {message}\n")


def flags_in(meant: str) -> list[str]:
    """The flags in a synonym."""
    return re.findall(r"--\w+", meant) or [f"--{meant}"]


def at_least(least: int):
    """A type for argparse: whole numbers that are not too small, and that a tensor can hold."""

    def whole_number(text: str) -> int:
        if not least <= int(text) < 2**63:
            raise ValueError
        return int(text)

    whole_number.__name__ = f"whole number of {least} or more"
    return whole_number


def number_of(least: float, greatest: float, what: str):
    """A type for argparse: numbers within bounds."""

    def number(text: str) -> float:
        if not least <= float(text) <= greatest:
            raise ValueError
        return float(text)

    number.__name__ = what
    return number


def underscored(word: str) -> str:
    flag, equals, value = word.partition("=")
    return flag.replace("-", "_").replace("__", "--", 1) + equals + value if flag.startswith("--") else word


def leave(status: int) -> int:
    """The exit status, to end the program with. Where threads or processes still run that somebody's code has started
    and forgotten, it ends here, and ends them: Python would wait for them. So does what torchrun has started: threads
    that torch leaves behind may abort a program while Python takes itself apart."""
    started = [thread for thread in threading.enumerate() if not thread.daemon]
    threads = [thread for thread in started if thread is not threading.main_thread()]
    # Only who has imported it can have started any.
    children = sys.modules["multiprocessing"].active_children() if "multiprocessing" in sys.modules else []
    for child in children:
        child.kill()
    if threads or children or "TORCHELASTIC_RUN_ID" in os.environ:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)
    return status


def require_folder() -> None:
    """Raises `UsageError` where the current folder has been deleted."""
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("the folder that you are in has been deleted; `cd` to another one") from error


def lookalike(error: UnicodeError) -> tuple[str, int]:
    """For `errors=`: what an encoding lacks, by something of the same width that looks like it where it is part of a
    frame or of a curve, else as its escape (`\\u2192`)."""
    assert isinstance(error, UnicodeEncodeError)
    drawn = error.object[error.start : error.end].replace("\u2800", " ")
    for characters, sign in LOOKALIKES.items():
        drawn = re.sub(f"[{characters}]", sign, drawn)
    return drawn.encode("ascii", "backslashreplace").decode(), error.end


def run_command(main, argv=None) -> int:
    """Call a command's `main(argv)`; turn what people do wrong, what the system refuses, and Ctrl-C, into one line and
    an exit status."""
    codecs.register_error("lookalike", lookalike)
    for stream in (sys.stdout, sys.stderr):
        # A character that a terminal does not know is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="lookalike")
    try:
        require_folder()
        status = main(argv) or 0
        sys.stdout.flush()
        return status
    except UsageError as error:
        # Of the processes that torchrun has started, all find the same; the first one says it.
        if os.environ.get("RANK", "0") == "0":
            print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was left half done.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Somebody closed the pipe (`learn list | head`): nothing more to say.
        give_up_output()
        return 0
    except OSError as error:
        print(f"error: {in_words(error)}", file=sys.stderr)
        give_up_output()
        return 2


def give_up_output() -> None:
    """Where what was printed cannot be written, Python should not try again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
