"""How far the learner is, on the terminal and in STATUS.md."""

from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterator

from scripts.project import json_line, wrapped
from scripts.workshop.pieces import TRACKS, Track
from scripts.workshop.pieces.board import Entry, next_entry, read_board
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.status_file import MILESTONES, REGIONS, remember


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    following, at = next_entry(board), progress.current(board)
    written = remember(board, progress)
    states = {id: progress.state(entry) for id, entry in board.items()}
    if options.json:
        facts = {"pieces": states, "milestones": progress.milestones, "performance": progress.comparison}
        print(json_line(facts | {"next": following and following.piece.id, "current": at and at.piece.id}))
        return 0 if written else 1
    if options.all:
        for content in REGIONS.values():
            print(content(board, progress) + "\n")
    else:
        print("\n".join(on_a_screen(board, progress, states)) + "\n")
    if at:
        print(f"You are at: {at.piece.id}   {at.place}   {states[at.piece.id]}")
    return 0 if written else 1


def on_a_screen(board: dict[str, Entry], progress: Progress, states: dict[str, str]) -> Iterator[str]:
    """The track that the learner is in, piece by piece, every other one in a line, and what has been reached."""
    current = progress.current_track(board)
    yield summary(current, states)
    for phase in dict.fromkeys(piece.phase for piece in current.pieces):
        by_state = defaultdict(list)
        for piece in current.pieces:
            if piece.phase == phase:
                by_state[states[piece.id]].append(piece.id)
        parts = (f"{state}: {', '.join(ids)}" for state, ids in by_state.items())
        yield "  " + "\n    ".join(wrapped(f"{phase}. {'; '.join(parts)}", width=74).splitlines())
    yield "\nThe other tracks (`--all` lists their pieces):"
    yield from (summary(track, states) for track in TRACKS if track is not current)
    if progress.milestones:
        reached = ", ".join(f"{name} ({fact['date']})" for name, fact in progress.milestones.items())
        missing = [name for name in MILESTONES if name not in progress.milestones]
        left = f". To come: {', '.join(missing)}" if missing else ""
        yield "\n" + wrapped(f"Milestones: {reached}{left}.")
    if progress.comparison:
        losses = progress.comparison.get("Final eval loss", ["?", "?", ""])
        yield wrapped("Compared: final eval loss {}, the reference's {}, {}.".format(*losses))


def summary(track: Track, states: dict[str, str]) -> str:
    """A track in a line: how many of its pieces pass, and what there is to say of the others."""
    counts = Counter(states[piece.id] for piece in track.pieces)
    others = "".join(f", {count} {state}" for state, count in counts.items() if state not in ("pass", "unwritten"))
    return f"{track.name:14}{counts['pass']:3} of {len(track.pieces):2} pass{others}"
