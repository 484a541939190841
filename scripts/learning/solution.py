"""The reference's code for a piece, and where the learner's differs."""

import difflib
from argparse import Namespace

from scripts.project import printable
from scripts.workshop.pieces.board import find_piece, read_board
from scripts.workshop.pieces.splice import reference_source


def command(options: Namespace) -> int:
    piece = find_piece(options.piece)
    theirs = read_board()[piece.id]
    reference = reference_source(piece.module)
    text = reference.text_of(piece.qualname)
    print(f"{piece.id}   reference/{piece.file}:{reference.find(piece.qualname).lineno}\n\n{text}")
    if theirs.state == "written":
        yours = theirs.source.text_of(piece.qualname).split("\n")
        difference = list(difflib.unified_diff(yours, text.split("\n"), "yours", "reference", lineterm="", n=1))
        print(
            printable("\n".join(["Yours, and what the reference has instead:\n", *difference]))
            if difference
            else "Yours is the same."
        )
    return 0
