"""What the folders promise each other, read from the source alone: nothing of theirs is imported, let alone torch."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from scripts.workshop.pieces import FILES, PIECES
from scripts.workshop.pieces.stubs import mirrored, skeleton

ROOT = Path(__file__).parents[2] / "reference"
# The files by name, those of rooms with the room before it, as text. The skeleton as it is generated: what stands in
# learn/ may be somebody's own by now.
REFERENCE = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
LEARN = skeleton()
PROJECT = {"learn", "reference", "scripts", "tests"}
# No piece leads to these: settings, and Triton, an extra that is too large to ask every learner for.
REFERENCE_ONLY = {
    "__init__.py",
    "config.py",
    "presets.py",
    "attentions/backends/flash_triton.py",
    "embeddings/chunked_loss.py",
    "optimization/nanochat_2026.py",
    "optimization/normuon.py",
    "optimization/training_flops.py",
}
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def imports(text: str, at_once: bool = False) -> set[tuple[int, str]]:
    """Every import: the number of leading dots, and the module. at_once: not those inside functions, which come when
    they are called."""
    tree = ast.parse(text)
    found = set()
    for node in tree.body if at_once else ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            # `from . import norms` names its modules after the import, all others before.
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(node.level, name) for name in names}
        elif isinstance(node, ast.Import):
            found |= {(0, alias.name) for alias in node.names}
    return found


def neighbours(file: str, folder: dict[str, str]) -> set[str]:
    """The files of the folder that this one imports as it is imported itself."""
    found = set()
    for level, module in imports(folder[file], at_once=True):
        if level:
            home = "/".join(file.split("/")[:-level])
            path = f"{home}/{module.replace('.', '/')}".removeprefix("/")
            found.add(f"{path}.py" if f"{path}.py" in folder else f"{path}/__init__.py")
    return found


def definitions(text: str) -> dict[str, ast.AST]:
    """Functions, classes and methods by qualified name: `GPT.forward`."""
    found = {}

    def collect(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, (*Function, ast.ClassDef)):
                found[prefix + node.name] = node
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{prefix}{node.name}.")

    collect(ast.parse(text).body, "")
    return found


def contract(node: ast.AST) -> dict[str, str | None]:
    """What a caller may rely on: decorators, parameters, return type or base classes, and the docstring."""
    heads = [*node.decorator_list, *([node.args, node.returns] if isinstance(node, Function) else node.bases)]
    return {"head": "; ".join(ast.unparse(head) for head in heads if head), "docstring": ast.get_docstring(node)}


@pytest.mark.parametrize(
    ("file", "text"),
    [*sorted(REFERENCE.items()), *sorted(LEARN.items())],
    ids=[*(f"reference/{file}" for file in sorted(REFERENCE)), *(f"learn/{file}" for file in sorted(LEARN))],
)
def test_nothing_but_the_configuration_comes_from_the_project(file, text):
    for level, module in imports(text):
        # Never out of the package, from however deep a room.
        assert level <= file.count("/") + 1
        if level == 0 and module.split(".")[0] in PROJECT:
            assert module == "reference.config"


@pytest.mark.parametrize("file", ["config.py", "presets.py"])
def test_configurations_do_not_wait_for_torch(file):
    outside = {module.split(".")[0] for level, module in imports(REFERENCE[file]) if level == 0}
    assert outside <= {"collections", "dataclasses", "json", "math", "types", "typing"}


def test_the_reference_can_be_read_in_the_order_that_it_names():
    docstring = ast.get_docstring(ast.parse(REFERENCE["__init__.py"]))
    order = " ".join(docstring.split()).partition("top to bottom: ")[2].partition(".")[0].split(", ")
    assert len(order) == 10
    for i, name in enumerate(order):
        inside = {module.removeprefix("reference.") for _, module in imports(REFERENCE[f"{name}.py"])}
        assert not inside & set(order[i:])


@pytest.mark.parametrize("folder", [REFERENCE, LEARN], ids=["reference", "learn"])
def test_no_imports_run_in_circles(folder):
    graph = {file: neighbours(file, folder) for file in folder}
    assert set(TopologicalSorter(graph).static_order()) == set(folder)


def test_learn_is_what_pieces_lead_to_and_the_debug_print():
    assert set(FILES) <= set(mirrored())
    assert set(LEARN) == {*mirrored(), "debug.py", "__init__.py"}
    assert set(REFERENCE) == {*mirrored(), *REFERENCE_ONLY}


@pytest.mark.parametrize("file", sorted(REFERENCE))
def test_a_room_says_what_it_holds(file):
    if "/" in file:
        assert f"{file.rpartition('/')[0]}/__init__.py" in REFERENCE


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_every_piece_is_a_function_on_both_sides(piece):
    for folder in (REFERENCE, LEARN):
        assert isinstance(definitions(folder[piece.file]).get(piece.qualname), Function)


@pytest.mark.parametrize("file", mirrored())
def test_both_sides_promise_the_same(file):
    assert ast.get_docstring(ast.parse(LEARN[file])) == ast.get_docstring(ast.parse(REFERENCE[file]))
    ours, learners = definitions(REFERENCE[file]), definitions(LEARN[file])
    for name, node in ours.items():
        assert name in learners
        assert contract(learners[name]) == contract(node), name


@pytest.mark.parametrize("file", sorted(REFERENCE))
def test_everything_public_in_the_reference_says_what_it_is(file):
    assert ast.get_docstring(ast.parse(REFERENCE[file]))
    for name, node in definitions(REFERENCE[file]).items():
        if not any(part.startswith("_") for part in name.split(".")):
            assert ast.get_docstring(node), name
