"""Swap: one function of the reference changed for a moment, in a package that is loaded already.

What `splice` does for a learner's file takes a tenth of a second, since it makes every module anew. To try out hundreds
of versions of a single function (mistakes, mutants) only that function is compiled, and its code put in the place of
the old one.
"""

import ast
import contextlib
import functools
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from scripts.project.implementation import Implementation
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Function, Source
from scripts.workshop.pieces.splice import forget, reference_source, splice


@functools.cache
def workbench() -> Implementation:
    """A copy of the reference, for swapping."""
    return splice([], {})


@contextlib.contextmanager
def swapped(piece: Piece, text: str) -> Iterator[Implementation]:
    """The reference with this piece's text replaced by `text`, for as long as the context lasts.

    Raises `SyntaxError` where the text is not Python.
    """
    function = function_of(piece)
    before = function.__code__
    try:
        function.__code__ = compiled(piece, text)
    except (ValueError, LookupError):
        # Another signature, other decorators, or other names from around it: that takes the long way.
        whole = reference_source(piece.module)
        package = splice([piece], {piece.module: Source(whole.with_function(piece.qualname, text), whole.path)})
        try:
            yield package
        finally:
            forget(package)
        return
    try:
        yield workbench()
    finally:
        function.__code__ = before


@contextlib.contextmanager
def kept(package: Implementation, module: str) -> Iterator[None]:
    """What is set on a module or on its classes meanwhile is undone: each trial must find them as the first one did."""
    home = getattr(package, module)
    owners = [home, *(each for each in vars(home).values() if getattr(each, "__module__", "") == home.__name__)]
    before = [(owner, dict(vars(owner))) for owner in owners if isinstance(owner, (type, ModuleType))]
    try:
        yield
    finally:
        for owner, attributes in before:
            for name in vars(owner).keys() - attributes.keys():
                delattr(owner, name)
            for name, value in attributes.items():
                if vars(owner).get(name) is not value:
                    setattr(owner, name, value)


@functools.cache
def function_of(piece: Piece) -> FunctionType:
    """The piece in the workbench, without the decorators around it."""
    return inspect.unwrap(named(piece, workbench()))


def named(piece: Piece, package: Implementation) -> Any:
    """What a package calls by the piece's name."""
    found = getattr(package, piece.module)
    for name in piece.qualname.split("."):
        found = inspect.getattr_static(found, name)
    return found


@functools.lru_cache
def compiled(piece: Piece, text: str) -> CodeType:
    """The code of the piece with another text. Raises `LookupError` where more than its body is another."""
    whole = reference_source(piece.module)
    *classes, name = piece.qualname.split(".")
    indent = "    " * len(classes)
    shell = "".join(f"{'    ' * depth}class {each}:\n" for depth, each in enumerate(classes))
    tree = ast.parse(f"{shell}{text}")
    node: Any = tree
    for _ in range(len(classes) + 1):
        node = node.body[0]
    if heading(node) != heading(whole.function(piece.qualname)) or text[: len(indent)] != indent:
        raise LookupError(piece.id)
    return code_called(compile(tree, str(whole.path), "exec"), [*classes, name])


def heading(node: Function) -> list[str]:
    """What stands above a function's body, as far as it plays a part when it is called."""
    return [node.name, ast.dump(node.args), *map(ast.dump, node.decorator_list)]


def code_called(code: CodeType, names: list[str]) -> CodeType:
    for name in names:
        code = next(part for part in code.co_consts if isinstance(part, CodeType) and part.co_name == name)
    return code
