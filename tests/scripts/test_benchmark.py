"""`python -m scripts.benchmark`: the figures are there, and are of what they say; how large they are is not tested."""

import json
import queue
import sys

import pytest
import torch

from reference.attentions import ATTENTIONS
from reference.presets import preset
from scripts import benchmark
from scripts.measuring import (
    attention_layers,
    backend_pairs,
    cached_decoding,
    on_gpu,
    recurrent_forms,
    training_speed,
)
from scripts.measuring.training_sizes import SIZES
from scripts.project import UsageError
from scripts.training.memory import peak_memory


def reported(capsys, *arguments: str) -> dict:
    assert benchmark.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


NEAR = ("--positions", "3", "6")


@pytest.mark.slow
def test_attention_measures_every_kind_in_every_phase_and_draws_it(capsys, tmp_path):
    report = reported(
        capsys, "attention", "--lengths", "16", "8", "--runs", "1", *NEAR, "--device", "cpu", "--out_dir", str(tmp_path)
    )
    rows = {(row["kind"], row["T"], row["phase"]): row for row in report["rows"]}
    assert rows.keys() == {(k, T, p) for k in attention_layers.KINDS for T in (8, 16) for p in attention_layers.PHASES}
    for (kind, _, phase), row in rows.items():
        if (kind, phase) == ("flex", "training"):
            assert row["milliseconds"] is None
            assert "no backward pass on a CPU" in row["impossible"]
        else:
            assert row["milliseconds"] > 0
            assert row["ratio"] > 0
            assert row["peak_bytes"] > 0
    # Float32: keys and values of eight heads, of two, a window's worth of them, or a latent and a rotary key.
    cache = report["kv_bytes_per_token"]
    assert (cache["manual"], cache["manual, 2 KV heads"]) == (2 * 8 * 64 * 4, 2 * 2 * 64 * 4)
    assert cache["MLA"] == cache["FlashMLA"] == (256 + 32) * 4
    # Eight states of 64 by 64.
    assert cache["lightning"] == 0
    assert report["state_bytes"]["lightning"] == 8 * 64 * 64 * 4
    # Whatever is registered is measured, but for a layer that reads the keys of another.
    measured = {fields.get("attention_type", "standard") for fields in attention_layers.KINDS.values()}
    assert measured >= ATTENTIONS.keys() - {"shared"}
    assert report["positions"] == [3, 6]
    assert report["far_ratio"].keys() == cache.keys() and all(ratio > 0 for ratio in report["far_ratio"].values())
    assert json.loads((tmp_path / "attention.json").read_text()) == report
    assert (tmp_path / "attention.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow  # compiles
def test_attention_as_a_table(capsys, tmp_path, monkeypatch):
    few = {kind: attention_layers.KINDS[kind] for kind in ("manual", "flex", "flash, tiled", "lightning")}
    monkeypatch.setattr(attention_layers, "KINDS", few)
    assert benchmark.main(["attention", "--lengths", "8", "--runs", "1", *NEAR, "--out_dir", str(tmp_path)]) == 0
    found = capsys.readouterr().out
    for words in ("decoding: one token", "flash, tiled", "KV cache, bytes a token and layer", "-: attention_backend"):
        assert words in found
    assert "One cached step at position 6, times as long as at 3" in found


def test_recurrent_compares_the_forms_of_every_rule(capsys, monkeypatch):
    monkeypatch.setattr(recurrent_forms, "HEADS", 1)
    report = reported(capsys, "recurrent", "--length", "64", "--runs", "1")
    assert [row["rule"] for row in report["rows"]] == list(recurrent_forms.RULES)
    for row in report["rows"]:
        assert row["ratio"] == pytest.approx(row["recurrent_milliseconds"] / row["chunked_milliseconds"], rel=1e-2)
        assert row["memory_ratio"] == pytest.approx(row["peak_bytes_at_2T"] / row["peak_bytes"], rel=1e-3)
    # Linear in the length.
    assert report["rows"][2]["memory_ratio"] == pytest.approx(2, abs=0.25)
    assert benchmark.main(["recurrent", "--length", "8", "--runs", "1"]) == 0
    found = capsys.readouterr().out.splitlines()
    assert "T = 8, 1 heads of 64" in found[0] and max(map(len, found)) <= 80


def test_decoding_writes_the_same_with_and_without_a_cache(capsys, monkeypatch):
    monkeypatch.setattr(cached_decoding, "NEW_TOKENS", 4)
    monkeypatch.setattr(cached_decoding, "BATCHES", ((1, 1), (2, 5)))
    monkeypatch.setattr(
        cached_decoding, "SIZES", cached_decoding.SIZES | {"n_layer": 1, "n_embd": 32, "max_seq_len": 9}
    )
    report = reported(capsys, "decoding", "--runs", "1")
    rows = {(row["kind"], row["sequences"], row["prompt"]) for row in report["rows"]}
    assert rows == {(kind, *batch) for kind in cached_decoding.KINDS for batch in cached_decoding.BATCHES}
    assert all(row["ratio"] > 0 for row in report["rows"])
    assert "compiled_ratio" not in report["rows"][0]
    monkeypatch.setattr(
        cached_decoding, "generate", lambda *arguments, **options: torch.zeros(1, 9, dtype=torch.int64) - 1
    )
    with pytest.raises(AssertionError, match="wrote something else"):
        cached_decoding.measure(1)


def test_decoding_compiled_as_a_table(capsys, monkeypatch):
    monkeypatch.setattr(cached_decoding, "NEW_TOKENS", 4)
    monkeypatch.setattr(
        cached_decoding, "SIZES", cached_decoding.SIZES | {"n_layer": 1, "n_embd": 32, "max_seq_len": 260}
    )
    compiled = []
    monkeypatch.setattr(cached_decoding.GPT, "compile", lambda model: compiled.append(model))
    assert benchmark.main(["decoding", "--compile"]) == 0
    assert len(compiled) == len(cached_decoding.KINDS)
    found = capsys.readouterr().out.splitlines()
    assert "compiled" in found[2] and len(found) == 3 + len(cached_decoding.KINDS) * len(cached_decoding.BATCHES)
    assert max(map(len, found)) <= 80


TINY = {"n_layer": 2, "n_head": 2, "n_embd": 16, "max_seq_len": 8, "vocab_size": 11}
FIELDS = {"shape", "ours_tok_s", "transformers_tok_s", "plain_tok_s", "ratio", "ours_peak_mb", "transformers_peak_mb"}
OF_GPT2 = {"plain_tok_s", "plain_ratio", "fused_tok_s", "fused_ratio", "floor"}


@pytest.fixture
def tiny_size(monkeypatch):
    monkeypatch.setitem(SIZES, "tiny", (TINY, 3))


def test_training_beside_transformers_and_a_plain_model(capsys, tiny_size):
    pytest.importorskip("transformers")
    report = reported(capsys, "train", "--sizes", "tiny", "--runs", "2")
    gpt2, llama = report["rows"]
    assert (gpt2["shape"], llama["shape"]) == ("gpt2 tiny T=8", "llama tiny T=8")
    for row in (gpt2, llama):
        assert row.keys() >= FIELDS
        assert row["ratio"] == pytest.approx(row["ours_tok_s"] / row["transformers_tok_s"], rel=1e-2)
        assert row["ours_peak_mb"] > 0
    for name in OF_GPT2:
        assert gpt2[name] > 0
        assert llama[name] is None
    assert gpt2["fused_ratio"] == pytest.approx(gpt2["ours_tok_s"] / gpt2["fused_tok_s"], rel=1e-2)
    assert benchmark.main(["train", "--sizes", "tiny", "--runs", "1"]) == 0
    found = capsys.readouterr().out
    assert "llama tiny T=8" in found
    assert max(map(len, found.splitlines())) <= 80


@pytest.mark.parametrize("shape", training_speed.SHAPES)
def test_all_models_learn_the_same(shape):
    pytest.importorskip("transformers")
    found = training_speed.contestants(shape, preset(shape, **TINY, dropout=0.0), 3, torch.device("cpu"))
    for each in found.values():
        each.prepare(torch.float64, compiled=False)
    for _ in range(3):
        losses = {name: each.loss(each.model).item() for name, each in found.items()}
        # transformers computes its loss in float32 whatever the dtype.
        assert losses["transformers"] == pytest.approx(losses["ours"], rel=1e-6)
        for name in losses.keys() & {"plain", "fused"}:
            assert losses[name] == pytest.approx(losses["ours"], rel=1e-13)
        for each in found.values():
            each.step()


def test_models_that_differ_are_not_compared(monkeypatch):
    pytest.importorskip("transformers")
    monkeypatch.setitem(training_speed.THEIR_OWN, "gpt2", {"activation_function": "relu"})
    with pytest.raises(UsageError, match=r"gpt2: .* should find the same loss .*\(transformers\), "):
        training_speed.contestants("gpt2", preset("gpt2", **TINY, dropout=0.0), 3, torch.device("cpu"))


def test_training_without_transformers(monkeypatch, tiny_size):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match="train needs transformers: pip install"):
        benchmark.main(["train", "--sizes", "tiny"])


@pytest.mark.slow
def test_what_more_processes_bring(capsys, tiny_size):
    report = reported(capsys, "train", "--processes", "2", "--sizes", "tiny", "--runs", "1")
    (row,) = report["rows"]
    assert (row["shape"], row["processes"]) == ("gpt2 tiny T=8", 2)
    assert row["efficiency"] == pytest.approx(row["all_tok_s"] / (2 * row["one_tok_s"]), rel=1e-2)
    with pytest.raises(UsageError, match="goes without"):
        benchmark.main(["train", "--processes", "2", "--compile"])


@pytest.mark.slow
def test_backends_says_what_it_found(capsys, monkeypatch):
    monkeypatch.setattr(
        backend_pairs, "VARIANTS", {name: backend_pairs.VARIANTS[name] for name in ("grouped", "soft cap")}
    )
    rows = reported(capsys, "backends")["backends"]
    found = {(row["variant"], row["backend"]): row for row in rows}
    assert all(found["grouped", "manual"][column] < 1e-9 for column in backend_pairs.COLUMNS)
    assert "no backward pass on a CPU" in found["grouped", "flex"]["training"]
    assert found["soft cap", "sdpa"]["refused"].startswith("attention_softcap = 0.7: ")
    text = backend_pairs.table(rows)
    assert "| grouped | ✓ ✓ ✓ | ✓ ✓ ✓ | - ✓ ✓ | ✓ ✓ - | ✓ ✓ ✓ |" in text
    assert "| soft cap | ✓ ✓ ✓ | refused | - ✓ ✓ | refused | refused |" in text


def test_a_wrong_number_is_shown():
    assert backend_pairs.mark(1e-12) == "✓"
    assert backend_pairs.mark(3e-4) == "3e-04"


def test_peak_memory_is_what_was_held_at_once():
    def two_at_once():
        first = torch.ones(1000, 250)
        second = first + 1
        del first
        return second * 2

    assert peak_memory(two_at_once) == pytest.approx(2_000_000, abs=1000)


@pytest.mark.slow
def test_fault_11_all_that_needs_a_gpu_is_tried_out_without_one(capsys, tmp_path):
    pytest.importorskip("transformers")
    report = reported(capsys, "gpu", "--device", "cpu", "--dry", "--out", str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text()) == report
    assert report["tests"]["passed"] > 0
    assert report["tests"]["failed"] == []
    for part in on_gpu.PARTS:
        assert not any(isinstance(report[part].get(trouble), str) for trouble in ("skipped", "failed"))
    assert report["training"]["ours_tok_s"] > 0
    assert {row["optimizer"] for row in report["optimizers"]["rows"]} == {"nanochat", "adamw"}


def test_fault_11_without_a_gpu_the_measurement_of_one_is_refused():
    with pytest.raises(UsageError, match="--device cpu --dry"):
        benchmark.main(["gpu", "--device", "cpu"])


@pytest.mark.parametrize(
    ("error", "said"),
    [(UsageError("flex has none"), {"skipped": "flex has none"}), (ValueError("no"), {"failed": "ValueError: no"})],
)
def test_fault_11_a_part_that_cannot_be_had_says_why(monkeypatch, error, said):
    def refuse(device, dry):
        raise error

    monkeypatch.setitem(on_gpu.PARTS, "decoding", (refuse, 60))
    results = queue.Queue()
    on_gpu.work("decoding", torch.device("cpu"), True, results)
    assert results.get() == said
