"""Train the learner's code and the reference from the same weights."""

import sys
from argparse import Namespace

from scripts.project import UsageError
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.board import read_board
from scripts.workshop.teach.paired_training import as_json, compare, comparison_table
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    # What is compared is the first track's model; nothing of later tracks is asked for.
    following = next((board[piece.id] for piece in TRACKS[0].pieces if board[piece.id].state != "written"), None)
    if following:
        raise UsageError(
            f"there is something left to write before a comparison: {following.piece.id} ({following.place})"
        )
    result = compare(options.max_iters, options.seed, say=lambda text: print(text, file=sys.stderr))
    if result is None:
        return 1
    progress.comparison = comparison_table(result)
    out = sys.stderr if options.json else sys.stdout
    for metric, (yours, reference, note) in progress.comparison.items():
        print(f"{metric:24} yours {yours:>16}   reference {reference:>16}   {note}", file=out)
    if result["agree"]:
        figure = (
            f"loss curves agree over {options.max_iters} steps, largest difference {result['largest_difference']:.1e}"
        )
        progress.reach({"Matches reference": figure})
        print(f"They agree to rounding: at most {result['largest_difference']:.1e} apart.", file=out)
        print("This is nanochat's model; for the pieces of other tracks, ask `learn check --all`.", file=out)
    else:
        progress.milestones.pop("Matches reference", None)
        print(
            f"They do not agree: more than rounding apart from step {result['apart_at_step']} on, at most "
            f"{result['largest_difference']:.1e}. `learn check --all` says which piece it is.",
            file=out,
        )
    remember(board, progress)
    if options.json:
        print(as_json(result))
    return 0 if result["agree"] else 1
