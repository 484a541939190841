"""How long a learner waits: from a command to its answer, in units of `python -c "import torch"`.

Nobody can go below that. Commands run in turn, on a copy of the project, after one round that is not counted.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from scripts.project import UsageError, json_line
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.scratch import copy_project, put_in
from scripts.workshop.pieces.source import Source, write_text

WRITTEN = ("norms.rms_norm", "attention.CausalSelfAttention.forward", "optimization.optimizers.setup_optimizers")

SAVED = ("norms.rms_norm", "norms.soft_cap", "positions.apply_rotary", "attention.causal_mask", "blocks.Block.forward")

# The command, and what it may take: the ratio that is promised, None where nothing is.
COMMANDS = {
    "learn": 1.3,
    "learn check norms.rms_norm": 1.3,
    "learn check attention.CausalSelfAttention.forward": 1.5,
    "learn check optimization.optimizers.setup_optimizers": None,  # the first optimizer loads torch's compiler
    "learn list": 0.35,
    "learn hint norms.rms_norm": 0.35,
    "learn solution norms.rms_norm": 0.35,
    "learn reset optimization.flops.estimate_flops": 0.35,
}


def seconds(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ | {"LEARN_DEBUG": "0"})
    elapsed = time.perf_counter() - started
    if result.returncode:
        raise UsageError(f"{' '.join(command)} failed: {(result.stderr or result.stdout).strip()}")
    return elapsed


def measure_loop(runs: int) -> dict:
    """Seconds of every command, and its ratio to the import of torch beside it: medians over `runs` rounds."""
    torch_seconds: list[float] = []
    found: dict[str, list[float]] = {command: [] for command in COMMANDS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        copy_project(folder)
        for id in WRITTEN:
            put_in(BY_ID[id], folder / "learn")
        for round in range(runs + 1):
            print(f"round {round} of {runs}" if round else "warming up", file=sys.stderr)
            reference = seconds([sys.executable, "-c", "import torch"], folder)
            elapsed = {
                command: seconds([sys.executable, "-m", "scripts.learn", *command.split()[1:]], folder)
                for command in COMMANDS
            }
            if round:
                torch_seconds.append(reference)
                for command, value in elapsed.items():
                    found[command].append(value)
        sign, watched = measure_watch(folder, runs)
    rows = [
        {
            "command": command,
            "seconds": round_off(statistics.median(found[command])),
            "ratio": round_off(statistics.median(a / b for a, b in zip(found[command], torch_seconds, strict=True))),
            "limit": limit,
        }
        for command, limit in COMMANDS.items()
    ]
    import_torch = round_off(statistics.median(torch_seconds))
    return {"import_torch_seconds": import_torch, "runs": runs, "rows": rows, "sign": sign, "watch": watched}


def measure_watch(folder: Path, runs: int) -> tuple[float, dict[str, float]]:
    """Seconds from a save to the first sign of it while `learn watch` runs, and to the verdict for each piece of SAVED:
    medians over `runs`."""
    for id in SAVED:
        put_in(BY_ID[id], folder / "learn")
    command = [sys.executable, "-m", "scripts.learn", "watch"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    found: dict[str, list[float]] = {id: [] for id in SAVED}
    signs: list[float] = []
    with subprocess.Popen(command, cwd=folder, text=True, encoding="utf-8", bufsize=1, **pipes) as watcher:
        try:
            # What is saved before it has looked around is nothing new to it.
            while "q quit" not in watcher.stdout.readline():
                pass
            for round in range(runs + 1):
                print(f"saving, round {round} of {runs}" if round else "saving, warming up", file=sys.stderr)
                for id in SAVED:
                    started = time.perf_counter()
                    change(folder / "learn" / BY_ID[id].file, BY_ID[id].qualname, round)
                    while not (line := watcher.stdout.readline()).startswith(id):
                        if round and line.startswith("saved "):
                            signs.append(time.perf_counter() - started)
                        if not line:
                            raise UsageError("learn watch ended before it gave its verdict")
                    if round:
                        found[id].append(time.perf_counter() - started)
        finally:
            watcher.kill()
    medians = {id: round_off(statistics.median(values)) for id, values in found.items()}
    return round_off(statistics.median(signs)), medians


def change(path: Path, qualname: str, round: int) -> None:
    """Save the file with a statement in the function that was not there before, and does nothing."""
    source = Source.read(path)
    text = source.text_of(qualname)
    outline = next(line for line in text.splitlines() if line.strip().startswith("# "))
    indent = outline[: len(outline) - len(outline.lstrip())]
    write_text(path, source.with_function(qualname, text.replace(outline, f"{indent}{round}\n{outline}", 1)))


def round_off(value: float) -> float:
    return round(value, 3)


def loop(options: Namespace) -> int:
    report = measure_loop(options.runs)
    if options.json:
        print(json_line(report))
        return 0
    print(f'python -c "import torch" takes {report["import_torch_seconds"]:.2f} s (median of {report["runs"]})\n')
    print(f"{'command':52} {'seconds':>8} {'ratio':>6} {'limit':>6}")
    for row in report["rows"]:
        limit = "" if row["limit"] is None else f"{row['limit']:.2f}"
        print(f"{row['command']:52} {row['seconds']:8.2f} {row['ratio']:6.2f} {limit:>6}")
    print(f"\nlearn watch, from a save to a sign of it: {report['sign']:.2f} s (0.20 are promised); to the verdict:")
    for id, value in report["watch"].items():
        print(f"{id:52} {value:8.2f}")
    median = statistics.median(report["watch"].values())
    print(f"{'median (0.30 is promised)':52} {median:8.2f}")
    return 0
