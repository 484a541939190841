"""Diagnosis: which mistake was made, where the code of a piece gives wrong numbers.

From the specific to the general: a mistake of the catalogue that gives the same numbers in every case; two of them at
once; a relation between what came out and what should have (`relations`); the first value on the way that differs
(`intermediates`).
"""

import contextlib
import dis
import functools
import inspect
import itertools
import math
import re
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from scripts.project.implementation import Implementation
from scripts.workshop.check.cases import NO_GRADIENT, Case, Estimate, asked, cases_of
from scripts.workshop.check.checking import (
    AFTER,
    ALLOWANCE,
    Difference,
    compare,
    distance,
    expected,
    run_case,
    tolerance,
)
from scripts.workshop.check.grouping import grouped, listed
from scripts.workshop.diagnose import Mistake, mistakes_of
from scripts.workshop.diagnose.causality import dims, leak
from scripts.workshop.diagnose.common import CHANGED_TOO_EARLY
from scripts.workshop.diagnose.intermediates import first_difference
from scripts.workshop.diagnose.relations import picture, relation, simple_ratio
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import forget, reference_source, splice
from scripts.workshop.pieces.swap import function_of, kept, swapped

SECONDS = 5.0  # of computing, to look for a known mistake: a busy machine names no fewer
PAIR_SECONDS = 2.0  # and how much of that for two that hide each other
PART_SECONDS = 3.0  # beyond these, for what explains some of it
PARTS = 3  # so many of those are told at most
LOOKED_AT = 4  # in so many cases that went wrong, every mistake is tried

Outcome = dict[str, Any] | BaseException  # what a case came to


@dataclass
class Trial:
    """One version of a piece, and what its cases come to, each tried when it is first asked for."""

    text: str  # the piece's source
    outcomes: dict[Case, Outcome] = field(default_factory=dict)

    def outcome(self, piece: Piece, case: Case) -> Outcome:
        if case not in self.outcomes:
            try:
                with swapped(piece, self.text) as package:
                    self.outcomes[case] = attempt(case, package)
            except SyntaxError as error:
                self.outcomes[case] = error
        return self.outcomes[case]


def attempt(case: Case, package: Implementation) -> Outcome:
    try:
        with kept(package, case.module):
            return run_case(case, package, case.dtype)
    except (Exception, SystemExit) as error:
        return error


@dataclass(frozen=True)
class Diagnosis:
    """What is known about a wrong piece. `mistakes`: those of the catalogue that give the same numbers, all of one kind
    as a rule; two kinds stand for two mistakes at once where `together`. `cases`: those that went wrong and are
    explained, all of them or not. `only`: whether no other two explain as much."""

    mistakes: tuple[Mistake, ...]
    cases: tuple[Case, ...]
    together: bool = False
    explains_all: bool = True
    only: bool = True

    @property
    def kinds(self) -> dict[str, list[Mistake]]:
        found: dict[str, list[Mistake]] = {}
        for mistake in self.mistakes:
            found.setdefault(mistake.kind, []).append(mistake)
        return found

    @property
    def certain(self) -> bool:
        """Whether this is a fact: all that is wrong is explained, by one kind of mistake or by two at once."""
        return self.explains_all and self.only and (self.together or len(self.kinds) == 1)

    @property
    def names(self) -> list[str]:
        """By kinds: the mistake's name, or that of its kind where several of the kind give the same numbers."""
        return [members[0].name if len(members) == 1 else kind for kind, members in self.kinds.items()]

    @property
    def name(self) -> str:
        return (" and " if self.together else " or ").join(self.names)

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "certain": self.certain, "cases": [case.about for case in self.cases]}

    def said(self, where: str) -> str:
        """In lines. where: in which cases the numbers are the same, where these are not all."""
        whys = [" ".join(dict.fromkeys(each.why for each in members)) for members in self.kinds.values()]
        if self.together and len(self.kinds) > 1:
            introduction = f"Two mistakes at once {'' if self.certain else 'would '}explain this"
        elif self.certain:
            introduction = "This is a known mistake"
        elif self.explains_all:
            introduction = "One of these known mistakes explains this"
        else:
            introduction = f"One of several things: {where}, yours comes to the same as with a known mistake"
        if len(whys) > 1:
            whys = [f"{name}: {why}" for name, why in zip(self.names, whys, strict=True)]
        elif not self.certain:
            whys = [f"If it is that one: {why}" for why in whys]
        return "\n".join([f"{introduction}: {self.name}.", *whys])


def diagnose(
    piece: Piece, source: Source, failed: Case, seconds: float = SECONDS, cases: list[Case] | None = None
) -> tuple[list[Diagnosis], str]:
    """What is the matter with the piece of `source`, which gave something wrong in the case `failed`, the first of
    `cases`, by default all, to do so.

    Looks for known mistakes for no more than `seconds` of computing. Returns the known mistakes: one that explains all
    that is wrong, or several that each explain some of it; and lines to read, empty where nothing fits.
    """
    deadline = time.process_time() + seconds
    package = splice([piece], {piece.module: source})
    try:
        order = list(cases or cases_of(piece))
        theirs = {}
        for case in order:
            started = time.process_time()
            outcome = attempt(case, package)
            theirs[case] = outcome, time.process_time() - started
        # What is quick is tried first.
        theirs = {case: theirs[case][0] for case in sorted(theirs, key=lambda case: theirs[case][1])}
        known = [
            replace(each, cases=tuple(sorted(each.cases, key=order.index)))
            for each in identify(piece, theirs, mistakes_of(piece), deadline)
        ]
        lines: list[str | None] = []
        for each in known:
            groups = grouped([*map(asked, order)], [*map(order.index, each.cases)])
            lines.append(each.said(listed(groups, most=3)))
        if not any(each.certain for each in known):
            lines += clues(piece, source, failed, package, theirs)
        return known, "\n".join(filter(None, lines))
    finally:
        forget(package)


def clues(
    piece: Piece, source: Source, failed: Case, package: Implementation, theirs: Mapping[Case, Outcome]
) -> list[str | None]:
    """What there is to see in the case that failed first, without knowing the mistake."""
    found = theirs[failed]
    if isinstance(found, BaseException):
        # Of a parameter torch says so by itself, and nothing was handed in.
        return [CHANGED_TOO_EARLY if "in-place" in str(found) and "leaf Variable" not in str(found) else None]
    settled = right_outputs(failed, found)
    lines = [leak(piece, source, failed, package), *relations(piece, failed, theirs)]
    # The way leads to numbers: what is no tensor says how often or whether, of several calls.
    if any(isinstance(value, Tensor) for name, value in expected(failed)[1].items() if name not in settled):
        lines.append(first_difference(piece, source, failed, package, settled))
    return lines


def relations(piece: Piece, case: Case, theirs: Mapping[Case, Outcome]) -> list[str]:
    """What the first wrong output has to do with the right one, and where it is wrong."""
    lines = related(piece, case, theirs[case])
    others = [each for each in theirs if each.dtype == case.dtype and not right(each, theirs[each])]
    # What is said of all numbers is taken for what is the matter: where it is not so elsewhere, it must say so.
    for place, line in enumerate(lines):
        if line.startswith("Yours is "):
            everywhere = all(gist(line) in map(gist, related(piece, each, theirs[each])) for each in others)
            lines[place] = line if everywhere else f"In this case, y{line[1:]}"
    return lines


def gist(line: str) -> str:
    """What a line says, but for the last digits of its numbers."""
    return re.sub(r"\d+\.?\d*(e-?\d+)?", lambda number: f"{float(number[0]):.2g}", line).replace(", everywhere", "")


def related(piece: Piece, case: Case, found: Outcome) -> list[str]:
    """The same of one case, by itself."""
    if isinstance(found, BaseException):
        return []
    truth, reference = expected(case)
    settled = right_outputs(case, found)
    wrong = [name for name in reference if name not in settled]
    lines = []
    if all("gradient" in name for name in wrong) and any("gradient" not in name for name in reference):
        lines.append("The values are right; only the gradient is not.")
    if not wrong:
        return lines  # it went wrong when the piece was called once more
    name = wrong[0]
    value, exact = found.get(name), truth[name]
    if AFTER.fullmatch(name):
        return lines  # it was changed, and what it was changed to is related to nothing
    if isinstance(value, Estimate) and isinstance(exact, Estimate) and exact.value:
        within = min(0.1, 3 * exact.standard_error / abs(exact.value))
        lines += [*simple_ratio(value.value / exact.value, within, largest=4)][:1]
    elif isinstance(value, Tensor) and isinstance(exact, Tensor) and exact.is_floating_point():
        value, exact = value.detach().double(), exact.double()
        allowed = tolerance(case, name)
        inputs = [tensor.double() for other, tensor in truth.items() if other.startswith("input ")]
        if value.shape == exact.shape and (distance(value, exact) <= allowed).all():
            return [*lines, "The numbers are right; only their dtype is not."]
        said = relation(value, exact, inputs, allowed) or ""
        # Where all is nearly right, the places say nothing.
        lines += [said] if "nearly" in said else [said, *picture(value, exact, allowed)]
        if name == "the result":
            lines = [with_letters(line, piece, exact.ndim) for line in lines]
    return lines


def with_letters(line: str, piece: Piece, ndim: int) -> str:
    """A line with the letters of the piece's result, as its signature has them, at the axes that it speaks of."""
    letters = dims(inspect.signature(function_of(piece)).return_annotation)
    if len(letters) != ndim:
        return line
    return re.sub(r"\baxis (\d)", lambda axis: f"{axis[0]} ({letters[int(axis[1])]})", line)


def identify(
    piece: Piece, theirs: Mapping[Case, Outcome], mistakes: Iterable[Mistake], deadline: float = math.inf
) -> list[Diagnosis]:
    """The mistakes that come to the same as theirs in every case; else the two that do so together; else those that do
    so in some of the cases, each by itself."""
    text = reference_source(piece.module).text_of(piece.qualname)
    trials = trials_of(piece, mistakes)
    # In some cases theirs is right, perhaps: those in which it is not tell most.
    wrong = [case for case in theirs if not right(case, theirs[case])]
    cases = [*wrong, *(case for case in theirs if case not in wrong)]

    def outcome(trial: Trial, case: Case) -> Outcome:
        if time.process_time() > deadline:
            raise TimeoutError
        return trial.outcome(piece, case)

    def fits(trial: Trial, case: Case) -> bool:
        return alike(case, theirs[case], outcome(trial, case))

    def fitting(case: Case) -> list[Mistake]:
        return [mistake for mistake in trials if fits(trials[mistake], case)]

    def explains(trial: Trial) -> bool:
        # Two that undo each other come to what is right, and theirs is not.
        return all(fits(trial, case) for case in cases) and not all(right(case, outcome(trial, case)) for case in wrong)

    pairs: dict[frozenset[str], tuple[Mistake, Mistake]] = {}  # by their kinds
    with contextlib.suppress(TimeoutError):
        # One mistake alone explains every case, the first as well.
        everywhere = [
            mistake
            for case in wrong[:1]
            for mistake in fitting(case)
            if all(fits(trials[mistake], each) for each in cases)
        ]
        if everywhere:
            return [Diagnosis(tuple(everywhere), tuple(wrong))]
        # What each explains by itself is known before pairs are tried, which may take all the time that is left.
        by_itself = [fitting(case) for case in wrong[:LOOKED_AT]]
        for alone in by_itself:
            # Of two mistakes, one shows alone somewhere. The other shows where the first explains too little.
            for first in alone:
                unexplained = next(each for each in cases if not fits(trials[first], each))
                showing = [other for other in trials if not right(unexplained, outcome(trials[other], unexplained))]
                for second in sorted(showing, key=lambda other: not fits(trials[other], unexplained)):
                    both = put_both(text, first, second)
                    if not both or first == second:
                        continue
                    trial = trial_of(piece, both)
                    if fits(trial, unexplained) and explains(trial):
                        pairs.setdefault(frozenset((first.kind, second.kind)), (first, second))
                        # Another pair that does the same makes a guess of it.
                        deadline = min(deadline, time.process_time() + PAIR_SECONDS)
        # Two that both show everywhere: nothing is left but to try every pair, for a moment.
        deadline = min(deadline, time.process_time() + PAIR_SECONDS)
        by_twos = itertools.combinations(trials, 2) if not pairs else ()
        # What is done once is done twice.
        for first, second in sorted(by_twos, key=lambda two: two[0].kind != two[1].kind):
            both = put_both(text, first, second)
            if both and explains(trial_of(piece, both)):
                pairs.setdefault(frozenset((first.kind, second.kind)), (first, second))
    if pairs:
        return [
            Diagnosis(tuple(sorted(pair, key=[*trials].index)), tuple(wrong), together=True, only=len(pairs) == 1)
            for pair in [*pairs.values()][:PARTS]
        ]
    deadline = time.process_time() + PART_SECONDS
    return parts_of(theirs, {mistake: functools.partial(outcome, trial) for mistake, trial in trials.items()}, wrong)


def parts_of(
    theirs: Mapping[Case, Outcome], outcomes: Mapping[Mistake, Callable[[Case], Outcome]], wrong: list[Case]
) -> list[Diagnosis]:
    """The mistakes that come to the same as theirs in some of the cases that went wrong, as far as there is time, and
    show in none that is right: whatever else is wrong, that one is not in it. Of two, the one that explains more."""
    explained: dict[frozenset[Case], list[Mistake]] = {}
    with contextlib.suppress(TimeoutError):
        for mistake, outcome in outcomes.items():
            # Most show where theirs is right, and that is soon found out.
            if all(right(case, outcome(case)) for case in theirs if case not in wrong):
                same = frozenset(case for case in wrong if alike(case, theirs[case], outcome(case)))
                explained.setdefault(same, []).append(mistake)
    found: list[Diagnosis] = []
    for same in sorted(explained, key=len, reverse=True):
        kinds = {mistake.kind for mistake in explained[same]}
        if same and len(kinds) == 1 and not any(same & {*other.cases} for other in found):
            found.append(Diagnosis(tuple(explained[same]), tuple(same), explains_all=False))
    return found[:PARTS]


trials_made: dict[tuple[str, str], Trial] = {}


def trial_of(piece: Piece, text: str) -> Trial:
    """The trial of a text, the same one every time: what a mistake comes to does not change."""
    return trials_made.setdefault((piece.id, text), Trial(text))


def trials_of(piece: Piece, mistakes: Iterable[Mistake]) -> dict[Mistake, Trial]:
    """The trials of the reference's own text with each of the mistakes in it."""
    text = reference_source(piece.module).text_of(piece.qualname)
    return {mistake: trial_of(piece, mistake.put_into(text)) for mistake in mistakes}


def put_both(text: str, first: Mistake, second: Mistake) -> str | None:
    """The text with two mistakes in it; None where they get in each other's way."""
    try:
        return second.put_into(first.put_into(text))
    except ValueError:
        return None


def right(case: Case, found: Outcome) -> bool:
    """Whether this is what the reference comes to."""
    _, reference = expected(case)
    if isinstance(found, BaseException) or found.keys() != reference.keys():
        return False
    return all(right_output(case, name, value) for name, value in found.items())


def right_outputs(case: Case, found: dict[str, Any]) -> set[str]:
    """The names of the outputs that are as they should be."""
    return {name for name in expected(case)[1] if name in found and right_output(case, name, found[name])}


def right_output(case: Case, name: str, found: Any) -> bool:
    truth, reference = expected(case)
    try:
        compare(found, reference[name], truth[name], tolerance(case, name))
    except Difference:
        return False
    return True


def alike(case: Case, found: Outcome, other: Outcome) -> bool:
    """Whether two versions of a piece come to the same in a case, but for rounding; or fail in the same way."""
    if isinstance(found, BaseException) and isinstance(other, BaseException):
        return type(found) is type(other) and failure(found) == failure(other)
    if isinstance(found, BaseException) or isinstance(other, BaseException):
        return False
    return found.keys() == other.keys() and all(same(found[name], other[name], case, name) for name in found)


def failure(error: BaseException) -> str:
    """What an exception says, without what differs from run to run; of one that a piece is to raise itself, nothing:
    everybody words it in their own way."""
    if type(error) is ValueError and is_raised_by_hand(error):
        return ""
    return re.sub(r"spliced_\d+|0x[0-9a-f]+", "", str(error))


def is_raised_by_hand(error: BaseException) -> bool:
    """Whether a `raise` in Python brought an exception about, and not what Python or torch found out themselves."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and dis.opname[frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"


def same(found: Any, other: Any, case: Case, name: str) -> bool:
    for one, another in ((found, other), (other, found)):
        if isinstance(one, Tensor) and isinstance(another, str) and another == NO_GRADIENT:
            return not one.any()  # a gradient of zeros, and none
    if isinstance(found, Tensor) and isinstance(other, Tensor):
        return same_tensors(found, other, case, name)
    if isinstance(found, Estimate) and isinstance(other, Estimate):
        bound = 5 * math.hypot(found.standard_error, other.standard_error)
        return abs(found.value - other.value) <= bound or (math.isnan(found.value) and math.isnan(other.value))
    if isinstance(found, float) or isinstance(other, float):
        if not isinstance(found, (int, float)) or not isinstance(other, (int, float)):
            return False
        return math.isclose(found, other, rel_tol=1e-4, abs_tol=1e-9) or (math.isnan(found) and math.isnan(other))
    if isinstance(found, Mapping) and isinstance(other, Mapping):
        return found.keys() == other.keys() and all(same(found[key], other[key], case, name) for key in found)
    if type(found) is not type(other):
        return False
    try:
        return bool(found == other)
    except (RuntimeError, ValueError, TypeError):
        return False


def same_tensors(found: Tensor, other: Tensor, case: Case, name: str) -> bool:
    """Whether two versions of the output `name` are the same but for rounding."""
    if (found.shape, found.dtype, found.device) != (other.shape, other.dtype, other.device):
        return False
    if found.is_meta:
        return True
    if not found.numel() or not found.is_floating_point():
        return torch.equal(found, other)
    found, other = found.double(), other.double()
    finite = other.isfinite()
    if not finite.all():
        # What is infinite or no number must be so in the same places; the rest may differ by rounding.
        if not torch.equal(found[~finite].nan_to_num(nan=0.5), other[~finite].nan_to_num(nan=0.5)):
            return False
        if not finite.any():
            return True
        found, other = found[finite], other[finite]
    # Two ways to write the same mistake may be as far apart as two ways to write what is right.
    allowed = ALLOWANCE[case.dtype] * torch.finfo(case.dtype).eps * other.abs().max().item()
    if name in expected(case)[1]:
        allowed = max(allowed, tolerance(case, name))
    return bool(((found - other).abs() <= allowed).all())
