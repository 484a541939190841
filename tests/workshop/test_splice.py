"""Splice: the reference with some pieces replaced by somebody else's source."""

import traceback
from pathlib import Path

import pytest
import torch

from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import REFERENCE, splice

NORM = BY_ID["norms.rms_norm"]
MLP = BY_ID["feed_forward.MLP.forward"]


def spliced(piece, text, path="mine.py"):
    return splice([piece], {piece.module: Source(text, Path(path))})


def reference_text(piece, old="", new=""):
    text = (REFERENCE / piece.file).read_text()
    assert text.count(old) == 1 or not old
    return text.replace(old, new) if old else text


def test_only_the_piece_is_taken():
    text = reference_text(MLP, "        x = F.relu(x).square()\n").replace("4 * config", "3 * config")
    from reference.config import GPTConfig

    mlp = spliced(MLP, text).feed_forward.MLP(GPTConfig())
    x = torch.randn(1, 2, 64)
    assert mlp.up_proj.out_features == 256  # the reference's __init__
    assert torch.equal(mlp(x), mlp.down_proj(mlp.up_proj(x)))  # their forward


def test_the_rest_of_the_model_uses_the_spliced_piece():
    text = reference_text(NORM, "(wide * torch.rsqrt(mean_square + eps)).to(x.dtype)", "x")
    package = spliced(NORM, text)
    from reference.config import GPTConfig

    x = torch.randn(3)
    assert package.blocks.Block(GPTConfig(), 0).attn_norm(x) is x


def test_helpers_constants_imports_and_classes_come_along():
    package = spliced(
        NORM,
        """
from __future__ import annotations
import math as m
SCALE = 2.0
def rms_norm(x, eps):
    return helper(x) * SCALE
class Helper:
    factor = m.pi
    def apply(self, x): return x * self.factor
def helper(x): return Helper().apply(x)
""",
    )
    assert package.norms.rms_norm(torch.ones(1), 0.0).item() == pytest.approx(2 * 3.14159265)


def test_helper_methods_and_super_work():
    text = reference_text(MLP, "        return self.down_proj(x)\n", "        return self.help(x)\n")
    helper = "    def help(self, x):\n        return super().extra_repr() or self.down_proj(x)\n\n"
    text = text.replace("\n\nFEED_FORWARDS", f"\n{helper}\nFEED_FORWARDS")
    from reference.config import GPTConfig

    mlp = spliced(MLP, text).feed_forward.MLP(GPTConfig())
    assert mlp(torch.zeros(1, 1, 64)).shape == (1, 1, 64)


def test_what_only_prints_at_import_is_left_out(capsys):
    spliced(NORM, "def rms_norm(x, eps): return x\nprint('hello')\n").norms.rms_norm(1, 2)
    assert capsys.readouterr().out == ""


def test_errors_show_their_file_and_line():
    package = spliced(
        NORM, "\n\ndef rms_norm(x, eps):\n    return [helper(v) for v in [0]]\n\ndef helper(v):\n    return 1 / v\n"
    )
    with pytest.raises(ZeroDivisionError) as error:
        package.norms.rms_norm(1, 2)
    theirs = [(f.filename, f.lineno) for f in traceback.extract_tb(error.tb) if f.filename == "mine.py"]
    assert theirs[0] == ("mine.py", 4)
    assert theirs[-1] == ("mine.py", 7)


def test_errors_in_the_reference_keep_showing_the_reference():
    package = spliced(NORM, "def rms_norm(x, eps):\n    return None\n")
    from reference.config import GPTConfig

    model = package.gpt.GPT(GPTConfig())
    with pytest.raises(AttributeError) as error:
        model(torch.zeros(1, 2, dtype=torch.int64))
    files = {Path(frame.filename) for frame in traceback.extract_tb(error.tb)}
    assert REFERENCE / "gpt.py" in files


def test_a_source_without_the_piece_is_refused():
    with pytest.raises(LookupError, match="rms_norm"):
        spliced(NORM, "x = 1\n")


def test_splices_do_not_touch_the_reference():
    import reference.norms

    spliced(NORM, "def rms_norm(x, eps): return 7\n").norms.rms_norm(1, 2)
    assert reference.norms.rms_norm(torch.ones(2), 0.0).tolist() == [1, 1]
