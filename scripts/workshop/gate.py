"""The gate: what proves the checks. Every mistake of the catalogue must be caught by its piece's check and named by the
diagnosis; mutants, made by machine, must be killed, but for those that are known to be well."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from .checks import cases_of
from .diagnosis import Diagnosis, identify, right, trial_of, trials_made
from .mistakes import Mistake, mistakes_of
from .mutants import mutants_of, survives
from .pieces import Piece
from .splice import reference_source


@dataclass(frozen=True)
class Tried:
    """What came of a mistake: whether the check rejects it, and what the diagnosis takes it for."""

    mistake: Mistake
    caught: bool
    misspelt: bool  # the edit itself uses a name that nobody has defined: any check would find that out
    diagnosis: Diagnosis | None

    @property
    def named(self) -> bool:
        """Whether it was taken for itself, or for others of its kind among which it is, and nothing else."""
        found = self.diagnosis.mistakes if self.diagnosis else ()
        return self.mistake in found and {other.kind for other in found} == {self.mistake.kind}


def try_mistakes(piece: Piece) -> Iterator[Tried]:
    """Put each mistake of a piece into the reference, as if a learner had made it."""
    text = reference_source(piece.module).text_of(piece.qualname)
    cases = [case for case in cases_of(piece.module) if case.piece == piece.id]
    mistakes = mistakes_of(piece)
    for mistake in mistakes:
        theirs = {case: trial_of(piece, mistake.put_into(text)).outcome(piece, case) for case in cases}
        caught = not all(right(case, outcome) for case, outcome in theirs.items())
        misspelt = any(type(outcome) is NameError for outcome in theirs.values())
        yield Tried(mistake, caught, misspelt, identify(piece, theirs, mistakes) if caught else None)
    trials_made.clear()


@dataclass(frozen=True)
class Judgement:
    """What came of all mistakes and mutants of a piece."""

    piece: str
    tried: list[Tried]
    mutants: int
    survivors: list[str]


def judge(piece: Piece) -> Judgement:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of what mistakes and mutants do, nobody need be warned
    mutants = list(mutants_of(piece))
    survivors = [mutant.name for mutant in mutants if survives(mutant)]
    return Judgement(piece.id, list(try_mistakes(piece)), len(mutants), survivors)
