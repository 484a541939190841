"""Edits: one function of a learner's file is replaced, and nothing else of it becomes another."""

import ast
import copy
from collections.abc import Sequence
from pathlib import Path

from scripts.project import UsageError, shown
from scripts.workshop.pieces.source import Change, Source, changed, decoded, lines_of, with_python_ends
from scripts.workshop.pieces.stubs import is_debug_import


def edited(path: Path, qualname: str, changes: Sequence[Change]) -> bytes:
    """What a Python file holds after changes that concern the function called so, and the import of `debug`, alone.

    It keeps its encoding, its mark and its line ends. That nothing but the function is another is proven by reading the
    result as Python does. Raises `UsageError` where it is not, and `OSError`; writes nothing.
    """
    data = path.read_bytes()
    before, encoding = decoded(data, path)
    lines = changed(lines_of(before), changes)
    wanted = "".join(lines)
    try:
        after = wanted.encode(encoding)
        if before.encode(encoding) != data:
            raise UsageError(f"{shown(path)} is left as it is: its encoding, {encoding}, cannot be written as it was")
        old, new = Source(with_python_ends(before), path), Source(with_python_ends(decoded(after, path)[0]), path)
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{shown(path)} is left as it is: its encoding, {encoding}, has no {error.object[error.start]!r}; "
            "save it as UTF-8 first"
        ) from error
    except SyntaxError as error:
        raise UsageError(
            f"{shown(path)} is left as it is: with the change, Python could not read line {error.lineno} ({error.msg})"
        ) from error
    as_meant = new.find(qualname) and any(new.text_of(qualname).strip() == text.strip() for _, text in changes)
    if not as_meant or new.text != with_python_ends(wanted) or others(old, qualname) != others(new, qualname):
        raise UsageError(f"{shown(path)} is left as it is: more than {qualname} would become another")
    return after


def others(source: Source, qualname: str) -> list[str]:
    """All that a file says but for one function: its statements, and those of its classes, one by one."""
    chosen = source.find(qualname)

    def parts(body: list[ast.stmt]) -> list[str]:
        found = []
        for node in body:
            if node is chosen or is_debug_import(node):
                continue
            inside = node.body if isinstance(node, ast.ClassDef) else []
            if isinstance(node, ast.ClassDef):
                node = copy.copy(node)
                node.body = []
            found += [ast.dump(node), *parts(inside)]
        return found

    return parts(source.tree.body)
