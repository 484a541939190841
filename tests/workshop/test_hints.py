"""Hints: three rungs, of which none gives away the next."""

import ast
import inspect
import json
import re
import textwrap

import pytest

from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source, docstring_node, outline
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.teach.hints import PLAIN, RUNGS, almost, narrowed, steps
from scripts.workshop.teach.progress import Progress
from scripts.workshop.teach.tutoring import about

every_piece = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)


def code_of(source: Source, qualname: str) -> list[str]:
    """The lines of code of a body, without comments and docstring."""
    node = source.find(qualname)
    body = [statement for statement in node.body if statement is not docstring_node(node)]
    return [line.strip() for statement in body for line in ast.unparse(statement).splitlines()]


@every_piece
def test_an_idea_is_an_idea_and_no_code(piece):
    idea = piece.idea
    assert 15 <= len(re.findall(r"\w+", idea)) <= 160
    assert not re.search(r"torch\.|self\.|F\.|\w\(\w*\)|keepdim", idea)
    assert max(map(len, [line for line in idea.splitlines() if line.startswith("  ")] or [""])) <= 76
    assert piece.why not in idea


@every_piece
def test_the_steps_hold_the_outline_and_no_line_of_the_code(piece):
    source = reference_source(piece.module)
    text = steps(piece, source)
    assert all(comment in text for comment in outline(source, source.find(piece.qualname)))
    said = [line.strip() for line in text.splitlines()]
    assert not {line for line in code_of(source, piece.qualname) if len(line) > 30} & set(said)


@every_piece
def test_almost_the_code_is_python_without_what_goes_into_calls(piece):
    source = reference_source(piece.module)
    before = ast.dump(source.tree)
    text = almost(piece, source)
    assert ast.dump(source.tree) == before, "the reference must stay as it is"
    tree = ast.parse("def body():\n" + textwrap.indent(text, "    "))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if getattr(call.func, "id", None) not in PLAIN and call.args:
            assert ast.unparse(call.args[0]) == "..."
    shown = [line.strip() for line in text.splitlines()]
    assert [line for line in shown if line.startswith("#")] == outline(source, source.find(piece.qualname))


def test_hints_fit_a_terminal_and_lose_no_word():
    def words(text: str) -> list[str]:
        return text.replace("# ", "").split()

    for piece in PIECES:
        source = reference_source(piece.module)
        text, code = steps(piece, source), almost(piece, source)
        assert words(narrowed(text)) == words(text)
        assert max(map(len, narrowed(text).splitlines())) <= 80, piece.id
        # Of code, comments are narrowed.
        narrow = narrowed(code, code=True).splitlines()
        assert [line for line in narrow if "# " not in line] == [line for line in code.splitlines() if "# " not in line]
        assert max(len(line) for line in narrow if line.lstrip().startswith("# ")) <= 80, piece.id
    # Lines of one sentence flow; those of a table stay apart.
    table = "# weight: " + "a " * 35 + "\n# bias: zero"
    assert narrowed(table) == table
    assert narrowed(f"# {'word ' * 21}and\n# another.").count("\n") == 1


def test_every_call_of_hint_climbs_a_rung(project):
    seen = [project.run_learn("hint", "rms_norm").stdout for _ in range(RUNGS + 1)]
    assert BY_ID["norms.rms_norm"].idea.split(".")[0].split()[-1] in seen[0]
    assert "sqrt(mean(x^2) + eps)" in seen[1]
    assert "mean_square = wide.pow(...).mean(...)" in seen[2]
    assert seen[3] == seen[2]
    for rung, text in enumerate(seen[:3], start=1):
        assert f"hint {rung} of 3" in text
        assert ("rsqrt(" in text) == (rung == 3)
    assert "hint 1 of 3" in project.run_learn("hint", "rms_norm", "--rung", "1").stdout
    assert "gpt.GPT.__init__" in project.run_learn("hint").stdout


def test_a_tutor_is_told_what_the_skeleton_shows_and_no_line_of_the_code(tmp_path):
    progress = Progress(tmp_path / "progress.json")
    for piece in PIECES:
        source, facts = reference_source(piece.module), about(piece, progress)
        said = [line.strip() for line in json.dumps(facts, indent=1).splitlines()]
        assert not {line for line in code_of(source, piece.qualname) if len(line) > 30} & set(said)
        assert facts["outline"]
        assert facts["docstring"] == inspect.cleandoc(ast.get_docstring(source.function(piece.qualname)))
        assert bool(facts["papers"]) == bool(facts["source"])
    facts = about(BY_ID["norms.rms_norm"], progress)
    assert facts["papers"] == ["https://arxiv.org/abs/1910.07467"]
    assert about(BY_ID["attention.CausalSelfAttention.forward"], progress)["questions"][0]["number"] == 4


def test_hints_and_checks_tell_a_tutor_where_the_learner_is(project):
    hint = json.loads(project.run_learn("hint", "rms_norm", "--rung", "2", "--json").stdout)
    assert (hint["id"], hint["state"], hint["rung"], hint["rungs"]) == ("norms.rms_norm", "unwritten", 2, RUNGS)
    assert "sqrt(mean(x^2) + eps)" in hint["text"]
    assert hint["about"]["rung"] == 2
    put_in(BY_ID["norms.rms_norm"], project.learn)
    project.edit("learn/norms.py", "mean_square + eps)", "mean_square)")
    (verdict,) = json.loads(project.run_learn("check", "rms_norm", "--json").stdout)["pieces"]
    assert (verdict["status"], verdict["about"]["rung"]) == ("wrong", 2)
    again = json.loads(project.run_learn("hint", "rms_norm", "--json").stdout)
    # After a mistake that is known the ladder begins anew, with it.
    assert (again["rung"], again["cause"]) == (1, verdict["cause"])
    assert again["explanation"] in verdict["message"]


@pytest.mark.slow
def test_after_a_mistake_that_is_known_the_first_rung_is_about_it(project):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    project.edit("learn/norms.py", "mean_square + eps)", "mean_square)")
    for _ in range(2):
        project.run_learn("hint", "rms_norm")
    project.run_learn("check", "rms_norm")
    first, second = (project.run_learn("hint", "rms_norm").stdout for _ in range(2))
    assert "hint 1 of 3" in first
    assert "Your code divides without eps." in first
    assert "hint 2 of 3" in second
    assert "Your code divides" not in second


def test_a_cause_is_forgotten_when_the_code_changes(project, tmp_path):
    put_in(BY_ID["norms.rms_norm"], project.learn)
    progress = Progress(tmp_path / "progress.json")
    entry = read_board(project.learn)["norms.rms_norm"]
    progress.judge(entry, "wrong", "eps forgotten", "You forgot it.")
    assert progress.cause(entry) == ("eps forgotten", "You forgot it.")
    project.edit("learn/norms.py", "mean_square + eps)", "mean_square)")
    assert progress.cause(read_board(project.learn)["norms.rms_norm"]) is None
