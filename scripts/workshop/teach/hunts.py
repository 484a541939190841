"""Hunts: a known mistake, hidden in a copy of the whole model that runs, to be found by its symptoms.

Twelve stand in course/hunts.toml, in an order that teaches to diagnose; any number more are drawn with a seed. A hunt
has a folder, runs/hunts/NAME:

    model/         the copy, which the learner mends
    hunt.json      what the hunt is of; the answer is in there, not to be read by accident
    symptoms.json  what the trainings have shown
    trained/       the run of the copy, and right/ that of the reference

The reference's is the same for all that train with the same settings: runs/hunts/right/ keeps it for the next one.
"""

import ast
import base64
import functools
import hashlib
import json
import math
import os
import platform
import random
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scripts.project import ROOT, UsageError, did_you_mean, shown
from scripts.training.settings import Settings
from scripts.workshop.diagnose import Mistake, mistakes_of
from scripts.workshop.pieces import BY_ID, COURSE, TRACKS, Piece
from scripts.workshop.pieces.board import Entry, entry, read_board
from scripts.workshop.pieces.replacing import replace_file
from scripts.workshop.pieces.source import Source, read_text, write_text
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import DEBUG, PACKAGE_DOCSTRING, mirrored
from scripts.workshop.teach.symptoms import Symptoms

HUNTS = ROOT / "runs" / "hunts"
LEVELS = ("easy", "medium", "hard")
STEPS = {"max_iters": 60, "eval_tokens": 8192}  # of both trainings
TRIAL = {"max_iters": 30, "eval_tokens": 1024}  # of one that only shows whether there is something to see


@dataclass(frozen=True)
class Hunt:
    name: str  # that of its folder: its number, or how it was drawn
    level: str
    piece: str  # the id of the piece that is wrong
    mistake: str  # the name of the mistake
    settings: dict[str, Any] = field(default_factory=dict)  # of the trainings, where they differ from a first run's
    complaint: str = ""  # what somebody says who has this model
    shows: tuple[str, ...] = ()  # the symptoms by which it can be told: names in symptoms.LOOKS
    lesson: str = ""  # how they lead to the mistake

    @property
    def track(self) -> str:
        return BY_ID[self.piece].track

    @property
    def folder(self) -> Path:
        return HUNTS / self.name

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def what(self) -> Mistake:
        return mistake_called(BY_ID[self.piece], self.mistake)

    def run_settings(self, impl: str) -> Settings:
        return Settings(**{**STEPS, **self.settings, "impl": impl})

    def files(self) -> dict[str, str]:
        """The copy as it is handed out, by the names of its files."""
        piece = BY_ID[self.piece]
        files = {"__init__.py": PACKAGE_DOCSTRING, "debug.py": read_text(DEBUG)}
        files |= {name: reference_source(name.removesuffix(".py").replace("/", ".")).text for name in mirrored()}
        return files | {piece.file: reference_source(piece.module).with_function(piece.qualname, self.wrong())}

    def wrong(self) -> str:
        """The piece with the mistake in it."""
        return wrong_text(self.what)

    def hide(self) -> None:
        """Write the copy, where there is none yet; and what the hunt is of."""
        if self.model.exists():
            return
        scratch = self.folder / f".model.{os.getpid()}"
        for name, text in self.files().items():
            write_text(scratch / name, text)
        scratch.rename(self.model)
        facts = asdict(self)
        answer = {name: facts.pop(name) for name in ("piece", "mistake", "shows", "lesson")}
        facts["answer"] = base64.b64encode(json.dumps(answer).encode()).decode()
        write_facts(self.folder / "hunt.json", facts)

    def edited(self) -> list[Entry]:
        """The pieces that are other than when the copy was handed out; of a file that Python cannot read, the first."""
        files, found, broken = self.files(), [], set()
        for id, now in read_board(self.model).items():
            piece = BY_ID[id]
            if now.source is not None and now.source.text == files[piece.file]:
                continue
            if now.state == "broken":
                found += [now] if now.path not in broken else []
                broken.add(now.path)
                continue
            before = entry(piece, now.path, Source(files[piece.file], now.path))
            if now.state != "written" or now.fingerprint() != before.fingerprint():
                found.append(now)
        return found

    def symptoms(self) -> dict[str, Symptoms]:
        """What is known of `right` and of `copy`."""
        path = self.folder / "symptoms.json"
        facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {name: Symptoms(**each) for name, each in facts.items()}

    def note(self, name: str, symptoms: Symptoms) -> None:
        known = {each: asdict(found) for each, found in self.symptoms().items()}
        write_facts(self.folder / "symptoms.json", known | {name: asdict(symptoms)})

    @property
    def shelf(self) -> Path:
        """Where the right one's training is kept: another for other settings, another code, another machine."""
        about = {**STEPS, **self.settings}, platform.node(), os.cpu_count(), version("torch")
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        for folder in (ROOT / "reference", ROOT / "scripts" / "training"):
            for path in sorted(folder.rglob("*.py")):
                digest.update(path.read_bytes())
        return HUNTS / "right" / digest.hexdigest()[:16]

    def take_right(self) -> bool:
        """Whether the right one has been trained for another hunt: then it is here now. Its speed was that of then."""
        kept = self.shelf / "symptoms.json"
        if not kept.is_file():
            return False
        shutil.rmtree(self.folder / "right", ignore_errors=True)
        shutil.copytree(self.shelf / "run", self.folder / "right")
        found = Symptoms(**json.loads(kept.read_text(encoding="utf-8")))
        self.note("right", replace(found, tokens_per_second=math.nan))
        return True

    def keep_right(self) -> None:
        """Keep the right one's training for other hunts."""
        scratch = self.shelf.with_name(f".{os.getpid()}")
        shutil.copytree(self.folder / "right", scratch / "run")
        write_facts(scratch / "symptoms.json", asdict(self.symptoms()["right"]))
        shutil.rmtree(self.shelf, ignore_errors=True)
        scratch.rename(self.shelf)


def wrong_text(mistake: Mistake) -> str:
    """A piece with a mistake in it, and with nothing that says where."""
    piece = BY_ID[mistake.piece]
    source = reference_source(piece.module)
    text = mistake.put_into(source.text_of(piece.qualname))
    while True:
        changed = Source(source.with_function(piece.qualname, text), source.path)
        less = without_stumps(changed, piece.qualname)
        if less == text:
            return text
        text = less


def without_stumps(source: Source, qualname: str) -> str:
    """A function without what gives a mistake away: code that is never reached, a `pass` beside other statements,
    variables that nothing reads; and the comments above them, where they are about nothing else."""
    node, gone = source.find(qualname), set[int]()
    assert node is not None
    read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    for body in (getattr(each, name, ()) for each in ast.walk(node) for name in ("body", "orelse")):
        ended, statements = False, body if isinstance(body, list) else []
        for statement in statements:
            unread = len(statements) > 1 and assigned(statement) and not assigned(statement) & read
            if ended or unread or (isinstance(statement, ast.Pass) and len(statements) > 1):
                above, below = statement.lineno - 1, statement.end_lineno or statement.lineno
                # A comment that is about the next line too stays.
                shared = unread and statement is not statements[-1] and not source.lines[below].strip().startswith("#")
                while not shared and source.lines[above - 1].strip().startswith("#"):
                    above -= 1
                gone.update(range(above, below))
            ended = ended or isinstance(statement, (ast.Return, ast.Raise))
    span = source.span(node)
    return "".join(
        line for place, line in enumerate(source.lines) if span.start <= place < span.stop and place not in gone
    )


def assigned(statement: ast.stmt) -> set[str]:
    """The variables that a statement sets, where it does no more."""
    if not isinstance(statement, ast.Assign):
        return set()
    parts = [
        each for target in statement.targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    names = {each.id for each in parts if isinstance(each, ast.Name)}
    return names if all(isinstance(each, ast.Name) for each in parts) else set()


def write_facts(path: Path, facts: dict) -> None:
    replace_file(path, f"{json.dumps(facts, indent=1)}\n".encode())


def mistake_called(piece: Piece, name: str) -> Mistake:
    """Raises `UsageError` where the catalogue has it no more."""
    found = next((mistake for mistake in mistakes_of(piece) if mistake.name == name), None)
    if found is None:
        raise UsageError(f"the mistake of this hunt is not in the catalogue any more ({piece.id}); begin another one")
    return found


@functools.cache
def content() -> dict[str, Any]:
    return tomllib.loads((COURSE / "hunts.toml").read_text(encoding="utf-8"))


def curated() -> list[Hunt]:
    """The twelve, in their order."""
    return [
        Hunt(name=str(number), **facts | {"shows": tuple(facts["shows"])})
        for number, facts in enumerate(content()["hunt"], start=1)
    ]


def reading(symptom: str) -> str:
    """How to read a symptom, whatever the mistake."""
    return content()["reading"][symptom]


def begun(name: str) -> Hunt | None:
    """The hunt that has a folder of this name; None where there is none."""
    path = HUNTS / name / "hunt.json"
    if not path.is_file() or not (HUNTS / name / "model").is_dir():
        return None
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        answer = json.loads(base64.b64decode(facts.pop("answer")))
        return Hunt(**facts | answer | {"shows": tuple(answer["shows"])})
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{shown(path)} is damaged; `learn hunt {name}` begins anew once {shown(path.parent)}/ is gone"
        ) from error


def latest() -> Hunt | None:
    """The hunt that was last begun or gone back to."""
    found = sorted(HUNTS.glob("*/hunt.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return next((hunt for path in found if (hunt := begun(path.parent.name))), None)


def candidates(seed: int, track: str, level: str | None = None) -> Iterator[Mistake]:
    """The mistakes of a track that are written by hand, one of each kind, in an order that follows from the seed. Where
    it should be hard, those come first that the training does not show as a rule: in how texts are written."""
    (pieces,) = (each.pieces for each in TRACKS if each.name == track)
    kinds: dict[tuple[str, str], list[Mistake]] = {}
    for piece in pieces:
        for mistake in mistakes_of(piece):
            if not mistake.by_rule:
                kinds.setdefault((piece.id, mistake.kind), []).append(mistake)
    draw = random.Random(seed)
    found = [draw.choice(members) for members in kinds.values()]
    draw.shuffle(found)
    if level == "hard":
        found.sort(key=lambda mistake: not mistake.piece.startswith("decoding."))
    return iter(found)


def require_track(name: str) -> str:
    names = [track.name for track in TRACKS]
    if name not in names:
        raise UsageError(f"--track {name}: {did_you_mean(name, names)}the tracks are {', '.join(names)}")
    return name


def stub_of(piece: Piece) -> str:
    """The piece without a body: what tells whether a run asks for it."""
    source = reference_source(piece.module)
    node = source.function(piece.qualname)
    head = "".join(source.lines[source.span(node).start : node.body[0].lineno - 1])
    return f"{head}{' ' * node.body[0].col_offset}raise NotImplementedError\n"


def level_of(visible: dict[str, str]) -> str | None:
    """How hard a mistake is to find by what it shows: easy where the loss alone tells, hard where neither it nor the
    gradients do; None where nothing shows."""
    if not visible:
        return None
    if "first loss" in visible or "training loss" in visible:
        return "easy"
    return "medium" if "gradients" in visible else "hard"
