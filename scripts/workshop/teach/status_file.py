"""STATUS.md: the learner's own file, in which the regions between markers are written from measured facts."""

import codecs
import re
import sys

from scripts.project import ROOT, UsageError, shown
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.backup import back_up
from scripts.workshop.pieces.board import Entry
from scripts.workshop.pieces.replacing import replace_file
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
    # Behind those that everybody comes by, the learner's own: the tracks that are done.
    for name in dict.fromkeys([*MILESTONES, *progress.milestones]):
        fact = progress.milestones.get(name)
        lines.append(f"- [x] **{name}** ({fact['date']}): {fact['figure']}" if fact else f"- [ ] **{name}**")
    return "\n".join(lines)


def performance_region(board: dict[str, Entry], progress: Progress) -> str:
    lines = ["| Metric | learn | reference | Notes |", "|---|---|---|---|"]
    for metric in METRICS:
        yours, reference, note = progress.comparison.get(metric, ["not measured", "not measured", "`learn compare`"])
        lines.append(f"| {metric} | {yours} | {reference} | {note} |")
    return "\n".join(lines)


def hunts_region(board: dict[str, Entry], progress: Progress) -> str:
    lines = [] if progress.hunts else ["No hunt has begun yet: `learn hunt`."]
    for name, fact in progress.hunts.items():
        ticked, answer = "x" if fact["state"] == "found" else " ", f": `{fact['answer']}`" if fact["answer"] else ""
        about = f"hunt {name}** ({fact['level']}, {fact['track']})" if name.isdecimal() else f"hunt {name}**"
        lines.append(f"- [{ticked}] **{about} {fact['state']}, {fact['date']}{answer}")
    return "\n".join(lines)


REGIONS = {
    "progress": progress_region,
    "milestones": milestones_region,
    "performance": performance_region,
    "hunts": hunts_region,
}
# Regions that a file from before them need not have: they come into it when there is something to say.
LATER = {"hunts": lambda progress: progress.hunts}
HEADINGS = {
    "progress": "Progress by phase",
    "milestones": "Milestones",
    "performance": "Performance: mine beside the reference",
    "hunts": "Hunts",
}


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
    lines = f"{begin}\n{content}\n{end}"
    return before + lines.replace("\n", "\r\n" if "\r\n" in text else "\n") + rest.split(end)[1]


def read_status() -> tuple[str, str]:
    """The text of STATUS.md and its encoding: UTF-16 where its mark says so. In any other, what the learner wrote stays
    byte for byte, since what is written by `learn` is ASCII. Raises `OSError` and `UnicodeDecodeError`."""
    data = STATUS.read_bytes()
    marks = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    encoding = marks.get(data[:2], "utf-8")
    return data.decode(encoding, "surrogateescape"), encoding


def write_status(text: str, encoding: str) -> None:
    replace_file(STATUS, text.encode(encoding, "surrogateescape"))


def update_status(board: dict[str, Entry], progress: Progress) -> bool:
    """Write the regions of STATUS.md anew. Where that cannot be, nothing is written, and the reason is printed."""
    cure = "`learn reset STATUS.md` puts the markers in anew, and keeps your text"
    try:
        old, encoding = read_status()
        new = old
        if not old.strip("\0\ufeff \t\r\n"):
            print(f"{shown(STATUS)} was empty: the regions are put in anew.", file=sys.stderr)
            new, encoding = with_all_markers("# My GPT: status\n"), "utf-8"
        for region, content in REGIONS.items():
            if region in LATER and not any(marker in new for marker in markers(region)):
                if not LATER[region](progress):
                    continue
                new = with_marker(new, region)
            new = with_region(new, region, content(board, progress))
        if new != old:
            write_status(new, encoding)
        return True
    except FileNotFoundError:
        said = "is not there, so your progress was not written to it"
    except OSError as error:
        said = f"cannot be used ({error.strerror or error}), so your progress was not written to it"
        cure = "Allow it there, or work in a copy of the project" if isinstance(error, PermissionError) else cure
    except UnicodeDecodeError:
        said = "was left as it is: it is damaged"
    except BrokenMarker as problem:
        said = f"was left as it is: {problem}"
    print(f"{shown(STATUS)} {said}. {cure}.", file=sys.stderr)
    return False


def with_marker(text: str, region: str) -> str:
    """The text with a region's heading and markers at its end."""
    begin, end = markers(region)
    lines = f"\n## {HEADINGS[region]}\n\n{begin}\n{end}\n"
    return text + lines.replace("\n", "\r\n" if "\r\n" in text else "\n")


def with_all_markers(text: str) -> str:
    """The text with the markers of every region: where they are not there in order and once, anew, at its end."""
    for region in REGIONS:
        try:
            text = with_region(text, region, "")
        except BrokenMarker:
            begin, end = markers(region)
            text = re.sub(f"({re.escape(begin)}|{re.escape(end)})\r?\n?", "", text)
            text = with_marker(text, region)
    return text


def reset_status(board: dict[str, Entry], progress: Progress) -> None:
    """Put the markers of all regions into STATUS.md, and write them. What the learner wrote stays, and a copy too."""
    try:
        text, encoding = "# My GPT: status\n", "utf-8"
        if STATUS.exists():
            try:
                text, encoding = read_status()
            except UnicodeDecodeError:
                text = STATUS.read_bytes().decode("utf-16", "replace")
            print(f"What was there is kept in {shown(back_up(STATUS))}")
        write_status(with_all_markers(text), encoding)
    except OSError as error:
        raise UsageError(f"{shown(STATUS)} is left as it is: {error.strerror or error}") from error
    if not remember(board, progress):
        raise UsageError(f"{shown(STATUS)} could not be written")
    print(f"Put back: the regions of {shown(STATUS)}")


def remember(board: dict[str, Entry], progress: Progress) -> bool:
    """Save the progress, and write it to STATUS.md, while nobody else does. Returns whether it stands there."""
    with progress.saving():
        return update_status(board, progress)
