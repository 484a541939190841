"""The stub of a piece, or a whole file, put back."""

from argparse import Namespace

from scripts.workshop.pieces.board import LEARN, find_piece
from scripts.workshop.pieces.put_back import reset_file, reset_piece


def command(options: Namespace) -> int:
    if options.piece.endswith(".py"):
        reset_file(options.piece, LEARN)
    else:
        reset_piece(find_piece(options.piece), LEARN)
    return 0
