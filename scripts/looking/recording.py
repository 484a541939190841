"""Every intermediate of a forward pass: the tensors that the model's own code gives names to, in order of execution."""

import contextlib
import inspect
import itertools
import re
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from scripts.project import shown


@dataclass(frozen=True)
class Row:
    """One intermediate. mean, std and absmax are those of its finite elements, and None where it has none; true is 1,
    and a complex element counts as two."""

    layer: int | None
    module: str  # such as blocks.0.attn; a plain function's is that of its caller
    function: str
    file: str
    line: int
    name: str  # a variable, or "return"; "q_proj()" for what a module of torch's gives
    shape: list[int]
    dtype: str
    mean: float | None
    std: float | None
    extreme: float | None  # the element of the largest magnitude, with its sign
    infinite: int  # how many are infinite
    nan: int  # how many are not a number

    @property
    def absmax(self) -> float | None:
        return None if self.extreme is None else abs(self.extreme)

    def as_json(self) -> dict[str, Any]:
        """As --json has it, where the standard deviation is called "spread"."""
        return {"spread" if name == "std" else name: value for name, value in asdict(self).items()}


def statistics(tensor: Tensor) -> dict[str, Any]:
    """Shape, dtype and figures of a `Row`."""
    elements = torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
    elements = elements.detach().double().flatten()
    finite = elements[elements.isfinite()]
    std, mean = torch.std_mean(finite, correction=0) if len(finite) else (None, None)
    return {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "mean": mean if mean is None else mean.item(),
        "std": std if std is None else std.item(),
        "extreme": finite[finite.abs().argmax()].item() if len(finite) else None,
        "infinite": int(elements.isinf().sum()),
        "nan": int(elements.isnan().sum()),
    }


def tensors_in(name: str, value: object) -> Iterator[tuple[str, Tensor]]:
    """A tensor under its name, and those that tuples, lists and dictionaries hold, as `scores.bias` or `steps[0]`."""
    # No subclasses: those stand for tensors and have no data.
    if type(value) in (Tensor, nn.Parameter):
        yield name, value
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for field, member in zip(value._fields, value, strict=True):
            yield from tensors_in(f"{name}.{field}", member)
    elif isinstance(value, dict | list | tuple):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from tensors_in(f"{name}[{key!r}]", member)


class Version:
    """A tensor as it is now: another one once it is overwritten in place."""

    def __init__(self, tensor: Tensor, layer: int | None = None):
        self.tensor = weakref.ref(tensor)
        self.version = tensor._version
        self.layer = layer  # where it was made

    def still(self, tensor: Tensor) -> bool:
        return self.tensor() is tensor and self.version == tensor._version


class Tracer:
    """Looks at every line that the model's own code executes, for variables that have changed."""

    def __init__(self, model: nn.Module, look: Callable[[Row, Tensor], None]):
        self.modules = {id(module): name for name, module in model.named_modules()}
        self.package = type(model).__module__.rpartition(".")[0]
        self.look = look
        self.rows: list[Row] = []
        self.seen: dict[int, Version] = {}

    def is_own(self, frame: FrameType) -> bool:
        """Whether this is code of the package that the model's class is from, or of a room in it."""
        package, _, module = frame.f_globals.get("__name__", "").rpartition(".")
        # What debug.py says of a piece's arguments is no part of the model. Generators, and functions that are wrapped
        # around others, hand on what those have named.
        inside = f"{package}.".startswith(f"{self.package}.") and "<locals>" not in frame.f_code.co_qualname
        return inside and module != "debug" and not frame.f_code.co_flags & inspect.CO_GENERATOR

    def enter(self, frame: FrameType, event: str, argument: object) -> Callable | None:
        """Called by Python for every function that begins; what it returns is called for the function's lines."""
        if self.is_own(frame):
            return Call(self, frame).notice
        if frame.f_code.co_name == "forward" and id(frame.f_locals.get("self")) in self.modules:
            frame.f_trace_lines = False
            return self.notice_other
        return None

    def notice_other(self, frame: FrameType, event: str, argument: object) -> Callable:
        """A module of torch's: what it gives belongs to the line that calls it."""
        caller = frame.f_back
        while caller and not self.is_own(caller):
            caller = caller.f_back
        if event == "return" and caller:
            path = self.modules[id(frame.f_locals["self"])]
            name = path.removeprefix(f"{self.module_of(caller)}.")
            for label, tensor in tensors_in(f"{name}()", argument):
                if not self.knows(tensor):
                    self.add(caller, caller.f_lineno, label, tensor)
        return self.notice_other

    def module_of(self, frame: FrameType | None) -> str:
        """The path of the module whose method this is, or of the one that has called this function."""
        while frame and id(frame.f_locals.get("self")) not in self.modules:
            frame = frame.f_back
        return self.modules[id(frame.f_locals["self"])] if frame else ""

    def knows(self, tensor: Tensor) -> bool:
        return id(tensor) in self.seen and self.seen[id(tensor)].still(tensor)

    def add(self, frame: FrameType, line: int, name: str, tensor: Tensor) -> None:
        module = self.module_of(frame)
        found = re.match(r"blocks\.(\d+)", module)
        layer = int(found[1]) if found else None
        if self.knows(tensor):
            # What a layer has made stays with it, also under another name.
            if not module:
                layer = self.seen[id(tensor)].layer
            # A result of torch's that gets a name at once is listed under that name only.
            if self.rows[-1].name.endswith("()") and self.last is tensor:
                self.rows.pop()
        code = frame.f_code
        place = layer, module, code.co_qualname, shown(Path(code.co_filename)), line, name
        row = Row(*place, **statistics(tensor))
        self.rows.append(row)
        self.seen[id(tensor)] = Version(tensor, layer)
        self.last = tensor
        self.look(row, tensor)


class Call:
    """One call of a function of the model's own code."""

    def __init__(self, tracer: Tracer, frame: FrameType):
        self.tracer = tracer
        self.line = frame.f_lineno
        # What came in has been seen under the caller's name for it, unless that gave it none.
        self.variables: dict[str, Version] = {}
        for name, value in frame.f_locals.items():
            if tracer.knows(value) if isinstance(value, Tensor) else False:
                self.variables[name] = Version(value)
        self.look_at_variables(frame)

    def notice(self, frame: FrameType, event: str, argument: object) -> Callable:
        """Python calls this before each line, and at the end."""
        if event in ("line", "return"):
            self.look_at_variables(frame)
        if event == "return":
            for name, tensor in tensors_in("return", argument):
                if name == "return" or not self.tracer.knows(tensor):
                    self.tracer.add(frame, frame.f_lineno, name, tensor)
        self.line = frame.f_lineno
        return self.notice

    def look_at_variables(self, frame: FrameType) -> None:
        """Add those that the line before has assigned, or has overwritten in place."""
        for variable, value in frame.f_locals.items():
            for name, tensor in tensors_in(variable, value) if variable != "self" else ():
                if name != variable:
                    # What is put together of others is listed only where it has no name of its own.
                    if not self.tracer.knows(tensor):
                        self.tracer.add(frame, self.line, name, tensor)
                elif name not in self.variables or not self.variables[name].still(tensor):
                    self.variables[name] = Version(tensor)
                    self.tracer.add(frame, self.line, name, tensor)


@contextlib.contextmanager
def tracing(model: nn.Module, look: Callable[[Row, Tensor], None] = lambda row, tensor: None) -> Iterator[list[Row]]:
    """The list in which the intermediates of what runs inside are collected, as far as it gets. `look` sees each row
    with its tensor."""
    tracer = Tracer(model, look)
    before = sys.gettrace()
    sys.settrace(tracer.enter)
    try:
        yield tracer.rows
    finally:
        sys.settrace(before)


def trace(model: nn.Module, tokens: Tensor) -> list[Row]:
    """Every intermediate of `model(tokens)`, by the names that the code of the model gives them.

    tokens: (B, T), int64. Tracing does not change what the model computes.
    """
    with torch.no_grad(), tracing(model) as rows:
        model(tokens)
    return rows


def by_layer(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows in parts: before the layers, each layer, after them."""
    outside = "before the layers"
    for layer, part in itertools.groupby(rows, key=lambda row: row.layer):
        yield outside if layer is None else f"layer {layer}", list(part)
        outside = "after the layers"


def folded(rows: Iterable[Row]) -> Iterator[tuple[Row, int]]:
    """What there is to list, with how often it came: of what a loop makes on the same line of the same call, time and
    again, the last one."""
    again: dict[tuple, tuple[Row, int]] = {}
    last = None
    for row in rows:
        whose = row.layer, row.module, row.function, row.file
        if whose != last:
            yield from again.values()
            again = {}
        key = row.line, row.name, *row.shape, row.dtype, hidden(row)
        # A call ends with what it returns; the same function may be called again at once.
        again[key] = row, again.pop(key, (row, 0))[1] + 1
        last = None if row.name == "return" else whose
    yield from again.values()


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def hidden(row: Row) -> str:
    """How many elements do not count in mean, std and absmax, in words; nothing where all of them do."""
    counts = ((row.infinite, "infinite"), (row.nan, "not a number"))
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)
