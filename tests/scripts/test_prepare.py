"""`python -m scripts.prepare`: text as files of tokens, however often it is interrupted."""

import json
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from scripts import prepare, sample, train
from scripts.project import UsageError, run_command
from scripts.training.text import shards
from scripts.training.text.data import load_corpus
from scripts.training.text.shards import Shards, write_shards
from scripts.training.text.texts import Text
from scripts.training.text.tokenizers import BytePairTokenizer, make_tokenizer

STORY = "".join(
    f"Page {number}: once upon a time\n  there was — once more — a größe {number}.\n" for number in range(40)
)
SHARD = 150


@pytest.fixture
def texts(tmp_path, monkeypatch) -> Path:
    """A folder of three texts, which are encoded in many small units."""
    monkeypatch.setattr(shards, "UNIT", 200)
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, content in (("a.txt", STORY), ("b.txt", "short"), ("c.txt", STORY[::-1])):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def prepared(data: Path | str, out_dir: Path, *more: str) -> int:
    tokenizer = () if "--tokenizer" in more else ("--tokenizer", "bpe", "--bpe_vocab_size", "300")
    arguments = ("--data", str(data), "--out_dir", str(out_dir), "--shard_tokens", str(SHARD), "--workers", "1")
    return run_command(prepare.main, [*arguments, *tokenizer, *more])


def row(folder: Path) -> list[int]:
    return np.concatenate([np.load(path) for path in sorted((folder / "shards").iterdir())]).tolist()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_shards_are_the_documents_in_a_row(texts, tmp_path, capsys):
    assert prepared(texts, tmp_path / "out", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    tokenizer = make_tokenizer(str(tmp_path / "out" / "tokenizer.tiktoken"), Text([], True, 0), None)
    expected = [tokenizer.boundary]
    for document in (STORY, "short", STORY[::-1]):
        expected += [*tokenizer.encode(document), tokenizer.boundary]
    assert row(tmp_path / "out") == expected
    lengths = [len(np.load(path)) for path in sorted((tmp_path / "out" / "shards").iterdir())]
    assert lengths == [SHARD] * (len(expected) // SHARD) + [len(expected) % SHARD]
    assert report == {
        "out_dir": str(tmp_path / "out"),
        "files": len(lengths),
        "tokens": len(expected),
        "held_out": SHARD,
        "vocab_size": tokenizer.vocab_size,
    }


def test_training_maps_them_and_reads_what_it_would_read_from_the_text(texts, tmp_path):
    prepared(texts, tmp_path / "out", "--shard_tokens", "10000")
    mapped = load_corpus(str(tmp_path / "out"), 8)
    assert all(isinstance(part, np.memmap) and part.dtype == np.uint16 for part in mapped.train.parts)
    direct = load_corpus(str(texts), 8, tokenizer="bpe", bpe_vocab_size=300)
    assert mapped.tokenizer == direct.tokenizer
    assert (mapped.running, len(mapped.held_out)) == (direct.running, len(direct.held_out))
    for one, other in zip(mapped.windows(3, 50, 8, seed=1), direct.windows(3, 50, 8, seed=1), strict=True):
        assert one.equal(other)
    assert mapped.validation(8).targets.equal(direct.validation(8).targets)


def test_lines_are_documents_in_an_order_that_holds_out_some_of_all(tmp_path):
    assert prepared("names", tmp_path / "out", "--tokenizer", "char", "--shard_tokens", "100000") == 0
    corpus, direct = load_corpus(str(tmp_path / "out"), 8), load_corpus("names", 8)
    assert corpus.tokenizer == direct.tokenizer
    assert not corpus.running
    # The same order, in which a name may be cut where a tenth begins.
    assert corpus.train.window(0, 190_000).equal(direct.train.window(0, 190_000))
    held_out = corpus.tokenizer.decode(corpus.held_out.window(0, len(corpus.held_out)).tolist())
    assert {name[0] for name in held_out.split()} == set("abcdefghijklmnopqrstuvwxyz")


class Died(Exception):
    """As if the power had gone."""


def dies_at(monkeypatch, number: int) -> None:
    """Let the next call die in the middle of writing this shard."""
    save = np.save

    def dying(file, tokens):
        if Path(file.name).name.startswith(f".{number:05}"):
            file.write(b"half of")
            raise Died
        save(file, tokens)

    monkeypatch.setattr(shards.np, "save", dying)


def test_however_often_it_dies_and_with_any_number_of_processes_it_makes_the_same(texts, tmp_path, monkeypatch):
    prepared(texts, tmp_path / "whole", "--workers", "2")
    whole = files(tmp_path / "whole")
    assert len(whole) > 8
    for number in (0, 2, 3, 6):
        with monkeypatch.context() as patch, pytest.raises(Died):
            dies_at(patch, number)
            prepared(texts, tmp_path / "died")
        assert len(Shards.find(tmp_path / "died").index["shards"]) == number
        assert not list((tmp_path / "died").rglob("*.partial"))
        with pytest.raises(UsageError, match="not finished yet; the same call of"):
            load_corpus(str(tmp_path / "died"), 8)
    before = (tmp_path / "died" / "shards" / "00002.npy").stat().st_mtime_ns
    assert prepared(texts, tmp_path / "died") == 0
    assert files(tmp_path / "died") == whole
    assert (tmp_path / "died" / "shards" / "00002.npy").stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_damaged_shard_is_written_anew(damage, texts, tmp_path, capsys):
    prepared(texts, tmp_path / "out")
    whole, path = files(tmp_path / "out"), tmp_path / "out" / "shards" / "00003.npy"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    if damage != "flipped":
        # What costs nothing to see is seen before a training.
        with pytest.raises(UsageError, match=r"00003\.npy: .*; the same call of scripts.prepare mends that"):
            load_corpus(str(tmp_path / "out"), 8)
    assert prepared(texts, tmp_path / "out") == 0
    assert f"{len(whole) - 2 - 3} files are damaged, or come after one that is" in capsys.readouterr().err
    assert files(tmp_path / "out") == whole


def test_what_is_finished_stays_as_it_is(texts, tmp_path, capsys):
    prepared(texts, tmp_path / "out")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    said = capsys.readouterr().out
    assert prepared(texts, tmp_path / "out") == 0
    assert capsys.readouterr().out == said
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == times


@pytest.mark.parametrize("change", ["tokenizer", "text"])
def test_another_preparation_is_not_touched(change, texts, tmp_path, capsys):
    prepared(texts, tmp_path / "out")
    before = files(tmp_path / "out")
    if change == "text":
        (texts / "b.txt").write_text("a bit longer")
    assert prepared(texts, tmp_path / "out", *(["--bpe_vocab_size", "280"] if change == "tokenizer" else [])) == 2
    said = capsys.readouterr().err
    assert ("bpe_vocab_size 300 (now 280)" if change == "tokenizer" else "characters ") in said
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize("limit", [1, SHARD - 1, SHARD, SHARD + 1, 3 * SHARD])
def test_it_may_stop_early(limit, texts, tmp_path):
    prepared(texts, tmp_path / "all")
    prepared(texts, tmp_path / "some", "--max_tokens", str(limit))
    assert row(tmp_path / "some") == row(tmp_path / "all")[:limit]


BYTES = {bytes([byte]): byte for byte in range(256)}


def test_what_is_not_wanted_is_not_read(tmp_path, monkeypatch):
    """A next file of FineWeb-Edu would be a download of 2 GB."""
    monkeypatch.setattr(shards, "UNIT", 5)
    tokenizer = BytePairTokenizer(".", BYTES, boundary=256)
    written = Shards.begin(tmp_path, {"shard_tokens": 10, "max_tokens": 25}, True, tokenizer)
    documents = iter(["abcde"] * 100)
    write_shards(written, Text(documents, True, None), tokenizer, workers=1)
    assert written.index["tokens"] == 25
    assert len(list(documents)) > 80


def test_a_large_vocabulary_takes_four_bytes(tmp_path):
    tokenizer = BytePairTokenizer(".", BYTES, boundary=70_000)
    about = {"shard_tokens": 4, "max_tokens": None}
    written = Shards.begin(tmp_path, about, True, tokenizer)
    write_shards(written, Text(["ab", "c"], True, None), tokenizer, workers=1)
    assert row(tmp_path) == [70_000, 97, 98, 70_000, 99, 70_000]
    assert {part.dtype for part in written.open()} == {np.dtype("uint32")}


def test_it_trains_and_writes(texts, tmp_path, capsys):
    prepared(texts, tmp_path / "out")
    quick = ("--max_iters", "3", "--batch_size", "2", "--device", "cpu", "--max_seq_len", "16")
    assert train.main(["--data", str(tmp_path / "out"), *quick, "--out_dir", str(tmp_path / "run"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert 0 < report["val_bits_per_byte"] == facts["val_bits_per_byte"] < report["val_loss"]
    assert sample.main([str(tmp_path / "run"), "--prompt", "Page", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"][0].startswith("Page")


@pytest.mark.parametrize("flag", [["--tokenizer", "bpe"], ["--documents", "line"], ["--bpe_vocab_size", "300"]])
def test_what_is_decided_cannot_be_asked_for_again(flag, texts, tmp_path, capsys):
    prepared(texts, tmp_path / "out")
    assert run_command(train.main, ["--data", str(tmp_path / "out"), *flag]) == 2
    assert f"{' '.join(flag)}: --data {tmp_path / 'out'} is encoded already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BrokenProcessPool(), "perhaps for its memory; --workers 1 needs less"),
        (OSError(28, "No space left on device", "shards/00001.npy"), "shards/00001.npy: No space left on device"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(error, said, texts, tmp_path, monkeypatch, capsys):
    def failing(*arguments):
        raise error

    monkeypatch.setattr(prepare, "write_shards", failing)
    assert prepared(texts, tmp_path / "out") == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_characters_are_not_looked_for_in_what_is_too_large(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(prepare, "read_text", lambda data, documents: Text(iter(()), True, None))
    assert prepared("fineweb-edu", tmp_path / "out", "--tokenizer", "char") == 2
    assert "--tokenizer char: this text is too large" in capsys.readouterr().err


def test_ctrl_c_leaves_what_the_same_line_goes_on_with(project):
    (project.folder / "text.txt").write_text(STORY * 50, encoding="utf-8")
    arguments = ("--data", "text.txt", "--documents", "file", "--tokenizer", "char", "--shard_tokens", "1000")
    arguments += ("--out_dir", "out", "--json")
    with project.start("-m", "scripts.prepare", *arguments) as process:
        for line in process.stderr:
            if "00001.npy" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "Interrupted; nothing was left half done." in err
    assert 2 <= len(list((project.folder / "out" / "shards").iterdir())) < len(STORY) * 50 // 1000
    result = project.run("-m", "scripts.prepare", *arguments)
    assert json.loads(result.stdout)["tokens"] == len(row(project.folder / "out")) == 2 + len(STORY) * 50
    assert "00001.npy" not in result.stderr


def test_processes_that_encode_do_not_wait_for_torch():
    code = "import sys, scripts.prepare; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(prepare.__file__).parents[1]).returncode == 0
