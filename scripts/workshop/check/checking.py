"""Check: put one piece of the learner's into the reference, run its cases, and say what came of it."""

import math
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scripts.project import some
from scripts.project.implementation import Implementation
from scripts.workshop.check.cases import NO_GRADIENT, Case, Estimate, cases_of
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.debug import summary
from scripts.workshop.pieces.failing import described, files_fault
from scripts.workshop.pieces.loading import load
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import forget, splice

# How much larger than the reference's own rounding error an error may be: another order of operations, another
# library's matrix product. Half precision gets less: one careless rounding there is what a case may be looking for.
ALLOWANCE = {torch.float32: 20.0, torch.bfloat16: 4.0, torch.float16: 4.0}
# The name of what was handed in, as `outcome` looks at it afterwards: it should be what it was.
AFTER = re.compile(r"(input \d+) after the call")
ROUNDINGS = 4.0  # of the largest number among what was summed: by so much even what cancels to nothing may be off


@dataclass(frozen=True)
class Finding:
    """What a check found. `line` is the piece's, or that of the crash."""

    status: str  # pass | wrong | crash
    message: str
    line: int
    case: Case | None = None  # that failed; none where none has
    of_file: bool = False  # whether the file cannot even be imported, whichever of its pieces is asked for


class Difference(Exception):
    """An output that is not what it should be; the text says how."""


def run_case(case: Case, package: Implementation, dtype: torch.dtype) -> dict[str, Any]:
    before = torch.get_default_dtype()
    # Of the CPU alone: a case computes nowhere else, and to tell every device takes longer than many cases do.
    torch.default_generator.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        # A piece that switches gradients off must not do so for the cases and pieces that follow.
        with torch.enable_grad():
            return case.run(package)
    finally:
        torch.set_default_dtype(before)


@cache
def expected(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reference's outputs, in float64 and in the tested dtype."""
    reference = load("reference")
    return run_case(case, reference, torch.float64), run_case(case, reference, case.dtype)


def check_piece(
    piece: Piece,
    source: Source,
    cases: list[Case] | None = None,
    compare: Callable[[Case, Implementation], None] | None = None,
) -> Finding:
    """The first thing that `findings` yields; else that it passes."""
    return next(findings(piece, source, cases, compare), Finding("pass", "", source.function(piece.qualname).lineno))


def findings(
    piece: Piece,
    source: Source,
    cases: list[Case] | None = None,
    compare: Callable[[Case, Implementation], None] | None = None,
) -> Iterator[Finding]:
    """Splice the piece from `source` into the reference, run its cases (or only those given), and say of each that
    fails how. compare: runs a case and raises `Difference` where something else comes out than should; `compare_case`
    by default."""
    line = source.function(piece.qualname).lineno
    for case in cases or cases_of(piece):
        package = splice([piece], {piece.module: source})
        try:
            if fault := files_fault(package, piece, source):
                yield Finding("crash", *fault, case, of_file=True)
                return
            (compare or compare_case)(case, package)
        except Difference as difference:
            yield Finding("wrong", f"With {case.about}: {difference}", line, case)
        except (Exception, SystemExit) as error:
            yield crash(error, case, source, line)
        finally:
            forget(package)


def compare_case(case: Case, package: Implementation) -> None:
    """Run a case on a package, twice, and compare with the reference. Raises `Difference`."""
    expected(case)  # before anything that the package does
    for again in (False, True):
        compare_outputs(case, run_case(case, package, case.dtype), again)


def compare_outputs(case: Case, found: Mapping[str, Any], again: bool = False) -> None:
    """Hold the outputs of a case against the reference's. again: they are those of a second call. Raises
    `Difference`."""
    truth, reference = expected(case)
    for name, value in reference.items():
        try:
            compare(found.get(name, "missing"), value, truth[name], tolerance(case, name))
        except Difference as difference:
            when = ", when the piece is called a second time" if again else ""
            if (given := AFTER.fullmatch(name)) and (gap := change(found.get(name), truth[name])):
                raise Difference(f"{given[1]}{when}: it comes out changed, by up to {gap:.4g}") from None
            raise Difference(f"{name}{when}: {difference}") from None
    for name in found.keys() - reference.keys():
        raise Difference(f"{name}: not expected")


def change(found: Any, truth: Any) -> float:
    """By how much what was handed in has changed at most."""
    if not isinstance(found, Tensor) or not isinstance(truth, Tensor) or found.shape != truth.shape:
        return 0.0
    return distance(found.double(), truth.double()).max().item()


@cache
def summed(case: Case, gradients: bool) -> float:
    """The size of what an output of a case is made of: the largest number in any output of its kind.

    A gradient is a sum of products with other gradients, a value one of values. Where the terms cancel, the result is
    small and its rounding error is not: by how much the reference happens to be off there says nothing.
    """
    kin = [
        value[value.isfinite()]
        for name, value in expected(case)[0].items()
        if isinstance(value, Tensor) and value.is_floating_point() and ("gradient" in name) == gradients
    ]
    return max((value.abs().max().item() for value in kin if value.numel() and not value.is_meta), default=0.0)


@cache
def tolerance(case: Case, name: str) -> float:
    """How far off the truth an output of a case may be: by as much as the reference is, times an allowance; and by a
    few roundings of a number of the size of what was summed."""
    exact, usual = expected(case)
    truth, reference = exact[name], usual[name]
    if isinstance(reference, float):
        truth, reference, size = torch.tensor(truth), torch.tensor(reference), 0.0
    elif isinstance(reference, Tensor) and reference.is_floating_point() and reference.numel():
        size = summed(case, "gradient" in name)
    else:
        return 0.0
    truth, reference = truth.double(), reference.double()
    rounding = torch.finfo(torch.float32).eps * truth.abs().max()
    off = ALLOWANCE[case.dtype] * torch.maximum((reference - truth).abs().max(), rounding)
    return max(off.item(), ROUNDINGS * torch.finfo(torch.float32).eps * size)


def compare(found: Any, reference: Any, truth: Any, allowed: float) -> None:
    """Hold one output against the reference's. allowed: how far off the truth a number may be. Raises `Difference`."""
    if isinstance(found, str) and found == NO_GRADIENT and isinstance(reference, Tensor) and not reference.any():
        return  # a gradient of zeros, and none: the result does not depend on it
    if isinstance(reference, Tensor):
        compare_tensors(found, reference, truth, allowed)
    elif isinstance(reference, Estimate):
        if not isinstance(found, Estimate):
            raise Difference(f"yours {summary(found)}, expected about {reference.value:.4g}")
        bound = 5 * math.hypot(found.standard_error, reference.standard_error)
        if not abs(found.value - reference.value) <= bound:
            raise Difference(f"yours {found.value:.4g}, expected {reference.value:.4g}, within {bound:.2g}")
    elif isinstance(reference, float):
        if not isinstance(found, (int, float)):
            raise Difference(f"yours {summary(found)}, expected {reference:.6g}")
        compare_tensors(torch.tensor(found), torch.tensor(reference), torch.tensor(truth), allowed)
    elif isinstance(reference, Mapping) and isinstance(found, Mapping):
        compare_mappings(found, reference)
    elif found is None:
        raise Difference("nothing came back (None); does the body end in `return`?")
    elif names_only(found) and names_only(reference) and found != reference:
        lacking, surplus = set(reference) - set(found), set(found) - set(reference)
        said = [f"{some(names)} {words}" for names, words in ((lacking, "missing"), (surplus, "not expected")) if names]
        raise Difference("; ".join(said) or f"yours {summary(found)}, expected {summary(reference)}, in another order")
    elif isinstance(found, Tensor) or found != reference:
        raise Difference(f"yours {summary(found)}, expected {summary(reference)}")


def names_only(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def compare_mappings(found: Mapping, reference: Mapping) -> None:
    differences = [
        f"{name} is missing (expected {summary(reference[name])})" for name in reference if name not in found
    ]
    differences += [
        f"{name} was not asked for (yours {summary(found[name])})" for name in found if name not in reference
    ]
    for name in reference.keys() & found.keys():
        if not same(found[name], reference[name]):
            differences.append(f"{name}: yours {summary(found[name])}, expected {summary(reference[name])}")
    if differences:
        raise Difference(
            "; ".join(sorted(differences)[:4]) + (f"; and {len(differences) - 4} more" if differences[4:] else "")
        )


def same(found: Any, reference: Any) -> bool:
    """Equal; settings that were computed may differ in the last digits."""
    if isinstance(reference, dict) and isinstance(found, dict):
        return reference.keys() == found.keys() and all(same(found[key], reference[key]) for key in reference)
    if isinstance(reference, float) and isinstance(found, (int, float)):
        return math.isclose(found, reference, rel_tol=1e-9)
    return found == reference


def compare_tensors(found: Any, reference: Tensor, truth: Tensor, allowed: float) -> None:
    if found is None:
        raise Difference("nothing came back (None); does the body end in `return`?")
    if not isinstance(found, Tensor):
        raise Difference(f"yours is {summary(found)}, expected a tensor {summary(reference)}")
    if found.shape != reference.shape:
        raise Difference(f"yours has the shape {tuple(found.shape)}, expected {tuple(reference.shape)}")
    if found.dtype != reference.dtype:
        raise Difference(f"yours has the dtype {found.dtype}, expected {reference.dtype}")
    if found.is_meta:
        raise Difference("yours has a shape but no numbers: it is on the meta device")
    if found.numel() == 0 or not reference.is_floating_point():
        if not torch.equal(found, reference):
            raise Difference(numbers(found.double(), truth.double()))
        return
    found, truth = found.double(), truth.double()
    # Not "any above", which a tolerance that is no number would let pass.
    if not (distance(found, truth) <= allowed).all():
        raise Difference(numbers(found, truth))


def distance(found: Tensor, truth: Tensor) -> Tensor:
    """How far apart two tensors are, number by number: not at all where both are the same infinity, and infinitely far
    where one is not a number."""
    return (found - truth).abs().masked_fill(found == truth, 0.0).nan_to_num(nan=math.inf, posinf=math.inf)


def numbers(found: Tensor, truth: Tensor) -> str:
    """Where two tensors differ most, and by how much."""
    gap = distance(found, truth)
    where = tuple(int(index) for index in torch.unravel_index(gap.argmax(), gap.shape))
    place = f" at {list(where)}" if where else ""
    return f"yours {found[where]:.6g}, expected {truth[where]:.6g}{place}, where the difference is largest"


def crash(error: BaseException, case: Case, source: Source, line: int) -> Finding:
    """An exception, placed in the learner's own code where it passed through it."""
    reason = described(error)
    theirs = [
        frame.lineno or line
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == source.path
    ]
    if theirs:
        return Finding("crash", f"With {case.about}: {reason}", theirs[-1], case)
    message = f"With {case.about}, what yours gives cannot be used by what calls it. {reason}"
    return Finding("wrong", message, line, case)
