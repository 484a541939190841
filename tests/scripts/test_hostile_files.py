"""Files of runs, checkpoints, encoded texts and bundles that somebody else has written: no traceback, no way out."""

import functools
import json
import operator
import shutil

import pytest

from scripts import compare, convert, describe, evaluate, prepare, sample, trace, train
from scripts.measuring.evaluation.bundle import read_bundle
from scripts.project import ROOT, UsageError, run_command
from scripts.training.text.files import inside, require

QUICK = ("--max_iters", "2", "--batch_size", "2", "--eval_tokens", "64", "--device", "cpu", "--n_layer", "1")
# By the types of JSON.
VALUES = {
    type(None): [None],
    bool: [True],
    int: [-1, 0.5, 10**30],
    str: ["", "../x", "/etc/passwd", "\0", "\ud800"],
    list: [[], [[]]],
    dict: [{}, {"a": {}}],
}
OTHERS = (b"", b"{", b"[]", b"7", b"null", b'"text"', b"\xff\xfe{\x00", b"[" * 100_000, b"NaN", b"\x00" * 9, b"\n\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run with byte pairs, an encoded text and a bundle."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "poem.txt").write_text("to be or not to be\n" * 60)
    text = ["--data", str(folder / "poem.txt"), "--tokenizer", "bpe", "--bpe_vocab_size", "260"]
    assert run_command(train.main, [*QUICK, *text, "--max_seq_len", "8", "--out_dir", str(folder / "run")]) == 0
    assert run_command(prepare.main, [*text, "--out_dir", str(folder / "shards"), "--workers", "1"]) == 0
    shutil.copytree(ROOT / "scripts" / "measuring" / "evaluation" / "small_bundle", folder / "bundle")
    # What lies beside it must not be reached.
    (folder / "tokenizer.tiktoken").write_bytes((folder / "run" / "tokenizer.tiktoken").read_bytes())
    return folder


@pytest.fixture
def copy(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(made, tmp_path / "made")


def places(found, way=()):
    """The way to every value in what JSON holds; of lists, to the first."""
    if way:
        yield way
    if isinstance(found, dict):
        for key in found:
            yield from places(found[key], (*way, key))
    elif isinstance(found, list) and found:
        yield from places(found[0], (*way, 0))


def others(found, way) -> list:
    """What to put in a place: of every other type a value, and of its own, as far as it says which, all there are."""
    value = functools.reduce(operator.getitem, way, found)
    own = VALUES if value is None else (int,) if type(value) is float else (type(value),)
    return [other for kind, values in VALUES.items() for other in (values if kind in own else values[-1:])]


def with_another(found, way, value):
    """The same, with another value in a place."""
    found = json.loads(json.dumps(found))
    inner = found
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return found


def commands(copy) -> dict:
    run, shards = str(copy / "run"), str(copy / "shards")
    return {
        "run/run.json": [
            (sample.main, [run, "--max_new_tokens", "2", "--json"]),
            (evaluate.main, [run, "--device", "cpu"]),
            (trace.main, [run, "--text", "to be"]),
        ],
        "run/config.json": [(describe.main, [run]), (sample.main, [run, "--max_new_tokens", "1", "--json"])],
        "run/log.jsonl": [(compare.main, [run, run, "--out", str(copy / "plot.png")])],
        "shards/shards.json": [
            (train.main, [*QUICK, "--data", shards, "--max_seq_len", "8", "--max_iters", "0"]),
            (prepare.main, ["--data", str(copy / "poem.txt"), "--tokenizer", "bpe", "--out_dir", shards]),
        ],
    }


def refused_or_done(capsys, main, arguments) -> None:
    """The exit status is 0 or 2, and with 2 there is a single line that names a file."""
    capsys.readouterr()
    status = run_command(main, arguments)
    error = capsys.readouterr().err
    assert status in (0, 2), (arguments, error)
    if status == 2:
        last = error.strip().split("\n")[-1]
        assert last.startswith("error: "), error
        assert len(last) < 1000, last


@pytest.mark.parametrize("file", ["run/run.json", "run/config.json", "run/log.jsonl", "shards/shards.json"])
def test_fault_7b_what_is_no_such_file_is_refused(file, copy, capsys, monkeypatch):
    monkeypatch.setattr(compare, "plot", lambda *_: None)
    path = copy / file
    for content in OTHERS:
        path.write_bytes(content)
        for main, arguments in commands(copy)[file]:
            refused_or_done(capsys, main, arguments)
    path.unlink()
    path.mkdir()
    for main, arguments in commands(copy)[file]:
        refused_or_done(capsys, main, arguments)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["run/run.json", "run/config.json", "shards/shards.json"])
def test_fault_7b_a_value_of_another_type_is_refused_or_without_effect(file, copy, capsys):
    path = copy / file
    good = json.loads(path.read_text())
    for way in places(good):
        # What only reports read is never refused; the configuration in run.json is not read.
        if way[0] in ("environment", "schedule") or (file == "run/run.json" and way[0] == "config"):
            continue
        for value in others(good, way):
            path.write_text(json.dumps(with_another(good, way, value)))
            for main, arguments in commands(copy)[file]:
                refused_or_done(capsys, main, arguments)


def test_fault_7b_the_lines_of_a_log_may_hold_anything(copy, capsys, monkeypatch):
    monkeypatch.setattr(compare, "plot", lambda *_: None)
    path = copy / "run" / "log.jsonl"
    lines = path.read_text().rstrip("\n").split("\n")
    for number, line in enumerate(lines):
        good = json.loads(line)
        for way in places(good):
            for value in others(good, way) if len(way) < 3 else ():
                changed = json.dumps(with_another(good, way, value))
                path.write_text("\n".join([*lines[:number], changed, *lines[number + 1 :], ""]))
                for main, arguments in commands(copy)["run/log.jsonl"]:
                    refused_or_done(capsys, main, arguments)


@pytest.mark.parametrize("name", ["../tokenizer.tiktoken", "/etc/passwd", "..\\x", "C:\\x", "", ".", "a\0b", 7, None])
def test_fault_7b_a_path_in_a_file_stays_in_its_folder(name, copy):
    with pytest.raises(UsageError, match="should be the name of a file in the same folder"):
        inside(copy, name, "index")
    facts = json.loads((copy / "run" / "run.json").read_text())
    facts["tokenizer"]["ranks"] = name
    (copy / "run" / "run.json").write_text(json.dumps(facts))
    with pytest.raises(UsageError, match=r"same folder|with ranks, a text, is needed"):
        sample.main([str(copy / "run")])
    index = json.loads((copy / "shards" / "shards.json").read_text())
    index["shards"][0]["file"] = name
    (copy / "shards" / "shards.json").write_text(json.dumps(index))
    with pytest.raises(UsageError, match=r"same folder|with file, a text, is needed"):
        train.main([*QUICK, "--data", str(copy / "shards"), "--max_seq_len", "8"])
    core = copy / "bundle" / "core.yaml"
    core.write_text(core.read_text().replace("opposites.jsonl", json.dumps(name)))
    with pytest.raises(UsageError, match=r"same folder|with dataset_uri, a text, is needed|no YAML"):
        read_bundle(copy / "bundle")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("SHA256SUMS", f"{'0' * 64}  ../poem.txt\n", "should be the name of a file in the same folder"),
        ("SHA256SUMS", "nonsense\n", "SHA256SUMS:1: a line is a SHA-256, two spaces and the name of a file"),
        ("SHA256SUMS", b"\xff\xfe", "is not UTF-8"),
        ("model.safetensors.index.json", '{"weight_map": {"a": "../x"}}', "should be the name of a file in the same"),
        ("model.safetensors.index.json", '{"weight_map": {"a": 7, "b": "c"}}', "should be the name of a file"),
        ("model.safetensors.index.json", '{"weight_map": {"a": []}}', "should be the name of a file"),
        ("model.safetensors.index.json", "[" * 100_000, "this is no JSON"),
    ],
)
def test_fault_7b_check_sums_and_index_name_files_of_their_folder(file, content, said, copy):
    path = copy / "run" / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for main in (convert.main, sample.main):
        with pytest.raises(UsageError, match=said):
            main([str(copy / "run")])


def test_fault_7b_a_schema_knows_that_true_is_no_number():
    fields = {"count": int, "size": float, "name": str | None}
    assert require({"count": 1, "size": 2}, fields, "here") == {"count": 1, "size": 2}
    for wrong in ({"count": True, "size": 2.0}, {"count": 1}, {"count": 1.0, "size": 1}, [], None):
        with pytest.raises(UsageError, match=r"^here: an object"):
            require(wrong, fields, "here")
