"""Several processes that train one model, as torchrun starts them.

ddp:   every process has the whole model, and they average their gradients (Li et al. 2020, arXiv:2006.15704).
zero1: the same, but each keeps a part of the optimizers' state (Rajbhandari et al. 2019, arXiv:1910.02054, stage 1).
fsdp:  weights, gradients and state are sharded; a block's weights are gathered for as long as it computes (stage 3).

Between GPUs by nccl, on CPUs by gloo. What is tested here is gloo with two processes; nccl was never run.
"""

import contextlib
import inspect
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed

from scripts.project import UsageError

from .plan import PARALLEL


@dataclass(frozen=True)
class Processes:
    """The processes of a run, seen from one of them. By itself, a process is the only one."""

    parallel: str | None = None  # one of PARALLEL
    rank: int = 0
    world_size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this is the process of rank 0, which prints and writes files."""
        return self.rank == 0

    def agree_on(self, value: Any) -> Any:
        """The main process's value, in all of them."""
        if self.parallel is None:
            return value
        values = [value]
        distributed.broadcast_object_list(values)
        return values[0]

    def gathered(self, value: Any) -> list[Any]:
        """The value of every process, in all of them."""
        if self.parallel is None:
            return [value]
        values = [None] * self.world_size
        distributed.all_gather_object(values, value)
        return values

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """The mean over all processes."""
        if self.parallel is not None:
            distributed.all_reduce(value)
            value /= self.world_size
        return value

    def maximum(self, value: torch.Tensor) -> torch.Tensor:
        """The largest of all processes, element by element."""
        if self.parallel is not None:
            distributed.all_reduce(value, distributed.ReduceOp.MAX)
        return value

    def wait(self) -> None:
        """Wait for all processes."""
        if self.parallel is not None:
            distributed.barrier()

    def wrap_model(self, model: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        """Shard a model, or wrap it, so that its gradients are averaged. Call what is returned."""
        if self.parallel is None:
            return model
        if self.parallel == "fsdp":
            from torch.distributed.device_mesh import init_device_mesh
            from torch.distributed.fsdp import fully_shard

            mesh = init_device_mesh(device.type, (self.world_size,))
            for block in model.blocks:
                fully_shard(block, mesh=mesh)
            # Everything else is one unit, so that a head that is tied to the embedding stays with it.
            return fully_shard(model, mesh=mesh)
        from torch.nn.parallel import DistributedDataParallel

        # Buffers are tables, the same everywhere.
        return DistributedDataParallel(model, broadcast_buffers=False, gradient_as_bucket_view=True)

    def shard_optimizer_state(self, optimizers: list[torch.optim.Optimizer]) -> list[torch.optim.Optimizer]:
        """With zero1, the same optimizers with their state sharded over the processes."""
        if self.parallel != "zero1":
            return optimizers
        from torch.distributed.optim import ZeroRedundancyOptimizer

        sharded = []
        for optimizer in optimizers:
            kind = type(optimizer)
            settings = {
                name: optimizer.defaults[name]
                for name in inspect.signature(kind).parameters.keys() & optimizer.defaults
            }
            groups = [dict(group) for group in optimizer.param_groups if group["params"]]
            # A fused AdamW could not read its state back in.
            for each in (settings, *groups):
                each |= {"fused": False} if "fused" in each else {}
            sharded.append(ZeroRedundancyOptimizer(groups, optimizer_class=kind, **settings))
        return sharded

    @contextlib.contextmanager
    def synchronising(self, forward: torch.nn.Module, wanted: bool) -> Iterator[None]:
        """Where it is not wanted, gradients only accumulate: of several passes, the last one averages them all."""
        if self.parallel == "fsdp":
            forward.set_requires_gradient_sync(wanted)
            yield
        elif self.parallel and not wanted:
            with forward.no_sync():
                yield
        else:
            yield


SINGLE = Processes()


@contextlib.contextmanager
def open_processes(parallel: str | None, device: str) -> Iterator[Processes]:
    """The processes that torchrun has started, connected. Raises `UsageError` where it has not, or in vain."""
    started = int(os.environ.get("WORLD_SIZE", 1))
    if parallel is None:
        if started > 1:
            raise UsageError(
                f"torchrun has started {started} processes, which would all train the same; "
                f"choose how they divide the work: --parallel {'|'.join(PARALLEL)}"
            )
        yield SINGLE
        return
    if "RANK" not in os.environ:
        raise UsageError(
            f"--parallel {parallel}: processes are started by torchrun: "
            f"torchrun --nproc_per_node 2 -m scripts.train --parallel {parallel} ..."
        )
    rank, local_rank = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", 0))
    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    if on_gpu:
        if local_rank >= torch.cuda.device_count():
            raise UsageError(
                f"torchrun has started more processes than there are GPUs here ({torch.cuda.device_count()}); "
                "give fewer with --nproc_per_node, or --device cpu"
            )
        torch.cuda.set_device(local_rank)
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=timedelta(minutes=10))
    try:
        yield Processes(parallel, rank, started)
    finally:
        distributed.destroy_process_group()
