"""The pieces: every function that the learner writes, in the order in which the run asks for them.

All that is known about a piece stands in one folder, `scripts/course/norms/rms_norm/` for `norms.rms_norm`. Of that
only piece.md is read here: what `learn`, `learn list` and `learn hint` need, without torch.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from scripts.project import ROOT

COURSE = ROOT / "scripts" / "course"
# What a run of a track is, where the track does not say otherwise: just long enough to see a piece at work.
SHORT = {"max_iters": 30, "eval_tokens": 4096}


@dataclass(frozen=True)
class Question:
    """Something to think about while the piece comes up."""

    number: int  # by which `learn answer` and STATUS.md know it
    text: str
    answer: str  # to compare one's own with
    tryout: str  # a command that shows it


@dataclass(frozen=True)
class Piece:
    id: str  # where it stands: file, class, function; a file in a room with the room before it
    module: str  # its file in reference/, as it is imported: `norms`, `attentions.gated`
    qualname: str  # its name inside that file: `GPT.forward`
    phase: str
    track: str
    todo: str  # one line: what to write
    why: str  # one sentence: why it matters
    idea: str  # the first rung of its hints
    requires: tuple[str, ...] = ()  # ids of the pieces that it calls
    questions: tuple[Question, ...] = ()
    runs: tuple[dict, ...] = field(default=(), compare=False)  # of its track, where tracks.toml does not know the piece

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"

    @property
    def folder(self) -> Path:
        """Where all that is known about it stands."""
        return COURSE.joinpath(*self.module.split("."), self.qualname)


@dataclass(frozen=True)
class Track:
    """What `learn` trains, one run after the other, to see a set of pieces at work."""

    name: str
    runs: tuple[dict, ...]  # for each run, the settings of scripts/train.py that differ from its defaults
    pieces: tuple[Piece, ...]
    about: str = ""  # what it trains, in a line
    hours: str = ""  # how long it takes to write, estimated
    end: str = ""  # what its code can do when it has run to its end, in a line


def read_piece(path: Path) -> Piece:
    """The piece whose piece.md this is. Raises `ValueError` naming the file where it is none."""
    *rooms, qualname = path.parent.relative_to(COURSE).parts
    try:
        _, front, text = re.split(r"^---\n", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.MULTILINE)
        facts = yaml.load(front, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        why, _, rest = text.partition("\n# Idea\n")
        idea, _, questions = rest.partition("\n# Questions\n")
        return Piece(
            id=".".join([*rooms, qualname]),
            module=".".join(rooms),
            qualname=qualname,
            phase=facts["phase"],
            track=facts["track"],
            todo=facts["todo"],
            why=unwrapped(why),
            idea=unwrapped(idea),
            requires=tuple(facts.get("requires", ())),
            questions=tuple(map(read_question, re.split(r"^## ", questions, flags=re.MULTILINE)[1:])),
            runs=tuple(facts.get("runs", ())),
        )
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: this is no description of a piece: {error}") from error


def read_question(text: str) -> Question:
    """A question as piece.md has it: `12. Why ...?`, or without a number, then the answer, and a command on a line of
    its own."""
    heading, _, body = text.partition("\n")
    number, _, question = heading.partition(". ") if heading[:1].isdecimal() else ("0", "", heading)
    answer, _, tryout = body.rpartition("\n    $ ")
    return Question(int(number), question, unwrapped(answer), tryout.strip())


def unwrapped(text: str) -> str:
    """Paragraphs as single lines, to be wrapped where they are printed; lines of a picture, which stand four columns
    in, keep two of these."""
    lines: list[str] = []
    fresh = True
    for line in text.strip("\n").splitlines():
        picture = line.startswith("    ")
        if picture:
            lines.append(line[2:])
        elif line and not fresh:
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
        fresh = picture or not line
    return "\n".join(lines)


def read_course() -> tuple[tuple[Piece, ...], tuple[Track, ...]]:
    """Every piece, and every track, in their order: that of tracks.toml, and behind it what it does not know."""
    listed: list[dict[str, Any]] = tomllib.loads((COURSE / "tracks.toml").read_text(encoding="utf-8"))["track"]
    place = {id: number for number, id in enumerate(id for track in listed for id in track["pieces"])}
    found = sorted(
        map(read_piece, COURSE.rglob("piece.md")), key=lambda piece: (place.get(piece.id, len(place)), piece.id)
    )
    names = list(dict.fromkeys([*(track["name"] for track in listed), *(piece.track for piece in found)]))
    found = numbered(sorted(found, key=lambda piece: names.index(piece.track)))
    tracks = []
    for name in names:
        known = next((track for track in listed if track["name"] == name), {})
        pieces = tuple(piece for piece in found if piece.track == name)
        runs = [*known.get("runs", ()), *(run for piece in pieces if piece.id not in place for run in piece.runs)]
        complete = tuple(known.get("settings", SHORT) | run for run in runs)
        told = (known.get(field, "") for field in ("about", "hours", "end"))
        tracks.append(Track(name, complete, pieces, *told))
    return tuple(piece for track in tracks for piece in track.pieces), tuple(tracks)


def numbered(pieces: list[Piece]) -> list[Piece]:
    """The pieces, with every question under a number: track by track, of each first those that STATUS.md knows by their
    numbers, then the others in the order of the pieces."""
    asked = [(piece.track, question) for piece in pieces for question in piece.questions]
    tracks = [track for track, _ in asked]
    counted = sorted(asked, key=lambda each: (tracks.index(each[0]), each[1].number or len(asked)))
    order = {id(question): number for number, (_, question) in enumerate(counted, start=1)}
    return [
        replace(piece, questions=tuple(replace(each, number=order[id(each)]) for each in piece.questions))
        for piece in pieces
    ]


PIECES, TRACKS = read_course()
BY_ID = {piece.id: piece for piece in PIECES}
FILES = tuple(dict.fromkeys(piece.file for piece in PIECES))
