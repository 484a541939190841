"""A copy of the project with an untouched skeleton, in which commands can be tried without touching anybody's work."""

import shutil
from pathlib import Path

from scripts.project import ROOT
from scripts.workshop.skeleton import write_skeleton


def copy_project(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("reference", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("STATUS.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    write_skeleton(folder / "learn")
