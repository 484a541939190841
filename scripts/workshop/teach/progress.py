"""What has been measured about the learner's code, kept from one command to the next."""

import contextlib
import copy
import json
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from scripts.project import ROOT, shown
from scripts.workshop.pieces import TRACKS, Track
from scripts.workshop.pieces.backup import back_up
from scripts.workshop.pieces.board import Entry, next_entry
from scripts.workshop.pieces.replacing import locked, replace_file

PROGRESS = ROOT / ".learn" / "progress.json"

# What each fact of a section must hold; of a list, its members.
SECTIONS: dict[str, Any] = {
    "verdicts": {"fingerprint": str, "status": str, "cause": str | None, "explanation": str},
    "milestones": {"date": str, "figure": str},
    "comparison": [str, str, str],
    "hints": {"rung": int, "cause": str | None},
    "edits": {"fingerprint": str, "time": float},
    "stops": {"time": float},
    "hunts": {"state": str, "level": str, "track": str, "answer": str, "date": str},
}
FAILED = ("wrong", "crash", "timeout")


class Damaged(ValueError):
    """A file that is none of ours any more, and what can still be read of it."""

    def __init__(self, facts: dict[str, dict]):
        self.facts = facts


class Progress:
    """Facts with their figures: the last verdict on each piece, milestones, the comparison with the reference.

    Several commands may run at once: what is saved is what has changed since it was read, whoever has saved meanwhile.
    """

    def __init__(self, path: Path = PROGRESS):
        self.path = path
        try:
            self.take(read_facts(path))
        except Damaged as damaged:
            self.take(damaged.facts)
            # It is read again while nobody writes; if it is damaged then, it is set aside.
            self.save()
        except OSError as error:
            self.take({})
            print(f"{shown(path)} cannot be read: {error.strerror or error}. It is left as it is.", file=sys.stderr)

    def take(self, facts: dict[str, dict]) -> None:
        """Hold these facts, as what the file says."""
        self.saved = {section: facts.get(section, {}) for section in (*SECTIONS, "finished")}
        known = copy.deepcopy(self.saved)
        self.verdicts: dict[str, dict] = known["verdicts"]
        self.milestones: dict[str, dict] = known["milestones"]
        self.comparison: dict[str, list] = known["comparison"]
        self.finished: list[str] = sorted(known["finished"])  # the tracks whose runs have come to their end
        self.hints: dict[str, dict] = known["hints"]  # by piece: the last rung that was shown, and for what cause
        # By piece: as what it was last seen, and when it was saved so or failed its check; when a run stopped there.
        self.edits: dict[str, dict] = known["edits"]
        self.stops: dict[str, dict] = known["stops"]
        self.hunts: dict[str, dict] = known["hunts"]  # by name: what became of each

    @contextlib.contextmanager
    def saving(self) -> Iterator[None]:
        """Save what has changed, and know what others have; while it lasts, no other command saves. Where it cannot be
        saved, the reason is printed, and the work goes on."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path))
                try:
                    there = found = read_facts(self.path)
                except Damaged as damaged:
                    there, found = {}, damaged.facts
                    self.keep_damaged()
                mine = {name: getattr(self, name) for name in SECTIONS} | {
                    "finished": dict.fromkeys(self.finished, True)
                }
                facts = {name: merged(self.saved[name], mine[name], found.get(name, {})) for name in mine}
                if facts != {name: there.get(name, {}) for name in mine}:
                    text = json.dumps(facts | {"finished": sorted(facts["finished"])}, indent=1)
                    replace_file(self.path, f"{text}\n".encode())
                self.take(facts)
            except OSError as error:
                place = shown(Path(error.filename or self.path))
                print(f"Your progress is not saved: {place}: {error.strerror or error}.", file=sys.stderr)
            yield

    def save(self) -> None:
        with self.saving():
            pass

    def keep_damaged(self) -> None:
        place = shown(back_up(self.path, self.path.parent / "backups"))
        print(
            f"{shown(self.path)} is damaged. As it was it is kept in {place};\nwhat can still be read of it stays, "
            "and `learn check --all` finds out the rest.",
            file=sys.stderr,
        )
        # So that the next command does not say it again.
        replace_file(self.path, b"{}\n")

    def reach(self, milestones: dict[str, str]) -> None:
        """Record milestones with the figure that shows each; the day of the first time stays."""
        for name, figure in milestones.items():
            first = self.milestones.get(name, {}).get("date", date.today().isoformat())
            self.milestones[name] = {"date": first, "figure": figure}

    def judge(self, entry: Entry, status: str, cause: str | None = None, explanation: str = "") -> None:
        if entry.state == "written":
            verdict = {"status": status, "cause": cause, "explanation": explanation}
            fingerprint = entry.fingerprint()
            self.verdicts[entry.piece.id] = {"fingerprint": fingerprint, **verdict}
            if status in FAILED:
                self.edits[entry.piece.id] = {"fingerprint": fingerprint, "time": time.time()}

    def stop_at(self, piece: str) -> None:
        """Remember that a run has just asked for this piece: what came before it is behind the learner."""
        self.stops = {piece: {"time": time.time()}}

    def failed(self, board: dict[str, Entry]) -> list[Entry]:
        """What is wrong as it stands, by the last verdicts."""
        return [entry for entry in board.values() if self.state(entry) in FAILED]

    def current(self, board: dict[str, Entry]) -> Entry | None:
        """The piece that the learner is at: of those that have not passed, the one that was last edited, or failed its
        check; where a run has gone past what was edited, the one at which it stopped; else the first that is not
        written. None where all are written and none is known to be wrong."""
        stopped = max((stop["time"] for stop in self.stops.values()), default=0.0)
        at = []
        for entry in board.values():
            if entry.begun:
                self.note(entry)
            if entry.piece.id in self.edits and (entry.begun or entry.state == "broken"):
                edited, failed = self.edits[entry.piece.id]["time"], self.verdicts.get(entry.piece.id, {}).get("status")
                # What neither has failed nor is newer than the last stop need not be looked at.
                state = self.state(entry) if edited > stopped or failed in FAILED else "pass"
                if state in FAILED or (state != "pass" and edited > stopped):
                    at.append((edited, entry))
        if at:
            return max(at, key=lambda each: each[0])[1]
        asked = [board[id] for id in self.stops if id in board and board[id].state != "written"]
        return asked[0] if asked else next_entry(board)

    def current_track(self, board: dict[str, Entry]) -> Track:
        """The first track that has a piece left to write or has never run to its end; the last one where there is
        none."""
        for track in TRACKS:
            if track.name not in self.finished or any(board[piece.id].state != "written" for piece in track.pieces):
                return track
        return TRACKS[-1]

    def note(self, entry: Entry) -> None:
        """Remember when a piece became what it is now, if it was another when it was last looked at."""
        known, saved = self.edits.get(entry.piece.id, {"fingerprint": "", "time": 0.0}), entry.path.stat().st_mtime
        if saved > known["time"] and (fingerprint := entry.fingerprint()) != known["fingerprint"]:
            self.edits[entry.piece.id] = {"fingerprint": fingerprint, "time": saved}

    def cause(self, entry: Entry) -> tuple[str, str] | None:
        """The mistake that the last verdict named, and its explanation, where the code has not changed since."""
        verdict = self.verdicts.get(entry.piece.id, {})
        if entry.state != "written" or not verdict.get("cause") or verdict["fingerprint"] != entry.fingerprint():
            return None
        return verdict["cause"], verdict["explanation"]

    def next_rung(self, entry: Entry, last: int) -> int:
        """Which rung of the hints comes next, up to `last`; a mistake that is named anew begins at the first."""
        cause = self.cause(entry)
        known = self.hints.get(entry.piece.id, {"rung": 0, "cause": None})
        same = known["cause"] == (cause and cause[0])
        return min(known["rung"] + 1, last) if same else 1

    def climb(self, entry: Entry, rung: int) -> None:
        """Remember that this rung was shown."""
        cause = self.cause(entry)
        self.hints[entry.piece.id] = {"rung": rung, "cause": cause and cause[0]}

    def state(self, entry: Entry) -> str:
        """The entry's state, or the last verdict on it where the code has not changed since."""
        verdict = self.verdicts.get(entry.piece.id)
        if entry.state == "written" and verdict and verdict["fingerprint"] == entry.fingerprint():
            return verdict["status"]
        return entry.state


def read_facts(path: Path) -> dict[str, dict]:
    """The facts in a file, by section and name; none where there is no file. Raises `Damaged` and `OSError`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        # In any of the encodings that JSON knows, though ours is one of them alone.
        written = json.loads(data)
    except (ValueError, RecursionError):
        raise Damaged({}) from None
    if not isinstance(written, dict):
        raise Damaged({})
    known = {name: of_kind(written.get(name, {}), kind) for name, kind in SECTIONS.items()}
    finished = written.get("finished", [])
    names = [name for name in finished if isinstance(name, str)] if isinstance(finished, list) else []
    known["finished"] = dict.fromkeys(names, True)
    ours = json.detect_encoding(data).startswith("utf-8") and names == finished
    if not ours or any(known[name] != written.get(name, {}) for name in SECTIONS):
        raise Damaged(known)
    return known


def of_kind(section: Any, kind: Any) -> dict[str, Any]:
    """Those facts of a section that hold what they must."""
    return {name: fact for name, fact in section.items() if holds(fact, kind)} if isinstance(section, dict) else {}


def holds(fact: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(fact, list) and len(fact) == len(kind) and all(map(isinstance, fact, kind))
    return isinstance(fact, dict) and all(isinstance(fact.get(key, ...), type) for key, type in kind.items())


def merged(before: dict, mine: dict, theirs: dict) -> dict:
    """Theirs, with what is another in mine than it was before."""
    result = dict(theirs)
    for name in before.keys() | mine.keys():
        if name not in mine:
            result.pop(name, None)
        elif name not in before or mine[name] != before[name]:
            result[name] = mine[name]
    return result
