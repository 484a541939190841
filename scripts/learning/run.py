"""Run the learner's code until it meets the next piece to write."""

import sys
from argparse import Namespace

from scripts.training.settings import Settings
from scripts.workshop.pieces.board import read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.runs import run_settings


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    track = progress.current_track(board)
    asked = {"impl": "learn", "json": options.json, "track": track.name}
    if failed := progress.failed(board):
        out = sys.stderr if options.json else sys.stdout
        for entry in failed:
            print(f"Wrong as it stands: {entry.piece.id}   {entry.place}", file=out)
        print(
            f"`learn hint` is about {'it' if len(failed) == 1 else 'the one you were at last'}; the run goes on.",
            file=out,
            flush=True,
        )
    if options.max_iters is not None:
        asked["max_iters"] = options.max_iters
    return run_settings([Settings(**settings | asked) for settings in track.runs], track)
