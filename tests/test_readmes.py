"""The READMEs: short, without answers, and what they point to exists."""

import ast
import contextlib
import functools
import importlib
import io
import re
import shlex
from pathlib import Path

import pytest

from scripts.learn import parser as learn_parser
from scripts.project import underscored
from scripts.workshop.pieces import PIECES
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import REFERENCE, all_files

ROOT = Path(__file__).parents[1]
FOLDERS = ("learn", "reference", "scripts", "notebooks", "tests")
# What stands in learn/ may be the learner's own by now: the README there is that of the skeleton.
TEXTS = {
    **{name: (ROOT / name / "README.md").read_text(encoding="utf-8") for name in (".", *FOLDERS) if name != "learn"},
    "learn": all_files()["README.md"],
}
MADE_BY_RUNS = ("runs", "data", ".learn")
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")

readmes = pytest.mark.parametrize("folder", TEXTS)


def code_of(folder: str) -> list[str]:
    """Everything between single backticks."""
    return CODE.findall(BLOCK.sub("", TEXTS[folder]))


def commands_of(folder: str) -> list[str]:
    """Command lines, in blocks and between backticks, without comments."""
    lines = [line[2:] for block in BLOCK.findall(TEXTS[folder]) for line in block.splitlines() if line[:2] == "$ "]
    return [re.sub(r"\s+#.*", "", line) for line in [*lines, *code_of(folder)]]


def test_the_first_page_is_short():
    assert len(TEXTS["."].splitlines()) <= 130


@readmes
def test_no_readme_gives_an_answer_away(folder):
    for piece in PIECES:
        node = Source.read(REFERENCE / piece.file).find(piece.qualname)
        for statement in node.body:
            # A docstring may be quoted, and a short line may stand anywhere.
            lines = [] if isinstance(statement, ast.Expr) else ast.unparse(statement).splitlines()
            assert not [line for line in lines if len(line.strip()) > 15 and line.strip() in TEXTS[folder]], piece.id


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@readmes
def test_links_lead_somewhere(folder):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[folder]):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / folder / path).resolve()
        readme = place.parent.relative_to(ROOT).as_posix() if place.name == "README.md" else None
        assert place.exists() or readme == "learn", target
        if anchor:
            assert anchor in anchors(TEXTS[readme]), target


@readmes
def test_paths_exist(folder):
    for word in code_of(folder):
        if not re.fullmatch(r"[\w./-]+", word) or word.split("/")[0] in MADE_BY_RUNS:
            continue
        if "/" in word.rstrip("/"):
            assert (ROOT / folder / word).exists() or (ROOT / word).exists(), word
        elif word.endswith(("/", ".py", ".md", ".toml", ".json", ".ipynb")):
            places = [ROOT / folder, ROOT / "scripts" / "course"]
            known = (ROOT / word).exists() or any(next(place.rglob(word.rstrip("/")), None) for place in places)
            assert known, word


@functools.cache
def help_of(module: str, *command: str) -> str:
    """What a command says about itself."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as ended:
        importlib.import_module(module).main([*command, "--help"])
    assert ended.value.code == 0
    return said.getvalue()


@readmes
def test_commands_exist_with_their_flags(folder):
    for line in commands_of(folder):
        found = re.search(r"(?:^|\s)-m (scripts(?:\.\w+)+)(.*)", line)
        if found:
            module, words = found[1], shlex.split(found[2])
            sub = words[:1] if module == "scripts.benchmark" else []
            known = re.findall(r"--\w+", help_of(module, *sub))
            used = {underscored(word).partition("=")[0] for word in words if word.startswith("--")}
            assert used <= set(known), line


@readmes
def test_commands_of_learn_are_understood(folder):
    for line in commands_of(folder):
        if re.match(r"learn( |$)", line):
            words = shlex.split(line.translate(str.maketrans("", "", "[]")))[1:]
            options = learn_parser().parse_args(["1" if word == "N" else word for word in words])
            assert options.command == next((word for word in words if not word.startswith("--")), "run"), line


def section(folder: str, heading: str) -> str:
    return TEXTS[folder].partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_order_of_reading_is_that_of_the_package():
    docstring = " ".join(ast.get_docstring(ast.parse((REFERENCE / "__init__.py").read_text(encoding="utf-8"))).split())
    order = docstring.partition("top to bottom: ")[2].partition(".")[0].split(", ")
    files = re.findall(r"^\| \[(\w+)\.py\]", section("reference", "Reading order"), re.MULTILINE)
    assert files == order


def test_the_counterparts_of_nanochats_functions_exist():
    rows = re.findall(r"^\| .*? \| (.*) \|$", section("reference", "Beside nanochat's file"), re.MULTILINE)
    names = CODE.findall(" ".join(rows))
    dotted = [name.split(".") for name in names if "." in name]
    assert len(dotted) > 15
    for parts in dotted:
        depth = next(i for i in range(len(parts), 0, -1) if REFERENCE.joinpath(*parts[:i]).with_suffix(".py").exists())
        module = importlib.import_module(".".join(["reference", *parts[:depth]]))
        assert functools.reduce(getattr, parts[depth:], module)


def test_the_glossary_has_every_axis_of_the_signatures():
    table = section("learn", "Glossary")
    letters = set(re.findall(r"^\| (\w+)(?:, (\w))? \|", table, re.MULTILINE))
    known = {letter for pair in letters for letter in pair}
    assert known >= set("BTCHGDVRFLEk")
