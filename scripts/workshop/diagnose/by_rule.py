"""Families of mistakes: what people get wrong in every piece, made by rule from the piece's own code.

A rule yields edits of a piece. The mistakes are tried and named like those that are written by hand. Where one makes no
sense, the piece's mistakes.py says so, by the mistake's name or its kind:

    WITHOUT = {"gradient cut at cos": "The tables are constants."}
"""

import ast
import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from scripts.workshop.diagnose.common import (
    EPS_HARD_CODED,
    GRADIENT_CUT,
    IN_PLACE,
    NOTHING_RETURNED,
    OTHER_DTYPE,
    PART_MISSING,
    SUPER_FORGOTTEN,
    TOO_NARROW,
    Kind,
)

Node = ast.stmt | ast.expr
Edit = tuple[str, Node, str]  # the mistake's name, the node that it changes, what stands there instead

AUGMENTED = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}


class Code:
    """The text of a piece, parsed."""

    def __init__(self, text: str):
        self.text = text
        self.lines = text.splitlines(keepends=True)
        # The text of a method is indented: as the body of a class it can be parsed.
        module = ast.parse(("class _:\n" if text[0] == " " else "\n") + text)
        self.function = next(node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The statements behind the docstring."""
        return self.function.body[ast.get_docstring(self.function) is not None :]

    @cached_property
    def nodes(self) -> list[Node]:
        """All statements and expressions of the body, in the order of the text."""
        found = [node for statement in self.body for node in ast.walk(statement) if isinstance(node, Node)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements that have no others in them."""
        return [node for node in self.nodes if isinstance(node, ast.stmt) and not hasattr(node, "body")]

    @property
    def result(self) -> ast.expr | None:
        """What the last statement returns."""
        return self.body[-1].value if isinstance(self.body[-1], ast.Return) else None

    @property
    def is_method(self) -> bool:
        return [argument.arg for argument in self.function.args.args[:1]] == ["self"]

    def inputs(self, kind: str) -> list[str]:
        """The parameters that are tensors of a kind, `Float` or `Int`."""
        arguments = [*self.function.args.args, *self.function.args.kwonlyargs]
        return [argument.arg for argument in arguments if is_tensor(argument.annotation, kind)]

    @property
    def maps_floats(self) -> bool:
        """Whether it computes a floating tensor from others, so that a gradient flows, in their dtype."""
        returned = self.result is not None and is_tensor(self.function.returns, "Float")
        return returned and bool(self.inputs("Float")) and not self.function.decorator_list

    def part(self, node: Node) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def operand(self, node: ast.expr) -> str:
        """The text of a node, in brackets where a method could not be called on it otherwise."""
        text = self.part(node)
        return text if isinstance(node, (ast.Call, ast.Name, ast.Attribute, ast.Subscript)) else f"({text})"

    def span(self, node: Node) -> tuple[int, int]:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """Where in the text a place is. ast counts lines from 1, one of them in front of the text, and columns in
        bytes."""
        return sum(map(len, self.lines[: line - 2])) + len(self.lines[line - 2].encode()[:column].decode())

    def edit(self, node: Node, new: str) -> tuple[str, str]:
        """A text around the node that stands in the piece once, and the same with `new` in the node's place."""
        start, end = first, last = self.span(node)
        while self.text.count(self.text[first:last]) > 1:
            # Whole lines, and each time one more in front.
            first = self.text.rfind("\n", 0, max(0, first - 1)) + 1
            last = end + len(self.text[end:].partition("\n")[0])
        return self.text[first:last], self.text[first:start] + new + self.text[end:last]

    def with_line_in_front(self, line: str) -> tuple[ast.stmt, str]:
        """The first statement, and the same with a line in front of it."""
        first = self.body[0]
        return first, f"{line}\n{' ' * first.col_offset}{self.part(first)}"


def is_tensor(annotation: ast.expr | None, kind: str) -> bool:
    """Whether a jaxtyping annotation is for a tensor of a kind, and nothing else, as in `Float[Tensor, "B T C"]`."""
    return isinstance(annotation, ast.Subscript) and ast.unparse(annotation).startswith(f"{kind}[Tensor")


def is_layer_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and re.fullmatch(r"self\.\w+", ast.unparse(node.func)) is not None


def last_name(node: ast.AST) -> str:
    """The last part of a name: `eps` of `self.eps` and of `group["eps"]`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return getattr(node, "attr", getattr(node, "id", ""))


def inside(node: ast.AST) -> Iterator[ast.AST]:
    return (part for child in ast.iter_child_nodes(node) for part in ast.walk(child))


def nothing_returned(code: Code) -> Iterator[Edit]:
    if code.result is not None:
        yield "nothing returned", code.body[-1], code.part(code.result)


def gradient_cut(code: Code) -> Iterator[Edit]:
    if code.result is None or not code.maps_floats:
        return
    yield "gradient cut at the result", code.result, f"{code.operand(code.result)}.detach()"
    inputs = code.inputs("Float")
    # In a function of one input, that would be the same.
    for name in inputs if code.is_method or len(inputs) > 1 else ():
        yield f"gradient cut at {name}", *code.with_line_in_front(f"{name} = {name}.detach()")
    for node in code.nodes:
        # A layer around another is left out: the inner one's gradient is cut with it.
        if not is_layer_call(node) or node is code.result or any(map(is_layer_call, inside(node))):
            continue
        if isinstance(node, ast.Call):
            yield f"gradient cut behind {code.part(node.func)}", node, f"{code.part(node)}.detach()"
    shapes = [node.value for node in code.nodes if isinstance(node, ast.Attribute) and node.attr in ("shape", "dtype")]
    for node in code.nodes:
        if node not in shapes and re.fullmatch(r"self\.(\w+\.)?(weight|bias)", code.part(node)):
            yield f"gradient cut at {code.part(node)}", node, f"{code.part(node)}.detach()"


def changed_in_place(code: Code) -> Iterator[Edit]:
    shorter = {name: (node, new) for name, node, new in augmented(code)}
    for name in code.inputs("Float"):
        # Where nothing invites to it, the result stays right, but what was handed in comes out doubled.
        doubled = code.with_line_in_front(f"{name} = {name}.mul_(2) / 2")
        yield f"{name} changed in place", *shorter.get(name, doubled)
    for name in code.inputs("Int"):
        yield f"{name} changed in place", *code.with_line_in_front(f"{name} = {name}.add_(1) - 1")


def augmented(code: Code) -> Iterator[Edit]:
    """`x = x + y` written as `x += y`, by the name, where that is the first assignment to it."""
    assigned: set[str] = set()
    for node in code.statements:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
            operator = AUGMENTED.get(type(value.op)) if isinstance(value, ast.BinOp) else None
            if operator and name not in assigned and isinstance(value, ast.BinOp) and code.part(value.left) == name:
                yield name, node, f"{name} {operator} {code.part(value.right)}"
            assigned.add(name)


def another_dtype(code: Code) -> Iterator[Edit]:
    value = code.result
    if value is not None and code.maps_floats:
        method = value.func if isinstance(value, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.attr == "to" and "dtype" in code.part(value):
            yield "result not cast back", value, code.part(method.value)
        else:
            yield "result in float32", value, f"{code.operand(value)}.float()"


def too_narrow(code: Code) -> Iterator[Edit]:
    for node in code.nodes:
        if isinstance(node, ast.Call) and last_name(node.func) == "promote_types":
            yield "not widened to float32", node, code.part(node.args[0])


def eps_hard_coded(code: Code) -> Iterator[Edit]:
    for statement in code.statements:
        for node in inside(statement):
            if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) or isinstance(node.ctx, ast.Store):
                continue
            if last_name(node) in ("eps", "norm_eps"):
                # An optimizer's is smaller than a norm's.
                usual = "1e-8" if isinstance(node, ast.Subscript) else "1e-6"
                yield f"eps hard-coded to {usual}", statement, code.part(statement).replace(code.part(node), usual)
                break


def super_forgotten(code: Code) -> Iterator[Edit]:
    for node in code.statements:
        if code.part(node) == "super().__init__()":
            yield "super().__init__() forgotten", node, "pass"


def part_missing(code: Code) -> Iterator[Edit]:
    for node in code.body if code.function.name == "__init__" else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if len(targets) == 1 and isinstance(targets[0], ast.Attribute):
            yield f"{targets[0].attr} not created", node, "pass"


# By the kind of the mistakes: their explanation, and the rule.
FAMILIES: dict[str, tuple[str, Callable[[Code], Iterator[Edit]]]] = {
    "nothing returned": (NOTHING_RETURNED, nothing_returned),
    "gradient cut": (GRADIENT_CUT, gradient_cut),
    "changed in place": (IN_PLACE, changed_in_place),
    "another dtype": (OTHER_DTYPE, another_dtype),
    "too narrow": (TOO_NARROW, too_narrow),
    "eps hard-coded": (EPS_HARD_CODED, eps_hard_coded),
    "super().__init__() forgotten": (SUPER_FORGOTTEN, super_forgotten),
    "part missing": (PART_MISSING, part_missing),
}


def made_by_rule(text: str, without: Collection[str] = ()) -> dict[str, Kind]:
    """The mistakes that the rules make in a piece of this text, by their kinds; but for those in `without`, by their
    names or kinds."""
    code = Code(text)
    made = {}
    for kind, (why, rule) in FAMILIES.items():
        edits: dict[str, tuple[str, str]] = {}
        for name, node, new in rule(code):
            places = sum(re.sub(r", place \d+$", "", other) == name for other in edits)
            edits[f"{name}, place {places + 1}" if places else name] = code.edit(node, new)
        kept = {name: edit for name, edit in edits.items() if not {name, kind} & {*without}}
        if kept:
            made[kind] = Kind(why, kept)
    return made
