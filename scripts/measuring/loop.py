"""How long a learner waits: from a command to its answer, in units of `python -c "import torch"`.

Nobody can go below that. Commands run in turn, on a copy of the project, after one round that is not counted.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from scripts.project import UsageError
from scripts.workshop.pieces import BY_ID
from scripts.workshop.playthrough import put_in
from scripts.workshop.scratch import copy_project

WRITTEN = ("norms.rms_norm", "attention.CausalSelfAttention.forward", "optimizers.setup_optimizers")

# The command, and what it may take: the ratio that is promised, None where nothing is.
COMMANDS = {
    "learn": 2.0,
    "learn check norms.rms_norm": 2.0,
    "learn check attention.CausalSelfAttention.forward": 2.0,
    "learn check optimizers.setup_optimizers": None,  # the first optimizer of a process makes torch load its compiler
    "learn list": 0.35,
    "learn hint norms.rms_norm": 0.35,
    "learn solution norms.rms_norm": 0.35,
    "learn reset flops.estimate_flops": 0.35,
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
    rows = [
        {
            "command": command,
            "seconds": round_off(statistics.median(found[command])),
            "ratio": round_off(statistics.median(a / b for a, b in zip(found[command], torch_seconds, strict=True))),
            "limit": limit,
        }
        for command, limit in COMMANDS.items()
    ]
    return {"import_torch_seconds": round_off(statistics.median(torch_seconds)), "runs": runs, "rows": rows}


def round_off(value: float) -> float:
    return round(value, 3)


def loop(options: Namespace) -> int:
    report = measure_loop(options.runs)
    if options.json:
        print(json.dumps(report))
        return 0
    print(f'python -c "import torch" takes {report["import_torch_seconds"]:.2f} s (median of {report["runs"]})\n')
    print(f"{'command':52} {'seconds':>8} {'ratio':>6} {'limit':>6}")
    for row in report["rows"]:
        limit = "" if row["limit"] is None else f"{row['limit']:.2f}"
        print(f"{row['command']:52} {row['seconds']:8.2f} {row['ratio']:6.2f} {limit:>6}")
    return 0
