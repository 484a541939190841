"""Nothing of the learner's is ever overwritten without a copy of it."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from scripts.project import ROOT

BACKUPS = ROOT / ".learn" / "backups"


def back_up(path: Path, folder: Path | None = None) -> Path:
    """Copy a file to a dated place of its own, and return that place. folder: where, by default BACKUPS."""
    return next(iter(copied([path], ROOT, folder or BACKUPS)[1]))


def back_up_all(paths: Sequence[Path], root: Path) -> Path:
    """Copy files of a checkout to one dated folder, and return that folder."""
    return copied(paths, root, root / ".learn" / "backups")[0]


def copied(paths: Sequence[Path], root: Path, folder: Path) -> tuple[Path, list[Path]]:
    """Copy files to a dated folder, each to the place that it has in the project."""
    while True:
        dated = folder / datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")
        try:
            # Two commands may come in one tick of a coarse clock.
            dated.mkdir(parents=True)
            break
        except FileExistsError:
            if not folder.is_dir():
                raise
    places = []
    for path in paths:
        inside = path.is_relative_to(root)
        places.append(dated / (path.relative_to(root) if inside else path.name))
        places[-1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, places[-1])
    return dated, places
