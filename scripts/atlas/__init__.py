"""The atlas: every variant and every preset on a page of its own, made from the registries, docstrings, the course and
committed measurements."""

from argparse import ArgumentParser
from pathlib import Path

from scripts.project import ROOT, at_least, path_from


def add_options(parser: ArgumentParser, default: Path) -> None:
    """Where a site goes, and whether it is shown."""
    told = default.relative_to(ROOT).as_posix()
    parser.add_argument(
        "--out", type=path_from, default=default, metavar="DIR", help=f"where the site goes (default: {told}/)"
    )
    parser.add_argument("--serve", action="store_true", help="show it on this machine, at 127.0.0.1, until Ctrl-C")
    parser.add_argument("--port", type=at_least(1), default=8000, metavar="N", help="for --serve (default: 8000)")
