"""Tampering: whether anything changed on disk, while copies were checked, that verdicts depend on."""

import compileall
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.project import ROOT, UsageError, printable, shown
from scripts.workshop.pieces import FILES
from scripts.workshop.pieces.board import is_source

GIVEN = (ROOT / "reference", ROOT / "scripts")

Stamps = dict[Path, tuple]


def compile_given() -> None:
    """Have the given code compiled, so that from here on nobody has a reason to write what Python would load."""
    if not sys.dont_write_bytecode:
        for folder in GIVEN:
            compileall.compile_dir(folder, quiet=2)


def stamps(copies: Iterable[Path]) -> Stamps:
    """What the given files and those of the copies hold, and when that was last touched: who changes something and
    puts it back is seen as well."""
    inside = (Path(place, name) for folder in GIVEN for place, _, names in os.walk(folder) for name in names)
    return {
        path: stamp(path) for paths in (inside, *((copy / file for file in FILES) for copy in copies)) for path in paths
    }


def stamp(path: Path) -> tuple:
    try:
        facts = path.stat()
        held = hashlib.sha256(path.read_bytes()).digest() if is_source(path) else None
        return facts.st_ctime_ns, facts.st_size, held
    except OSError as error:
        return (error.errno,)


def refuse_changes(before: Stamps, after: Stamps, name: str) -> None:
    """Raises `UsageError` where something changed while the copy of this name was checked."""
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if changed:
        raise UsageError(
            f"{printable(shown(changed[0]))} changed while {printable(name)} was checked, so that no grade counts from "
            f"there on; see to {printable(name)}, put the files back (`git status` shows which) and grade again"
        )
