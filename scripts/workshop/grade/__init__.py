"""Grade: the verdicts on many copies of learn/, as a table, as CSV and as JUnit XML."""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scripts.project import UsageError, printable
from scripts.workshop.diagnose.verdicts import Checkers, Verdict
from scripts.workshop.grade.integrity import suspicions
from scripts.workshop.grade.tampering import compile_given, refuse_changes, stamps
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.board import read_board

HOME = "gpt.py"  # a folder with this file is a copy


@dataclass(frozen=True)
class Grade:
    copy: str  # its name: the folder, as far as it tells the copies apart
    folder: Path
    verdicts: list[Verdict]
    suspicions: list[str]

    @property
    def passed(self) -> int:
        return sum(verdict.status == "pass" for verdict in self.verdicts)

    def as_dict(self) -> dict:
        return {
            "copy": self.copy,
            "folder": str(self.folder),
            "passed": self.passed,
            "total": len(self.verdicts),
            "suspicions": self.suspicions,
            "pieces": [verdict.as_dict() for verdict in self.verdicts],
        }


def copies_in(folders: list[Path]) -> dict[str, Path]:
    """The copies of learn/ in these folders, by name. A folder may be a copy, hold one in `learn/`, or hold folders
    that do. Raises `UsageError` where there is none."""
    found: list[tuple[Path, Path]] = []  # the folder that names a copy, and the copy
    for folder in folders:
        here = copy_at(folder)
        inside = [] if here else [(path, copy_at(path)) for path in sorted(folder.glob("*")) if path.is_dir()]
        copies = [(folder, here)] if here else [(path, copy) for path, copy in inside if copy]
        if not copies:
            raise UsageError(f"{folder}: there is no copy of learn/ here; a copy is a folder with {HOME} in it")
        found += copies
    names = [path.resolve().name for path, _ in found]
    twice = {name for name, count in Counter(names).items() if count > 1}
    return {
        str(path) if name in twice else name: copy.resolve() for name, (path, copy) in zip(names, found, strict=True)
    }


def copy_at(folder: Path) -> Path | None:
    # Though its file cannot be read: then it is a copy in which that is broken.
    return next((place for place in (folder, folder / "learn") if os.path.lexists(place / HOME)), None)


def grades(copies: dict[str, Path], limit: float) -> Iterator[Grade]:
    """Every piece of every copy, each in a process of its own with `limit` seconds. Raises `UsageError` where a copy
    has changed what the next ones depend on."""
    compile_given()
    before = stamps(copies.values())
    with closing(Checkers()) as checkers:
        for name, folder in copies.items():
            verdicts = list(checkers.check(read_board(folder).values(), limit))
            refuse_changes(before, stamps(copies.values()), name)
            yield Grade(name, folder, verdicts, suspicions(folder))


def row(grade: Grade) -> list[str]:
    """A line of the table: name, pieces that pass, what became of the others, and how much there is to look at."""
    counts = Counter(verdict.status for verdict in grade.verdicts)
    others = [f"{counts[status]} {status}" for status in ("wrong", "crash", "timeout", "unwritten") if counts[status]]
    return [
        printable(grade.copy),
        f"{grade.passed}/{len(grade.verdicts)}",
        ", ".join(others),
        str(len(grade.suspicions) or ""),
    ]


def write_csv(path: Path, grades: list[Grade]) -> None:
    """A row for every copy, a column for every piece."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["copy", "passed", "total", *(piece.id for piece in PIECES), "suspicions"])
        for grade in grades:
            statuses = [verdict.status for verdict in grade.verdicts]
            about = cell("; ".join(grade.suspicions))
            writer.writerow([cell(grade.copy), grade.passed, len(statuses), *statuses, about])


def cell(text: str) -> str:
    """A text of somebody else's as a cell that no spreadsheet takes for a formula."""
    text = printable(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write_junit(path: Path, grades: list[Grade]) -> None:
    """A test suite for every copy, a test case for every piece."""
    from junitparser import Error, Failure, Skipped
    from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

    kinds = {"wrong": Failure, "crash": Error, "timeout": Error, "unwritten": Skipped}
    root = JUnitXml()
    for grade in grades:
        name = printable(grade.copy)
        suite = TestSuite(name)
        for verdict in grade.verdicts:
            case = TestCase(verdict.id, name, verdict.seconds)
            if verdict.status in kinds:
                result = kinds[verdict.status](printable(verdict.cause or verdict.status))
                result.text = printable(f"{verdict.file}:{verdict.line}\n{verdict.message}")
                case.result = result
            suite.add_testcase(case)
        if grade.suspicions:
            suite.system_out = printable("\n".join(grade.suspicions))
        root.add_testsuite(suite)
    root.write(str(path))
