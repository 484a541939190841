"""All that needs a GPU, in eight minutes: the tests on it, training, attention, decoding, and the optimizers.

Every part runs in a process of its own and has a limit. One that takes longer, crashes or is not possible here is left
out, and the report says why. Everything is tried out on a CPU, at sizes that mean nothing, by `--device cpu --dry`.
"""

import contextlib
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from queue import Empty

import torch

from scripts.project import ROOT, UsageError, json_line, shown
from scripts.training.loop import choose_device, device_name

LIMIT = 480  # seconds, for everything
TESTS_LIMIT = 150
TESTS = ("tests/reference/test_on_device.py", "tests/reference/test_flash_triton.py")


def run_tests(device: torch.device, dry: bool) -> dict:
    """Those that can run on a GPU; dry, some of them."""
    from junitparser import JUnitXml

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tests.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", f"--junitxml={path}", *TESTS]
        command += ["-k", "cached_decoding"] if dry else []
        environment = os.environ | {"TEST_DEVICE": device.type}
        try:
            result = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=TESTS_LIMIT - 5
            )
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"not done within {error.timeout:.0f} s") from error
        if not path.exists():
            raise RuntimeError(f"pytest: {result.stdout.strip().splitlines()[-1]}")
        suites = list(JUnitXml.fromfile(str(path)))
    cases = [(case, result) for suite in suites for case in suite for result in case.result]
    skipped = Counter(result.message for _, result in cases if type(result).__name__ == "Skipped")
    failed = [f"{case.name}: {result.message}" for case, result in cases if type(result).__name__ != "Skipped"]
    total = sum(suite.tests for suite in suites)
    return {"passed": total - skipped.total() - len(failed), "failed": failed, "skipped": dict(skipped)}


def run_training(device: torch.device, dry: bool) -> dict:
    """GPT-2 (d12) at T = 1,024 in bfloat16, compiled, beside transformers' model: tokens a second, MFU, memory."""
    from reference.gpt import GPT
    from reference.optimization.training_flops import training_flops
    from reference.presets import preset
    from scripts.project.implementation import on_meta
    from scripts.training.mfu import fraction_of_peak

    from . import training_speed

    sizes = {"n_layer": 1, "n_head": 2, "n_embd": 16, "max_seq_len": 16} if dry else {"max_seq_len": 1024}
    batch_size, runs = (1, 1) if dry else (8, 20)
    training_speed.SIZES["this"] = (sizes, batch_size)
    row = training_speed.measure_shape("gpt2", "this", device, torch.bfloat16, compiled=not dry, runs=runs)
    with on_meta():
        flops = training_flops(GPT(preset("gpt2", **sizes)))
    return row | {
        "shape": f"gpt2 d12 T={sizes['max_seq_len']}",
        "batch_size": batch_size,
        "mfu": fraction_of_peak(flops * row["ours_tok_s"], device_name(device)),
        "transformers_mfu": fraction_of_peak(flops * row["transformers_tok_s"], device_name(device)),
    }


def run_attention(device: torch.device, dry: bool) -> dict:
    """A layer of every kind of attention, in bfloat16; dry, of some."""
    from .attention_layers import measure

    kinds = ("manual", "sdpa", "lightning") if dry else None
    return measure([8] if dry else [1024, 4096], device, torch.bfloat16, runs=1 if dry else 5, kinds=kinds)


def run_decoding(device: torch.device, dry: bool) -> dict:
    """What a KV cache saves."""
    from . import cached_decoding

    if dry:
        cached_decoding.NEW_TOKENS, cached_decoding.BATCHES = 4, ((1, 1),)
    return cached_decoding.measure(runs=1, device=device)


def run_optimizers(device: torch.device, dry: bool) -> dict:
    """nanochat's optimizers, Muon among them, against AdamW: the same model on Python's help texts, several seeds."""
    from scripts.training.loop import train
    from scripts.training.plan import Run
    from scripts.training.settings import Settings
    from scripts.workshop.teach.runs import prepared

    sizes = {"n_layer": 4, "n_head": 4, "n_embd": 256, "max_seq_len": 256, "attention_backend": "sdpa"}
    shape = {"overrides": sizes, "max_iters": 300, "batch_size": 32}
    if dry:
        shape = {"max_iters": 2, "batch_size": 2, "eval_tokens": 64}
    rows = []
    for optimizer, rates in (("nanochat", {}), ("adamw", {"learning_rate": 3e-3})):
        runs = []
        for seed in (1, 2, 3)[: 1 if dry else None]:
            settings = Settings(device=device.type, data="pydoc", seed=seed, optimizer=optimizer, rates=rates, **shape)
            used, config, corpus, schedule, implementation = prepared(settings)
            runs.append(Run())
            train(implementation, config, corpus, schedule, used, runs[-1])
        losses, speeds = [run.val_loss for run in runs], [run.tokens_per_second for run in runs]
        rows.append({"optimizer": optimizer, "rates": rates, "val_losses": losses, "tokens_per_second": speeds})
    return {"steps": shape["max_iters"], "rows": rows}


# Every part, and the seconds that it may take.
PARTS: dict[str, tuple[Callable[[torch.device, bool], dict], int]] = {
    "tests": (run_tests, TESTS_LIMIT),
    "training": (run_training, 150),
    "attention": (run_attention, 60),
    "decoding": (run_decoding, 60),
    "optimizers": (run_optimizers, 60),
}


def work(part: str, device: torch.device, dry: bool, results) -> None:
    """A part, in a process of its own: its report, or what went wrong."""
    try:
        results.put(PARTS[part][0](device, dry))
    except UsageError as error:
        results.put({"skipped": str(error)})
    except Exception as error:
        traceback.print_exc()
        results.put({"failed": f"{type(error).__name__}: {error}".splitlines()[0]})


def measured(part: str, device: torch.device, dry: bool, seconds: float) -> dict:
    """The report of a part; where it was not done in so many seconds, that."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=work, args=(part, device, dry, results))
    process.start()
    ends = time.monotonic() + seconds
    try:
        while True:
            with contextlib.suppress(Empty):
                return results.get(timeout=0.2)
            if not process.is_alive() and results.empty():
                return {"failed": f"its process ended with exit status {process.exitcode}"}
            if time.monotonic() > ends:
                return {"skipped": f"not done within the {seconds:.0f} s that it had"}
    finally:
        process.kill()
        process.join()


def measure(device: torch.device, dry: bool) -> dict:
    started = time.monotonic()
    report: dict = {
        "device": device_name(device),
        "dry": dry,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "machine": f"{platform.machine()}, {platform.system()}",
        "date": date.today().isoformat(),
    }
    for part, (_, limit) in PARTS.items():
        left = LIMIT - (time.monotonic() - started)
        print(f"{part}: at most {min(limit, left):.0f} s ...", file=sys.stderr)
        began = time.monotonic()
        report[part] = measured(part, device, dry, min(limit, left))
        report[part]["seconds"] = round(time.monotonic() - began, 1)
    return report


def show(report: dict) -> None:
    print(f"{report['device']}, torch {report['torch']}, CUDA {report['cuda']}")
    for part in PARTS:
        print(f"{part:12} {report[part]['seconds']:6.1f} s  {in_words(part, report[part])}")


def in_words(part: str, found: dict) -> str:
    """What is worth a line."""
    for trouble in ("skipped", "failed"):
        if isinstance(found.get(trouble), str):
            return f"{trouble}: {found[trouble]}"
    if part == "tests":
        return f"{found['passed']} passed, {len(found['failed'])} failed, {sum(found['skipped'].values())} skipped"
    if part == "training":
        mfu = "unknown" if found["mfu"] is None else f"{found['mfu']:.0%}"
        return f"{found['ours_tok_s']:,.0f} tokens/s, MFU {mfu}; {found['ratio']:.2f} times transformers'"
    if part == "optimizers":
        return "; ".join(
            f"{row['optimizer']} {sum(row['val_losses']) / len(row['val_losses']):.3f}" for row in found["rows"]
        )
    return f"{len(found['rows'])} rows"


def troubled(report: dict) -> bool:
    """Whether something went wrong that has to be looked at: a test, or a part."""
    return any(report[part].get("failed") for part in PARTS)


def gpu(options: Namespace) -> int:
    device = choose_device(options.device)
    if device.type == "cpu" and not options.dry:
        raise UsageError("gpu: this measures a GPU, and there is none here; --device cpu --dry tries the plumbing out")
    folder = options.out or ROOT / "runs" / f"{date.today().isoformat()}-benchmark-gpu"
    folder.mkdir(parents=True, exist_ok=True)
    report = measure(device, options.dry)
    path: Path = folder / f"{report['date']} {report['device']}.json".replace(" ", "-")
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written to {shown(path)}", file=sys.stderr)
    if options.json:
        print(json_line(report))
    else:
        show(report)
    return int(troubled(report))
