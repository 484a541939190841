"""Run the learner's code until it meets the next piece to write."""

from argparse import Namespace

from scripts.training.settings import Settings
from scripts.workshop.pieces import TRACKS, Track
from scripts.workshop.pieces.board import Entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.runs import run_settings


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    track = current_track(board, progress)
    asked = {"impl": "learn", "json": options.json, "track": track.name}
    if options.max_iters is not None:
        asked["max_iters"] = options.max_iters
    return run_settings([Settings(**settings | asked) for settings in track.runs], track)


def current_track(board: dict[str, Entry], progress: Progress) -> Track:
    """The first track that has a piece left to write or has never run to its end; the last one where there is none."""
    for track in TRACKS:
        if track.name not in progress.finished or any(board[piece.id].state != "written" for piece in track.pieces):
            return track
    return TRACKS[-1]
