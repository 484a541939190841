"""The atlas: every variant and every preset on a page of its own, made from the registries, docstrings, the course and
committed measurements."""

from argparse import ArgumentParser
from pathlib import Path

from scripts.project import path_from, shown


def port(text: str) -> int:
    if not 0 < int(text) < 2**16:
        raise ValueError
    return int(text)


port.__name__ = "port from 1 to 65535"


def add_options(parser: ArgumentParser, default: Path) -> None:
    """Where a site goes, and whether it is shown."""
    told = f"where the site goes (default: {shown(default)}/)"
    parser.add_argument("--out", type=path_from, default=default, metavar="DIR", help=told)
    parser.add_argument("--serve", action="store_true", help="show it on this machine, at 127.0.0.1, until Ctrl-C")
    parser.add_argument("--port", type=port, default=8000, metavar="N", help="for --serve (default: 8000)")
