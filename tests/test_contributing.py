"""What CONTRIBUTING.md says is enough, is enough."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    return re.search(rf"```\w+ {name}\n(.*?)```", TEXT, re.DOTALL)[1]


@pytest.fixture
def with_norm(project):
    """The project with the norm of the example: one file in its room."""
    path = project.folder / "reference" / "normalizations" / "scale.py"
    path.write_text(block("norm"), encoding="utf-8")
    return project


def test_a_norm_is_one_file(with_norm):
    trained = with_norm.train("--normalization", "scalenorm", "--max_iters", "2", "--eval_tokens", "64")
    assert trained.returncode == 0, trained.stderr
    assert "RoPE-scalenorm-ReLU2" in trained.stdout


@pytest.mark.slow
def test_its_test_passes_and_so_do_those_over_all_pairs(with_norm):
    path = with_norm.folder / "tests" / "reference"
    path.mkdir(parents=True)
    for name in ("conftest.py", "test_norms.py", "test_pairs.py"):
        text = (Path(__file__).parent / "reference" / name).read_text(encoding="utf-8")
        text = text.replace("FORMULAS = {\n", "FORMULAS = {\n" + block("test"))
        (path / name).write_text(text, encoding="utf-8")
    pairs = "scalenorm or test_every_pair or test_pairs[0] or test_pairs[1]"
    result = with_norm.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/reference", "-k", pairs)
    assert result.returncode == 0, result.stdout


def test_a_position_encoding_is_ten_lines_in_anybodys_file(project):
    lines = [line for line in block("position").splitlines() if line.strip()]
    assert len(lines) <= 10
    script = """
import torch
from torch import nn
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.encodings.base import PositionEncoding
from reference.positions import POSITION_ENCODINGS
"""
    script += block("position")
    script += """
model = GPT(GPTConfig(position_encoding="recency"))
model.init_weights()
tokens = torch.zeros(1, 8, dtype=torch.int64)
model(tokens, tokens).backward()
print(sum(weight.grad is not None for weight in model.positions.parameters()))
"""
    result = project.run("-c", script)
    assert result.stdout.strip() == "1", result.stderr


@pytest.fixture
def with_attention(project):
    """The project with the attention of the example: one file in its room."""
    path = project.folder / "reference" / "attentions" / "averaging.py"
    path.write_text(block("attention"), encoding="utf-8")
    return project


def test_an_attention_is_one_file_and_works_with_every_cache(with_attention):
    script = """
import torch
from reference.decoding.cache import KVCache
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
model = GPT(GPTConfig(attention_type="averaging", attention_window="3,none", init="gpt2"))
initialise(model)
tokens = torch.randint(27, (2, 32))
model(tokens, tokens).backward()
print(all(weight.grad is not None for weight in model.parameters()))
with torch.no_grad():
    cache = KVCache(model.config)
    parts = [model(part, cache=cache) for part in tokens.split(5, dim=1)]
    print(torch.allclose(torch.cat(parts, dim=1), model(tokens), atol=1e-5))
"""
    result = with_attention.run("-c", script)
    assert result.stdout.split() == ["True", "True"], result.stderr


@pytest.fixture
def with_family(monkeypatch):
    """The families with that of the example."""
    from scripts.public import families

    # The dictionary that the example adds to, as it was before.
    monkeypatch.setattr(families, "FAMILIES", dict(families.FAMILIES))
    exec(block("family"), {})
    return families.FAMILIES


def test_a_family_is_one_entry(with_family):
    from reference.gpt import GPT
    from scripts.public.parity import example

    family = with_family["arcee"]
    config = example(family)
    settings = family.settings(config)
    assert (settings["model_type"], settings["hidden_act"], settings["mlp_bias"]) == ("arcee", "relu2", False)
    assert family.settings(family.configuration(settings)) == settings
    weights = GPT(config).state_dict()
    back = family.weights_of_ours(family.weights_of_theirs(weights, config), config)
    assert back.keys() == weights.keys()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # transformers' own
def test_a_family_outside_the_list_is_equal_to_its_class(with_family, monkeypatch):
    pytest.importorskip("transformers", reason="the extra `parity` is not installed", exc_type=ImportError)
    from scripts.public import parity

    monkeypatch.setattr(parity, "FAMILIES", with_family)
    measured = parity.measure("arcee")
    assert measured.passes
    assert measured.row()["class"] == "ArceeForCausalLM"


# Play the tracks of new pieces, and judge their checks.
PROVE = """
import os
os.environ["LEARN_DEBUG"] = "0"
from pathlib import Path
from scripts.workshop.prove.gate import judge
from scripts.workshop.pieces import PIECES, TRACKS
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.playthrough import play, verify
from scripts.workshop.pieces.stubs import write_skeleton
from scripts.workshop.prove.mutants import known_survivors
new = [track for track in TRACKS if track.name in ("lengths", "averages")]
folder, written = Path("played").resolve(), [piece for track in TRACKS if track not in new for piece in track.pieces]
write_skeleton(folder)
for piece in written:
    put_in(piece, folder)
for track in new:
    for piece in play(track, folder):
        put_in(piece, folder)
        written.append(piece)
        print(piece.id, verify(piece, written, folder) or "passes")
        found = judge(piece)
        by_hand = [tried.mistake.kind for tried in found.tried if not tried.mistake.by_rule]
        unlisted = set(found.survivors) - set(known_survivors(piece))
        print(by_hand, len(found.tried), all(tried.named for tried in found.tried), found.refusals, unlisted)
"""


def fill_in(project, id: str, blocks: dict[str, str]) -> None:
    """Make a piece of a function by filling in its folder."""
    folder = project.own("scripts/course").joinpath(*id.split(".")[:-2], ".".join(id.split(".")[-2:]))
    written = project.run("-m", "scripts.workshop.new_piece", id)
    assert written.returncode == 0, written.stderr
    (folder / "alternatives" / "another.py").unlink()
    for file, name in blocks.items():
        (folder / file).write_text(block(name), encoding="utf-8")


@pytest.mark.slow
def test_a_piece_and_its_track_are_its_folder_and_so_is_a_mixer(with_norm, with_attention):
    names = ("piece.md", "cases.py", "mistakes.py", "alternatives/alternative.py")
    fill_in(with_norm, "normalizations.scale.ScaleNorm.forward", {name: Path(name).stem for name in names})
    blocks = {name: f"mixer_{Path(name).stem}" for name in names[:3]}
    fill_in(with_attention, "attentions.averaging.AveragingAttention.forward", blocks)
    result = with_attention.run("-c", PROVE)
    assert result.returncode == 0, result.stderr
    assert sorted(zip(*[iter(result.stdout.splitlines())] * 2, strict=True)) == [
        (
            "attentions.averaging.AveragingAttention.forward passes",
            "['a sum, not a mean', 'divided by T', 'window ignored'] 9 True {} set()",
        ),
        (
            "normalizations.scale.ScaleNorm.forward passes",
            "['mean for sum'] 8 True {'alternative': ''} set()",
        ),
    ]


def test_a_folder_that_exists_is_left_alone(project):
    again = project.run("-m", "scripts.workshop.new_piece", "norms.rms_norm")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    unknown = project.run("-m", "scripts.workshop.new_piece", "norms.no_such_norm")
    assert unknown.returncode == 2
    assert "no such function" in unknown.stderr
