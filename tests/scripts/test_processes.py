"""Several processes: what they train together is what one trains by itself on the same batches."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from reference.presets import PRESETS, preset
from scripts.project import ROOT, UsageError, leave
from scripts.train import main
from scripts.training.log import read_log
from scripts.training.processes import open_processes
from scripts.training.settings import PARALLEL


def words(text: str) -> list[str]:
    return text.split()


SHORT = words("--n_layer 2 --max_seq_len 16 --eval_tokens 64 --max_iters 4 --batch_size 1 --total_batch_size 192")
NANOCHAT = words("--optimizer nanochat")
TIED = words("--model gpt2_tiny --dropout 0 --optimizer adamw --clip 0.5")
MUON = words("--optimizer muon --schedule cosine")
EXPERTS = words("--ffn_type moe --n_expert 3 --router_aux_loss_coef 0.5 --optimizer adamw")
READABLE = words("--optimizer readable_adamw --warmup_iters 2")
KINDS = [[*SHORT, *kind] for kind in (NANOCHAT, TIED, MUON, READABLE, EXPERTS)]
STEPS = 6
A_FEW_STEPS = words(f"--tiny --max_seq_len 8 --eval_tokens 64 --batch_size 4 --max_iters {STEPS} --optimizer adamw")
# Of those whose tiny sisters are alike, one.
DIFFERENT = list({preset(f"{name}_tiny"): name for name in PRESETS}.values())
# What is saved in half-way, too, and gone on with.
SAVED = [[*SHORT, *TIED, "--parallel", name] for name in PARALLEL] + [[*SHORT, *MUON, "--parallel", "fsdp"]]
ONE_START = pytest.mark.xdist_group("processes")


def torchrun(count: int, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={count}", *arguments]
    quiet = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | quiet, timeout=1500)


def trained_together(tmp_path: Path, runs: list[list[str]], count: int = 2) -> list[dict]:
    """The reports of several runs, one after the other."""
    arguments = tmp_path / "runs.jsonl"
    arguments.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    done = torchrun(count, str(ROOT / "tests" / "scripts" / "several.py"), str(arguments), str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((tmp_path / f"{number}.json").read_text()) for number in range(len(runs))]


def losses(folder: Path) -> list[float]:
    return [step["loss"] for step in read_log(folder).steps]


def val_loss(folder: Path) -> float:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))["val_loss"]


def preset_run(name: str, parallel: str) -> list[str]:
    return ["--model", name, *A_FEW_STEPS, "--parallel", parallel]


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> Callable[[list[str]], tuple[dict, Path]]:
    """The report and the folder of what two processes have trained, all of it after one start of theirs, which takes
    longer than a training does."""
    folder = tmp_path_factory.mktemp("together")
    runs = [[*kind, "--parallel", parallel] for kind in KINDS for parallel in PARALLEL]
    runs += [preset_run(name, parallel) for name in DIFFERENT for parallel in ("ddp", "fsdp")]
    reports = trained_together(folder, [[*run, *(["--save_every", "2"] if run in SAVED else [])] for run in runs])

    def found(run: list[str]) -> tuple[dict, Path]:
        return reports[runs.index(run)], folder / str(runs.index(run))

    return found


@ONE_START
@pytest.mark.slow
def test_what_is_of_one_group_stays_with_one_worker(request):
    # Or each of them would train all of this by itself.
    if request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@processes")


@ONE_START
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: " ".join(kind[len(SHORT) :]))
def test_two_processes_train_what_one_trains_on_the_same_batches(kind, together, tmp_path, capsys):
    alone = tmp_path / "alone"
    assert main([*kind, "--out_dir", str(alone)]) == 0
    for parallel in PARALLEL:
        _, folder = together([*kind, "--parallel", parallel])
        assert losses(folder) == pytest.approx(losses(alone), rel=1e-5), parallel
        assert val_loss(folder) == pytest.approx(val_loss(alone), rel=1e-5), parallel
        ours, theirs = (load_file(each / "model.safetensors") for each in (folder, alone))
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


@ONE_START
@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3])
def test_what_two_have_saved_another_number_goes_on_with(count, together, tmp_path):
    for number, run in enumerate(SAVED):
        shutil.copytree(together(run)[1], tmp_path / str(number))
        last = tmp_path / str(number) / "checkpoints" / "step-00000004"
        last.rename(last.with_name("not-this"))
    resumed = trained_together(tmp_path, [[*run, "--save_every", "2", "--resume"] for run in SAVED], count)
    assert [report.get("finished") for report in resumed] == [True] * len(SAVED), resumed
    for number, run in enumerate(SAVED):
        assert losses(tmp_path / str(number)) == pytest.approx(losses(together(run)[1]), rel=1e-5), run


@ONE_START
@pytest.mark.slow
@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_every_preset_trains_with(parallel, together):
    for name in DIFFERENT:
        report, folder = together(preset_run(name, parallel))
        assert report.get("finished"), (name, report)
        found = losses(folder)
        assert len(found) == STEPS
        assert sum(found[-2:]) < sum(found[:2]), name


@pytest.mark.slow
def test_a_rank_that_dies_ends_the_run_with_its_reason(tmp_path):
    program = tmp_path / "dies.py"
    program.write_text(
        "import sys\n"
        "from scripts import train\n"
        "from scripts.training import loop\n"
        "from scripts.training.trainer import Trainer\n"
        "import os\n"
        "step = Trainer.step\n"
        "def dying(self, batches):\n"
        "    if os.environ['RANK'] == '1':\n"
        "        raise RuntimeError('the second one has had enough')\n"
        "    return step(self, batches)\n"
        "Trainer.step = dying\n"
        "sys.exit(train.run_command(train.main))\n"
    )
    done = torchrun(2, str(program), "--parallel", "ddp", *SHORT, "--out_dir", str(tmp_path / "run"))
    assert done.returncode != 0
    assert "the second one has had enough" in done.stderr


def test_processes_that_would_all_do_the_same_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with (
        pytest.raises(UsageError, match="torchrun has started 2 processes"),
        open_processes(None, "cpu"),
    ):
        pass


def test_sharing_the_work_needs_torchrun():
    with (
        pytest.raises(UsageError, match="torchrun --nproc_per_node 2 -m"),
        open_processes("ddp", "cpu"),
    ):
        pass


def test_what_torchrun_has_started_ends_before_python_takes_itself_apart(monkeypatch):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "here")
    leave(3)
    assert ended == [3]
