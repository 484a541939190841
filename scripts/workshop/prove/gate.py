"""The gate: what proves the checks. Every mistake of the catalogue must be caught by its piece's check and named by the
diagnosis; mutants, made by machine, must be killed, but for those that are known to be well; and other right versions
must be accepted."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from scripts.workshop.check.cases import cases_of
from scripts.workshop.check.checking import compare_case
from scripts.workshop.diagnose import Mistake, mistakes_of
from scripts.workshop.diagnose.diagnosis import Diagnosis, identify, right, trial_of, trials_made
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.content import alternatives_of
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import forget, reference_source, splice
from scripts.workshop.pieces.swap import kept
from scripts.workshop.prove.mutants import mutants_of, survives


@dataclass(frozen=True)
class Tried:
    """What came of a mistake: whether the check rejects it, and what the diagnosis takes it for."""

    mistake: Mistake
    caught: bool
    misspelt: bool  # the edit itself uses a name that nobody has defined: any check would find that out
    taken_for: str  # in words
    named: bool  # as a fact: for itself, or for others of its kind among which it is, and nothing else


def try_mistakes(piece: Piece) -> Iterator[Tried]:
    """Put each mistake of a piece into the reference, as if a learner had made it."""
    text = reference_source(piece.module).text_of(piece.qualname)
    cases = cases_of(piece)
    mistakes = mistakes_of(piece)
    for mistake in mistakes:
        theirs = {case: trial_of(piece, mistake.put_into(text)).outcome(piece, case) for case in cases}
        caught = not all(right(case, outcome) for case, outcome in theirs.items())
        misspelt = any(type(outcome) is NameError for outcome in theirs.values())
        found = identify(piece, theirs, mistakes)[:1] if caught else []
        named = [same(mistake, each) for each in found] == [True]
        yield Tried(mistake, caught, misspelt, f"taken for {found[0].name}" if found else "not recognised", named)
    trials_made.clear()


def same(mistake: Mistake, found: Diagnosis) -> bool:
    kinds = {other.kind for other in found.mistakes}
    return found.certain and mistake in found.mistakes and kinds == {mistake.kind}


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


@dataclass(frozen=True)
class Judgement:
    """What came of all mistakes, mutants and other right versions of a piece."""

    piece: str
    tried: list[Tried]
    mutants: int
    survivors: list[str]
    refusals: dict[str, str]  # by the name of the version; empty where it is accepted


def judge(piece: Piece) -> Judgement:
    torch.set_num_threads(1)
    os.environ["LEARN_DEBUG"] = "0"
    warnings.simplefilter("ignore")  # of what mistakes and mutants do, nobody need be warned
    mutants = list(mutants_of(piece))
    survivors = [mutant.name for mutant in mutants if survives(mutant)]
    refusals = {path.stem: refusal(piece, path) for path in alternatives_of(piece)}
    return Judgement(piece.id, list(try_mistakes(piece)), len(mutants), survivors, refusals)
