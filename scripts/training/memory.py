"""How much memory a computation needs at its peak, beyond what was there before it."""

import os
from collections.abc import Callable

import torch

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
