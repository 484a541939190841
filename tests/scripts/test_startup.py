"""What is chosen and said before a training begins: the backend, the threads, and the memory against a real step's."""

import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from pytest import approx, mark, raises
from rich.console import Console

from reference.attentions.backends.fused import BACKENDS
from reference.config import GPTConfig
from reference.embeddings.chunked_loss import chunk_loss
from reference.feed_forward import MLP
from reference.feed_forwards import FEED_FORWARDS
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.optimizers import setup_nanochat
from reference.presets import preset
from scripts.project import UsageError
from scripts.training import report, startup
from scripts.training.architecture import build_on_meta, count
from scripts.training.memory import Ledger, left_by_groups, peak_memory
from scripts.training.plan import Computation
from scripts.training.settings import Settings
from scripts.training.speed import LITTLE, MUCH, fastest_backend, fastest_threads, pass_timer, threads_in_words
from scripts.training.startup import Memory, choices, in_bytes, memory_lines, memory_needed, startup_report
from scripts.workshop.pieces.stubs import REFERENCE
from scripts.workshop.teach.runs import prepared

CPU = torch.device("cpu")
MIB = 2**20
# How far an estimate may be off. Counted exactly but for a few numbers; where a stand-in is counted, less so.
EXACT, STAND_IN = 0.001, 0.15


def measured(config: GPTConfig, batch_size: int, accumulation: int, loss_chunk: int | None = None) -> int:
    """The peak of two steps of a real training, from the making of the model on."""

    def steps() -> None:
        model = GPT(config).train()
        initialise(model)
        if loss_chunk:
            chunk_loss(model.head, loss_chunk)
        optimizers = setup_nanochat(model)
        tokens = torch.randint(config.vocab_size, (batch_size, config.max_seq_len))
        for _ in range(2):
            for _ in range(accumulation):
                model(tokens, tokens).backward()
            for optimizer in optimizers:
                optimizer.step()
            model.zero_grad(set_to_none=True)

    torch.manual_seed(0)
    return peak_memory(steps)


@mark.parametrize(
    ("model", "fields", "batch_size", "accumulation", "tolerance"),
    [
        ("nanochat_tiny", {"n_layer": 2}, 16, 1, EXACT),
        ("gpt2_tiny", {"n_layer": 1, "dropout": 0.1, "vocab_size": 3000}, 4, 1, EXACT),
        # From the second pass on, all gradients are there from the beginning.
        ("llama_tiny", {"n_layer": 1, "attention_backend": "sdpa", "ffn_type": "gated/moe"}, 4, 2, EXACT),
        ("d12_flash_mla_tiny", {"n_layer": 1, "max_seq_len": 128}, 4, 1, EXACT),
        # So few tokens that the optimizer's update is the peak.
        ("gemma2_tiny", {"n_layer": 1, "max_seq_len": 4, "n_embd": 256}, 1, 1, EXACT),
        ("llama_tiny", {"n_layer": 1, "ffn_type": "moe"}, 16, 1, STAND_IN),
        ("llama_tiny", {"n_layer": 1, "attention_backend": "tiled", "max_seq_len": 256}, 2, 1, STAND_IN),
    ],
)
def test_the_estimate_is_what_a_step_needs(model, fields, batch_size, accumulation, tolerance):
    config = preset(model, **fields)
    estimated = memory_needed(config, batch_size, CPU, accumulation)
    assert estimated.peak == approx(measured(config, batch_size, accumulation), rel=tolerance)


def test_a_large_model_is_counted_without_being_made():
    config = preset("gpt2", n_layer=2)
    found = memory_needed(config, 64, CPU)
    matrices = 2 * (4 * 768**2 + 8 * 768**2)
    weights = matrices + (50257 + 1024) * 768 + 2 * (4 + 4 + 5) * 768 + 2 * 768
    assert found.gradients == 4 * weights
    # Buffers (the positions' numbers) and the optimizers' counts of steps come on top.
    assert found.weights == approx(4 * weights, rel=1e-3)
    assert found.optimizer == approx(4 * (matrices + 2 * (weights - matrices)), rel=1e-3)
    # The scores of every head are kept before and after the softmax and the dropout, in the readable attention.
    assert found.activations > 2 * 64 * 12 * 1024**2 * 4 + found.logits
    assert found.logits == 64 * 1024 * 50257 * 4


def test_logits_of_a_few_positions_at_a_time_need_less():
    config = preset("llama_tiny", n_layer=1, vocab_size=5000)
    plain = memory_needed(config, 8, CPU)
    chunked = memory_needed(config, 8, CPU, loss_chunk=64, prepare=lambda model: chunk_loss(model.head, 64))
    assert (plain.logits, chunked.logits) == (4 * 8 * 32 * 5000, 4 * 64 * 5000)
    assert chunked.peak < 0.7 * plain.peak
    assert chunked.peak == approx(measured(config, 8, 1, loss_chunk=64), rel=EXACT)


@mark.slow
def test_what_changes_the_training_changes_the_estimate():
    config = preset("llama_tiny", n_layer=2, max_seq_len=128)

    def checkpointed(model: GPT) -> None:
        for block in model.blocks:
            forward = block.forward
            block.forward = lambda *inputs, forward=forward: torch.utils.checkpoint.checkpoint(
                forward, *inputs, use_reentrant=False
            )

    plain = memory_needed(config, 16, CPU)
    assert memory_needed(config, 16, CPU, prepare=checkpointed).activations < 0.7 * plain.activations
    # The scores of the readable backend are float32 whatever the rest is; a fused one keeps none.
    fused = replace(config, attention_backend="sdpa")
    half = memory_needed(fused, 16, CPU, autocast=lambda: torch.autocast("cpu", torch.bfloat16))
    assert half.weights == plain.weights
    assert half.activations < 0.8 * memory_needed(fused, 16, CPU).activations
    adamw = memory_needed(config, 16, CPU, setup=lambda model: [torch.optim.AdamW(model.parameters())])
    assert adamw.optimizer == approx(2 * plain.gradients, rel=1e-3)


def test_somebodys_own_module_may_depend_on_numbers(monkeypatch):
    class Moody(MLP):
        def forward(self, x):
            return super().forward(x) if x.sum().item() > 0 else x

    monkeypatch.setitem(FEED_FORWARDS, "moody", Moody)
    found = memory_needed(preset("nanochat_tiny", ffn_type="moody"), 16, CPU)
    assert found.activations is None
    assert found.peak == found.weights + found.gradients + found.optimizer
    text = " ".join("\n".join(memory_lines(found, 2**30, "cpu", "a pass")).split())
    assert "activations unknown" in text
    assert f"The activations could not be counted: {found.reason}" in text


def test_the_ledger_counts_storages_while_they_live():
    with Ledger() as ledger:
        first = torch.ones(100)
        view = first.view(10, 10)[2:]
        assert (ledger.held, ledger.peak) == (400, 400)
        second = first + 1
        del first
        assert (ledger.held, ledger.peak) == (800, 800)
        del view, second
        assert (ledger.held, ledger.peak) == (0, 800)


def test_what_does_not_fit_is_said_with_what_helps():
    memory = Memory(weights=10 * MIB, gradients=10 * MIB, optimizer=20 * MIB, activations=100 * MIB, logits=MIB)

    def said(free: int) -> str:
        return " ".join("\n".join(memory_lines(memory, free, "cpu", "16 x 32 tokens")).split())

    assert "warning" not in said(140 * MIB)
    assert "140.0 MiB at the peak; 139.0 MiB are free on cpu" in said(139 * MIB)
    for flag in ("warning: this does not fit", "--batch_size", "--total_batch_size", "--activation_checkpointing"):
        assert flag in said(139 * MIB)
    assert "take a smaller model" in said(39 * MIB)
    assert "--batch_size" not in said(39 * MIB)


def test_the_report_fits_a_terminal_and_shows_every_choice():
    config = preset("gemma2_tiny", n_layer=2, vocab_size=50_000, max_seq_len=1024)
    text = startup_report(config, 16, CPU, memory_needed(config, 16, CPU))
    # The name is one word, as long as it must be.
    assert max(map(len, text.splitlines()[1:])) <= 80
    for words in (
        "2L-4H-2KV-64D",
        "rmsnorm_plus_one, pre and post",
        "gated, gelu_tanh",
        "FLOPs per",
        "for 16 x 1,024 t",
    ):
        assert words in text


def test_recurrent_layers_have_nothing_of_softmax_attention():
    config = preset("nanochat_tiny", n_layer=2, attention_window="4", attention_backend="tiled")

    def rows(kinds: str) -> dict[str, str]:
        rows = choices(replace(config, attention_type=kinds))
        return {row[3:23].strip(): row[24:] for row in rows}

    assert rows("kda")["attention"] == "kda"
    assert rows("kda")["position encoding"] == "none" and "QK norm" not in rows("kda")
    assert rows("kda,standard")["attention"] == "kda,standard, computed by tiled, window 4"
    assert "QK norm" in rows("kda,standard")
    # Retention is rotated all the same.
    assert rows("retention")["position encoding"] == rows("standard")["position encoding"] != "none"


@mark.parametrize("kinds", ["standard,standard,standard/shared", ",".join(["lightning"] * 7 + ["standard"])])
def test_long_choices_go_on_below_themselves(kinds):
    config = preset("nanochat_tiny", attention_type=kinds, attention_window="1024,1024,1024,none", n_layer=8)
    lines = "\n".join(choices(config)).splitlines()
    assert max(map(len, lines)) <= 80
    place = next(place for place, line in enumerate(lines) if line.startswith("├─ attention"))
    told = [lines[place].removeprefix("├─ attention"), lines[place + 1].removeprefix("│" + " " * 23)]
    assert "".join(" ".join(told).split()).startswith(f"{kinds},computedby")


@mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1,023 bytes"), (1536, "1.5 KiB"), (2**30, "1.0 GiB"), (2**52, "4,096.0 TiB")],
)
def test_bytes_as_people_read_them(size, text):
    assert in_bytes(size) == text


def test_fault_7a_what_cannot_fit_is_refused_and_what_may_is_not(monkeypatch):
    config = preset("nanochat_tiny")
    memory = Memory(weights=10 * MIB, gradients=10 * MIB, optimizer=20 * MIB, activations=100 * MIB, logits=MIB)

    def require(room: int, config=config, memory=memory, processes: int = 1) -> None:
        monkeypatch.setattr(startup, "memory_at_most", lambda device: room * MIB)
        startup.require_memory(config, 16, CPU, memory, processes)

    require(140)
    with raises(
        UsageError, match=r"at least 140\.0 MiB at once, and at most 139\.0 MiB .* --force trains all the same"
    ):
        require(139)
    # A stand-in's activations may be fewer, several processes may divide the weights, and what is unknown is nothing.
    require(125, config=preset("llama_tiny", ffn_type="moe"))
    require(110, processes=4)
    require(40, memory=replace(memory, activations=None))


@mark.parametrize("model", ["nanochat_tiny", "gpt2_tiny", "llama_tiny", "d12_flash_mla_tiny", "gemma2_tiny"])
def test_fault_7a_the_least_is_never_more_than_a_step_needs(model):
    config = preset(model, n_layer=4)
    least, counted = startup.least_memory(config, 4), memory_needed(config, 4, CPU)
    assert least.weights <= counted.weights
    assert least.weights == approx(counted.weights, rel=0.2)
    assert least.peak <= counted.peak


@mark.parametrize(
    "fields",
    [
        {"ffn_type": "standard,moe"},
        {"ffn_type": "moe,standard"},
        {"ffn_type": "standard/moe", "weight_tying": True},
        {"n_layer": 3, "attention_type": "standard,shared,standard", "n_mtp": 2},
        {"attention_window": "4,none", "windowed": '{"n_kv_head": 2}', "residual_stream": "mhc"},
        {"residual_stream": "lambdas", "smear": True, "value_embeddings": True, "backout": True},
    ],
    ids=str,
)
def test_every_layer_is_counted_as_what_it_is(fields):
    config = preset("nanochat_tiny", **{"n_layer": 5} | fields)
    assert startup.least_memory(config, 4).weights == 4 * count(build_on_meta(config))


def test_fault_7a_the_limit_of_a_control_group_counts(tmp_path):
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "cgroup").write_text("0::/outer/inner\n")
    for folder, limit in ((inner, "max"), (inner.parent, "1000")):
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text("700")
        (folder / "memory.stat").write_text("anon 400\ninactive_file 200\nactive_file 50\n")
    # 1,000 of which 450 are in use for good.
    assert min(left_by_groups(tmp_path, tmp_path / "cgroup")) == 550
    assert min(left_by_groups(tmp_path, tmp_path / "nothing")) > 2**60


@mark.parametrize(
    ("changes", "backend"),
    [
        ({}, "sdpa"),
        ({"position_encoding": "alibi", "dropout": 0.1, "attention_window": "8,none"}, "sdpa"),
        ({"attention_type": "latent"}, "sdpa"),
        ({"attention_softcap": 20.0}, "manual"),
        ({"attention_sinks": True}, "manual"),
    ],
    ids=str,
)
def test_fault_10_the_fastest_backend_that_can_do_what_is_asked_for(changes, backend):
    config = preset("nanochat_tiny", n_layer=1, **changes)
    assert fastest_backend(config) == backend in BACKENDS
    GPT(replace(config, attention_backend=backend))


def test_fault_10_a_run_of_the_reference_takes_the_fastest_and_any_other_run_takes_its_own(tmp_path):
    (tmp_path / "ours.json").write_text(preset("nanochat_tiny").to_json(), encoding="utf-8")

    def backend(overrides=None, **settings) -> str:
        return prepared(Settings(overrides=overrides or {}, **settings))[1].attention_backend

    assert backend() == "sdpa"
    assert backend({"attention_softcap": 20.0}) == "manual"
    assert backend({"attention_backend": "manual"}) == "manual"
    assert backend({"use_flash_mla": True, "qk_norm": "off"}) == "flash"
    assert backend(model="d12_flash_mla", tiny=True) == "flash"
    assert backend(model=str(tmp_path / "ours.json")) == "manual"
    assert backend(impl=str(REFERENCE)) == "manual"


@mark.parametrize(
    ("flops", "took", "threads", "asked"),
    [
        (LITTLE, {1: [3.0, 2.0, 2.0], 4: [9.0, 1.0, 1.0]}, 4, 6),
        (MUCH, {1: [2.0, 2.0, 9.0], 4: [3.0, 3.0, 3.0]}, 1, 6),
        (LITTLE, {1: [2.0, 2.0, 2.0], 4: [2.0, 2.0, 2.0]}, 1, 6),
        (LITTLE / 2, {}, 1, 0),
        (MUCH * 2, {}, 4, 0),
    ],
    ids=["all are faster", "one is", "both are", "a tiny model", "a large one"],
)
def test_fault_10_one_thread_or_all_by_what_was_measured(flops, took, threads, asked):
    calls: list[int] = []

    def seconds(count: int) -> float:
        calls.append(count)
        return took[count].pop(0)

    chosen, measured = fastest_threads(flops, 4, lambda: seconds)
    assert (chosen, len(calls), measured is None) == (threads, asked, asked == 0)
    assert fastest_threads(flops, 1, lambda: seconds) == (1, None)
    assert threads_in_words(chosen, measured).startswith(f"threads: {threads}")


def test_fault_10_what_is_timed_is_no_part_of_the_run():
    before = torch.get_rng_state()
    config = preset("nanochat_tiny", n_layer=1, dropout=0.1)
    seconds = pass_timer(config, 2, Computation(loss_chunk=7))
    assert seconds(1) > 0
    assert torch.equal(torch.get_rng_state(), before)


def test_where_files_are_is_said_in_lines_that_fit_and_paths_stay_whole(capsys):
    long = Path("runs", "a" * 90)
    report.describe_files(Console(), Path("runs", "b" * 20), long)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{long}/" and max(map(len, lines[:-1])) <= 80
    assert " ".join(lines).startswith(f"Files: runs/{'b' * 20}/ (config.json, run.json, ")


def test_where_runs_cannot_be_written_a_run_goes_to_temporary_files(tmp_path, monkeypatch):
    (tmp_path / "runs").write_text("no folder\n")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    said = []
    folder = report.writable_run_folder("learn", "tiny", said.append)
    assert folder.parent == Path(tempfile.gettempdir())
    assert "cannot be written (Not a directory)" in said[0]
    (tmp_path / "runs").unlink()
    assert report.writable_run_folder("learn", "tiny", said.append).parent == tmp_path / "runs"
    assert len(said) == 1
