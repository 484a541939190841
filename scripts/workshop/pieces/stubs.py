"""Stubs: learn/ made from reference/, the same files with the bodies of all pieces removed."""

import ast
import functools
import itertools
from collections.abc import Container
from pathlib import Path

from scripts.project import ROOT
from scripts.workshop.pieces import FILES, PIECES, Piece
from scripts.workshop.pieces.source import (
    Change,
    Source,
    body_start,
    changed,
    last_line,
    outline,
    parameters,
    read_text,
    write_text,
)

REFERENCE = ROOT / "reference"
DEBUG = Path(__file__).with_name("debug.py")
README = Path(__file__).with_name("learn_README.md")
RULES = Path(__file__).with_name("learn_AGENTS.md")  # for assistants
# Of the file that some of them look for instead.
POINTER = "The rules for assistants in this folder stand in [AGENTS.md](AGENTS.md); read it first.\n\n@AGENTS.md\n"
WIDTH = 120
PACKAGE_DOCSTRING = '"""Yours: the same files as reference/, with the bodies of the pieces left for you to write."""\n'


def stub(piece: Piece, source: Source) -> str:
    """The piece as the learner meets it: signature, docstring, debug print, outline, and what is to be written."""
    node = source.function(piece.qualname)
    head = source.lines[source.span(node).start : body_start(node)]
    indent = " " * node.body[0].col_offset
    arguments = [f"{name}={name}" for name in parameters(node)]
    call = f"{indent}debug({', '.join([quoted(piece.qualname), *arguments])})\n"
    if len(call) > WIDTH:
        call = "".join(
            [
                f"{indent}debug(\n",
                *(f"{indent}    {word},\n" for word in [quoted(piece.qualname), *arguments]),
                f"{indent})\n",
            ]
        )
    comments = [f"{indent}{comment}\n" for comment in outline(source, node)]
    return "".join([*head, call, *comments, f'{indent}raise NotImplementedError("TODO: {piece.todo}")\n'])


def quoted(text: str) -> str:
    return f'"{text}"'


@functools.cache
def skeleton_file(file: str) -> str:
    """One file of the skeleton, as text."""
    source = Source.read(REFERENCE / file)
    for piece in PIECES:
        if piece.file == file:
            source = Source(source.with_function(piece.qualname, stub(piece, source)), source.path)
    return with_debug_import(with_torch(source), file) if file in FILES else source.text


def with_torch(source: Source) -> Source:
    """With `import torch` and `F` in a file about tensors: what a body needs is not for its author to look for."""
    lines = list(source.lines)
    imports = [node for node in source.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    plain = [node for node in imports if isinstance(node, ast.Import) and node.names[0].name == "torch"]
    about = [node for node in imports if getattr(node, "module", None) in ("jaxtyping", "torch", "torch.nn")]
    functional = "from torch.nn import functional as F\n"
    if about and functional not in lines:
        lines.insert(last_line(about[-1]), functional)
    if about and not plain:
        lines.insert(about[0].lineno - 1, "import torch\n")
    return Source("".join(lines), source.path)


def with_debug_import(source: Source, file: str = "") -> str:
    """The text with `from .debug import debug`. file: the file of learn/ that it is the text of."""
    return "".join(changed(source.lines, debug_import(source, file)))


def debug_import(source: Source, file: str = "") -> list[Change]:
    """What gives a file `from .debug import debug`, where an import sorter would put it; nothing where it is there."""
    # Those at the head: a room may be imported at the end.
    head = itertools.takewhile(lambda node: not isinstance(node, (ast.ClassDef, ast.FunctionDef)), source.tree.body)
    imports = [node for node in head if isinstance(node, (ast.Import, ast.ImportFrom))]
    relative = [node for node in imports if isinstance(node, ast.ImportFrom) and node.level]
    # In a room, debug.py stands one folder up.
    level = file.count("/") + 1
    line = f"from {'.' * level}debug import debug\n"
    if any(is_debug_import(node) for node in relative):
        return []
    later = [node for node in relative if (-node.level, node.module or "") > (-level, "debug")]
    if later:
        place = later[0].lineno - 1
    elif relative:
        place = last_line(relative[-1])
    else:
        line = "\n" + line
        place = (
            last_line((imports or source.tree.body)[-1 if imports else 0]) if source.tree.body else len(source.lines)
        )
    return [Change(slice(place, place), line)]


def is_debug_import(node: ast.stmt) -> bool:
    """Whether a statement makes `debug` known by its name."""
    names = [(alias.name, alias.asname) for alias in node.names] if isinstance(node, ast.ImportFrom) else []
    return isinstance(node, ast.ImportFrom) and node.module == "debug" and ("debug", None) in names


def skeleton() -> dict[str, str]:
    """Every Python file of learn/, by name."""
    files = {"__init__.py": PACKAGE_DOCSTRING, "debug.py": read_text(DEBUG)}
    return files | {file: skeleton_file(file) for file in mirrored()}


def all_files() -> dict[str, str]:
    """Every file of learn/, by name: the Python files, and what explains them."""
    return skeleton() | texts()


def texts() -> dict[str, str]:
    """What explains learn/, and how to work in it."""
    written = {"README.md": README, "AGENTS.md": RULES}
    return {name: path.read_text(encoding="utf-8") for name, path in written.items()} | {"CLAUDE.md": POINTER}


# Given, and imported by no piece: what `scripts.sample --use_mtp` asks for.
BY_NAME = ("decoding/self_draft.py",)


@functools.cache
def mirrored() -> tuple[str, ...]:
    """The files of the reference that stand in learn/ too: those with pieces, what these import relatively, and what
    runs ask for by name. Of a room that imports all its files, all are there: each registers what is in it."""
    found: dict[str, None] = {}
    waiting = [*FILES, *BY_NAME]
    while waiting:
        file = waiting.pop(0)
        if file in found:
            continue
        found[file] = None
        path = REFERENCE / file
        waiting += [beside(room) for room in path.parents[: file.count("/")]]
        if path.name == "__init__.py" and "iter_modules" in read_text(path):
            waiting += [other.relative_to(REFERENCE).as_posix() for other in sorted(path.parent.glob("*.py"))]
        for node in ast.walk(Source.read(path).tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                home = path.parents[node.level - 1]
                names = [node.module] if node.module else [alias.name for alias in node.names]
                waiting += [beside(home.joinpath(*name.split("."))) for name in names]
    return tuple(sorted(found))


def beside(module: Path) -> str:
    """The file of a module of the reference: its own, or that of the room."""
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    return path.relative_to(REFERENCE).as_posix()


def write_skeleton(folder: Path, but: Container[str] = ()) -> int:
    """Write every file of the skeleton, or all but some; return how many."""
    files = {name: text for name, text in all_files().items() if name not in but}
    for name, text in files.items():
        write_text(folder / name, text)
    return len(files)
