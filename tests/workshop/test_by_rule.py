"""Families of mistakes: each rule on a small example, and what the rules make of the pieces."""

import json
import subprocess
import sys
import tomllib
from collections import Counter

import pytest

from scripts.workshop.diagnose import mistakes_of
from scripts.workshop.diagnose.by_rule import FAMILIES, Code, made_by_rule
from scripts.workshop.pieces import COURSE, PIECES
from scripts.workshop.pieces.content import run_file
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.stubs import REFERENCE

SCALE = '''def scale(x: Float[Tensor, "B T C"], y: Float[Tensor, "B T C"], eps: float) -> Float[Tensor, "B T C"]:
    """Scale x, é."""
    # Widen, then scale.
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide / (y + eps)).to(x.dtype)
'''
ADD = """    def forward(self, x: Float[Tensor, "B T C"], index: Int[Tensor, "B"]) -> Float[Tensor, "B T C"]:
        x = x + self.layer(x) * self.weight
        return self.norm(self.out(x)) + x
"""
INIT = """    def __init__(self, config: GPTConfig):
        super().__init__()
        self.eps = config.norm_eps
        self.layer = nn.Linear(2, 2)
"""


def changed(text: str, kind: str) -> dict[str, str]:
    """What stands in the text with each mistake of a kind, by the mistake's name: the lines that differ."""
    made = made_by_rule(text).get(kind)
    lines = {}
    for name, (old, new) in made.edits.items() if made else ():
        assert text.count(old) == 1
        before = text.splitlines()
        lines[name] = "; ".join(line.strip() for line in text.replace(old, new).splitlines() if line not in before)
    return lines


def test_nothing_returned():
    assert changed(ADD, "nothing returned") == {"nothing returned": "self.norm(self.out(x)) + x"}
    assert changed(INIT, "nothing returned") == {}


def test_gradient_cut():
    assert changed(SCALE, "gradient cut") == {
        "gradient cut at the result": "return (wide / (y + eps)).to(x.dtype).detach()",
        "gradient cut at x": "x = x.detach()",
        "gradient cut at y": "y = y.detach()",
    }
    assert changed(ADD, "gradient cut") == {
        "gradient cut at the result": "return (self.norm(self.out(x)) + x).detach()",
        "gradient cut at x": "x = x.detach()",
        "gradient cut behind self.layer": "x = x + self.layer(x).detach() * self.weight",
        "gradient cut behind self.out": "return self.norm(self.out(x).detach()) + x",
        "gradient cut at self.weight": "x = x + self.layer(x) * self.weight.detach()",
    }
    assert changed("@torch.no_grad()\n" + SCALE, "gradient cut") == {}


def test_changed_in_place():
    assert changed(SCALE, "changed in place") == {
        "x changed in place": "x = x.mul_(2) / 2",
        "y changed in place": "y = y.mul_(2) / 2",
    }
    assert changed(ADD, "changed in place") == {
        "x changed in place": "x += self.layer(x) * self.weight",
        "index changed in place": "index = index.add_(1) - 1",
    }


def test_another_dtype():
    assert changed(SCALE, "another dtype") == {"result not cast back": "return wide / (y + eps)"}
    assert changed(ADD, "another dtype") == {"result in float32": "return (self.norm(self.out(x)) + x).float()"}


def test_too_narrow():
    assert changed(SCALE, "too narrow") == {"not widened to float32": "wide = x.to(x.dtype)"}


def test_eps_hard_coded():
    assert changed(SCALE, "eps hard-coded") == {"eps hard-coded to 1e-6": "return (wide / (y + 1e-6)).to(x.dtype)"}
    assert changed(INIT, "eps hard-coded") == {"eps hard-coded to 1e-6": "self.eps = 1e-6"}
    step = 'def step(group):\n    update = 1 / (group["eps"] + 1)\n'
    assert changed(step, "eps hard-coded") == {"eps hard-coded to 1e-8": "update = 1 / (1e-8 + 1)"}


def test_what_a_constructor_leaves_out():
    assert changed(INIT, "super().__init__() forgotten") == {"super().__init__() forgotten": "pass"}
    assert changed(INIT, "part missing") == {"eps not created": "pass", "layer not created": "pass"}


def test_a_text_that_stands_there_twice_is_told_apart_by_its_lines():
    code = Code("def f(x):\n    y = g(x)\n    y = g(x)\n    return y\n")
    assert code.edit(code.body[1], "z") == ("    y = g(x)\n    y = g(x)", "    y = g(x)\n    z")


def test_a_mistake_or_a_kind_can_be_left_out():
    names = {name for kind in made_by_rule(SCALE).values() for name in kind.edits}
    kept = made_by_rule(SCALE, {"gradient cut at y", "changed in place"})
    assert names - {name for kind in kept.values() for name in kind.edits} == {
        "gradient cut at y",
        "x changed in place",
        "y changed in place",
    }


def test_every_rule_yields_something():
    made = Counter(mistake.kind for piece in PIECES for mistake in mistakes_of(piece) if mistake.by_rule)
    assert made.keys() == FAMILIES.keys()
    assert min(made.values()) >= 5


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.id)
def test_names_are_unique_and_what_is_left_out_would_be_there(piece):
    names = Counter(mistake.name for mistake in mistakes_of(piece))
    assert all(names[mistake.name] == 1 for mistake in mistakes_of(piece) if mistake.by_rule)
    text = Source.read(REFERENCE / piece.file).text_of(piece.qualname)
    made = made_by_rule(text)
    possible = made.keys() | {name for kind in made.values() for name in kind.edits}
    without = getattr(run_file(piece, "mistakes.py"), "WITHOUT", {})
    assert without.keys() <= possible
    assert all(reason.endswith(".") for reason in without.values())


def test_what_was_dropped_is_gone():
    dropped = tomllib.loads((COURSE / "dropped.toml").read_text(encoding="utf-8"))
    assert all(dropped.values())
    assert not dropped.keys() & {f"{piece.id}: {mistake.name}" for piece in PIECES for mistake in mistakes_of(piece)}


def test_the_catalogue_is_read_without_torch():
    code = (
        "import json, sys; from scripts.workshop.diagnose import all_mistakes; every = all_mistakes();"
        "print(json.dumps([len(every), sum(each.by_rule for each in every), 'torch' in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, by_rule, torch = json.loads(found.stdout)
    assert 0 < by_rule < total
    assert not torch
