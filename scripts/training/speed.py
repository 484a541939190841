"""What a run chooses by itself, since it changes nothing but the time: the attention backend, and the threads."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch

from reference.config import GPTConfig
from scripts.project import UsageError

from .log import LOG, read_log
from .plan import Computation
from .text.files import read_object, require
from .trainer import autocast, prepare_model

# The backends that train on every device, the fastest first: the table of speeds is in scripts/README.md.
FASTEST_FIRST = ("sdpa", "manual")
# Below so many FLOPs of a pass forward and backward, dividing it takes longer than doing it; above so many, all threads
# are faster, and measuring would take long.
LITTLE, MUCH = 2e9, 2e10
ROUNDS = 3


def fastest_backend(config: GPTConfig) -> str:
    """The fastest backend that can do what a configuration asks for; its own, where that is another one than chapter
    one's. Raises `ValueError` for unknown positions."""
    if config.attention_backend != GPTConfig.attention_backend:
        return config.attention_backend
    from reference.attentions.backends.fused import why_unsupported  # which loads a compiler

    return next(name for name in FASTEST_FIRST if why_unsupported(name, config) is None)


def begun_with(out_dir: Path) -> tuple[str | None, int | None]:
    """The backend and the number of threads of the run that --resume goes on with in this folder, so that it goes on
    as it has begun; None where there is no such run, or where it does not say."""
    for checkpoint in sorted((out_dir / "checkpoints").glob("step-*"), reverse=True):
        try:
            backend = read_object(checkpoint / "config.json", {"attention_backend": str}, "")["attention_backend"]
        except UsageError:
            continue  # a damaged one, which is found out, and said, when the run goes on
        environment = read_log(out_dir).run.get("environment") if (out_dir / LOG).exists() else None
        threads = {"threads": int | None}
        return backend, require(environment or {"threads": None}, threads, f"{out_dir / LOG}, environment")["threads"]
    return None, None


def pass_flops(config: GPTConfig, batch_size: int) -> int:
    """About how many FLOPs a pass forward and backward takes, by the sizes alone, as if it were chapter one's model."""
    L, C, T = config.n_layer, config.n_embd, config.max_seq_len
    return batch_size * T * (6 * (12 * L * C**2 + config.vocab_size * C) + 12 * L * C * T)


Timer = Callable[[int], float]  # how many seconds a pass forward and backward takes with so many threads


def fastest_threads(flops: float, available: int, timer: Callable[[], Timer]) -> tuple[int, dict[int, float] | None]:
    """One thread or all that there are, whichever is faster, and what was measured, if it was: seconds by threads.

    flops: of a pass forward and backward; timer: makes what times one.
    """
    if available == 1 or not LITTLE <= flops <= MUCH:
        return available if flops > MUCH else 1, None
    # In turn, since other programs come and go; the least time is the least disturbed.
    seconds, measured = timer(), dict.fromkeys((1, available), math.inf)
    for _ in range(ROUNDS):
        for threads in measured:
            measured[threads] = min(measured[threads], seconds(threads))
    return min(measured, key=lambda threads: measured[threads]), measured


def pass_timer(config: GPTConfig, batch_size: int, computation: Computation) -> Timer:
    """Times passes on the CPU, of a model of its own: no weight, no batch and no random number of the run depends on
    them."""
    from reference.gpt import GPT

    with torch.random.fork_rng(devices=[]):
        model = GPT(config).train()
    prepare_model(computation, model)
    tokens = torch.arange(batch_size * config.max_seq_len).view(batch_size, -1) % config.vocab_size

    def seconds(threads: int) -> float:
        torch.set_num_threads(threads)
        begun = time.perf_counter()
        with torch.random.fork_rng(devices=[]):
            with autocast(computation, torch.device("cpu")):
                loss = model(tokens, tokens)
            loss.backward()
        model.zero_grad(set_to_none=True)
        return time.perf_counter() - begun

    return seconds


def threads_in_words(threads: int, measured: dict[int, float] | None) -> str:
    """How many threads there are, and what they were chosen by."""
    times = ", ".join(f"{took:.2g} s with {number}" for number, took in (measured or {}).items())
    return f"threads: {threads}" + f"; a pass forward and backward takes {times}" * (measured is not None)
