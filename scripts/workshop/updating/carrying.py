"""Carry: what somebody wrote for a piece that has another name or place by now goes where the piece is."""

import ast
import builtins
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.source import Change, Function, Source, changed, last_line
from scripts.workshop.updating.kept import GIVEN, SIGNATURE, Kept, put_in, take_out
from scripts.workshop.updating.merging import (
    Statement,
    block,
    contract,
    function_of,
    is_pure_stub,
    key_of,
    module_of,
    statements_of,
    with_body,
)

Moved = Mapping[str, str | None]  # of pieces: their old id and the new one, or none


class Carried(NamedTuple):
    files: dict[str, str]
    moves: list[tuple[str, str]]  # what was carried, from which id to which
    left: list[Kept]  # of what stood in no file any more, what has no place


def carry(files: Mapping[str, str], homeless: list[tuple[Kept, Source]], moved: Moved) -> Carried:
    """Put what is kept where the skeleton has a stub for it, with what it needs of the file that it comes from; where
    the stub has another signature, beside it. homeless: what is kept of files that are gone, with those files."""
    desk = Desk(dict(files), moved)
    for path in list(files):
        plain, kept = take_out(files[path])
        if kept:
            desk.files[path] = plain
            donor = Source(plain, Path(path))
            for each in kept:
                if each.why == GIVEN or not desk.place(each, donor):
                    desk.keep(path, each)
    left = [each for each, donor in homeless if not desk.place(each, donor)]
    return Carried(desk.files, desk.moves, [each for each in left if each.id not in desk.taken])


class Desk:
    """The files of learn/ while pieces are carried."""

    def __init__(self, files: dict[str, str], moved: Moved):
        self.files, self.moved = files, moved
        self.moves: list[tuple[str, str]] = []
        self.taken: set[str] = set()  # helpers that went along

    def place(self, each: Kept, donor: Source) -> bool:
        """Whether there is a place for it, where it is now."""
        written = next(iter(statements_of(Source(each.text, donor.path)).values()), None)
        id = self.renamed(each.id, donor.path.as_posix())
        path = self.file_of(id)
        if written is None or path is None:
            return False
        source, qualname = self.plain(path), id.removeprefix(module_of(path) + ".")
        stub = statements_of(source).get(qualname)
        if stub is None:
            return self.add_method(each, path, qualname)
        if not is_pure_stub(stub):
            return False
        if contract(function_of(stub)) != contract(function_of(written)):
            if id == each.id:
                return False
            self.keep(path, Kept(id, SIGNATURE, each.text))
            return True
        place = source.span(stub.node)
        needs = self.needs(written, donor, source, path)
        self.write(path, [Change(place, with_body(stub, written)), *needs])
        self.moves.append((each.id, id))
        return True

    def renamed(self, id: str, home: str) -> str:
        """What a piece, or a method beside one, is called by now. home: the file that it was taken from."""
        qualname = id.removeprefix(f"{module_of(home)}.")
        # git may have found the file under a new name already, by which no list of moves knows it.
        names = [id] if id in self.moved else [old for old in self.moved if old.endswith(f".{qualname}")]
        if len(names) == 1:
            id, seen = names[0], set[str]()
            while id in self.moved and id not in seen:
                seen.add(id)
                seen.add(id)
                id = self.moved[id] or ""
            return id
        scope, _, name = qualname.rpartition(".")
        homes = {(new or "").rpartition(".")[0] for old, new in self.moved.items()
                 if scope and old.rpartition(".")[0].endswith(f".{scope}")}  # fmt: skip
        return f"{homes.pop()}.{name}" if len(homes) == 1 and self.file_of(id) is None else id

    def file_of(self, id: str) -> str | None:
        """The file that something called so stands in, or would stand in: its class or its module is there."""
        parts = id.split(".")
        for length in range(len(parts) - 1, 0, -1):
            for path in ("/".join(parts[:length]) + ".py", "/".join([*parts[:length], "__init__.py"])):
                if path in self.files:
                    return path if self.plain(path).scope(".".join(parts[length:])) else None
        return None

    def plain(self, path: str) -> Source:
        return Source(take_out(self.files[path])[0], Path(path))

    def write(self, path: str, changes: list[Change]) -> None:
        """Change a file; what is kept in it stays."""
        plain, kept = take_out(self.files[path])
        self.files[path] = put_in("".join(changed(Source(plain, Path(path)).lines, changes)), module_of(path), kept)

    def keep(self, path: str, each: Kept) -> None:
        plain, kept = take_out(self.files[path])
        self.files[path] = put_in(plain, module_of(path), dict.fromkeys([*kept, each]))

    def add_method(self, each: Kept, path: str, qualname: str) -> bool:
        """A method of theirs, at the end of the class that has the pieces beside it now."""
        scope = self.plain(path).scope(qualname)
        if not isinstance(scope, ast.ClassDef) or f"{module_of(path)}.{qualname}" == each.id:
            return False
        end, margin = last_line(scope.body[-1]), " " * scope.body[-1].col_offset
        lines = "".join(f"{margin}{line}" if line.strip() else line for line in each.text.splitlines(keepends=True))
        self.write(path, [Change(slice(end, end), f"\n{lines}")])
        self.moves.append((each.id, f"{module_of(path)}.{qualname}"))
        return True

    def needs(self, written: Statement, donor: Source, target: Source, path: str) -> list[Change]:
        """What a body names that its old file knows and its new one does not: imports, helper functions, constants."""
        known = set(dir(builtins)) | set(names_of(target))
        there, home = names_of(donor), module_of(donor.path.as_posix())
        waiting, imports, helpers = [written.node], [], dict[str, None]()
        while waiting:
            for node in ast.walk(waiting.pop()):
                name = node.id if isinstance(node, ast.Name) else ""
                if name in known or name not in there:
                    continue
                known.add(name)
                found, alias = there[name]
                if alias is not None:
                    imports.append(imported(found, alias, donor.path.as_posix(), path))
                elif not isinstance(found, ast.ClassDef) and f"{home}.{name}" not in BY_ID:
                    self.taken.add(f"{home}.{name}")
                    helpers["".join(donor.lines[donor.span(found)])] = None
                    waiting.append(found)
        # Behind the imports at the head: a room may be imported at the end.
        head = list(itertools.takewhile(lambda node: not isinstance(node, (ast.ClassDef, Function)), target.tree.body))
        at = max((last_line(node) for node in head if isinstance(node, (ast.Import, ast.ImportFrom))), default=0)
        text = "".join(imports) + "".join(f"\n\n{helper}" for helper in reversed(helpers))
        return [Change(slice(at, at), text)] if text else []


def names_of(source: Source) -> dict[str, tuple[ast.stmt, ast.alias | None]]:
    """What a file gives a name to, and by which statement; of an import, by which part."""
    found: dict[str, tuple[ast.stmt, ast.alias | None]] = {}
    for each in block(source)[0]:
        node = each.node
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0]: (node, alias) for alias in node.names}
        elif isinstance(node, (Function, ast.ClassDef, ast.Assign, ast.AnnAssign)):
            found |= {name: (node, None) for name in key_of(node, first=False)[1].split(", ")}
    return found


def imported(node: ast.stmt, alias: ast.alias, old: str, new: str) -> str:
    """A line that imports the same in another file; relative paths are those of that file."""
    if isinstance(node, ast.ImportFrom):
        module, level = node.module or "", node.level
        if level:
            package = old.split("/")[:-1]
            home = package[: len(package) - level + 1]
            module, level = ".".join([*home, *([module] if module else [])]), new.count("/") + 1
        return f"{ast.unparse(ast.ImportFrom(module or None, [alias], level))}\n"
    return f"{ast.unparse(ast.Import([alias]))}\n"
