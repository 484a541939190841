"""How far the learner is, on the terminal and in STATUS.md."""

import json
from argparse import Namespace

from scripts.workshop.pieces.board import next_entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import REGIONS, remember


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    following = next_entry(board)
    written = remember(board, progress)
    if options.json:
        states = {id: progress.state(entry) for id, entry in board.items()}
        facts = {"pieces": states, "milestones": progress.milestones, "performance": progress.comparison}
        print(json.dumps(facts | {"next": following and following.piece.id}))
    else:
        for content in REGIONS.values():
            print(content(board, progress) + "\n")
        if following:
            print(f"Next: {following.piece.id}   {following.place}")
    return 0 if written else 1
