"""Integrity: what in a copy of learn/ should make an instructor look twice.

Found by reading the files, which are never run for this: imports of anything but what a piece can need, ways around
imports, changes to what others have defined, and given code that was edited. None of it proves a fraud, and none of it
keeps one from being committed: whoever runs other people's code should do so where it can do no harm.
"""

import ast
import functools
import importlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from scripts.workshop.pieces import FILES, PIECES
from scripts.workshop.pieces.board import read_source
from scripts.workshop.pieces.source import Function, Source, docstring_node
from scripts.workshop.pieces.stubs import skeleton, skeleton_file

# Modules that a piece may import; what else they hold, an `os` or a `sys`, is not theirs to give.
PLAIN = {
    "__future__",
    "abc",
    "cmath",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "enum",
    "functools",
    "itertools",
    "jaxtyping",
    "math",
    "numbers",
    "random",
    "typing",
}
TORCH = {
    "torch",
    "torch.nn",
    "torch.optim",
    "torch.distributions",
    "torch.backends",
    "torch.cuda",
    "torch.autograd",
} | {
    f"torch.{name}"
    for name in ("amp", "compiler", "distributed", "fft", "func", "linalg", "random", "special", "types", "utils")
}
TORCH_INSIDE = ("torch.nn.", "torch.optim.", "torch.distributions.", "torch.backends.", "torch.utils.checkpoint")
# What reads files, compiles texts, or changes what is computed for everybody.
FAR = {
    "torch.from_file",
    "torch.load",
    "torch.save",
    "torch.set_default_dtype",
    "torch.set_default_device",
    "torch.set_default_tensor_type",
    "typing.ForwardRef",
    "typing.get_type_hints",
}
# Built-in names with which code gets at what it has not imported.
AROUND = {
    "__builtins__",
    "__file__",
    "__import__",
    "__loader__",
    "__path__",
    "__spec__",
    "breakpoint",
    "compile",
    "eval",
    "exec",
    "globals",
    "input",
    "locals",
    "open",
    "vars",
}
BY_NAME = {"getattr", "setattr", "delattr"}  # and those that do so by an attribute's name
# Attributes that lead from a thing to what is around it, whatever the thing: of frames, of tracebacks, of functions,
# and modules that others have imported.
FRAME = ("f_", "tb_", "gi_", "cr_", "ag_", "co_")
FRAMES = {"builtins", "code", "frame", "globals", "locals", "back", "next", "trace", "consts", "yieldfrom", "await"}
MODULES = {
    "builtins",
    "ctypes",
    "gc",
    "importlib",
    "inspect",
    "linecache",
    "marshal",
    "multiprocessing",
    "os",
    "pathlib",
    "pickle",
    "pkgutil",
    "posix",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "traceback",
}
ROOTS = {"reference", "scripts", "torch"}  # where it is what is inside that says something
MOST = 100  # characters of what is said of a line
# The names with two underscores at each end that any class may have to do with.
USUAL = {
    f"__{name}__" for name in ("init", "post_init", "call", "name", "qualname", "doc", "len", "getitem", "version")
}


def suspicions(folder: Path) -> list[str]:
    """What is out of the ordinary in a copy, each with its place: `file:line: what`."""
    found = []
    for file in FILES:
        if (folder / file).is_symlink():
            found.append(f"{file}: is a link to {os.readlink(folder / file)}")
        source = read_source(folder / file)
        if not isinstance(source, Source):
            continue  # the board says what is the matter with it
        try:
            found += suspicions_in(file, source)
        except RecursionError:
            found.append(f"{file}: is nested so deeply that it cannot be looked through")
    known = skeleton()
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".py"))
    own = sorted(path.relative_to(folder).as_posix() for path in paths)
    return found + [f"{name}: a file of their own" for name in own if name not in known]


def suspicions_in(file: str, source: Source) -> list[str]:
    new = [(line, what) for line, what in sorted(set(oddities(source))) if what not in usual(file)]
    odd = [f"{file}:{line}: {what[:MOST]}" for line, what in new]
    return odd + [f"{file}: {what}" for what in edited(file, source)]


@functools.cache
def usual(file: str) -> set[str]:
    """What a file of the skeleton reaches for."""
    return {what for _, what in oddities(Source(skeleton_file(file), Path(file)))}


def oddities(source: Source) -> Iterator[tuple[int, str]]:
    """The lines of a file that reach for what is not theirs."""
    names = imported(source.tree)
    parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(source.tree):
        for what in odd_import(node) if isinstance(node, ast.Import | ast.ImportFrom) else odd(node, names, parents):
            yield getattr(node, "lineno", 1), what


def odd_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """What an import brings that a piece need not have."""
    if isinstance(node, ast.Import):
        yield from (f"imports {alias.name}" for alias in node.names if far(alias.name))
    elif node.level:
        yield from (f"imports {alias.name} through a file of learn/" for alias in node.names if leads_out(alias.name))
    else:
        home = node.module or ""
        for name in (f"{home}.{alias.name}" for alias in node.names):
            if name not in given_imports() and far(name):
                yield f"imports {home if '.' in home or (home not in ROOTS and far(home)) else name}"


def odd(node: ast.AST, names: dict[str, str], parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """What a node other than an import does that a piece need not do. names: what the imported names stand for."""
    if isinstance(node, ast.Name):
        whole = use(node, parents)
        if (names.get(node.id) and far(".".join([names[node.id], *chain(whole)[1:]]))) or (
            node.id in AROUND and node.id not in names
        ):
            yield f"uses {ast.unparse(whole)}"
        elif node.id in BY_NAME:
            yield from odd_by_name(node, names, parents)
    elif isinstance(node, ast.Attribute):
        if leads_out(node.attr):
            yield f"uses {ast.unparse(node)}"
        if not isinstance(node.ctx, ast.Load) and root(node) in names:
            yield f"changes {ast.unparse(node)}"
    elif isinstance(node, Function) and node.name in ("__reduce__", "__reduce_ex__"):
        yield f"defines {node.name}"


def odd_by_name(node: ast.Name, names: dict[str, str], parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """`getattr` and its kin: with a name that leads out, or that only running the code would tell; on what others have
    defined."""
    call = parents[node]
    if not isinstance(call, ast.Call) or call.func is not node or len(call.args) < 2:
        yield f"uses {node.id}"
        return
    thing, attribute = call.args[0], call.args[1]
    if node.id != "getattr" and root(thing) in names:
        yield f"changes something in {ast.unparse(thing)}"
    if not isinstance(attribute, ast.Constant):
        if node.id == "getattr":
            yield f"uses {ast.unparse(call)}"
        return
    inside = [names.get(root(thing), ""), *chain(thing)[1:], str(attribute.value)]
    if leads_out(str(attribute.value)) or (inside[0] and far(".".join(inside))):
        yield f"uses {ast.unparse(call)}"


def leads_out(attribute: str) -> bool:
    """Whether an attribute of this name leads from any thing to what is around it."""
    if attribute.startswith("__") and attribute.endswith("__"):
        return attribute not in USUAL
    return attribute in MODULES or (attribute.startswith(FRAME) and attribute.partition("_")[2] in FRAMES)


@functools.cache
def far(name: str) -> bool:
    """Whether `torch.nn.functional.relu`, say, is something that a piece need not have."""
    top, *rest = name.split(".")
    if top not in PLAIN | {"torch"}:
        return True
    found: object = importlib.import_module(top)
    for attribute in rest:
        if not isinstance(found, ModuleType):
            return False  # where a function or a class leads to is told by the attribute's name
        whole = f"{found.__name__}.{attribute}"
        if whole in FAR or attribute == "*" or (attribute.startswith("_") and attribute not in USUAL):
            return True
        found = inside(found, attribute)
        if isinstance(found, ModuleType) and not plain(found.__name__):
            return True
    return False


def inside(module: ModuleType, attribute: str) -> object:
    """What a module has under a name: no more than the name of a module that is not loaded and not plain; None where it
    has nothing."""
    whole = f"{module.__name__}.{attribute}"
    if attribute in vars(module) or not hasattr(module, "__path__") or not importlib.util.find_spec(whole):
        return vars(module).get(attribute)
    return importlib.import_module(whole) if plain(whole) else ModuleType(whole)


def plain(module: str) -> bool:
    return module in PLAIN or module in TORCH or module.startswith(TORCH_INSIDE)


@functools.cache
def given_imports() -> frozenset[str]:
    """What the skeleton's files import of the reference."""
    return frozenset(
        f"{node.module}.{alias.name}"
        for text in skeleton().values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reference")
        for alias in node.names
    )


def imported(tree: ast.Module) -> dict[str, str]:
    """What the names stand for that imports bring, and those that are given to what these hold; empty for what is
    ours."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = alias.name if node.level else f"{node.module}.{alias.name}"
                ours = whole in given_imports() or (node.level and whole not in PLAIN | {"torch"})
                names[alias.asname or alias.name] = "" if ours else whole
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets, ast.Name() | ast.Attribute() as value) if (first := root(value)) in names:
                whole = ".".join([names[first], *chain(value)[1:]]) if names[first] else ""
                names |= {target.id: whole for target in targets if isinstance(target, ast.Name)}
    return names


def use(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> ast.expr:
    """The whole of what is done with a name: `name.a.b`, called if it is."""
    while isinstance(parent := parents.get(node), ast.Attribute):
        node = parent
    return parent if isinstance(parent, ast.Call) and parent.func is node else node


def chain(node: ast.expr) -> list[str]:
    """The names of `a.b.c`, or of what is called so; none where it begins with something else."""
    if isinstance(node, ast.Call):
        node = node.func
    attributes = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return [node.id, *reversed(attributes)] if isinstance(node, ast.Name) else []


def root(node: ast.expr) -> str:
    """The name that `a.b.c` begins with; empty where it begins with none."""
    return next(iter(chain(node)), "")


def edited(file: str, source: Source) -> Iterator[str]:
    """Given definitions that are other than in the skeleton. Checks use the reference's, so that an edit changes no
    verdict, but it may change what the rest of the copy does."""
    theirs = given(source, file)
    for name, text in given_by_us(file).items():
        if name not in theirs:
            yield f"{name}, which was given, is not there any more"
        elif theirs[name] != text:
            yield f"{name}, which was given, was edited"


@functools.cache
def given_by_us(file: str) -> dict[str, str]:
    return given(Source(skeleton_file(file), Path(file)), file)


def given(source: Source, file: str) -> dict[str, str]:
    """The definitions of a file that are no pieces, by name, as what they mean: without comments and docstrings."""
    pieces = {piece.qualname for piece in PIECES if piece.file == file}
    found = {}

    def collect(body: list[ast.stmt], scope: str) -> None:
        for node in body:
            name = scope + getattr(node, "name", "")
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{name}.")
            elif isinstance(node, Function) and name not in pieces:
                found[name] = "".join(ast.dump(statement) for statement in without_docstring(node))
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    found[scope + ast.unparse(target)] = ast.dump(node)

    collect(source.tree.body, "")
    return found


def without_docstring(node: Function) -> list[ast.AST]:
    return [node.args, *(statement for statement in node.body if statement is not docstring_node(node))]
