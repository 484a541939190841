"""Intermediates: the values that a piece has on its way, by the names that the learner gave them."""

import sys
from collections.abc import Callable
from types import FrameType

import torch
from torch import Tensor

from scripts.training.implementation import Implementation

from .checking import ALLOWANCE, distance, numbers, run_case
from .checks import Case
from .pieces import Piece
from .skeleton import REFERENCE
from .source import Source
from .swap import workbench

CALLS = 8  # as many calls of the piece are looked at


def first_difference(piece: Piece, source: Source, case: Case, package: Implementation) -> str | None:
    """Which is the first of the learner's variables that differs from the reference's of the same name.

    package: the reference with the learner's piece, from `source`, spliced in.
    """
    theirs = variables(piece, str(source.path), lambda: run_case(case, package, case.dtype))
    wanted = variables(piece, str(REFERENCE / piece.file), lambda: run_case(case, workbench(), torch.float64))
    for found, truth in zip(theirs, wanted, strict=False):
        for name, value in truth.items():
            if name not in found or found[name].shape != value.shape:
                continue
            # What is hidden here may be hidden later there, without changing the name.
            seen = value.isfinite()
            yours, value = found[name].where(seen, 0.0), value.where(seen, 0.0)
            if (distance(yours, value) > ALLOWANCE[case.dtype] * torch.finfo(case.dtype).eps * value.abs().max()).any():
                return f"On the way, `{name}` is the first that differs: {numbers(yours, value)}."
    return None


def variables(piece: Piece, filename: str, run: Callable) -> list[dict[str, Tensor]]:
    """The tensors among the piece's own variables (not what was handed in) at the end of each call, in the order in
    which they appear in it."""
    calls: list[dict[str, Tensor]] = []

    def look(frame, event):
        if event == "return" and len(calls) < CALLS:
            code = frame.f_code
            own = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
            values = {name: frame.f_locals.get(name) for name in own}
            calls.append(
                {
                    name: value.detach().double().clone()
                    for name, value in values.items()
                    if isinstance(value, Tensor) and value.is_floating_point() and value.numel()
                }
            )

    observe(piece, filename, run, look)
    return calls


def observe(piece: Piece, filename: str, run: Callable, look: Callable[[FrameType, str], None]) -> None:
    """Run, and have a look at every call of the piece and at every return from it."""

    def notice(frame, event, argument):
        if frame.f_code.co_qualname == piece.qualname and frame.f_code.co_filename == filename:
            look(frame, event)

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        run()
    except Exception:
        pass  # what there was until then is what is wanted
    finally:
        sys.setprofile(before)
