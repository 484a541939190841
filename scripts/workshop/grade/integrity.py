"""Integrity: what in a copy of learn/ should make an instructor look twice.

Found by reading the files, which are never run for this: imports of the reference or of the workshop, ways around
imports, changes to what others have defined, and given code that was edited. None of it proves a fraud, and none of it
keeps one from being committed: whoever runs other people's code should do so where it can do no harm.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.workshop.pieces import FILES, PIECES
from scripts.workshop.pieces.source import Function, Source
from scripts.workshop.pieces.stubs import skeleton, skeleton_file

GIVEN = {"reference.config"}  # what learn/ itself imports of the reference

# Names with which code gets at what it has not imported.
AROUND = {
    "__import__",
    "importlib",
    "exec",
    "eval",
    "compile",
    "open",
    "inspect",
    "gc",
    "ctypes",
    "subprocess",
    "pathlib",
}
INSIDE = {"__globals__", "__code__", "__subclasses__", "__closure__"}
SYS = {"sys.modules", "sys._getframe", "sys.settrace", "sys.setprofile", "sys.meta_path", "sys.path"}


def suspicions(folder: Path) -> list[str]:
    """What is out of the ordinary in a copy, each with its place: `file:line: what`."""
    found = []
    for file in FILES:
        try:
            source = Source.read(folder / file)
        except (OSError, SyntaxError):
            continue  # the board says what is the matter with it
        usual = {what for _, what in oddities(Source(skeleton_file(file), source.path))}
        found += [f"{file}:{line}: {what}" for line, what in sorted(set(oddities(source))) if what not in usual]
        found += [f"{file}: {what}" for what in edited(file, source)]
    known = skeleton()
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    found += [f"{name}: a file of their own" for name in files if name not in known]
    return found


def oddities(source: Source) -> Iterator[tuple[int, str]]:
    """The lines of a file that reach for what is not theirs."""
    modules = imported(source.tree)
    for node in ast.walk(source.tree):
        line = getattr(node, "lineno", 1)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = (
                [node.module or ""]
                if node.module not in ("reference", "scripts")
                else [f"{node.module}.{alias.name}" for alias in node.names]
            )
        else:
            names = []
        for name in names:
            if name not in GIVEN and name.partition(".")[0] in {"reference", "scripts", *AROUND}:
                yield line, f"imports {name}"
        if isinstance(node, ast.Name) and node.id in AROUND and node.id not in modules:
            yield line, f"uses {node.id}"
        if isinstance(node, ast.Attribute) and (node.attr in INSIDE or ast.unparse(node) in SYS):
            yield line, f"uses {ast.unparse(node)}"
        for target in targets(node):
            if isinstance(target, ast.Attribute) and root(target) in modules:
                yield line, f"changes {ast.unparse(target)}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr"):
            changed = [ast.unparse(target) for target in node.args[:1] if root(target) in modules]
            yield from ((line, f"changes something in {target}") for target in changed)


def imported(tree: ast.Module) -> set[str]:
    """The names that imports give to modules and to what is in them."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def root(node: ast.expr) -> str:
    """The name that `a.b.c` begins with; empty where it begins with none."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")


def edited(file: str, source: Source) -> Iterator[str]:
    """Given definitions that are other than in the skeleton. Checks use the reference's, so that an edit changes no
    verdict, but it may change what the rest of the copy does."""
    theirs, ours = given(source, file), given(Source(skeleton_file(file), source.path), file)
    for name, text in ours.items():
        if name not in theirs:
            yield f"{name}, which was given, is not there any more"
        elif theirs[name] != text:
            yield f"{name}, which was given, was edited"


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
                for target in targets(node):
                    found[scope + ast.unparse(target)] = ast.dump(node)

    collect(source.tree.body, "")
    return found


def without_docstring(node: Function) -> list[ast.AST]:
    from scripts.workshop.pieces.source import docstring_node

    return [node.args, *(statement for statement in node.body if statement is not docstring_node(node))]
