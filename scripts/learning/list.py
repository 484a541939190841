"""All pieces and their state."""

from argparse import Namespace

from scripts.project import json_line, shown
from scripts.workshop.pieces.board import read_board
from scripts.workshop.teach.progress import Progress


def command(options: Namespace) -> int:
    board, progress = read_board(), Progress()
    rows = [
        {
            "id": entry.piece.id,
            "file": shown(entry.path),
            "line": entry.line,
            "phase": entry.piece.phase,
            "track": entry.piece.track,
            "state": progress.state(entry),
        }
        for entry in board.values()
    ]
    if options.json:
        print(json_line({"pieces": rows}))
        return 0
    parts: dict[str, list[dict]] = {}
    for row in rows:
        parts.setdefault(f"{row['track']}: {row['phase']}", []).append(row)
    for heading, part in parts.items():
        # The id says which file of learn/ it is in.
        width = max(len(row["id"]) for row in part)
        print(f"\n{heading}")
        for row in part:
            print(f"  {row['id']:{width}} {row['state']:9}  line {row['line']}")
    return 0
