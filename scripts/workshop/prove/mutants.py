"""Mutants: the reference's pieces with one small change each, made by machine: what no catalogue would think of.

A check that lets a mutant pass has a hole, unless the mutant is right after all (another way to the same numbers), or
as good. Those are listed, each with its reason, in survivors.toml of the piece's folder.
"""

import ast
import copy
import signal
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.workshop.check.cases import cases_of
from scripts.workshop.check.checking import compare_case
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Function, docstring_node
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.swap import kept, swapped

PATIENCE = 10  # seconds of computing; a mutant that is still running then has been found out

OTHER_OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OTHER_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
# Functions whose first two arguments may change places.
SYMMETRIC = {"max", "min", "maximum", "minimum", "promote_types", "gcd", "transpose"}


@dataclass(frozen=True)
class Mutant:
    piece: Piece
    name: str  # what was changed: the code before and after
    text: str  # the piece's source


def mutants_of(piece: Piece) -> Iterator[Mutant]:
    """Every mutant of a piece, in the order of its code."""
    function = reference_source(piece.module).function(piece.qualname)
    indent = "    " * piece.qualname.count(".")
    text = docstring_node(function)
    seen: dict[str, int] = {}
    for node in (inner for statement in function.body if statement is not text for inner in walk(statement)):
        for after in variations(node):
            name = f"{shortened(node)} => {shortened(after)}"
            seen[name] = seen.get(name, 0) + 1
            name += f" ({seen[name]})" if seen[name] > 1 else ""
            yield Mutant(piece, name, textwrap.indent(with_change(function, node, after), indent) + "\n")


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it, but not what an error says: nobody tests the wording."""
    if isinstance(node, ast.Raise):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from walk(inner)


def with_change(function: Function, node: ast.AST, after: ast.AST) -> str:
    """The function's code, with another node in the place of one of its own."""
    function, node = copy.deepcopy((function, node))

    class Change(ast.NodeTransformer):
        def visit(self, here):
            return after if here is node else self.generic_visit(here)

    return ast.unparse(Change().visit(function))


def shortened(node: ast.AST) -> str:
    """A node's code in a line that is not too long."""
    return textwrap.shorten(" ".join(ast.unparse(node).split()), 100)


def variations(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER_OPERATORS:
        yield with_fields(node, op=OTHER_OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER_COMPARISONS:
        for other in OTHER_COMPARISONS[type(node.ops[0])]:
            yield with_fields(node, ops=[other(), *node.ops[1:]])
    elif isinstance(node, ast.BoolOp):
        yield with_fields(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for left_out in node.values:
            kept = [value for value in node.values if value is not left_out]
            yield kept[0] if len(kept) == 1 else with_fields(node, values=kept)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield with_fields(node, body=node.orelse, orelse=node.body)
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.If):
        yield with_fields(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant):
        yield from (with_fields(node, value=value) for value in other_values(node.value))
    elif isinstance(node, ast.Call):
        first, second = ([*map(ast.unparse, node.args), "", ""])[:2]
        if second and first != second and "*" not in (first[0], second[0]) and called(node) not in SYMMETRIC:
            yield with_fields(node, args=[node.args[1], node.args[0], *node.args[2:]])
        for keyword in node.keywords:
            yield with_fields(node, keywords=[each for each in node.keywords if each is not keyword])
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield ast.Pass()


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def other_values(value) -> Iterator:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        if value > 0:
            yield value - 1
    elif isinstance(value, float):
        yield 2 * value + 1


def with_fields(node: ast.AST, **fields) -> ast.AST:
    """The node with some fields changed; its parts are the same."""
    after = copy.copy(node)
    for name, value in fields.items():
        setattr(after, name, value)
    return after


class Patience(Exception):
    """A mutant has been running for too long."""


def survives(mutant: Mutant) -> bool:
    """Whether the piece's check lets a mutant pass. Must be called in the main thread, and not on Windows."""

    def give_up(number, frame):
        raise Patience

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        with swapped(mutant.piece, mutant.text) as package, kept(package, mutant.piece.module):
            for case in cases_of(mutant.piece):
                compare_case(case, package)
    except Exception:
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return True


def known_survivors(piece: Piece) -> dict[str, str]:
    """The mutants that the piece's check lets pass, by name, and why that is harmless."""
    path = piece.folder / "survivors.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
