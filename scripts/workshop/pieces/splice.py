"""Splice: the reference with some pieces replaced by somebody else's source.

The learner's function, with any helper functions, methods, constants and imports that they added to its file, goes into
a copy of the reference's module; everything else stays the reference's. So one piece can be tried alone, in any order,
before its neighbours exist. Errors still show the learner's file and line.
"""

import ast
import copy
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import sys
import types
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import ClassVar

from scripts.project.implementation import Implementation
from scripts.workshop.pieces import Piece
from scripts.workshop.pieces.source import Function, Source, compilers
from scripts.workshop.pieces.stubs import DEBUG, REFERENCE

fresh = itertools.count()


def splice(pieces: Iterable[Piece], sources: Mapping[str, Source]) -> Implementation:
    """The reference, but with `pieces` from `sources` (module name to file).

    Raises `LookupError` where a source lacks its piece. What goes wrong inside the spliced code shows when it is used.
    """
    wanted: dict[str, set[str]] = {}
    for piece in pieces:
        if sources[piece.module].find(piece.qualname) is None:
            raise LookupError(f"there is no {piece.qualname} in {sources[piece.module].path}")
        wanted.setdefault(piece.module, set()).add(piece.qualname)
    package = f"spliced_{next(fresh)}"
    sys.modules[package] = importlib.util.module_from_spec(
        importlib.machinery.ModuleSpec(package, loader=None, is_package=True)
    )
    SplicedModules.packages[package] = {module: (sources[module], names) for module, names in wanted.items()}
    return Implementation(package, REFERENCE)


def forget(spliced: Implementation) -> None:
    """Let go of a spliced package: a check makes one for every case, each with modules of its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == spliced.package]:
        del sys.modules[name]
    del SplicedModules.packages[spliced.package]


class SplicedModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and makes the modules of spliced packages."""

    packages: ClassVar[dict[str, dict[str, tuple[Source, set[str]]]]] = {}

    def find_spec(self, fullname, path=None, target=None):
        package, _, module = fullname.partition(".")
        if package in self.packages and module:
            room = REFERENCE.joinpath(*module.split(".")).is_dir()
            if room or module_file(module).exists():
                origin = str(module_file(f"{module}.__init__" if room else module))
                spec = importlib.machinery.ModuleSpec(fullname, self, origin=origin, is_package=room)
                if room:
                    # A room may look into its folder, to import every file in there.
                    spec.submodule_search_locations.append(str(REFERENCE.joinpath(*module.split("."))))
                return spec
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        package, _, name = module.__name__.partition(".")
        if module.__spec__.submodule_search_locations is not None:
            name = f"{name}.__init__"
        if name in self.packages[package]:
            theirs, wanted = self.packages[package][name]
            code = spliced_code(reference_source(name), theirs, frozenset(wanted))
        else:
            code = reference_code(name)
        exec(code, module.__dict__)


sys.meta_path.insert(0, SplicedModules())


def module_file(module: str) -> Path:
    return DEBUG if module == "debug" else REFERENCE.joinpath(*module.split(".")).with_suffix(".py")


@functools.cache
def reference_source(module: str) -> Source:
    return Source.read(module_file(module))


@functools.cache
def reference_code(module: str) -> types.CodeType:
    source = reference_source(module)
    return compile(source.tree, str(source.path), "exec")


# A check splices the same source once for every case.
@functools.lru_cache(maxsize=4)
def spliced_code(reference: Source, theirs: Source, wanted: frozenset[str]) -> types.CodeType:
    """The reference's module with the functions called `wanted`, and all that they may need, from `theirs`."""
    taken = set(wanted)
    body = merged(reference.tree.body, theirs.tree.body, "", wanted, taken)
    code = compile(ast.Module(body, type_ignores=[]), str(reference.path), "exec")
    return attributed(code, str(theirs.path), taken)


def merged(
    ours: list[ast.stmt], theirs: list[ast.stmt], scope: str, wanted: Set[str], taken: set[str]
) -> list[ast.stmt]:
    """Our statements in our order, the wanted functions among them from theirs, and with what they added in between.

    The qualified names of the definitions that they added are put into `taken`.
    """
    by_name = {name: node for node in theirs for name in defined_names(node)}
    places = {name: index for index, node in enumerate(ours) for name in defined_names(node)}
    result = [replacement(node, by_name.get(getattr(node, "name", "")), scope, wanted, taken) for node in ours]
    body: list[ast.stmt] = []
    done = 0
    for node in theirs:
        known = [places[name] for name in defined_names(node) if name in places]
        if known:
            end = max(done, max(known) + 1)
            body += result[done:end]
            done = end
        elif not isinstance(node, ast.Expr):
            body.append(node)
            taken.update(scope + name for name in defined_names(node))
    return body + result[done:]


def replacement(node: ast.stmt, theirs: ast.stmt | None, scope: str, wanted: Set[str], taken: set[str]) -> ast.stmt:
    """What stands for one of our statements: their function, a class with their methods, or itself."""
    qualname = scope + getattr(node, "name", "")
    if isinstance(node, Function) and qualname in wanted:
        assert isinstance(theirs, Function), qualname
        if left_out := compilers(theirs):
            theirs = copy.copy(theirs)
            theirs.decorator_list = [each for each in theirs.decorator_list if each not in left_out]
        return theirs
    if isinstance(node, ast.ClassDef) and any(name.startswith(f"{qualname}.") for name in wanted):
        assert isinstance(theirs, ast.ClassDef), qualname
        node = copy.copy(node)
        node.body = merged(node.body, theirs.body, f"{qualname}.", wanted, taken)
    return node


def defined_names(node: ast.stmt) -> list[str]:
    """The names that a definition or an assignment gives a meaning to. Imports count as additions: none."""
    if isinstance(node, (Function, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def attributed(code: types.CodeType, filename: str, taken: set[str], inside: bool = False) -> types.CodeType:
    """The code with the functions in `taken`, and what is inside them, said to come from `filename`."""
    constants = tuple(
        attributed(constant, filename, taken, inside or constant.co_qualname in taken)
        if isinstance(constant, types.CodeType)
        else constant
        for constant in code.co_consts
    )
    return code.replace(co_consts=constants, co_filename=filename if inside else code.co_filename)
