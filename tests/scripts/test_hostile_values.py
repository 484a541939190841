"""Values of flags that nobody can mean: one line that names them, status 2, and nothing is begun."""

import functools
import os

import pytest

from scripts import describe, evaluate, find_lr, prepare, sample, trace, train
from scripts.project import run_command
from scripts.training.settings import parser

HUGE = (str(10**20), str(2**64), "1e20", "1e400", "9" * 5000)
NUMBERS = (*HUGE, "nan", "inf", "-inf", "-1", "0x10", "", " ", "\u0663", "1,000", "\udcff")
PATHS = ("", " ", "~nosuchuser/x", "x" * 5000, "/dev/zero", "/dev/null", "nowhere/x\ny")


def said(main, arguments: list[str], capsys) -> str:
    """What a command says that is called wrongly."""
    capsys.readouterr()
    try:
        status = run_command(main, arguments)
    except SystemExit as exit:
        status = exit.code
    error = capsys.readouterr().err
    assert status == 2, (arguments, status)
    assert "Traceback" not in error
    assert len(error) < 1500
    return error


def numbers() -> list[str]:
    """Every flag of scripts.train that takes a number."""
    actions = parser("")._actions
    return [
        action.option_strings[0]
        for action in actions
        if action.type and action.metavar in ("N", "X", "TOKENS", "K", "NORM", "N|none", "X|none")
    ]


@pytest.fixture
def known_flags(monkeypatch):
    """The flags are made once for all calls of a test."""
    monkeypatch.setattr("scripts.train.parser", functools.cache(parser))


# Of these, one kind each; the others of the kinds are `slow`.
OF_EACH_KIND = ("1e400", "nan", "-1", "", "1,000")


@pytest.mark.parametrize(
    "values", [pytest.param(OF_EACH_KIND, id="a few"), pytest.param(NUMBERS, id="all", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("flag", numbers())
def test_fault_7a_a_number_that_nobody_can_mean_is_one_line(flag, values, capsys, tmp_path, monkeypatch, known_flags):
    monkeypatch.chdir(tmp_path)
    # A data set that is not there ends every call that gets so far.
    for value in values:
        error = said(train.main, [f"{flag}={value}", "--data", "nowhere", "--device", "cpu"], capsys)
        assert error.startswith(("python -m scripts.train: argument", "error: ")), error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--vocab_size", str(10**9)], "can be had on cpu"),
        (["--n_embd", str(10**6)], "can be had on cpu"),
        (["--batch_size", str(10**8)], "A smaller --batch_size needs less"),
        (["--n_layer", str(10**5)], "n_layer = 100000: it must be at most 10000"),
        (["--n_layer", str(10**20)], "n_layer = 100000000000000000000: it must be at most 10000"),
        (["--seed", str(2**64)], "'18446744073709551616' is no whole number"),
        (["--max_iters", str(10**20)], "is no whole number"),
        (["--max_seq_len", str(2**31)], "it must be at most 2147483647"),
        (["--attention_type", "delta,shared", "--n_layer", "2"], "layer 1 is 'shared', and no 'standard' layer before"),
    ],
)
def test_fault_7a_what_fits_nowhere_is_refused_before_anything_is_made(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for main in (train.main, find_lr.main):
        assert words in " ".join(said(main, [*arguments, "--device", "cpu"], capsys).split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (train.main, ["--data", "{}"]),
        (train.main, ["--tokenizer", "{}.tiktoken"]),
        (train.main, ["--model", "{}"]),
        (train.main, ["--impl", "{}"]),
        (prepare.main, ["--data", "{}", "--tokenizer", "char", "--out_dir", "out"]),
        (evaluate.main, ["{}"]),
        (evaluate.main, ["{}", "--bundle", "{}"]),
        (sample.main, ["{}"]),
        (trace.main, ["{}"]),
        (describe.main, ["{}"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value.__module__,
)
def test_fault_7a_a_path_that_nobody_can_mean_is_one_line(main, arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("what stands in the current folder\n" * 99)
    for path in PATHS:
        said(main, [argument.format(path) for argument in arguments], capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_fault_7a_a_pipe_is_not_waited_for(capsys, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "it is a pipe or a device" in said(train.main, ["--data", str(tmp_path / "pipe")], capsys)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ["to be or not to be\n", "быть или не быть\n"], ids=["latin", "cyrillic"])
def test_fault_7a_text_that_is_not_utf8_is_refused(encoding, text, capsys, tmp_path):
    (tmp_path / "text.txt").write_bytes((text * 99).encode(encoding))
    error = said(train.main, ["--data", str(tmp_path / "text.txt"), "--max_seq_len", "8"], capsys)
    assert "is not UTF-8" in error or "is NUL, which no text has" in error
