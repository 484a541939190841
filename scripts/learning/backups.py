"""What was there before a command changed it: the copies, and the way back."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from scripts.project import ROOT, UsageError, shown, some
from scripts.workshop.pieces import FILES
from scripts.workshop.pieces.backup import BACKUPS, back_up_all
from scripts.workshop.pieces.replacing import replace_file


def command(options: Namespace) -> int:
    known = backups()
    if options.restore is None:
        for name, files in known.items():
            print(f"{name}   {some(files)}")
        print(f"They are in {shown(BACKUPS)}. Put one back: learn backups --restore NAME [FILE ...]" if known else
              "There are none yet: nothing of yours has been overwritten.")  # fmt: skip
        return 0
    restore(*chosen(options.restore, options.file, known))
    return 0


def backups() -> dict[str, dict[str, Path]]:
    """Of every backup, the newest first, the copies by the places of their files in the project."""
    found = {}
    for entry in sorted(BACKUPS.glob("*"), reverse=True):
        if entry.is_dir():
            copies = {path.relative_to(entry).as_posix(): path for path in sorted(entry.rglob("*")) if path.is_file()}
        else:
            # As earlier versions kept them: one file, with its day before its name.
            copies = {place_of(entry.name): entry}
        if copies:
            found[entry.name] = copies
    return found


def place_of(name: str) -> str:
    """Where a file belongs of which only the name was kept; that name, where it could be several."""
    bare = name[27:]
    places = [f"learn/{file}" for file in FILES if file.rpartition("/")[2] == bare]
    return places[0] if len(places) == 1 else bare


def chosen(name: str, files: list[str], known: Mapping[str, Mapping[str, Path]]) -> tuple[dict[str, Path], str]:
    """The copies that are meant. Raises `UsageError`."""
    names = [each for each in known if each.startswith(name)] if name != "last" else list(known)[:1]
    if len(names) != 1:
        raise UsageError(f"{name!r} is {'no backup' if not names else 'the beginning of several'}; `learn backups` "
                         "lists them, and `last` is the newest")  # fmt: skip
    copies = dict(known[names[0]])
    strangers = [file for file in files if file not in copies]
    if strangers:
        raise UsageError(f"{names[0]} has no {strangers[0]}; it has {some(copies, 12)}")
    return {file: copies[file] for file in files or copies}, names[0]


def restore(copies: Mapping[str, Path], name: str) -> None:
    """Put the copies where they were taken. What is there by now is backed up as well."""
    data = {ROOT / file: path.read_bytes() for file, path in copies.items()}
    differing = [path for path, wanted in data.items() if path.exists() and path.read_bytes() != wanted]
    if differing:
        print(f"What was there is kept in {shown(back_up_all(differing, ROOT))}")
    for path, wanted in data.items():
        if not path.exists() or path in differing:
            replace_file(path, wanted)
            print(f"Put back: {shown(path)}")
    if not differing and all(path.exists() for path in data):
        print(f"{name} is what is there.")
