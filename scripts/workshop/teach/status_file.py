"""STATUS.md: the learner's own file, in which the regions between markers are written from measured facts."""

import sys

from scripts.project import ROOT, shown
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.board import Entry
from scripts.workshop.pieces.source import read_text, write_text
from scripts.workshop.teach.progress import Progress

STATUS = ROOT / "STATUS.md"

MILESTONES = (
    "Model initialises",
    "Forward pass works",
    "Backward pass works",
    "Training step completes",
    "Loss decreases",
    "Full pipeline",
    "Generation works",
    "Matches reference",
)
METRICS = ("Training loss (step 50)", "Memory (peak)", "Speed", "Final eval loss")


class BrokenMarker(Exception):
    """A region's markers are not there, not in order, or there twice. The text says which."""


def progress_region(board: dict[str, Entry], progress: Progress) -> str:
    lines = []
    for track, phase in dict.fromkeys((piece.track, piece.phase) for piece in PIECES):
        pieces = [piece for piece in PIECES if (piece.track, piece.phase) == (track, phase)]
        states = {piece: progress.state(board[piece.id]) for piece in pieces}
        passed = sum(state == "pass" for state in states.values())
        lines.append(f"\n### {track}: {phase} ({passed} of {len(pieces)})\n")
        for piece, state in states.items():
            lines.append(f"- [{'x' if state == 'pass' else ' '}] `{piece.id}`: {state}")
    return "\n".join(lines).strip()


def milestones_region(board: dict[str, Entry], progress: Progress) -> str:
    lines = []
    for name in MILESTONES:
        fact = progress.milestones.get(name)
        lines.append(f"- [x] **{name}** ({fact['date']}): {fact['figure']}" if fact else f"- [ ] **{name}**")
    return "\n".join(lines)


def performance_region(board: dict[str, Entry], progress: Progress) -> str:
    lines = ["| Metric | learn | reference | Notes |", "|---|---|---|---|"]
    for metric in METRICS:
        yours, reference, note = progress.comparison.get(metric, ["not measured", "not measured", "`learn compare`"])
        lines.append(f"| {metric} | {yours} | {reference} | {note} |")
    return "\n".join(lines)


REGIONS = {"progress": progress_region, "milestones": milestones_region, "performance": performance_region}


def markers(region: str) -> tuple[str, str]:
    return f"<!-- begin {region}: written by `learn`, do not edit -->", f"<!-- end {region} -->"


def with_region(text: str, region: str, content: str) -> str:
    """The text with what is between the markers of a region replaced. Raises `BrokenMarker`."""
    begin, end = markers(region)
    for marker in (begin, end):
        if text.count(marker) != 1:
            raise BrokenMarker(f"the marker {marker} must be there once, but is there {text.count(marker)} times")
    before, rest = text.split(begin)
    if end not in rest:
        raise BrokenMarker(f"the marker {end} stands before its beginning")
    return f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"


def update_status(board: dict[str, Entry], progress: Progress) -> bool:
    """Write the regions of STATUS.md anew. Where a marker is broken nothing is written, and the reason is printed."""
    if not STATUS.exists():
        print(f"{shown(STATUS)} is not there, so your progress was not written to it.", file=sys.stderr)
        return False
    old = new = read_text(STATUS)
    try:
        for region, content in REGIONS.items():
            new = with_region(new, region, content(board, progress))
    except BrokenMarker as problem:
        print(
            f"{shown(STATUS)} was left as it is: {problem}. Put it right, and `learn status` will write.",
            file=sys.stderr,
        )
        return False
    if new != old:
        write_text(STATUS, new)
    return True


def remember(board: dict[str, Entry], progress: Progress) -> None:
    """Save the progress, and write it to STATUS.md."""
    progress.save()
    update_status(board, progress)
