"""A site of the learner's own: their code, what it does, their runs, their names."""

import os
from argparse import Namespace

from scripts.project import ROOT, shown
from scripts.workshop.pieces.board import LEARN
from scripts.workshop.teach.progress import Progress


def command(options: Namespace) -> int:
    os.environ["LEARN_DEBUG"] = "0"
    from scripts.atlas.own.own_pages import build
    from scripts.atlas.site import serve

    site, failed = build(options.out, LEARN, Progress(), ROOT / "runs", print)
    for line in failed:
        print(f"Not made: {line}")
    print(f"{len(site.pages)} pages; it begins at {shown(options.out / 'index.html')}")
    if options.serve:
        serve(options.out, options.port)
    return 0
