"""Who may import whom, read from the sources alone: nothing of the project is run, but for the skeleton that is made.

Every import counts, at the head of a file, under TYPE_CHECKING and inside functions; what is looked up by a name that a
program puts together (`importlib.import_module`) does not.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.workshop.pieces.stubs import skeleton

ROOT = Path(__file__).parents[1]
TREES = ("reference", "scripts")

# From below to above: a room imports what stands before it, and itself. A file with a line of its own is a room.
ROOMS = (
    "scripts.project",
    "scripts.project.implementation",
    "scripts.training.text",
    "scripts.public",
    "scripts.training",
    "scripts.workshop.pieces",
    "scripts.workshop.updating",
    "scripts.workshop.check",
    "scripts.workshop.diagnose",
    "scripts.workshop.prove",
    "scripts.workshop.teach",
    "scripts.workshop.grade",
    "scripts.course",
    "scripts.measuring.evaluation",
    "scripts.looking",
    "scripts.measuring",
    "scripts.laboratory",
    "scripts.atlas",
    "scripts.learning",
)
# Every other file in these folders is a command, above all rooms; no command imports another.
COMMANDS = ("scripts", "scripts.workshop")

# Imports inside functions that would close a circle if they stood at the head, and why they are inside.
WHEN_CALLED = {
    ("positions", "encodings"): "chapter one's file names the general kinds only where a configuration asks for them",
    ("positions", "encodings.rotary"): "the general rotary positions, where a configuration asks for them",
    ("attention", "attentions"): "the other kinds register themselves in the dictionary of chapter one's file",
    (
        "decoding.cache",
        "attentions",
    ): "the caches of other kinds register themselves in the dictionary of the file",
    ("feed_forward", "feed_forwards"): "the other kinds register themselves in the dictionary of chapter one's file",
    ("decoding.connections", "placements.looped"): "looped layers, where a configuration asks for them",
    ("optimization.initialization", "optimization.unit_weights"): "weights of length one, where they are asked for",
    ("head", "embeddings.scaled_head"): "a head with a factor or a bias, where it is asked for",
}

# Modules and rooms that share a name because they mean the same.
ONE_MEANING = {
    "check": {"scripts/learning/check.py", "scripts/workshop/check"},  # `learn check`, and what it is made of
    "grade": {"scripts/learning/grade.py", "scripts/workshop/grade"},  # `learn grade`, and what it is made of
    # `learn update`, and what it is made of.
    "update": {"scripts/learning/update.py", "scripts/workshop/updating/update.py"},
    # A model's part, put together from named slots.
    "composed": {"reference/attentions/composed.py", "reference/embeddings/composed.py"},
}


class Import(NamedTuple):
    module: str  # one of ours where there is such a file; else as it is written
    inside: bool  # a function


@cache
def texts() -> dict[str, tuple[str, bool]]:
    """Of every module the source, and whether it is a package. learn/ as it is generated: what stands there may be
    somebody's own by now."""
    files = {
        f"{tree}/{path.relative_to(ROOT / tree).as_posix()}": path.read_text(encoding="utf-8")
        for tree in TREES
        for path in sorted((ROOT / tree).rglob("*.py"))
        # Those are halves of files.
        if "alternatives" not in path.parts
    }
    files |= {f"learn/{name}": text for name, text in skeleton().items()}
    return {module_of(file): (text, file.endswith("__init__.py")) for file, text in files.items()}


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_in(module: str, text: str, is_package: bool, known: dict) -> Iterator[Import]:
    package = module.split(".") if is_package else module.split(".")[:-1]

    def visit(node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                home = package[: len(package) - child.level + 1] if child.level else []
                base = ".".join([*home, *([child.module] if child.module else [])])
                for alias in child.names:
                    # `from room import file` or `from file import name`.
                    yield Import(full if (full := f"{base}.{alias.name}") in known else base, inside)
            else:
                yield from visit(child, inside or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    return visit(ast.parse(text), False)


@cache
def imports() -> dict[str, frozenset[Import]]:
    """What every module imports."""
    known = texts()
    return {module: frozenset(imports_in(module, *known[module], known)) for module in known}


def wrong(allowed) -> list[str]:
    """The imports for which `allowed(importer, imported)` is false."""
    return sorted(
        f"{importer} imports {found.module}"
        for importer, all_found in imports().items()
        for found in all_found
        if not allowed(importer, found.module)
    )


def tree_of(module: str) -> str:
    return module.partition(".")[0]


def test_the_reference_imports_nothing_of_the_project_but_itself():
    others = {"scripts", "learn", "tests", "notebooks"}
    assert not wrong(lambda importer, found: tree_of(importer) != "reference" or tree_of(found) not in others)


def test_the_skeleton_imports_the_configuration_and_itself():
    others = {"scripts", "reference", "tests", "notebooks"}
    assert not wrong(
        lambda importer, found: (
            tree_of(importer) != "learn" or tree_of(found) not in others or found == "reference.config"
        )
    )


def test_scripts_never_import_learn_by_name():
    assert not wrong(
        lambda importer, found: tree_of(importer) != "scripts" or tree_of(found) not in {"learn", "tests", "notebooks"}
    )
    for module, (text, _) in texts().items():
        for node in ast.walk(ast.parse(text)) if tree_of(module) == "scripts" else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
                name = getattr(node.args[0], "value", None)
                assert not (isinstance(name, str) and tree_of(name) == "learn"), f"{module} imports {name}"


def room_of(module: str) -> str | None:
    """The room of a module of scripts/: the longest name in ROOMS that its own begins with; None for a command."""
    fitting = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return max(fitting, key=len, default=None)


def test_every_file_of_scripts_is_in_a_room_or_a_command():
    known = texts()
    assert not [room for room in ROOMS if room not in known]
    homeless = [
        module
        for module, (_, is_package) in known.items()
        if tree_of(module) == "scripts" and room_of(module) is None
        if (module if is_package else module.rpartition(".")[0]) not in COMMANDS
    ]
    assert not homeless


def test_rooms_import_only_what_stands_below_them():
    def allowed(importer: str, found: str) -> bool:
        if tree_of(importer) != "scripts" or tree_of(found) != "scripts":
            return True
        ours, theirs = room_of(importer), room_of(found)
        if theirs is None:
            # `from scripts import NAME` would run nothing but a docstring.
            return found in COMMANDS
        return ours is None or ROOMS.index(theirs) <= ROOMS.index(ours)

    assert not wrong(allowed)


def excused(importer: str, found: Import) -> bool:
    tree, _, name = importer.partition(".")
    pair = (name, found.module.partition(".")[2])
    return found.inside and pair in WHEN_CALLED and tree == tree_of(found.module) and tree in ("reference", "learn")


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle in the graph; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def arrows(without_excused: bool) -> dict[str, set[str]]:
    known = texts()
    return {
        importer: {
            found.module
            for found in all_found
            if found.module in known and not (without_excused and excused(importer, found))
        }
        for importer, all_found in imports().items()
    }


def test_no_imports_run_in_circles():
    assert not circle(arrows(without_excused=True))


@pytest.mark.parametrize("pair", WHEN_CALLED, ids=lambda pair: f"{pair[0]} imports {pair[1]}")
def test_every_import_that_waits_would_close_a_circle(pair):
    importer, found = (f"reference.{name}" for name in pair)
    assert Import(found, inside=True) in imports()[importer]
    graph = arrows(without_excused=True)
    graph[importer].add(found)
    assert circle(graph)


def folders() -> list[Path]:
    """Those of both trees, but the course's."""
    course = ROOT / "scripts" / "course"
    found = [folder for tree in TREES for folder in [ROOT / tree, *(ROOT / tree).rglob("*/")] if folder.is_dir()]
    return [folder for folder in found if not {course, *hidden(folder)} & {folder, *folder.parents}]


def hidden(folder: Path) -> set[Path]:
    return {path for path in (folder, *folder.parents) if path.is_relative_to(ROOT) and unseen(path)}


def unseen(path: Path) -> bool:
    """What Python and editors leave behind."""
    return path != ROOT and path.name.startswith((".", "__pycache__"))


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not unseen(path)]


def name_of(folder: Path) -> str:
    return folder.relative_to(ROOT).as_posix()


def test_no_two_modules_of_one_name_mean_two_things():
    known = [
        path
        for folder in folders()
        for path in [folder, *entries(folder)]
        if (path.suffix == ".py" and path.stem != "__init__") or (path == folder and (path / "__init__.py").exists())
    ]
    names = Counter(path.stem for path in known)
    found = {name: {name_of(path) for path in known if path.stem == name} for name in names if names[name] > 1}
    assert found == ONE_MEANING
