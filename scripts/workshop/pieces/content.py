"""What stands in a piece's folder besides piece.md: Python files, which are run when they are asked for."""

import importlib.util
from pathlib import Path
from types import ModuleType

from scripts.workshop.pieces import COURSE, Piece


def run_file(piece: Piece, name: str) -> ModuleType:
    """Run a file of the piece's folder; return the module. Raises `FileNotFoundError`."""
    path = piece.folder / name
    # No import could name it: `GPT.forward` has a dot in it.
    spec = importlib.util.spec_from_file_location(f"course_{piece.id}_{path.stem}".replace(".", "_"), path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def import_shared(piece: Piece) -> None:
    """Import what the pieces of one file have in common, if they have something."""
    if shared_file(piece).exists():
        importlib.import_module(f"scripts.course.{piece.module}.shared")


def shared_file(piece: Piece) -> Path:
    return COURSE.joinpath(*piece.module.split("."), "shared.py")


def alternatives_of(piece: Piece) -> list[Path]:
    """Files with other right ways to write the piece."""
    return sorted((piece.folder / "alternatives").glob("*.py"))
