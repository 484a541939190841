"""What has been measured about the learner's code, kept from one command to the next."""

import json
from datetime import date
from pathlib import Path

from scripts.project import ROOT
from scripts.workshop.pieces.board import Entry
from scripts.workshop.pieces.source import write_text

PROGRESS = ROOT / ".learn" / "progress.json"


class Progress:
    """Facts with their figures: the last verdict on each piece, milestones, the comparison with the reference."""

    def __init__(self, path: Path = PROGRESS):
        self.path = path
        facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.verdicts: dict[str, dict] = facts.get("verdicts", {})
        self.milestones: dict[str, dict] = facts.get("milestones", {})
        self.comparison: dict[str, list] = facts.get("comparison", {})
        self.finished: list[str] = facts.get("finished", [])  # the tracks whose runs have come to their end
        self.hints: dict[str, dict] = facts.get(
            "hints", {}
        )  # by piece: the last rung that was shown, and for what cause

    def save(self) -> None:
        facts = {key: getattr(self, key) for key in ("verdicts", "milestones", "comparison", "finished", "hints")}
        write_text(self.path, json.dumps(facts, indent=1) + "\n")

    def reach(self, milestones: dict[str, str]) -> None:
        """Record milestones with the figure that shows each; the day of the first time stays."""
        for name, figure in milestones.items():
            first = self.milestones.get(name, {}).get("date", date.today().isoformat())
            self.milestones[name] = {"date": first, "figure": figure}

    def judge(self, entry: Entry, status: str, cause: str | None = None, explanation: str = "") -> None:
        if entry.state == "written":
            verdict = {"status": status, "cause": cause, "explanation": explanation}
            self.verdicts[entry.piece.id] = {"fingerprint": entry.fingerprint(), **verdict}

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
