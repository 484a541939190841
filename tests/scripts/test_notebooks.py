"""The notebooks: each is its text and what came out of it, and the command that runs them sees what is wrong."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

from scripts import notebooks
from scripts.looking.opened import shown_as, source
from scripts.project import UsageError

HEADER = """# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""
FIGURE = """
# %%
from matplotlib import pyplot
figure, axes = pyplot.subplots(1, 2)
axes[0].plot([1, 2])
axes[1].plot([2, 1]);
"""


SHOWN = re.compile(r'^source\("([^"]+)", IMPL\)', re.M)


@pytest.mark.parametrize("path", sorted(notebooks.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_fault_13_the_code_that_a_notebook_shows_is_the_references_of_today(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) + "\n" for cell in cells)
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    shown = ["".join(output.get("data", {}).get("text/markdown", "")) for output in outputs]
    for piece in SHOWN.findall(text):
        assert source(piece, "reference").text in shown, f"python -m scripts.notebooks {path.stem} --write"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    return tmp_path


def tried(folder, text: str, *flags: str) -> int:
    pytest.importorskip("jupytext")
    pytest.importorskip("nbclient")
    (folder / "one.py").write_text(HEADER + text, encoding="utf-8")
    return notebooks.main(list(flags))


@pytest.mark.slow
def test_what_was_written_is_right_and_stays_so(folder, capsys):
    text = '# %%\nIMPL = "reference"\nprint(f"of {IMPL}")\n' + FIGURE
    assert tried(folder, text, "--write") == 0
    first = (folder / "one.ipynb").read_text()
    assert "of reference" in first
    assert "image/png" in first
    assert tried(folder, text, "--impl", "learn") == 0
    assert tried(folder, text, "--write") == 0
    assert (folder / "one.ipynb").read_text() == first
    assert tried(folder, text.replace("of {", "by {")) == 1
    assert "one.ipynb is not that of one.py" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIGURE + "# %%\n1 / 0\n", ["ZeroDivisionError"]),
        (
            FIGURE.replace("axes[1].plot([2, 1])", "axes[1].set_title('hollow')")
            + "# %%\nimport warnings\nwarnings.warn('beware')\n",
            ["nothing in a figure: hollow", "beware"],
        ),
    ],
)
def test_what_is_wrong_with_a_notebook_is_said_and_nothing_kept(folder, capsys, text, said):
    assert tried(folder, text, "--write") == 1
    out = capsys.readouterr().out
    assert all(each in out for each in said)
    assert not (folder / "one.ipynb").exists()


def test_a_notebook_shows_a_figure():
    text = "# %%\nprint('nothing to see')\n"
    found = notebooks.complaints(pytest.importorskip("jupytext").reads(text, "py:percent"))
    assert found == ["it shows no figure"]


SLIDER = """
# %%
from ipywidgets import interact

def draw(x=1):
    print(f"{x} is shown by a slider" if x else 1 / x)

_ = interact(draw, x=(0, 4))
"""


@pytest.mark.slow
def test_what_a_slider_shows_is_not_kept_but_its_errors_are_seen(folder, capsys):
    assert tried(folder, FIGURE + SLIDER, "--write") == 0
    assert "1 is shown by a slider" not in (folder / "one.ipynb").read_text()
    assert tried(folder, FIGURE + SLIDER.replace("x=1", "x=0"), "--write") == 1
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(notebooks.NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_every_notebook_lies_beside_what_came_out_of_it(path):
    jupytext = pytest.importorskip("jupytext")
    notebook = jupytext.read(path.with_suffix(".ipynb"))
    assert notebooks.sources_of(notebook) == notebooks.sources_of(jupytext.read(path))
    assert notebooks.complaints(notebook) == []
    assert path.with_suffix(".ipynb").stat().st_size < 1_000_000


def test_a_name_that_is_none_is_told():
    with pytest.raises(UsageError, match="no notebook is called 'gardening'; there are 01_norms"):
        notebooks.main(["gardening"])


def test_the_code_that_is_shown_is_the_learners_where_it_is_written(project):
    learn = str(project.learn)
    text = source("norms.rms_norm", learn).text
    assert "reference's, since" in text
    assert "is not written yet" in text
    assert "Zhang and Sennrich" not in text
    path = project.learn / "norms.py"
    stub = path.read_text(encoding="utf-8")
    path.write_text(stub.replace('raise NotImplementedError("TODO: divide', 'return x  # all mine\n    ("TODO: divide'))
    text = source("rms_norm", learn).text
    assert "all mine" in text
    assert f"({shown_as(learn)})" in text


def first_cell(path) -> str:
    return path.read_text(encoding="utf-8").partition("\n# %%\n")[2].partition("\n# %%")[0]


def test_every_notebook_begins_with_the_same_cell_which_knows_the_address_that_the_project_has():
    (cell,) = {first_cell(path) for path in notebooks.NOTEBOOKS.glob("*.py")}
    project = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f'"BARE_BONES_REPOSITORY", "{project.get("urls", {}).get("Repository", "")}")' in cell


@pytest.mark.parametrize("where", ["in a clone", "alone", "alone, with an address", "alone, with a variable"])
def test_the_first_cell_installs_the_project_where_it_is_missing(tmp_path, monkeypatch, where):
    folder, published = tmp_path / "notebooks", tmp_path / "published"
    folder.mkdir()
    if where == "in a clone":
        (tmp_path / "constraints.txt").touch()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run, installed = subprocess.run, []

    def run_git(command, **options):
        return run(command, **options) if command[0] == "git" else installed.append(command)

    monkeypatch.setattr(subprocess, "run", run_git)
    cell = first_cell(notebooks.NOTEBOOKS / "01_norms.py")
    if where == "alone":
        with pytest.raises(RuntimeError, match="write between the quotes the address that you clone it from"):
            exec(cell, {})
        assert installed == []
        return
    if where != "in a clone":
        who = ["-c", "user.name=L", "-c", "user.email=l@example.org"]
        run(["git", "init", "--quiet", str(published)], check=True)
        (published / "constraints.txt").touch()
        run(["git", "-C", str(published), "add", "--all"], check=True)
        run(["git", "-C", str(published), *who, "commit", "--quiet", "-m", "it"], check=True)
    if where == "alone, with a variable":
        monkeypatch.setenv("BARE_BONES_REPOSITORY", published.as_uri())
    else:
        cell = cell.replace('REPOSITORY", "")', f'REPOSITORY", "{published.as_uri()}")')
    exec(cell, {})
    project = tmp_path if where == "in a clone" else folder / "bare-bones-gpt"
    assert installed == [[sys.executable, "-m", "pip", "install", "--quiet", "-e", f"{project}[notebooks]"]]
    assert sys.path[0] == str(project)
    assert (project / "constraints.txt").exists()
    assert (project / ".git").exists() == (where != "in a clone")
    # Once more, it is there.
    exec(cell, {})
