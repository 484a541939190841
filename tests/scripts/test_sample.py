"""`python -m scripts.sample`: from a run's folder to text."""

import json
import os

import pytest

from scripts import sample, train
from scripts.looking import run_folders
from scripts.project import UsageError


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A model trained for a few steps, and a smaller one to guess ahead."""
    places = {name: tmp_path_factory.mktemp("runs") / name for name in ("model", "draft")}
    for name, options in (("model", []), ("draft", ["--n_layer", "1", "--n_mtp", "1"])):
        where = ["--max_iters", "40", "--eval_tokens", "64", "--out_dir", str(places[name])]
        assert train.main(["--model", "llama_tiny", *where, *options]) == 0
    return places


@pytest.fixture
def written(folders, capsys):
    """A function that gives the report of one call."""

    def call(*arguments: str) -> dict:
        capsys.readouterr()
        assert sample.main([str(folders["model"]), "--json", *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return call


@pytest.mark.slow
def test_what_is_written_is_what_is_reported(folders, written, capsys):
    report = written("--prompt", "an", "--count", "3")
    assert report.keys() == {"folder", "samples", "tokens", "tokens_per_second"}
    assert len(report["samples"]) == 3
    assert all(text.startswith("an") and "\n" not in text for text in report["samples"])
    # Each ends with a boundary, which is a token and no character.
    assert report["tokens"] == sum(len(text) - 2 + 1 for text in report["samples"])
    assert sample.main([str(folders["model"]), "--prompt", "an", "--count", "3"]) == 0
    found = capsys.readouterr()
    assert found.out.splitlines() == report["samples"]
    assert "tokens, " in found.err


def test_a_single_text_streams(folders, written, capsys):
    report = written("--through", "--max_new_tokens", "50")
    assert report["tokens"] == len(report["samples"][0]) == 50
    assert sample.main([str(folders["model"]), "--through", "--max_new_tokens", "50"]) == 0
    assert capsys.readouterr().out == report["samples"][0] + "\n"


def test_the_seed_and_the_sampling_decide(written):
    assert written("--seed", "1")["samples"] == written("--seed", "1")["samples"]
    assert written("--seed", "1", "--count", "4")["samples"] != written("--seed", "2", "--count", "4")["samples"]
    likeliest = written("--temperature", "0")["samples"]
    for narrow in (["--top_k", "1"], ["--top_p", "0.000001"], ["--min_p", "1"]):
        assert written(*narrow)["samples"] == likeliest


def test_a_draft_changes_nothing_about_the_likeliest(folders, written):
    options = ["--temperature", "0", "--max_new_tokens", "20", "--count", "2"]
    report = written(*options, "--draft", str(folders["draft"]))
    assert report["samples"] == written(*options)["samples"]
    assert 0 < report["acceptance"] < 1
    assert len(written("--draft", str(folders["draft"]), "--count", "3", "--lookahead", "2")["samples"]) == 3


def test_a_model_that_guesses_ahead_itself_writes_the_same(folders, capsys):
    found = []
    for options in ([], ["--use_mtp"], ["--use_mtp", "--lookahead", "3"]):
        capsys.readouterr()
        assert sample.main([str(folders["draft"]), "--json", "--temperature", "0", "--count", "2", *options]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["samples"] == found[1]["samples"] == found[2]["samples"]
    assert 0 < found[1]["acceptance"] <= 1


def test_a_text_that_ends_where_the_positions_do_says_so(folders, capsys):
    options = [str(folders["draft"]), "--json", "--use_mtp", "--temperature", "9", "--prompt", "a" * 28]
    for most in ("200", "3"):
        found = []
        for seed in "1234":
            capsys.readouterr()
            assert sample.main([*options, "--seed", seed, "--max_new_tokens", most]) == 0
            output = capsys.readouterr()
            (text,) = json.loads(output.out)["samples"]
            # Those that are shorter have ended with their document.
            found.append(len(text) == 28 + 3)
            assert ("ends where the positions do: 3 tokens" in output.err) == (found[-1] and most == "200")
        assert any(found)


def test_ctrl_c_keeps_what_there_is(folders, monkeypatch, capsys):
    from reference.decoding import streaming

    def interrupted(*arguments, **keywords):
        import torch

        yield torch.tensor([1])
        yield torch.tensor([2])
        raise KeyboardInterrupt

    monkeypatch.setattr(streaming, "generate_stream", interrupted)
    assert sample.main([str(folders["model"]), "--prompt", "x"]) == 0
    assert capsys.readouterr().out == "xab\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{model}", "--prompt", "A1"], r"--prompt 'A1': the model does not know '1', 'A'; it was trained on 'abc"),
        (["nowhere"], "nowhere: there is no such folder"),
        (["{draft}/../nope"], r"such\sfolder;(.|\s)* there\s+is\s+draft\b"),
        (["{model}", "--draft", "nowhere"], "nowhere: there is no such folder"),
        (["{model}", "--draft", "{draft}", "--prompt", "a" * 40], "41 tokens leave no room"),
        (["{model}", "--use_mtp"], "--use_mtp: the model has no module for multi-token prediction"),
        (["{draft}", "--use_mtp", "--draft", "{draft}"], "--use_mtp and --draft both say what guesses ahead"),
    ],
)
def test_what_cannot_be_is_refused(folders, arguments, words):
    with pytest.raises(UsageError, match=words):
        sample.main([argument.format(**folders) for argument in arguments])


def test_runs_of_earlier_versions_have_their_characters_elsewhere(folders, written, tmp_path, capsys):
    for path in folders["model"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    facts = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(facts | facts.pop("tokenizer")))
    assert sample.main([str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == written()["samples"]


@pytest.mark.slow
def test_byte_pairs_write_whole_characters(tmp_path, capsys):
    """Of text in which every character has two bytes or more, and a token for each byte alone."""
    (tmp_path / "text.txt").write_text("\n".join(["äöü", "ßéà€"] * 40), encoding="utf-8")
    where = ["--data", str(tmp_path / "text.txt"), "--out_dir", str(tmp_path / "run"), "--max_seq_len", "16"]
    assert train.main([*where, "--tokenizer", "bpe", "--bpe_vocab_size", "257", "--max_iters", "60"]) == 0
    assert "tokenizer.tiktoken" in capsys.readouterr().out
    assert sample.main([str(tmp_path / "run"), "--prompt", "ä", "--temperature", "0", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["samples"][0][0] == "ä"
    assert report["tokens"] > len(report["samples"][0])
    assert set(report["samples"][0]) <= set("äöüßéà€\ufffd")
    # Streamed, they are the same.
    assert sample.main([str(tmp_path / "run"), "--prompt", "ä", "--temperature", "0"]) == 0
    assert capsys.readouterr().out == report["samples"][0] + "\n"


def test_a_checkpoint_without_a_tokenizer_is_refused(folders, tmp_path):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folders["model"] / name).read_bytes())
    with pytest.raises(UsageError, match="how text becomes tokens"):
        sample.main([str(tmp_path)])


def test_the_newest_run_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(run_folders, "ROOT", tmp_path)
    with pytest.raises(UsageError, match="there is no run in runs/ yet"):
        run_folders.newest_run()
    for age, name in enumerate(("newest", "older", "oldest")):
        weights = tmp_path / "runs" / name / "model.safetensors"
        weights.parent.mkdir(parents=True)
        weights.touch()
        os.utime(weights, (1000 - age, 1000 - age))
    assert run_folders.newest_run().name == "newest"
