"""Intermediates: the values that a piece has on its way, by the names that the learner gave them."""

import dis
import itertools
import sys
from collections.abc import Callable, Collection
from types import CodeType, FrameType
from typing import NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from scripts.project.implementation import Implementation
from scripts.workshop.check.cases import Case
from scripts.workshop.check.checking import ALLOWANCE, distance, expected, numbers, run_case
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Source, body_start
from scripts.workshop.pieces.stubs import REFERENCE
from scripts.workshop.pieces.swap import workbench

CALLS = 8  # as many calls of the piece are looked at
TENSORS = 2000  # as many are kept of those that it makes
AXES = 5  # so many can be in another order
OTHER_WAY = "Look there, unless you go another way."


def first_difference(
    piece: Piece, source: Source, case: Case, package: Implementation, settled: Collection[str] = ()
) -> str | None:
    """Which is the first of the reference's variables that the learner's code does not come to: it has one of that name
    with other numbers, or never makes such numbers at all.

    package: the reference with the learner's piece, from `source`, spliced in. settled: names of what is known to be
    right, whatever it is called or shaped on the way.
    """
    if all(isinstance(value, bool) for name, value in expected(case)[1].items() if name not in settled):
        # That one seed gives one text, or that an input is unchanged, is decided by no value on the way.
        return None
    with Made() as made:
        theirs = variables(piece, str(source.path), lambda: run_case(case, package, case.dtype))
    wanted = variables(piece, str(REFERENCE / piece.file), lambda: run_case(case, workbench(), torch.float64))
    allowed = ALLOWANCE[case.dtype] * torch.finfo(case.dtype).eps
    for found, (truth, made_in) in zip(theirs, map(in_order, wanted), strict=False):
        for name, value in truth.items():
            if name in settled or made.anywhere(value, allowed):
                continue
            step = step_to(piece, made_in[name])
            never = step and f"None of your values is what this step comes to, {tuple(value.shape)}: {step}. "
            if name not in found.values or found.values[name].shape != value.shape:
                return never and never + OTHER_WAY
            # What is hidden here may be hidden later there, without changing the name.
            seen = value.isfinite()
            yours, value = found.values[name].where(seen, 0.0), value.where(seen, 0.0)
            if not close(yours, value, allowed):
                return f"{never or ''}Your `{name}` differs from it: {numbers(yours, value)}. {OTHER_WAY}"
    return None


def step_to(piece: Piece, line: int) -> str | None:
    """What the outline says of the step that a line of the reference belongs to: its first sentence."""
    source = Source.read(REFERENCE / piece.file)
    before = source.lines[body_start(source.function(piece.qualname)) : line - 1]
    # The comment above, however many lines it has, and however many statements stand between.
    comments = [line.strip() if line.lstrip().startswith("#") else "" for line in before]
    *_, last = [list(lines) for said, lines in itertools.groupby(comments, bool) if said] or [[]]
    return " ".join(line.strip("# ") for line in last).split(". ")[0].rstrip(".") or None


def close(found: Tensor, truth: Tensor, allowed: float) -> bool:
    """Whether two tensors of one shape are the same but for rounding; `allowed`: how much of the largest number."""
    size = truth.abs().masked_fill(truth.isinf(), 0.0).max()
    return bool((distance(found, truth) <= allowed * size).all())


class Made(TorchFunctionMode):
    """Keeps the tensors that are made while it is on, by anybody."""

    def __init__(self):
        super().__init__()
        self.tensors: list[Tensor] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for each in result if isinstance(result, tuple) else [result]:
            if isinstance(each, Tensor) and each.is_floating_point() and len(self.tensors) < TENSORS:
                self.tensors.append(each.detach().clone())
        return result

    def anywhere(self, value: Tensor, allowed: float) -> bool:
        """Whether these numbers were made, with the axes in any order, or with heads in groups or not."""
        if value.ndim > 3 and any(
            tensor.ndim > 3
            and tensor.numel() == value.numel()
            and close(tensor.double().flatten(), value.flatten(), allowed)
            for tensor in self.tensors
        ):
            return True
        return any(
            tensor.permute(order).shape == value.shape and close(tensor.permute(order).double(), value, allowed)
            for tensor in self.tensors
            if sorted(tensor.shape) == sorted(value.shape) and value.ndim <= AXES
            for order in itertools.permutations(range(value.ndim))
        )


class Call(NamedTuple):
    """A call of the piece: its own tensors at the end, and the lines that were run, by the last time that each was."""

    values: dict[str, Tensor]
    lines: list[int]
    made: dict[str, list[int]]  # in which lines each variable is assigned


def in_order(call: Call) -> tuple[dict[str, Tensor], dict[str, int]]:
    """The variables in the order in which they got what they end with, and the lines in which they did."""
    when = {line: place for place, line in enumerate(call.lines)}
    made_in = {name: max(call.made[name], key=lambda line: when.get(line, -1)) for name in call.values}
    return {name: call.values[name] for name in sorted(made_in, key=lambda name: when.get(made_in[name], -1))}, made_in


def variables(piece: Piece, filename: str, run: Callable) -> list[Call]:
    """What the piece's own variables (not what was handed in) are at the end of each call, where they are tensors."""
    calls: list[Call] = []

    def begin(frame, event, argument):
        if frame.f_code.co_qualname != piece.qualname or frame.f_code.co_filename != filename:
            return None
        lines: dict[int, None] = {}

        def look(frame, event, argument):
            if event == "line":
                lines.pop(frame.f_lineno, None)
                lines[frame.f_lineno] = None
            elif event == "return" and len(calls) < CALLS:
                calls.append(Call(own_tensors(frame), list(lines), assigned(frame.f_code)))
            return look

        return look

    before = sys.gettrace()
    sys.settrace(begin)
    try:
        run()
    except Exception:
        pass  # what there was until then is what is wanted
    finally:
        sys.settrace(before)
    return calls


def own_tensors(frame: FrameType) -> dict[str, Tensor]:
    code = frame.f_code
    own = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    return {
        name: value.detach().double().clone()
        for name, value in ((name, frame.f_locals.get(name)) for name in own)
        if isinstance(value, Tensor) and value.is_floating_point() and value.numel()
    }


def assigned(code: CodeType) -> dict[str, list[int]]:
    """In which lines each variable is assigned."""
    found: dict[str, list[int]] = {}
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_FAST", "STORE_DEREF") and instruction.positions:
            found.setdefault(instruction.argval, []).append(instruction.positions.lineno or 0)
    return found


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
