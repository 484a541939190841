"""Where things are, and how a command says that it was called wrongly. Imports nothing heavy."""

import argparse
import contextlib
import difflib
import functools
import io
import os
import re
import sys
import textwrap
import threading
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def shown(path: Path) -> str:
    """A path as people like to read it and terminals to click on it: relative where it is inside the current folder."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
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
    """A text in lines that fit; lines of a picture, which begin with two spaces, stay as they are."""
    fill = functools.partial(textwrap.fill, width=width, break_on_hyphens=False)
    return "\n".join(line if line.startswith("  ") else fill(line) for line in text.splitlines())


class UsageError(Exception):
    """The command was called with something that cannot work. Shown as one line; the exit status is 2."""


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is answered with one line, and --a-b is read as --a_b."""

    def __init__(self, **options):
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=formatter, **options)

    def parse_args(self, args=None, namespace=None):
        args = [underscored(word) for word in (sys.argv[1:] if args is None else args)]
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            # Sub-commands have parsers of their own, whose flags are not among ours.
            known = [flag for parser in self.family(args) for flag in parser._option_string_actions]
            near = difflib.get_close_matches(unknown[0].split("=")[0], known, n=1)
            kind = "flag" if unknown[0].startswith("-") else "argument"
            self.error(f"unknown {kind} {unknown[0]}" + (f"; did you mean {near[0]}?" if near else "; see --help"))
        return parsed

    def family(self, args: list[str]):
        """This parser, and that of the command among the arguments."""
        yield self
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from (parser for name, parser in action.choices.items() if name in args)

    def error(self, message):
        # argparse says "invalid TYPE value: 'GIVEN'", which reads badly where the type says what is wanted.
        message = re.sub(r"invalid (.+) value: ('.*')$", r"\2 is no \1", message)
        self.exit(2, f"{self.prog}: {message}\n")


def at_least(least: int):
    """A type for argparse: whole numbers that are not too small."""

    def whole_number(text: str) -> int:
        if int(text) < least:
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
    and forgotten, it ends here, and ends them: Python would wait for them."""
    threads = [
        thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()
    ]
    # Only who has imported it can have started any.
    children = sys.modules["multiprocessing"].active_children() if "multiprocessing" in sys.modules else []
    for child in children:
        child.kill()
    if threads or children:
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


def run_command(main, argv=None) -> int:
    """Call a command's `main(argv)`; turn what people do wrong, and Ctrl-C, into one line and an exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As stderr has it: a character that a terminal does not know is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        require_folder()
        return main(argv) or 0
    except UsageError as error:
        # Of the processes that torchrun has started, all find the same; the first one says it.
        if os.environ.get("RANK", "0") == "0":
            print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was left half done.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Somebody closed the pipe (`learn list | head`): nothing more to say, and Python should not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
