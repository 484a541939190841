"""Updating: a newer skeleton under what somebody has written, with real git, and nothing lost."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.learn import main as learn
from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.board import read_board
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import skeleton
from scripts.workshop.updating import driver
from scripts.workshop.updating.kept import take_out
from scripts.workshop.updating.merging import merge, module_of, statements_of
from scripts.workshop.updating.update import update

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git")
ROOT = Path(__file__).parents[2]
PIECES = TRACKS[0].pieces
MOVED = {
    "attention.causal_mask": "attention.future_mask",  # another name
    "attention.manual_attention": "attentions.backends.plain.manual_attention",  # another file, which is new
    "norms.soft_cap": "head.squash",  # another file, another name, another signature
    "optimization.flops.estimate_flops": "optimization.counting.estimate_flops",  # the file has another name
    "blocks.Block.forward": "layers.Layer.forward",  # the file is gone, and the class has another name
    "blocks.Block.__init__": "layers.Layer.__init__",
    "gpt.GPT.get_device": None,
}
WITHOUT = {
    "blocks.Block.forward": "gpt.Block.forward",
    "blocks.Block.__init__": "gpt.Block.__init__",
    "feed_forward.MLP.forward": None,
    "feed_forward.MLP.__init__": None,
}
SQUASH = '''

def squash(x, limit):
    """limit tanh(x / limit)."""
    debug("squash", x=x, limit=limit)
    # Squash.
    raise NotImplementedError("TODO: squash")
'''


LEARNER = {f"GIT_{who}_{key}": "l@example.org" for who in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PYTHONPATH": str(ROOT), "GIT_EDITOR": "true"}


def git(folder: Path, *words: str, fails: bool = False) -> str:
    environment = os.environ | LEARNER | QUIET
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def commit(folder: Path, about: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", about)


HELPER = """import math


def helper(x):
    return x * math.pi


"""
METHOD = """        debug("Block.forward", x=x)
        return helper(x) if x is None else self.also(x)

    def also(self, x):
        return x
"""


def newer(files: dict[str, str]) -> dict[str, str]:
    """A skeleton in which pieces are renamed, moved, added and removed, and all around them is another."""
    new = dict(files)

    def edit(name: str, *changes: tuple[str, str]) -> None:
        for old, text in changes:
            assert new[name].count(old) == 1, (name, old)
            new[name] = new[name].replace(old, text)

    def take(name: str, function: str) -> str:
        source = Source(new[name], Path(name))
        new[name] = source.with_function(function, "")
        return source.text_of(function)

    edit("norms.py", ("RMS norm without a weight", "Root mean square norm, no weight"), ("of the kind that", "as"))
    added = SQUASH.replace("squash", "added").lstrip("\n")
    edit("norms.py", ("class RMSNormNoParam", f"{added}\n\nclass RMSNormNoParam"))
    take("norms.py", "soft_cap")
    new["head.py"] += SQUASH
    edit("attention.py", ("def causal_mask(", "def future_mask("), ('debug("causal_mask"', 'debug("future_mask"'))
    plain = take("attention.py", "manual_attention")
    new["attentions/backends/plain.py"] = (
        "import torch\nfrom torch import Tensor\n\nfrom ...debug import debug\nfrom ...attention import *\n\n\n" + plain
    )
    new["optimization/counting.py"] = new.pop("optimization/flops.py")
    new["layers.py"] = new.pop("blocks.py").replace("class Block", "class Layer").replace('"Block.', '"Layer.')
    new["layers.py"] += "".join(f"\n\ndef given_{number}(x):\n    return x + {number}\n" for number in range(40))
    take("gpt.py", "GPT.get_device")
    return new


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Where the project comes from, with a version and a newer one, and the clone of somebody who wrote 21 pieces."""
    folder = tmp_path_factory.mktemp("world")
    upstream, mine = folder / "upstream", folder / "mine"
    old = skeleton()
    upstream.mkdir()
    git(upstream, "init", "--quiet", "--initial-branch", "main")
    status = (ROOT / "STATUS.md").read_text(encoding="utf-8")
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")
    rest = {"STATUS.md": status, ".gitignore": ".learn/\n"}
    moved = "scripts/course/moved.json"
    write(upstream, {f"learn/{name}": text for name, text in old.items()} | rest | {moved: "{}", "README.md": "One\n"})
    commit(upstream, "the version of that day")
    git(upstream, "tag", "before")
    write(upstream, {".gitattributes": attributes})
    commit(upstream, "with a merge driver")
    git(folder, "clone", "--quiet", str(upstream), "mine")
    for number, piece in enumerate(PIECES):
        put_in(piece, mine / "learn")
        if piece.id == "blocks.Block.forward":
            text = (mine / "learn" / "blocks.py").read_text(encoding="utf-8")
            text = text.replace("        return x\n", METHOD).replace("class Block(", f"{HELPER}class Block(")
            write(mine, {"learn/blocks.py": text})
        if number % 7 == 6:
            write(mine, {"STATUS.md": (mine / "STATUS.md").read_text(encoding="utf-8") + f"\nWritten: {piece.id}\n"})
            commit(mine, piece.id)
    shutil.rmtree(upstream / "learn")
    write(upstream, {f"learn/{name}": text for name, text in newer(old).items()})
    write(upstream, {moved: json.dumps(MOVED), "README.md": "Two\n"})
    write(upstream, {"STATUS.md": status.replace("## Overview", "## What this is")})
    commit(upstream, "a newer version")
    # Another one, which deletes two files that the learner has written in; what one of them held stands elsewhere.
    git(upstream, "checkout", "--quiet", "-b", "without", "HEAD~1")
    fewer = {name: text for name, text in old.items() if name not in ("blocks.py", "feed_forward.py")}
    fewer["gpt.py"] += "\n\n" + old["blocks.py"][old["blocks.py"].index("class Block") :]
    shutil.rmtree(upstream / "learn")
    write(upstream, {f"learn/{name}": text for name, text in fewer.items()})
    write(upstream, {moved: json.dumps(WITHOUT)})
    commit(upstream, "two files less")
    git(upstream, "checkout", "--quiet", "main")
    return folder


@pytest.fixture
def mine(world, tmp_path, monkeypatch):
    """A clone that may be changed; git knows nothing of whoever runs the tests."""
    folder = shutil.copytree(world / "mine", tmp_path / "mine", symlinks=True)
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_NOSYSTEM", "1"), ("PYTHONPATH", str(ROOT))):
        monkeypatch.setenv(name, value)
    git(folder, "config", "user.name", "L")
    git(folder, "config", "user.email", "l@example.org")
    git(folder, "config", "pull.rebase", "false")
    return folder


def body(source: Source, qualname: str) -> list[str]:
    """What a function does: its statements, without docstring and announcement."""
    nodes = source.function(qualname).body
    return [ast.dump(node) for node in nodes if not isinstance(node, ast.Expr)]


def assert_nothing_is_lost(folder: Path) -> None:
    files = {path.relative_to(folder / "learn"): Source.read(path) for path in (folder / "learn").rglob("*.py")}
    there = {
        f"{module_of(path.as_posix())}.{qualname}": (source, qualname)
        for path, source in files.items()
        for qualname in statements_of(source)
    }
    kept = {each.id: each.text for source in files.values() for each in take_out(source.text)[1]}
    assert sorted(kept) == ["gpt.GPT.get_device", "head.squash"]
    for piece in PIECES:
        id = MOVED.get(piece.id, piece.id) or piece.id
        if id in kept:
            source, qualname = Source(kept[id], Path(id)), piece.qualname.rpartition(".")[2]
        else:
            source, qualname = there[id]
        if piece.id == "blocks.Block.forward":
            assert "helper(x) if x is None else self.also(x)" in source.text_of(qualname)
            assert 'debug("Layer.forward"' in source.text_of(qualname)
            assert all(text in source.text for text in ("    def also", "\ndef helper", "\nimport math\n"))
        else:
            assert body(source, qualname) == body(reference_source(piece.module), piece.qualname), id
    assert "raise NotImplementedError" in there["head.squash"][0].text_of("squash")


def assert_brought_up_to_date(folder: Path) -> None:
    norms = Source.read(folder / "learn" / "norms.py")
    assert "Root mean square norm, no weight" in norms.text_of("rms_norm")
    assert "as config.normalization names" in norms.text_of("build_norm")
    assert "TODO" in norms.text_of("added")
    assert not (folder / "learn" / "blocks.py").exists()
    assert "given_39" in (folder / "learn" / "layers.py").read_text()
    assert (folder / "README.md").read_text() == "Two\n"
    status = (folder / "STATUS.md").read_text(encoding="utf-8")
    assert "## What this is" in status
    assert status.count("Written: ") == 3
    assert "<<<<" not in "".join(path.read_text() for path in (folder / "learn").rglob("*.py"))


def committed(folder: Path) -> bool:
    return not git(folder, "status", "--porcelain").strip()


@pytest.mark.parametrize(
    "pull",
    [
        "pull",
        "pull --autostash",
        *(
            pytest.param(pull, marks=pytest.mark.slow)
            for pull in ("pull --rebase", "pull --rebase --autostash", "stash / pull / stash pop")
        ),
    ],
)
def test_a_plain_pull_keeps_what_is_written_and_brings_what_is_new(mine, pull, capsys, monkeypatch):
    driver.set_up(mine)
    if "stash" in pull:
        git(mine, "reset", "--quiet", "HEAD~2")
    said = "".join(git(mine, *words.split()) for words in pull.split(" / "))
    assert "CONFLICT" not in said
    assert committed(mine) == ("stash" not in pull)
    assert (mine / ".learn" / "unsettled").exists()
    # Any command of `learn` does the rest.
    monkeypatch.setattr("scripts.learn.ROOT", mine)
    assert learn(["backups"]) == 0
    assert not (mine / ".learn" / "unsettled").exists()
    assert_nothing_is_lost(mine)
    assert_brought_up_to_date(mine)
    assert "head.squash" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("conflict", ["before a pull", "merge", pytest.param("rebase", marks=pytest.mark.slow)])
def test_the_updater_alone_does_it_before_and_after_a_conflicted_pull(mine, conflict, capsys):
    # As in a version that has no driver: git merges line by line.
    if conflict != "before a pull":
        git(mine, "pull", f"--rebase={'true' if conflict == 'rebase' else 'false'}", fails=True)
        assert "<<<<" in "".join(path.read_text() for path in (mine / "learn").rglob("*.py"))
    if conflict == "merge":
        assert any("git has left a conflict" in entry.message for entry in read_board(mine / "learn").values())
    assert update(mine) == 0
    said = " ".join(capsys.readouterr().out.split())
    backup, *others = sorted((mine / ".learn" / "backups").iterdir())
    assert len(others) == (conflict == "rebase")
    assert said.startswith(f"What was there is kept in {backup}")
    assert "signature of head.squash has changed: yours is kept as a comment in learn/head.py" in said
    assert "gpt.GPT.get_device is no piece in this file any more" in said
    assert "attention.causal_mask is attention.future_mask now: yours is there." in said
    assert_nothing_is_lost(mine)
    assert_brought_up_to_date(mine)
    assert committed(mine)
    assert "merge.learn.driver" in git(mine, "config", "--list", "--name-only")
    before = {path: path.read_bytes() for path in (mine / "learn").rglob("*.py")}
    assert update(mine) == 0
    assert "nothing newer" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in (mine / "learn").rglob("*.py")} == before


@pytest.mark.parametrize(
    ("pull", "commits"),
    [("pull", 3), ("pull --autostash", 0), *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (("pull --rebase", 3), ("pull --autostash", 1), ("pull --rebase --autostash", 1),
                     ("pull --rebase --autostash", 0))
    )],
)  # fmt: skip
def test_a_deleted_file_that_is_written_in_is_carried_or_in_the_backup(mine, pull, commits, capsys, monkeypatch):
    driver.set_up(mine)
    git(mine, "reset", "--quiet", f"HEAD~{3 - commits}")
    mlp = (mine / "learn" / "feed_forward.py").read_bytes()
    # Where only what is not committed is in conflict, git has done its part and says so by its status alone.
    said = git(mine, *pull.split(), "origin", "without", fails=commits > 0)
    assert "CONFLICT (modify/delete): learn/blocks.py" in said or not commits
    monkeypatch.setattr("scripts.learn.ROOT", mine)
    assert learn(["backups"]) == 0
    if commits:
        assert "`learn update` finishes it, and loses nothing" in capsys.readouterr().err
        assert update(mine, "origin/without") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "blocks.Block.also is gpt.Block.also now: yours is there." in said
    assert "feed_forward.MLP.forward: there is no such piece any more, and no such file; yours is in the backup" in said
    assert "line_" not in said
    assert not {"blocks.py", "feed_forward.py"} & {path.name for path in (mine / "learn").iterdir()}
    assert mlp in [path.read_bytes() for path in (mine / ".learn" / "backups").rglob("feed_forward.py")]
    gpt = Source.read(mine / "learn" / "gpt.py")
    assert "helper(x) if x is None else self.also(x)" in gpt.text_of("Block.forward")
    assert "\ndef helper" in gpt.text
    for piece in PIECES:
        if piece.module not in ("blocks", "feed_forward"):
            source = Source.read(mine / "learn" / piece.file)
            assert body(source, piece.qualname) == body(reference_source(piece.module), piece.qualname), piece.id
    assert not git(mine, "diff", "--name-only", "--diff-filter=U").strip()
    # It is done once.
    assert learn(["backups"]) == 0
    assert "What was there" not in capsys.readouterr().out


def test_work_that_is_not_committed_stays_so(mine, capsys):
    path = mine / "learn" / "norms.py"
    text = path.read_text()
    path.write_text(text.replace("return (", "return 1 * (") + "\n\ndef of_mine():\n    return 2\n")
    (mine / "learn" / "notes.txt").write_text("not code\n")
    (mine / "learn" / "layers.py").write_text("clashes = True\n")
    (mine / "learn" / "debug.py").unlink()
    git(mine, "add", "learn/norms.py")
    assert update(mine) == 0
    assert "1 * (" in path.read_text()
    assert "def of_mine" in path.read_text()
    assert "Root mean square norm" in path.read_text()
    assert "1 * (" not in git(mine, "show", "HEAD:learn/norms.py")
    assert "Root mean square norm" in git(mine, "show", "HEAD:learn/norms.py")
    assert (mine / "learn" / "notes.txt").read_text() == "not code\n"
    layers = (mine / "learn" / "layers.py").read_text()
    assert "clashes = True" in layers
    assert "self.also(x)" in layers
    assert (mine / "learn" / "debug.py").exists()


def test_someone_who_committed_nothing_is_brought_forward(world, mine):
    written = {path.relative_to(mine): path.read_bytes() for path in (mine / "learn").rglob("*.py")}
    status = (mine / "STATUS.md").read_bytes()
    git(mine, "reset", "--quiet", "--hard", "before")
    for path, data in written.items():
        (mine / path).write_bytes(data)
    (mine / "STATUS.md").write_bytes(status)
    assert update(mine) == 0
    assert_nothing_is_lost(mine)
    assert_brought_up_to_date(mine)
    assert git(mine, "log", "-1", "--format=%s").strip() == "a newer version"


def merge_of_mine(folder: Path) -> None:
    for branch in ("one", "main"):
        git(folder, "checkout", "--quiet", *(["-b", branch] if branch == "one" else [branch]))
        write(folder, {"learn/notes.txt": branch})
        commit(folder, branch)
    git(folder, "merge", "one", fails=True)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)
            and ".learn" not in path.parts}  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda mine: (mine / "learn" / "norms.py").write_text("def rms_norm(x:\n"), r"learn/norms\.py.* mend it"),
        (lambda mine: (mine / "README.md").write_text("Mine\n"), "git merge: .*README.md"),
        (lambda mine: git(mine, "branch", "--unset-upstream"), "learn update origin/main"),
        (lambda mine: git(mine, "checkout", "--quiet", "--orphan", "other"), "."),
        (merge_of_mine, "another branch"),
    ],
    ids=["a file that Python cannot read", "other files changed", "no upstream", "another history", "another merge"],
)
def test_where_it_cannot_be_done_nothing_is_changed(mine, spoil, said):
    spoil(mine)
    before = snapshot(mine)
    with pytest.raises(UsageError, match=said):
        update(mine)
    assert snapshot(mine) == before


def test_a_folder_without_git_is_answered_in_a_line(tmp_path):
    with pytest.raises(UsageError, match="clone made by git"):
        update(tmp_path)


def test_changes_outside_of_learn_that_conflict_are_left_to_git(mine, capsys):
    (mine / "README.md").write_text("Mine\n")
    commit(mine, "my own readme")
    assert update(mine) == 1
    assert "README.md" in capsys.readouterr().out
    assert_nothing_is_lost(mine)
    git(mine, "checkout", "--theirs", "README.md")
    git(mine, "add", "README.md")
    git(mine, "commit", "--no-edit")
    assert_brought_up_to_date(mine)


def test_both_have_written_a_piece_is_a_conflict_as_git_knows_it(mine, tmp_path):
    driver.set_up(mine)
    for branch, text in (("one", "return 1"), ("two", "return 2")):
        git(mine, "checkout", "--quiet", "-B", branch, "main")
        put_in(BY_ID["norms.rms_norm"], mine / "learn")
        path = mine / "learn" / "norms.py"
        path.write_text(Source.read(path).with_function("rms_norm", f"def rms_norm(x, eps):\n    {text}\n"))
        commit(mine, branch)
    assert "CONFLICT" in git(mine, "merge", "one", fails=True)
    text = (mine / "learn" / "norms.py").read_text()
    assert "<<<<<<< yours" in text
    assert "return 1" in text
    assert "return 2" in text


OLD = '''import torch

from .debug import debug


def norm(x, eps):
    """Old."""
    debug("norm", x=x, eps=eps)
    # A step.
    raise NotImplementedError("TODO: norm")


def given(x):
    return x
'''
NEW = OLD.replace("Old.", "New.").replace("A step.", "Another step.")
TODO = 'raise NotImplementedError("TODO: norm")'
DONE, HALF = OLD.replace(TODO, "return x"), OLD.replace(TODO, f"y = x\n    {TODO}")


@pytest.mark.parametrize(
    ("mine", "new", "wanted"),
    [
        (OLD, NEW, NEW),
        (DONE, NEW, DONE.replace("Old.", "New.")),
        # Half written counts, and so does a note in an outline.
        (HALF, NEW, HALF.replace("Old.", "New.")),
        (OLD.replace("# A step.", "# A step.\n    # Mine."), NEW, NEW.replace("    debug(", "    # Mine.\n    debug(")),
        # A body of one line, and other columns.
        (OLD.partition(":\n")[0] + ": return x\n\n\ndef given(x):\n    return x\n", NEW,
         NEW.partition("    debug")[0] + "    return x\n\n\ndef given(x):\n    return x\n"),
        ("import math\n" + OLD, NEW, "import math\n" + NEW),
        # Annotations are words, parameters a contract.
        (DONE, NEW.replace("eps):", "eps: float) -> int:"),
         DONE.replace("Old.", "New.").replace("eps):", "eps: float) -> int:")),
        (OLD + "\n\ndef helper():\n    pass\n", NEW, NEW + "\n\ndef helper():\n    pass\n"),
        (OLD.replace("return x\n", "return x + 1\n"), OLD, OLD.replace("return x\n", "return x + 1\n")),
        (OLD.rstrip("\n"), NEW, NEW),
    ],
)  # fmt: skip
def test_one_file_is_merged_function_by_function(mine, new, wanted):
    merged = merge(OLD, mine, new, "norms")
    assert merged.text == wanted
    assert merged.kept == []
    # Played again over the result, as a rebase may do, it changes nothing.
    assert merge(mine, mine, merged.text, "norms").text == merged.text


@pytest.mark.parametrize(
    ("mine", "new", "kept"),
    [
        (DONE, NEW.replace("x, eps", "x, epsilon"), "norms.norm"),
        (DONE, NEW.replace("def norm", "def other"), "norms.norm"),
        (OLD.replace("return x\n", "return x + 1\n"), NEW.replace("return x\n", "return x + 2\n"), "norms.given"),
    ],
    ids=["another signature", "gone", "given code that both changed"],
)
def test_what_has_no_place_is_kept_as_a_comment(mine, new, kept):
    merged = merge(OLD, mine, new, "norms")
    plain, found = take_out(merged.text)
    assert plain == new
    assert [each.id for each in found] == [kept]
    qualname = kept.partition(".")[2]
    assert found[0].text == Source(mine, Path("norms.py")).text_of(qualname)
    # And stays there, through whatever comes next.
    newest = new.replace("New.", "Newest.")
    again = merge(new, merged.text, newest, "norms")
    assert take_out(again.text) == (newest, found)
    # A later version of what is kept takes its place.
    later = mine.replace("return x", "return 3 + x")
    assert [each.text for each in take_out(merge(mine, later, merged.text, "norms").text)[1]] == [
        statements_of(Source(later, Path("norms.py")))[qualname].text
    ]


@pytest.mark.slow
def test_the_readmes_line_updates_a_clone_that_has_no_updater(project, tmp_path, mine):
    for name in ("scripts/course", "reference/norms.py"):
        project.own(name)
    upstream, clone = project.folder, tmp_path / "clone"
    learner = type(project)(clone)
    shutil.move(upstream / "scripts/workshop/updating", tmp_path / "updating")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(upstream))
    write(upstream, {".gitignore": ".learn/\n__pycache__/\n"})
    commit(upstream, "a version without an updater")
    git(tmp_path, "clone", "--quiet", str(upstream), "clone")
    git(clone, "config", "user.name", "L")
    git(clone, "config", "user.email", "l@example.org")
    for piece in PIECES:
        put_in(piece, clone / "learn")
    commit(clone, "all that I wrote")
    shutil.move(tmp_path / "updating", upstream / "scripts/workshop/updating")
    changes = (("RMS norm without a weight", "The RMS norm, no weight"), ("cap: float)", "cap: float = 15.0)"))
    for old, new in changes:
        text = (upstream / "reference/norms.py").read_text(encoding="utf-8")
        assert text.count(old) == 1
        write(upstream, {"reference/norms.py": text.replace(old, new)})
    assert project.run("-m", "scripts.workshop.skeleton", "--force").returncode == 0
    shutil.rmtree(upstream / ".learn")
    commit(upstream, "a newer version")
    (line,) = re.findall(r"git fetch && git show .*", (ROOT / "README.md").read_text(encoding="utf-8"))
    line = line.replace(".venv/bin/python", shlex.quote(sys.executable))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(line, cwd=clone, shell=True, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "signature of norms.soft_cap has changed" in " ".join(done.stdout.split())
    after = json.loads(learner.run_learn("check", "--all", "--json").stdout)["pieces"]
    # As before, but for the one whose signature has changed.
    written = {piece.id for piece in PIECES} - {"norms.soft_cap"}
    assert {each["id"]: each["status"] for each in after} == {
        id: "pass" if id in written else "unwritten" for id in BY_ID
    }
    assert "The RMS norm, no weight" in (clone / "learn/norms.py").read_text(encoding="utf-8")
