"""The atlas: a page for every variant and every model, to look at: what it does, what it costs, what it brings.

examples:
  python -m scripts.atlas                        build the site in site/, and say where it begins
  python -m scripts.atlas --out /tmp/atlas       in another folder
  python -m scripts.atlas --serve                build it, then show it at http://127.0.0.1:8000
  python -m scripts.atlas --measure --axis normalization       of one axis only
  python -m scripts.atlas --measure              first measure what no page has figures for yet: half an hour for
                                                 everything; Ctrl-C keeps what is done, the same line goes on

Everything on it is made from the registries, the docstrings, the course and scripts/atlas/measurements.json. It needs
no network, neither to be built nor to be read.
"""

import os
import sys
from argparse import Namespace

from scripts.laboratory.executors import add_scheduler, executor_at
from scripts.project import ROOT, Parser, UsageError, at_least, run_command, shown

from . import add_options


def parser() -> Parser:
    parser = Parser(prog="python -m scripts.atlas", description=__doc__)
    add = parser.add_argument
    add_options(parser, ROOT / "site")
    add("--measure", action="store_true", help="first train what has no figures yet")
    add("--axis", action="append", default=[], metavar="NAME", help="for --measure: this axis only; may be given again")
    add("--processes", type=at_least(1), metavar="N", help="for --measure: trials at a time (default: one per core)")
    add_scheduler(add)
    return parser


def main(argv=None) -> int:
    options = parser().parse_args(argv)
    os.environ["LEARN_DEBUG"] = "0"
    if options.scheduler and not options.measure:
        raise UsageError("--scheduler goes with --measure")
    from .site import ATLAS, build, require_ours, serve

    require_ours(options.out, ATLAS)
    if options.measure:
        measured(options)
    site = build(options.out, print)
    print(f"{len(site.pages)} pages; it begins at {shown(options.out / 'index.html')}")
    if options.serve:
        serve(options.out, options.port)
    return 0


def measured(options: Namespace) -> None:
    from rich.console import Console

    from .entries import axes
    from .measure import measure

    console = Console(highlight=False, markup=False, soft_wrap=True)
    with executor_at(options.scheduler) as executor:
        measure(axes(), options.axis, console, options.processes, executor)


if __name__ == "__main__":
    sys.exit(run_command(main))
