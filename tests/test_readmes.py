"""The READMEs: short, without answers, and what they point to exists."""

import ast
import contextlib
import functools
import importlib
import io
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from scripts import set_up
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
        room = (ROOT / module.replace(".", "/") / "__main__.py").exists()
        importlib.import_module(f"{module}.__main__" if room else module).main([*command, "--help"])
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


# The first page's command lines, in a fresh clone. What another system or another tool runs: CI does it on Windows.
ELSEWHERE = {
    r"py -3.12 scripts/set_up.py": "py -${{ matrix.python }} scripts/set_up.py",
    r".venv\Scripts\learn": r".venv\Scripts\learn",
}
WITH_UV = {"uv run learn", "uv run pytest"}
# What comes before a line is run, since somebody has written, or something newer is there.
BEFORE = {
    "git add": "echo '# Mine.' >> learn/norms.py",
    "git fetch": "git -C ../upstream/bare-bones-gpt commit --quiet --allow-empty -m newer",
}
# Flags for what takes minutes, and keys for what waits for them.
SHORTER = {
    "-m scripts.norm_placement": "--max_iters 100 --n_layer 1 --placements pre",
    "-m pytest": "tests/test_layout.py",
    "-m scripts.atlas": "--help",  # its site has tests of its own
}
KEYS = {"learn watch": "q"}
UNWRITTEN = {"learn check": 1}  # its exit status, while the piece at hand is not written


def lines_to_run() -> list[str]:
    """Everything in the first page's blocks that begins with a dollar, and between its backticks where it begins as a
    command does, from the clone on."""
    begins = r"(?:make|learn|git|uv|py|python3?|source|pip|\.venv[\\/]\S+)(?: .*)?"
    found = [
        block or inline
        for block, inline in re.findall(r"^\$ (.*)|`([^`\n]+)`", TEXTS["."], re.MULTILINE)
        if block or re.fullmatch(begins, inline)
    ]
    lines = [re.sub(r"\s+#.*", "", line) for line in found]
    return lines[next(place for place, line in enumerate(lines) if line.startswith("git clone")) :]


def environment_that_is_there(clone: Path) -> None:
    """An environment as set-up makes one, but with the packages of the running one, so that nothing is installed."""
    place = clone / ".venv"
    venv.create(place, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
    running = [*site.getsitepackages(), sysconfig.get_path("purelib")]
    (packages / "running.pth").write_text("\n".join([str(clone), *dict.fromkeys(running)]) + "\n")
    cases = "".join(f'*"{words}"*) set -- "$@" {flags} ;;\n' for words, flags in SHORTER.items())
    scripts = {
        "python": f'case "$*" in\n{cases}esac\nexec "{place}/bin/python3" "$@"\n',
        "learn": f'exec "{place}/bin/python3" -m scripts.learn "$@"\n',
    }
    (place / "bin" / "python3").unlink()
    (place / "bin" / "python").rename(place / "bin" / "python3")
    for name, text in scripts.items():
        (place / "bin" / name).write_text(f"#!/bin/sh\n{text}")
        (place / "bin" / name).chmod(0o755)
    # What make finds older than what is asked for, it sets up; and set-up finds it ready.
    (place / ".ready").write_text(set_up.fingerprint())
    os.utime(place / ".ready", (0, 0))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or not all(map(shutil.which, ("git", "make", "bash"))), reason="as on Linux")
def test_every_command_line_of_the_first_page_runs_in_its_order_in_a_fresh_clone(project, tmp_path, monkeypatch):
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert all(line in workflow for line in ELSEWHERE.values())
    project.own("scripts/course")
    upstream = shutil.move(project.folder, tmp_path / "upstream" / "bare-bones-gpt")
    for name in ("README.md", "Makefile", "constraints.txt", ".gitignore", ".gitattributes"):
        shutil.copy(ROOT / name, upstream)
    shutil.copytree(ROOT / "tests", upstream / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "LEARN_", "GIT_", "PYTHONPATH"))]:
        monkeypatch.delenv(name)
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "l@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PYTHON", sys.executable)

    def shell(folder: Path, lines: list[str]) -> str:
        text = "set -e -o pipefail\n" + "".join(f"echo {shlex.quote(f'@ {line}')}\n{line}\n" for line in lines)
        done = subprocess.run(
            ["bash", "-c", text], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=500
        )
        assert done.returncode == 0, done.stdout[done.stdout.rindex("@ ") :][-3000:]
        return done.stdout

    shell(upstream, ["git init --quiet --initial-branch main", "git add --all", "git commit --quiet -m project"])
    clone, *lines = [line for line in lines_to_run() if line not in {*ELSEWHERE, *WITH_UV}]
    said = shell(tmp_path, [clone.replace("<this repository>", f"file://{upstream}"), "pwd"])
    folder = tmp_path / "bare-bones-gpt"
    assert said.splitlines()[-1] == str(folder)
    environment_that_is_there(folder)
    script = []
    for line in lines:
        script += [text for start, text in BEFORE.items() if line.startswith(start)]
        run = f"echo {KEYS[line]} | {line}" if line in KEYS else line
        script.append(f"{line} || test $? = {UNWRITTEN[line]}" if line in UNWRITTEN else run)
    shell(folder, script)
    assert "# Mine." in (folder / "learn" / "norms.py").read_text(encoding="utf-8")


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
