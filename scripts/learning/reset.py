"""The stub of a piece, a whole file, or the regions of STATUS.md put back."""

from argparse import Namespace

from scripts.workshop.pieces.board import LEARN, find_piece, read_board
from scripts.workshop.pieces.put_back import reset_file, reset_piece
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import STATUS, reset_status


def command(options: Namespace) -> int:
    if options.piece == STATUS.name:
        reset_status(read_board(), Progress())
    elif options.piece.endswith(".py"):
        reset_file(options.piece, LEARN)
    else:
        reset_piece(find_piece(options.piece), LEARN)
    return 0
