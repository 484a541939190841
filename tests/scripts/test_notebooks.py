"""The notebooks: each is its text and what came out of it, and the command that runs them sees what is wrong."""

import json
import re
import sys

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
    assert tried(folder, text) == 1
    assert "one.ipynb is not that of one.py" in capsys.readouterr().out
    assert tried(folder, text, "--write") == 0
    first = (folder / "one.ipynb").read_text()
    assert "of reference" in first
    assert "image/png" in first
    assert tried(folder, text, "--impl", "learn") == 0
    assert tried(folder, text, "--write") == 0
    assert (folder / "one.ipynb").read_text() == first
    assert tried(folder, text.replace("of {", "by {")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIGURE + "# %%\n1 / 0\n", "ZeroDivisionError"),
        (FIGURE + "# %%\nimport warnings\nwarnings.warn('beware')\n", "beware"),
        (FIGURE.replace("axes[1].plot([2, 1])", "axes[1].set_title('hollow')"), "nothing in a figure: hollow"),
        ("# %%\nprint('nothing to see')\n", "it shows no figure"),
    ],
)
def test_what_is_wrong_with_a_notebook_is_said_and_nothing_kept(folder, capsys, text, said):
    assert tried(folder, text, "--write") == 1
    assert said in capsys.readouterr().out
    assert not (folder / "one.ipynb").exists()


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


def test_every_notebook_begins_with_the_same_cell():
    assert len({first_cell(path) for path in notebooks.NOTEBOOKS.glob("*.py")}) == 1


@pytest.mark.parametrize("where", ["in a clone", "alone", "alone, with an address"])
def test_the_first_cell_installs_the_project_where_it_is_missing(tmp_path, monkeypatch, where):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    if where == "in a clone":
        (tmp_path / "constraints.txt").touch()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    ran = []
    monkeypatch.setattr("subprocess.run", lambda command, check: ran.append([str(word) for word in command]))
    cell = first_cell(notebooks.NOTEBOOKS / "01_norms.py")
    if where == "alone":
        with pytest.raises(AssertionError, match="the address of the project"):
            exec(cell, {})
        return
    exec(cell.replace('REPOSITORY = ""', 'REPOSITORY = "https://example.org/it"'), {})
    project = str(tmp_path if where == "in a clone" else folder / "bare-bones-gpt")
    *cloned, installed = ran
    assert installed == [sys.executable, "-m", "pip", "install", "--quiet", "-e", f"{project}[notebooks]"]
    assert [command[:2] + command[-2:] for command in cloned] == (
        [] if where == "in a clone" else [["git", "clone", "https://example.org/it", project]]
    )
    assert sys.path[0] == project
