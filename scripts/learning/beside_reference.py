"""Train the learner's code and the reference from the same weights."""

import sys
from argparse import Namespace

from scripts.project import UsageError, wrapped
from scripts.workshop.pieces import TRACKS
from scripts.workshop.pieces.board import Entry, read_board
from scripts.workshop.teach.paired_training import as_json, compare, comparison_table, differing, name_of
from scripts.workshop.teach.parting import culprits, given_code_changed, other_defaults
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import remember


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    # The first track has to be written; of the others, those whose runs have come to their end count.
    following = next((board[piece.id] for piece in TRACKS[0].pieces if board[piece.id].state != "written"), None)
    if following:
        raise UsageError(
            f"there is something left to write before a comparison: {following.piece.id} ({following.place})"
        )
    done = [track for track in TRACKS[1:] if track.name in progress.finished]
    tracks = [TRACKS[0], *(track for track in done if all(board[p.id].state == "written" for p in track.pieces))]

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    out = sys.stderr if options.json else sys.stdout
    results = compare(tracks, options.max_iters, options.seed, say)
    if results is None:
        return 1
    first = results[0]
    progress.comparison = comparison_table(first)
    for metric, (yours, reference, note) in progress.comparison.items():
        print(f"{metric:24} yours {yours:>16}   reference {reference:>16}   {note}", file=out)
    for result in results[1:]:
        said = "agree" if result["agree"] else f"apart from step {result['apart_at_step']} on"
        gap = f"at most {result['largest_difference']:.1e}"
        print(f"{result['run'].track}: {name_of(result['run'])}: {said}, {gap}", file=out)
    for line in dict.fromkeys(line for result in results for line in differing(result, left_open=True)):
        print(wrapped(f"Left to you, and the reference was given the same: {line}"), file=out)
    apart = next((result for result in results if not result["agree"]), None)
    if first["agree"]:
        figure = (
            f"loss curves agree over {options.max_iters} steps, largest difference {first['largest_difference']:.1e}"
        )
        progress.reach({"Matches reference": figure})
    else:
        progress.milestones.pop("Matches reference", None)
    found: dict = {"pieces": [], "differs": []}
    if apart:
        found = explain(apart, board, progress, out, say)
    else:
        largest = max(result["largest_difference"] for result in results)
        print(f"They agree to rounding: at most {largest:.1e} apart.", file=out)
        names = ", ".join(track.name for track in tracks)
        print(wrapped(f"Compared: {names}. For the pieces of other tracks, ask `learn check --all`."), file=out)
    remember(board, progress)
    if options.json:
        print(as_json(results, found))
    return 1 if apart else 0


def explain(apart: dict, board: dict[str, Entry], progress: Progress, out, say) -> dict:
    """Find the pieces because of which two trainings part, and what is set otherwise; print both."""
    print(
        wrapped(
            f"They do not agree in {apart['run'].track} ({name_of(apart['run'])}): more than rounding apart from step "
            f"{apart['apart_at_step']} on, at most {apart['largest_difference']:.1e}."
        ),
        file=out,
    )
    say("putting the reference's pieces in the place of yours, one by one ...")
    unproven = [id for id, entry in board.items() if progress.state(entry) != "pass"]
    pieces = culprits(apart, unproven)
    differs = list(differing(apart, left_open=False))
    for piece in pieces or ():
        differs += other_defaults(piece, board[piece.id])
    if pieces:
        said = " and ".join(f"{piece.id} ({board[piece.id].place})" for piece in pieces)
        print(wrapped(f"With the reference's {said}, they agree. `learn check {pieces[0].id}` tells more."), file=out)
    elif pieces is not None:
        differs += given_code_changed(board[TRACKS[0].pieces[0].id].path.parent)
        print("No piece is to blame: they differ with all of the reference's, too, by code that is given.", file=out)
    else:
        print("Which piece it is could not be found out; `learn check --all` tells.", file=out)
    for line in differs:
        print(wrapped(f"What differs: {line}"), file=out)
    return {"pieces": [piece.id for piece in pieces or ()], "differs": differs}
