"""A copy of the project with an untouched skeleton, for trying commands without touching anybody's work."""

import shutil
from pathlib import Path

from scripts.project import ROOT
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source, write_text
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import write_skeleton


def copy_project(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("reference", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("STATUS.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    write_skeleton(folder / "learn")


def put_in(piece: Piece, folder: Path) -> None:
    """Write a piece the way the reference does."""
    path = folder / piece.file
    text = reference_source(piece.module).text_of(piece.qualname)
    write_text(path, Source.read(path).with_function(piece.qualname, text))
