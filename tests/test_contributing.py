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


def test_an_attention_works_with_every_cache(project):
    script = """
import torch
from torch import nn
from reference.attention import ATTENTIONS
from reference.attentions.backends.masks import attention_mask
from reference.decoding.cache import KVCache
from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
"""
    script += block("attention")
    script += """
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
    result = project.run("-c", script)
    assert result.stdout.split() == ["True", "True"], result.stderr


@pytest.mark.slow
def test_a_piece_and_its_track_are_its_folder(with_norm):
    written = with_norm.run(
        "-m", "scripts.workshop.new_piece", "normalizations.scale.ScaleNorm.forward", "--track", "lengths"
    )
    assert written.returncode == 0, written.stderr
    folder = with_norm.folder / "scripts" / "course" / "normalizations" / "scale" / "ScaleNorm.forward"
    (folder / "alternatives" / "another.py").unlink()
    for name in ("piece.md", "cases.py", "mistakes.py", "alternatives/alternative.py"):
        (folder / name).write_text(block(Path(name).stem), encoding="utf-8")
    script = """
from pathlib import Path
from scripts.workshop.prove.gate import judge
from scripts.workshop.pieces import PIECES, TRACKS
from scripts.workshop.pieces.scratch import put_in
from scripts.workshop.playthrough import play, verify
from scripts.workshop.pieces.stubs import write_skeleton
folder, written = Path("played").resolve(), list(PIECES[:-1])
write_skeleton(folder)
for piece in written:
    put_in(piece, folder)
for piece in play(TRACKS[-1], folder):
    put_in(piece, folder)
    written.append(piece)
    print(piece.id, verify(piece, written, folder) or "passes")
judgement = judge(PIECES[-1])
by_hand = [tried.mistake.kind for tried in judgement.tried if not tried.mistake.by_rule]
print(by_hand, len(judgement.tried), all(tried.named for tried in judgement.tried), judgement.refusals)
"""
    result = with_norm.run("-c", script)
    assert result.stdout.splitlines()[-2:] == [
        "normalizations.scale.ScaleNorm.forward passes",
        "['mean for sum'] 8 True {'alternative': ''}",
    ], result.stdout + result.stderr


def test_a_folder_that_exists_is_left_alone(project):
    again = project.run("-m", "scripts.workshop.new_piece", "norms.rms_norm")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    unknown = project.run("-m", "scripts.workshop.new_piece", "norms.no_such_norm")
    assert unknown.returncode == 2
    assert "no such function" in unknown.stderr
