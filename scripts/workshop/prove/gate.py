"""The gate: what proves the checks. Every mistake of the catalogue must be caught by its piece's check and named by the
diagnosis; mutants, made by machine, must be killed, but for those that are known to be well; and other right versions
must be accepted, also as a copy's answers are when it is graded."""

import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from scripts.workshop.check.answers import packed
from scripts.workshop.check.cases import Case, cases_of
from scripts.workshop.check.checking import compare_case, expected
from scripts.workshop.check.judging import judged
from scripts.workshop.diagnose import Mistake, mistakes_of
from scripts.workshop.diagnose.diagnosis import Outcome, alike, right, trials_made, trials_of
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.content import alternatives_of
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import forget, splice
from scripts.workshop.pieces.swap import kept
from scripts.workshop.prove.mutants import mutants_of, survives


@dataclass(frozen=True)
class Tried:
    """What came of a mistake: whether the check rejects it, and what else the diagnosis might take it for."""

    mistake: Mistake
    caught: bool
    misspelt: bool  # the edit itself uses a name that nobody has defined: any check would find that out
    rivals: list[str]  # mistakes of other kinds that it might as well be

    @property
    def named(self) -> bool:
        """As a fact: for itself, or for others of its kind among which it is, and nothing else."""
        return self.caught and not self.rivals


def try_mistakes(piece: Piece) -> Iterator[Tried]:
    """Put each mistake of a piece into the reference, as if a learner had made it.

    The diagnosis names it as a fact where none of another kind comes to the same in every case. So of two only those
    cases are run that tell them apart: as a rule the first that rejects one of them, up to which both are run anyway.
    """
    cases = cases_of(piece)
    trials = trials_of(piece, mistakes_of(piece))

    def outcome(mistake: Mistake, case: Case) -> Outcome:
        return trials[mistake].outcome(piece, case)

    def accepted(mistake: Mistake) -> int:
        """How many cases let a mistake pass until one rejects it."""
        return next((n for n, case in enumerate(cases) if not right(case, outcome(mistake, case))), len(cases))

    def taken(mistake: Mistake, other: Mistake) -> bool:
        telling = min(passed[mistake], passed[other])
        order = [*cases[telling : telling + 1], *cases]
        return all(alike(case, outcome(mistake, case), outcome(other, case)) for case in order)

    passed = {mistake: accepted(mistake) for mistake in trials}
    for mistake in trials:
        caught = passed[mistake] < len(cases)
        rivals = [other.name for other in trials if other.kind != mistake.kind and caught and taken(mistake, other)]
        misspelt = any(type(each) is NameError for each in trials[mistake].outcomes.values())
        yield Tried(mistake, caught, misspelt, rivals)
    trials_made.clear()


def refusal(piece: Piece, path: Path) -> str:
    """Why the piece's check does not accept another right version; empty where it does."""
    package = splice([piece], {piece.module: Source.read(path)})
    try:
        for case in cases_of(piece):
            with kept(package, piece.module):
                compare_case(case, package)
    except Exception as error:
        return f"with {case.about}: {type(error).__name__}: {error}"
    finally:
        forget(package)
    return ""


def spoilt(piece: Piece) -> list[str]:
    """What is wrong with right answers once they have been packed, as those of a copy that is graded are."""
    answers = ((case, {name: packed(value) for name, value in expected(case)[1].items()}) for case in cases_of(piece))
    found = (judged(case, json.loads(json.dumps(answer)), again=False) for case, answer in answers)
    return [said for said in found if said]


@dataclass(frozen=True)
class Judgement:
    """What came of all mistakes, mutants and other right versions of a piece."""

    piece: str
    tried: list[Tried]
    mutants: int
    survivors: list[str]
    refusals: dict[str, str]  # by the name of the version; empty where it is accepted
    spoilt: list[str]


def judge(piece: Piece) -> Judgement:
    torch.set_num_threads(1)
    os.environ["LEARN_DEBUG"] = "0"
    warnings.simplefilter("ignore")  # of what mistakes and mutants do, nobody need be warned
    mutants = list(mutants_of(piece))
    survivors = [mutant.name for mutant in mutants if survives(mutant)]
    refusals = {path.stem: refusal(piece, path) for path in alternatives_of(piece)}
    return Judgement(piece.id, list(try_mistakes(piece)), len(mutants), survivors, refusals, spoilt(piece))
