"""What more processes bring: the same batch trained on by one process alone, and by several, each with a share of it.

`torchrun` starts them, each with one thread; gloo carries the gradients (torch's DistributedDataParallel). The two ways
take turns, step by step, so that whatever else the machine does slows down both.
"""

import json
import math
import os
import statistics
import subprocess
import sys
from argparse import Namespace

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.presets import preset
from scripts.project import ROOT, UsageError, json_line, leave

from .attention_layers import milliseconds, round_off
from .training_sizes import SIZES

WARM_UP = 2  # steps of each way


def train_step(model: torch.nn.Module, optimizer: torch.optim.Optimizer, tokens: torch.Tensor) -> None:
    model(tokens[:, :-1], tokens[:, 1:]).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def measure_size(size: str, sizes: dict, batch_size: int, runs: int) -> dict | None:
    """The row of this size, from the first process; from the others, nothing. Raises `AssertionError` where the two
    ways did not learn the same."""
    rank, processes, cpu = distributed.get_rank(), distributed.get_world_size(), torch.device("cpu")
    batch_size = processes * -(-batch_size // processes)
    config = preset("gpt2", **sizes, dropout=0.0, attention_backend="sdpa")
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(config.vocab_size, (batch_size, config.max_seq_len + 1), generator=generator)

    def trained() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = GPT(config)
        initialise(model)
        return model, torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    alone, together = trained(), trained()
    shared = DistributedDataParallel(together[0]), together[1]
    share = tokens.tensor_split(processes)[rank]
    times: dict[str, list[float]] = {"one": [], "all": []}
    for _ in range(WARM_UP + runs):
        # The others wait without computing until the first is done.
        if rank == 0:
            times["one"].append(milliseconds(lambda: train_step(*alone, tokens), cpu))
        distributed.barrier()
        times["all"].append(milliseconds(lambda: train_step(*shared, share), cpu))
        distributed.barrier()
    if rank:
        return None
    losses = [model(tokens[:, :-1], tokens[:, 1:]).item() for model in (alone[0], together[0])]
    if not math.isclose(*losses, rel_tol=1e-4):
        raise AssertionError(
            f"{size}: one process has learned to a loss of {losses[0]}, {processes} to one of {losses[1]}"
        )
    count = batch_size * config.max_seq_len
    one, all_of_them = (1000 * count / statistics.median(times[way][WARM_UP:]) for way in ("one", "all"))
    return {
        "shape": f"gpt2 {size} T={config.max_seq_len}",
        "processes": processes,
        "one_tok_s": round_off(one),
        "all_tok_s": round_off(all_of_them),
        "efficiency": round_off(all_of_them / (processes * one)),
    }


def worker(task: dict) -> None:
    """What each process does: measure, and let the first one print the rows as JSON."""
    distributed.init_process_group("gloo")
    rows = [measure_size(size, *of_size, task["runs"]) for size, of_size in task["sizes"].items()]
    if distributed.get_rank() == 0:
        print(json_line(rows))
    distributed.destroy_process_group()


def scaling(options: Namespace) -> int:
    task = {"runs": options.runs, "sizes": {size: SIZES[size] for size in options.sizes}}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={options.processes}"]
    command += ["-m", "scripts.measuring.several_processes", json.dumps(task)]
    result = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True
    )
    if result.returncode:
        raise UsageError(f"{' '.join(command[1:3])} failed with status {result.returncode}; what it said stands above")
    rows = json.loads(result.stdout.splitlines()[-1])
    if options.json:
        print(json_line({"cores": os.cpu_count(), "torch": torch.__version__, "runs": options.runs, "rows": rows}))
        return 0
    print(
        f"{options.processes} processes of one thread on {os.cpu_count()} cores, gloo: tokens a second of training; "
        f"median of {options.runs} steps\n"
    )
    print(f"{'':20} {'one process':>12} {f'{options.processes} processes':>12} {'efficiency':>12}")
    for row in rows:
        print(f"{row['shape']:20} {row['one_tok_s']:12,.0f} {row['all_tok_s']:12,.0f} {row['efficiency']:12.2f}")
    return 0


if __name__ == "__main__":
    worker(json.loads(sys.argv[1]))
    leave(0)
