"""How much memory there is, and how much a computation needs: measured while it runs, or counted without running it."""

import os
import weakref
from collections.abc import Callable

import psutil
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
    return psutil.Process().memory_info().rss


def memory_free(device: torch.device) -> int:
    """The free bytes of a CUDA device's memory, else of the machine's."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available
