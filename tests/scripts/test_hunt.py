"""`learn hunt`: what is hidden, that it shows, and that it is told when it is gone."""

import functools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.learn import main
from scripts.learning import hunt as command
from scripts.project import UsageError
from scripts.training.settings import Settings
from scripts.workshop.check.cases import cases_of
from scripts.workshop.check.checking import check_piece, compare_case
from scripts.workshop.diagnose.verdicts import Verdict
from scripts.workshop.pieces import BY_ID, PIECES
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.swap import swapped, workbench
from scripts.workshop.teach import hunted_runs, hunts, progress, status_file
from scripts.workshop.teach.hunted_runs import draw_here, stages, train_here
from scripts.workshop.teach.hunts import without_stumps
from scripts.workshop.teach.symptoms import Symptoms, train_and_look, visible

TWELVE = hunts.curated()
NUMBER = {hunt.mistake: hunt for hunt in TWELVE}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Hunts, progress and STATUS.md of their own."""
    monkeypatch.setattr(hunts, "HUNTS", tmp_path / "runs" / "hunts")
    monkeypatch.setattr(progress.Progress.__init__, "__defaults__", (tmp_path / "progress.json",))
    monkeypatch.setattr(status_file, "STATUS", tmp_path / "STATUS.md")
    # From before there were hunts.
    text, _, _ = status_file.with_all_markers("# Mine\n\nMy log.\n").partition("\n## Hunts")
    (tmp_path / "STATUS.md").write_text(text)
    return tmp_path


def checked_here(entries, limit):
    """A verdict for each entry, without processes."""
    for entry in entries:
        source = Source.read(entry.path)
        finding = check_piece(entry.piece, source, cases_of(entry.piece), compare_case)
        yield Verdict(entry.piece.id, finding.status, None, finding.message, str(entry.path), finding.line, 0.0)


def mend(hunt: hunts.Hunt, name: str | None = None, old: str = "", new: str = "") -> None:
    """Put the reference's text of a piece into the copy: by default of the one that is wrong."""
    piece = BY_ID[name or hunt.piece]
    path = hunt.model / piece.file
    text = reference_source(piece.module).text_of(piece.qualname)
    path.write_text(Source.read(path).with_function(piece.qualname, text.replace(old, new) if old else text))


def test_there_are_twelve_from_easy_to_hard():
    assert len(TWELVE) == 12
    levels = [hunts.LEVELS.index(hunt.level) for hunt in TWELVE]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}
    for hunt in TWELVE:
        assert hunt.what.name == hunt.mistake
        assert hunt.complaint
        assert hunt.lesson
        assert hunt.shows
        assert set(hunt.shows) <= hunts.content()["reading"].keys()
        # Neither the complaint nor the title says where it is.
        assert not any(word in hunt.complaint for word in (hunt.mistake, BY_ID[hunt.piece].qualname))
    assert len({(hunt.piece, hunt.mistake) for hunt in TWELVE}) == 12
    # All over the model, and beyond it.
    assert len({hunt.piece for hunt in TWELVE}) >= 10
    assert len({hunt.track for hunt in TWELVE}) >= 3


@functools.cache
def right_one(settings: tuple) -> Symptoms:
    return train_and_look(workbench(), Settings(**json.loads(settings[0])))[0]


@pytest.mark.xdist_group("hunts")  # the right ones are trained once
@pytest.mark.slow
@pytest.mark.parametrize("hunt", TWELVE, ids=lambda hunt: f"{hunt.name} {hunt.mistake}")
def test_what_a_hunt_says_that_it_shows_is_there(hunt):
    facts = {**hunts.STEPS, **hunt.settings}
    right = right_one((json.dumps(facts),))
    with swapped(BY_ID[hunt.piece], hunt.wrong()) as package:
        copy = train_and_look(package, Settings(**facts))[0]
    found = visible(right, copy)
    assert set(hunt.shows) <= found.keys(), found
    # A mistake that stops the run is none to be hunted.
    assert len(copy.losses) == facts["max_iters"]


def test_two_that_are_the_same_show_nothing_and_each_symptom_shows_by_itself():
    one = Symptoms(3.3, [3.0, 2.5, 2.2], 2.2, {"head": [1.0, 1.0]}, ["ann", "bob"], 100, 10, 5.0)
    assert visible(one, one) == {}
    # Clocks and the machine's memory differ between two runs of the same code.
    assert visible(one, replace(one, tokens_per_second=1.0, peak_mb=1.0)) == {}
    others = {
        "first loss": replace(one, init_loss=3.5),
        "training loss": replace(one, losses=[3.0, 2.5, float("nan")], val_loss=float("nan")),
        "held-out loss": replace(one, val_loss=2.4),
        "gradients": replace(one, gradients={"head": [0.0, 0.0]}),
        "samples": replace(one, samples=["ann", "bod"]),
        "speed": replace(one, writing_products=13),
        "memory": replace(one, saved_mb=4.0),
    }
    assert others.keys() == hunts.content()["reading"].keys()
    for name, other in others.items():
        assert name in visible(one, other)
        assert set(visible(one, other)) <= {name, "held-out loss"}


def test_the_copy_is_all_of_the_model_and_one_piece_of_it_is_wrong(home):
    hunt = NUMBER["loss in bits"]
    hunt.hide()
    board = hunts.read_board(hunt.model)
    assert {entry.state for entry in board.values()} == {"written"}
    other = [
        piece.id
        for piece in PIECES
        if board[piece.id].source.text_of(piece.qualname) != reference_source(piece.module).text_of(piece.qualname)
    ]
    assert other == [hunt.piece]
    # Nobody reads by accident what it is.
    facts = (hunt.folder / "hunt.json").read_text()
    assert hunt.mistake not in facts
    assert hunt.piece not in facts
    assert hunts.begun(hunt.name) == hunts.latest() == hunt


def test_what_a_learner_has_written_in_a_copy_stays(home):
    hunt = TWELVE[0]
    hunt.hide()
    assert hunt.edited() == []
    mend(hunt, "norms.rms_norm", "eps", "epsilon")
    text = (hunt.model / "norms.py").read_text()
    hunt.hide()
    assert (hunt.model / "norms.py").read_text() == text
    assert [entry.piece.id for entry in hunt.edited()] == ["norms.rms_norm"]
    (hunt.model / "gpt.py").write_text("def broken(:\n")
    assert [entry.state for entry in hunt.edited()] == ["broken", "written"]


def test_a_check_says_what_is_right_and_never_where_it_is(home, monkeypatch, capsys):
    monkeypatch.setattr(command, "check_entries", checked_here)
    hunt = NUMBER["one token of the future visible"]
    hunt.hide()
    command.settle(hunt, "open")

    def told() -> str:
        return " ".join(capsys.readouterr().out.split())

    assert main(["hunt", "check"]) == 1
    said = told()
    assert "changed yet" in said
    assert hunt.piece not in said
    # Something else, which was right and is right now.
    mend(hunt, "norms.soft_cap", "# ", "# Indeed: ")
    path = hunt.model / "norms.py"
    path.write_text(path.read_text().replace("def soft_cap", "def helper():\n    pass\n\n\ndef soft_cap"))
    assert main(["hunt", "check"]) == 1
    said = told()
    assert "norms.soft_cap passes" in said
    assert "somewhere else" in said
    assert hunt.piece not in said
    # Another right way.
    piece = BY_ID[hunt.piece]
    path = hunt.model / piece.file
    text = Source.read(path).text_of(piece.qualname)
    head = text[: text.index("return")]
    right = "return ~(key_position[..., None, :] > query_position[..., :, None])\n"
    path.write_text(Source.read(path).with_function(piece.qualname, head + right))
    assert main(["hunt", "check", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["right"] is True
    assert facts["state"] == "found"
    assert facts["answer"]["piece"] == hunt.piece
    assert {verdict["id"]: verdict["status"] for verdict in facts["verdicts"]}[hunt.piece] == "pass"
    text = (home / "STATUS.md").read_text()
    assert text.startswith("# Mine\n\nMy log.\n")
    assert f"- [x] **hunt {hunt.name}** (medium, nanochat) found" in text


def test_a_mended_copy_with_another_piece_spoilt_is_not_right(home, monkeypatch, capsys):
    monkeypatch.setattr(command, "check_entries", checked_here)
    hunt = NUMBER["sum of squares, not their mean"]
    hunt.hide()
    mend(hunt)
    mend(hunt, "norms.soft_cap", "cap *", "2 * cap *")
    assert main(["hunt", "check"]) == 1
    assert "is not right" in capsys.readouterr().out


def test_giving_up_explains_and_is_remembered(home, capsys):
    hunt = NUMBER["always greedy"]
    hunt.hide()
    hunt.note("right", Symptoms(3.3, [2.0], 2.2, {}, ["ann"]))
    hunt.note("copy", Symptoms(3.3, [2.0], 2.2, {}, ["bob"]))
    assert main(["hunt", "give", "up"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for part in (hunt.piece, hunt.what.why, "samples: other texts", hunt.lesson):
        assert " ".join(part.split()) in said
    assert f"given up, {progress.date.today().isoformat()}: `{hunt.piece}`" in (home / "STATUS.md").read_text()
    # Mended afterwards, it was given up all the same.
    command.settle(hunt, "found")
    assert command.state_of(hunt) == "given up"


def test_what_was_trained_is_not_trained_again(home, monkeypatch, capsys):
    ran = []

    def interrupted(work, hunt, name, quiet=False):
        ran.append(name)
        if name == "copy" and ran.count("copy") == 1:
            raise KeyboardInterrupt
        if name == "right":
            (hunt.folder / "right").mkdir()
        return Symptoms(3.3, [3.0, 2.0], 2.2, {"head": [1.0, 0.5]}, ["ann"], 1, 1, 1.0, 10.0)

    monkeypatch.setattr(command, "in_a_process", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["hunt"])
    assert main(["hunt"]) == 0
    assert sorted(ran) == ["copy", "copy", "right"]
    assert "  learn hunt shapes  " in capsys.readouterr().out
    # What is open is shown again, without the words that explain.
    assert main(["hunt", "--json"]) == 0
    assert len(ran) == 3
    said = capsys.readouterr()
    facts = json.loads(said.out.splitlines()[-1])
    assert "Tools: learn hunt compare" in said.err
    assert "  learn hunt shapes  " not in said.err
    assert (facts["hunt"], facts["state"]) == ("1", "open")
    assert "answer" not in facts
    assert facts["symptoms"]["copy"]["losses"] == [3.0, 2.0]
    # The copy as it is now stands beside what it was.
    assert main(["hunt", "train", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(facts["symptoms"]) == {"right", "copy", "now"}
    assert facts["visible"] == {}
    # The right one is the same for the next hunt, whose speed then says nothing beside it.
    assert main(["hunt", "3", "--json"]) == 0
    assert sorted(ran) == ["copy", "copy", "copy", "copy", "right"]
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["symptoms"]["right"]["tokens_per_second"] is None
    assert "tokens per second" not in said.err
    assert (hunts.HUNTS / "3" / "right").is_dir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["13"], "there are 12"),
        (["chekc"], "did you mean check"),
        (["check"], "no hunt has begun"),
        (["3", "--seed", "1"], "--seed draws a new hunt"),
        (["--track", "nroms"], "did you mean norms"),
    ],
)
def test_what_cannot_be_meant_is_said(home, words, said):
    with pytest.raises(UsageError, match=said):
        main(["hunt", *words])


def test_hard_ones_are_looked_for_where_texts_are_written():
    assert next(hunts.candidates(1, "nanochat", "hard")).piece.startswith("decoding.")
    assert set(hunts.candidates(1, "nanochat", "hard")) == set(hunts.candidates(1, "nanochat"))


def test_a_seed_gives_the_same_order_of_mistakes_by_hand():
    first, again, other = (list(hunts.candidates(seed, "norms")) for seed in (1, 1, 2))
    assert first == again != other
    assert {BY_ID[mistake.piece].track for mistake in first} == {"norms"}
    assert not any(mistake.by_rule for mistake in first)
    assert len({(mistake.piece, mistake.kind) for mistake in first}) == len(first)


def test_where_nothing_of_a_level_turns_up_another_is_taken(monkeypatch):
    one = Symptoms(3.3, [3.0], 3.0, {"head": [1.0]}, ["ann"], 1, 1, 1.0)
    shown = iter([None, one, replace(one, init_loss=4.0), replace(one, writing_products=2)])
    monkeypatch.setattr(hunted_runs, "asks_for", lambda piece, track, place: True)
    monkeypatch.setattr(hunted_runs, "train_and_look", lambda package, settings: (one, None, None))
    # One that does not run, one that does not show, and then nothing more.
    monkeypatch.setattr(hunted_runs, "tried", lambda mistake, settings: next(shown))
    monkeypatch.setattr(hunted_runs, "TRIES", 3)
    assert draw_here(1, "hard", "nanochat")[3:] == ("easy", ("first loss",))
    assert draw_here(1, "hard", "nanochat")[3:] == ("hard", ("speed",))


@pytest.mark.slow
def test_a_drawn_hunt_shows_what_it_was_drawn_for(monkeypatch):
    monkeypatch.setattr(hunted_runs, "TRIAL", {"max_iters": 10, "eval_tokens": 256})
    piece, mistake, settings, level, shows = draw_here(3, None, "norms")
    assert BY_ID[piece].track == "norms"
    assert level == hunts.level_of(dict.fromkeys(shows, ""))
    assert hunts.Hunt("drawn", level, piece, mistake, settings).what.name == mistake
    assert settings["overrides"]


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """What the right one of a hunt has learned, in two steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hunts, "HUNTS", tmp_path_factory.mktemp("hunts"))
        patch.setitem(hunts.STEPS, "max_iters", 2)
        train_here(TWELVE[0], "right", quiet=True)
        return TWELVE[0].folder / "right"


@pytest.mark.xdist_group("hunts")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("mistake", "first"),
    [
        ("head not zeroed", "first weights"),
        ("one token of the future visible", "forward"),
        ("loss in bits", "loss"),
        ("gradient cut between blocks", "backward"),
        ("not orthogonalised", "step"),
        ("always greedy", "writing"),
        # What only goes on in later steps.
        ("neither", None),
    ],
)
def test_side_by_side_the_first_stage_that_differs_is_that_of_the_mistake(home, learned, mistake, first):
    hunt = NUMBER[mistake]
    hunt.hide()
    shutil.copytree(learned, hunt.folder / "right")
    assert next((row.stage for row in stages(hunt) if not row.alike), None) == first


@pytest.mark.slow
def test_a_hunt_from_its_beginning_to_its_end(project):
    project.edit("scripts/workshop/teach/hunts.py", '"max_iters": 60', '"max_iters": 10')
    hunt = NUMBER["always greedy"]
    result = project.run_learn("hunt", hunt.name, "--json")
    facts = json.loads(result.stdout)
    assert facts["visible"].keys() == {"samples"}
    assert set(facts["symptoms"]) == {"copy", "right"}
    assert "training the copy" in result.stderr
    assert "the copy writes: " in result.stderr
    shapes = json.loads(project.run_learn("hunt", "shapes", "--json").stdout)["shapes"]
    assert all(row["copy"] == row["right"] for row in shapes)
    trace = project.run("-m", "scripts.trace", f"runs/hunts/{hunt.name}/trained", "--impl", facts["folder"], "--json")
    assert json.loads(trace.stdout)["rows"]
    text = reference_source("decoding.generation").text_of("generate")
    project.edit(f"{facts['folder']}/decoding/generation.py", hunt.wrong(), text)
    result = project.run_learn("hunt", "check")
    assert result.returncode == 0
    assert "is mended" in result.stdout
    assert "## Hunts" in (project.folder / "STATUS.md").read_text()
    assert (
        json.loads(project.run_learn("hunt", "list", "--json").stdout)["hunts"][int(hunt.name) - 1]["state"] == "found"
    )


def test_nothing_is_left_where_a_mistake_was_put_that_gives_it_away():
    text = (
        "def f(x):\n    # Twice.\n    return x + x\n    # Once.\n    return x\n\n\n"
        "def g(x):\n    y = x\n    # Zero the rest.\n    pass\n    return y\n\n\ndef h(x):\n    pass\n\n\n"
        "def i(x):\n    # Draw.\n    p = x\n    y = x\n    # Pair.\n    a, b = x\n    # Go on.\n    return y\n"
    )
    source = Source(text, Path("f.py"))
    assert without_stumps(source, "f") == "def f(x):\n    # Twice.\n    return x + x\n"
    assert without_stumps(source, "g") == "def g(x):\n    y = x\n    return y\n"
    assert without_stumps(source, "h") == "def h(x):\n    pass\n"
    assert without_stumps(source, "i") == "def i(x):\n    # Draw.\n    y = x\n    # Go on.\n    return y\n"
