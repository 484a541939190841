"""Causality: whether the future leaks into the past, in a piece whose results must not know what comes behind them."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from scripts.project.implementation import Implementation
from scripts.workshop.check.cases import Case
from scripts.workshop.check.checking import run_case
from scripts.workshop.diagnose.intermediates import observe
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import REFERENCE
from scripts.workshop.pieces.swap import named, workbench

TIME = ("T", "Tk")  # the axis of tokens in what is handed in
RESULT_TIME = ("T", "Tq")  # and in what comes back


def leak(piece: Piece, source: Source, case: Case, package: Implementation) -> str | None:
    """Where the learner's piece, from `source`, spliced into `package`, changes with a later token, and the reference
    does not."""
    theirs = changing(piece, str(source.path), case, package)
    leaking = sorted(theirs - changing(piece, str(REFERENCE / piece.file), case, workbench()))
    if not leaking:
        return None
    places = f"position {leaking[0]}" if len(leaking) == 1 else f"positions {', '.join(map(str, leaking))}"
    return f"The future leaks: with another token at the very end, yours comes out otherwise at {places} as well."


def changing(piece: Piece, filename: str, case: Case, package: Implementation) -> set[int]:
    """The positions but for the last at which a piece gives something else where the last token is another one, in the
    first call of a case; none where that cannot be tried out."""
    function = inspect.unwrap(named(piece, package))
    signature = inspect.signature(function)
    given = arguments(piece, filename, lambda: run_case(case, package, case.dtype))
    axes = {name: axis_of(TIME, parameter.annotation) for name, parameter in signature.parameters.items()}
    others = {
        name: with_another_end(value, end)
        for name, value in given.items()
        # A mask is no part of a token: it says who may attend to whom, in both.
        if isinstance(value, Tensor)
        and value.dtype != torch.bool
        and (end := axes[name]) is not None
        and value.size(end) > 1
    }
    axis = axis_of(RESULT_TIME, signature.return_annotation)
    if not others or axis is None:
        return set()
    results = []
    for changed in ({}, others):
        torch.manual_seed(0)
        try:
            results.append(function(**given | changed).movedim(axis, 0).flatten(1))
        except Exception:
            return set()  # another input than that of the case: what goes wrong there is not what was asked
    first, second = results
    return set((first != second).any(dim=1)[:-1].nonzero().flatten().tolist())


def arguments(piece: Piece, filename: str, run: Callable) -> dict[str, Any]:
    """What the piece is called with for the first time, as it was then."""
    found: dict[str, Any] = {}

    def look(frame, event):
        if event == "call" and not found:
            for name in frame.f_code.co_varnames[: frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount]:
                value = frame.f_locals[name]
                found[name] = value.detach().clone() if isinstance(value, Tensor) else value

    observe(piece, filename, run, look)
    return found


def axis_of(names: tuple[str, ...], annotation: Any) -> int | None:
    """Where an axis of one of these names is in an annotated tensor; None where there is none."""
    axes = dims(annotation)
    for place, axis in enumerate(axes):
        if axis in names:
            return place - len(axes) if any(other.startswith(("*", "...")) for other in axes[:place]) else place
    return None


def dims(annotation: Any) -> list[str]:
    """The axes of an annotated tensor, as its annotation calls them; none where it is none."""
    return getattr(annotation, "dim_str", "").split()


def with_another_end(tensor: Tensor, axis: int) -> Tensor:
    """The tensor with its last entry along an axis replaced: a number by another one, an index by the first one."""
    tensor = tensor.clone()
    last = tensor.select(axis, -1)
    last.copy_(tensor.select(axis, 0) if not tensor.is_floating_point() else last + 1)
    return tensor
