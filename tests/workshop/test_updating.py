"""Updating: a newer skeleton under what somebody has written, with real git, and nothing lost."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID, TRACKS
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source
from scripts.workshop.pieces.stubs import skeleton
from scripts.workshop.updating import driver
from scripts.workshop.updating.kept import take_out
from scripts.workshop.updating.merging import merge, statements_of
from scripts.workshop.updating.update import settle, update

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
SQUASH = '''

def squash(x, limit):
    """limit tanh(x / limit)."""
    debug("squash", x=x, limit=limit)
    # Squash.
    raise NotImplementedError("TODO: squash")
'''


def git(folder: Path, *words: str, fails: bool = False) -> str:
    names = ("AUTHOR", "COMMITTER")
    identity = {
        f"GIT_{who}_{key}": value for who in names for key, value in (("NAME", "L"), ("EMAIL", "l@example.org"))
    }
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PYTHONPATH": str(ROOT), "GIT_EDITOR": "true"}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=os.environ | identity | quiet, capture_output=True, text=True
    )
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


def newer(files: dict[str, str]) -> dict[str, str]:
    """A skeleton in which pieces have been renamed, moved, added and removed, and what stands around them is another."""
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
    edit(
        "norms.py",
        ("class RMSNormNoParam", SQUASH.replace("squash", "added").lstrip("\n") + "\n\nclass RMSNormNoParam"),
    )
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
            write(mine, {"learn/blocks.py": text.replace("class Block(", "import math\n\n\ndef helper(x):\n    return x * math.pi\n\n\nclass Block(")
                         .replace("        return x\n", "        debug(\"Block.forward\", x=x)\n        return helper(x) if x is None else self.also(x)\n\n    def also(self, x):\n        return x\n")})  # fmt: skip
        if number % 7 == 6:
            write(mine, {"STATUS.md": (mine / "STATUS.md").read_text(encoding="utf-8") + f"\nWritten: {piece.id}\n"})
            commit(mine, piece.id)
    shutil.rmtree(upstream / "learn")
    write(upstream, {f"learn/{name}": text for name, text in newer(old).items()})
    write(upstream, {moved: json.dumps(MOVED), "README.md": "Two\n"})
    write(upstream, {"STATUS.md": status.replace("## Overview", "## What this is")})
    commit(upstream, "a newer version")
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


def assert_nothing_is_lost(folder: Path, skipped: tuple[str, ...] = ()) -> None:
    for piece in PIECES:
        if piece.id in skipped:
            continue
        id = MOVED.get(piece.id, piece.id)
        wanted = body(reference_source(piece.module), piece.qualname)
        if piece.id == "blocks.Block.forward":
            wanted = None
        if id is None:
            kept = [each for path in (folder / "learn").rglob("*.py") for each in take_out(path.read_text())[1]]
            assert [each.id for each in kept if each.id == piece.id] == [piece.id]
            assert (
                body(Source(next(each.text for each in kept if each.id == piece.id), piece.id), "get_device") == wanted
            )
            continue
        *modules, last = id.removesuffix(f".{piece.qualname}").split(".")
        name, qualname = next(
            (f"{'/'.join(id.split('.')[:n])}.py", ".".join(id.split(".")[n:]))
            for n in range(1, 5)
            if (folder / "learn" / f"{'/'.join(id.split('.')[:n])}.py").exists()
        )
        source = Source.read(folder / "learn" / name)
        if id == "head.squash":
            (kept,) = (each for each in take_out(source.text)[1] if each.id == id)
            assert body(Source(kept.text, id), "soft_cap") == wanted
            assert "raise NotImplementedError" in source.text_of("squash")
        elif wanted is None:
            assert "helper(x) if x is None else self.also(x)" in source.text_of(qualname)
            assert "def also" in source.text
            assert "def helper" in source.text
            assert "import math" in source.text
            assert 'debug("Layer.forward"' in source.text
        else:
            assert body(source, qualname) == wanted, id


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
    assert "<<<<" not in "".join(path.read_text() for path in folder.rglob("*.py"))


def committed(folder: Path) -> bool:
    return not git(folder, "status", "--porcelain").strip()


@pytest.mark.parametrize("rebase", ["merge", "rebase"])
def test_a_plain_pull_keeps_what_is_written_and_brings_what_is_new(mine, rebase, capsys):
    driver.set_up(mine)
    said = git(mine, "pull", f"--rebase={'true' if rebase == 'rebase' else 'false'}", fails=False)
    assert "CONFLICT" not in said
    assert (mine / ".learn" / "unsettled").exists()
    settle(mine)
    assert not (mine / ".learn" / "unsettled").exists()
    assert_nothing_is_lost(mine)
    assert_brought_up_to_date(mine)
    assert "head.squash" in " ".join(capsys.readouterr().out.split())
