"""How much memory there is, and how much a computation needs: measured while it runs, or counted without running it."""

import contextlib
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler's library announces its starts and stops otherwise


def peak_memory(function: Callable[[], object], device: torch.device | str = "cpu") -> int:
    """The bytes that torch's allocator has handed out at most at any moment of a call, above those at its beginning."""
    device = torch.device(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        function()
        return torch.cuda.max_memory_allocated(device) - before
    if device.type != "cpu":
        raise ValueError(f"device {device}: memory can be measured on cpu and cuda")
    # A CPU's allocator keeps no such figure; the profiler hears of everything that it hands out and takes back.
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profiler:
        function()
    changes = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(changes, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


class Ledger(TorchDispatchMode):
    """While it is on, keeps count of the bytes that tensors hold: now, and at the peak.

    Under torch's `FakeTensorMode`, whose tensors have shapes and lifetimes but no data, that costs neither memory
    nor work. What a kernel needs for itself alone is not seen.
    """

    def __init__(self):
        super().__init__()
        self.held = self.peak = 0
        self.known = weakref.WeakSet()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            # Views share a storage, which counts once, until the last of them is gone.
            if isinstance(tensor, torch.Tensor) and (storage := tensor.untyped_storage()) not in self.known:
                self.known.add(storage)
                self.change(storage.nbytes())
                weakref.finalize(storage, self.change, -storage.nbytes())
        return result

    def change(self, size: int) -> None:
        self.held += size
        self.peak = max(self.peak, self.held)


def memory_now(device: torch.device) -> int:
    """The bytes in use: on CUDA, the most that torch has handed out so far; else what this process has in memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import psutil

    return psutil.Process().memory_info().rss


def memory_free(device: torch.device) -> int:
    """The bytes that a training can still have: of a CUDA device's memory what is free, or kept by torch for later;
    else what the machine, and the group of processes that this one is in, leave of theirs."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    import psutil

    return max(0, min(psutil.virtual_memory().available, *left_by_groups()))


def memory_at_most(device: torch.device) -> int:
    """What even a slow training cannot do without: `memory_free`, and of the machine's memory what others can be made
    to give up for it, by swapping them out; macOS also compresses what is idle."""
    if device.type == "cuda":
        return memory_free(device)
    import psutil

    machine, swap = psutil.virtual_memory(), psutil.swap_memory()
    room = machine.total if sys.platform == "darwin" else machine.available + swap.free
    return max(0, min(room, *left_by_groups()))


def left_by_groups(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[int]:
    """What the control groups of this process (Linux, of version 1 or 2) let it have, file caches counted as free."""
    found = [sys.maxsize]
    with contextlib.suppress(OSError):
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in ("", "memory"):
                top = root / controllers
                groups = [top / path.lstrip("/"), *(top / path.lstrip("/")).parents]
                for group in groups:
                    if group.is_relative_to(top):
                        found += left_by_group(group)
    return found


def left_by_group(group: Path) -> Iterator[int]:
    """The same of a single group, where it has a limit."""
    for limit, usage in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        with contextlib.suppress(OSError, ValueError):
            # "max" is no number.
            left = int((group / limit).read_text()) - int((group / usage).read_text())
            rows = (row.split() for row in (group / "memory.stat").read_text().splitlines())
            statistics = {name: int(value) for name, value in rows}
            files = ("inactive_file", "active_file")
            yield left + sum(statistics.get(f"total_{name}", statistics.get(name, 0)) for name in files)
