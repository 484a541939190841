"""How every command ends: what the system refuses is one line that names the path, with what helps."""

import errno
import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from reference.config import GPTConfig
from reference.gpt import GPT
from scripts.project import ROOT, Parser, at_least, json_line, run_command
from scripts.public.model_folders import save_ours
from scripts.training.settings import Settings
from scripts.workshop.teach.paired_training import as_json

COMMANDS = [
    path
    for path in sorted([*(ROOT / "scripts").glob("*.py"), *(ROOT / "scripts" / "workshop").glob("*.py")])
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8") and path.name != "set_up.py"
]


def refused(main, capsys) -> str:
    assert run_command(main) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_fault_6_every_command_ends_in_the_one_place_that_says_what_the_system_refused(path):
    last = path.read_text(encoding="utf-8").partition('__name__ == "__main__"')[2]
    assert "run_command(main)" in last or "console_script()" in last


@pytest.mark.parametrize(
    ("number", "helps"),
    [
        (errno.ENOSPC, "free some space there, or choose another folder"),
        (errno.EACCES, "choose another folder, or allow it there"),
        (errno.EROFS, "choose another folder"),
        (errno.ENOTDIR, "a part of this path is a file; give a path through folders"),
        (errno.EISDIR, "this is a folder; give a file"),
        (errno.ENOENT, "give a path that exists"),
        (errno.EMFILE, "allow more with ulimit -n"),
        (errno.ENAMETOOLONG, "give a shorter name"),
    ],
    ids=lambda value: errno.errorcode.get(value, ""),
)
@pytest.mark.parametrize(
    "path", ["here/file.txt", b"here/file.txt", Path("here/file.txt")], ids=["str", "bytes", "Path"]
)
def test_fault_6_an_error_of_the_system_is_one_line_with_path_and_cure(number, helps, path, capsys):
    def main(argv):
        raise OSError(number, os.strerror(number), path)

    assert refused(main, capsys) == f"error: here/file.txt: {os.strerror(number)}; {helps}\n"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the output: No space left on device; free some space"),
        (OSError("the server\ndoes not answer"), "the server does not answer"),
        (OSError(errno.EIO, "Input/output error", "disk/file"), "disk/file: Input/output error"),
    ],
    ids=["no path", "no number", "no cure"],
)
def test_fault_6_an_error_that_says_less_is_one_line_too(error, line, capsys):
    def main(argv):
        raise error

    assert refused(main, capsys).startswith(f"error: {line}")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no /dev/full")
@pytest.mark.parametrize("text", ["x", "x" * 100_000], ids=["at the end", "on the way"])
def test_fault_6_output_that_cannot_be_written_is_one_line(text):
    code = f"import sys; from scripts.project import run_command; sys.exit(run_command(lambda argv: print({text!r})))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "error: the output: No space left on device; free some space there, or choose another folder\n"
    )


def test_fault_6_weights_that_cannot_be_written_are_an_error_that_names_their_file(tmp_path, monkeypatch):
    def save_file(*arguments):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("scripts.public.model_folders.save_file", save_file)
    config = GPTConfig(n_layer=1, n_embd=16, n_head=2, max_seq_len=8)
    with pytest.raises(OSError, match="No space left on device") as failure:
        save_ours(tmp_path / "folder", config, GPT(config).state_dict())
    assert (failure.value.errno, failure.value.filename) == (28, str(tmp_path / "folder" / "model.safetensors"))


@pytest.mark.parametrize("text", [str(2**63), "1" + "0" * 400, "9" * 5000])
def test_fault_6_whole_numbers_that_no_tensor_holds_are_refused(text, capsys):
    parser = Parser(prog="train")
    parser.add_argument("--seed", type=at_least(0))
    with pytest.raises(SystemExit) as exit:
        parser.parse_args(["--seed", text])
    assert exit.value.code == 2
    assert "is no whole number of 0 or more" in capsys.readouterr().err
    assert torch.tensor(at_least(0)(str(2**63 - 1))).item() == 2**63 - 1


def test_fault_4b_a_number_that_is_not_finite_is_null_in_json_however_deep_it_lies():
    found = {"loss": math.nan, "rows": [(math.inf, 1.5)], "by": {"seed": -math.inf, "name": "nan"}}
    assert json.loads(json_line(found)) == {"loss": None, "rows": [[None, 1.5]], "by": {"seed": None, "name": "nan"}}
    figures = {"val_loss": math.nan, "tokens_per_second": 7.0, "peak_mb": None}
    apart = {"agree": False, "apart_at_step": 3, "largest_difference": math.nan, "allowed_difference": 1e-6}
    report = as_json([apart | {"run": Settings(), "learn": figures, "reference": figures}], {})
    assert json.loads(report, parse_constant=pytest.fail)["learn"] == figures | {"val_loss": None}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u251c\u2500\u2500 weights \u2502", "+-- weights |"),
        ("\u250c\u2524\u2811\u2800\u28c0\u2588", "++. .#"),
        ("caf\xe9 \u2192 \U0001f600", "caf\xe9 \\u2192 \\U0001f600"),
    ],
)
def test_a_terminal_that_knows_no_frames_is_shown_what_looks_like_them(text, shown, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="")
    monkeypatch.setattr(sys, "stdout", out)
    assert run_command(lambda _: print(text)) == 0
    assert out.buffer.getvalue().decode("cp1252") == shown + "\n"
