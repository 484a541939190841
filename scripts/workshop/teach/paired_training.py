"""Compare: train two implementations from the same weights on the same data, and see whether they agree to rounding."""

import math
import multiprocessing
import sys
from multiprocessing.connection import Connection

from reference.presets import preset
from scripts.project import UsageError, json_line

# How far apart two curves may be, in units of what the last digit of the first weights does to the reference's curve.
ALLOWANCE = 10.0


def measured(impl: str, max_iters: int, seed: int, nudge: bool = False) -> dict | None:
    """Train in a process of its own, so that memory is told apart. None where the learner's code stopped the run."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=measure_here, args=(impl, max_iters, seed, nudge, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        process.join()
        raise UsageError(
            f"the process that trained {impl} ended without a word (exit status {process.exitcode})"
        ) from None


def measure_here(impl: str, max_iters: int, seed: int, nudge: bool, connection: Connection) -> None:
    import torch
    from rich.console import Console

    from scripts.implementation import implementation_folder
    from scripts.training.loop import train, use_threads_fit_for
    from scripts.training.plan import Run, Schedule
    from scripts.training.report import ProgressReport
    from scripts.training.text.data import load_corpus
    from scripts.workshop.pieces.loading import load
    from scripts.workshop.teach.stops import Bug, Stop, show_bug, watch_for_stops

    console = Console(stderr=True)
    config = preset("nanochat_tiny")
    corpus = load_corpus("names", config.max_seq_len)
    # Both start from the reference's weights: drawing the same numbers in another order is no difference that counts.
    torch.manual_seed(seed)
    reference = load("reference")
    first = reference.gpt.GPT(config)
    reference.optimization.initialization.initialise(first)
    weights = first.state_dict()
    if nudge:
        # Up here, down there: a change by the same factor everywhere is one that norms undo.
        for weight in weights.values():
            weight.mul_(1 + torch.finfo(weight.dtype).eps * torch.randn_like(weight).sign())
    run, folder = Run(), implementation_folder(impl)
    try:
        with ProgressReport(console, max_iters) as progress, watch_for_stops(folder):
            schedule, device = Schedule(max_iters=max_iters, seed=seed), torch.device("cpu")
            use_threads_fit_for(config, device)
            train(load(impl), config, corpus, schedule, device, run, weights, on_step=progress.on_step)
    except Bug as bug:
        show_bug(console, bug)
        connection.send(None)
        return
    except Stop as stop:
        console.print(f"{stop.piece.id} is not written yet.")
        connection.send(None)
        return
    connection.send(
        {
            # One that has diverged ends early.
            "losses": run.losses + [math.nan] * (max_iters - len(run.losses)),
            "val_loss": run.val_loss,
            "tokens_per_second": run.tokens_per_second,
            "peak_mb": peak_memory_mb(),
            "interrupted": run.interrupted,
        }
    )


def peak_memory_mb() -> float | None:
    """The most memory that this process has held, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def compare(max_iters: int, seed: int, say) -> dict | None:
    """Train the learner's code and the reference; None where the learner's could not run to the end."""
    trainings = (
        ("learn", "learn", False, "your code"),
        ("reference", "reference", False, "the reference"),
        ("rounding", "reference", True, "the reference, its first weights changed in the last digit"),
    )
    runs = {}
    for name, impl, nudge, about in trainings:
        say(f"training {about} ...")
        run = measured(impl, max_iters, seed, nudge)
        if run is None or run["interrupted"]:
            return None
        runs[name] = run
    yours, reference, rounding = (runs[name]["losses"] for name in ("learn", "reference", "rounding"))
    gaps = [abs(a - b) for a, b in zip(yours, reference, strict=True)]
    # Rounding errors grow as training goes on; what counts is how large they had ever been by then.
    allowed, worst = [], 1e-6
    for a, b in zip(rounding, reference, strict=True):
        worst = max(worst, ALLOWANCE * abs(a - b))
        allowed.append(worst)
    apart = next(
        (step for step, (gap, bound) in enumerate(zip(gaps, allowed, strict=True), start=1) if not gap <= bound), None
    )
    return {
        "agree": apart is None,
        "apart_at_step": apart,
        "largest_difference": max(gaps),
        "allowed_difference": allowed[-1],
        "learn": runs["learn"],
        "reference": runs["reference"],
    }


def comparison_table(result: dict) -> dict[str, list[str]]:
    """The rows of STATUS.md's performance table: yours, the reference's, a note."""
    yours, reference = result["learn"], result["reference"]

    def memory(run: dict) -> str:
        return f"{run['peak_mb']:.0f} MB" if run["peak_mb"] else "not told by this system"

    gap = result["largest_difference"]
    agreement = (
        f"largest difference over all steps {gap:.1e}"
        if result["agree"]
        else f"apart from step {result['apart_at_step']}"
    )
    ratio = yours["tokens_per_second"] / reference["tokens_per_second"]
    return {
        "Training loss (step 50)": [*(f"{run['losses'][49]:.4f}" for run in (yours, reference)), agreement],
        "Memory (peak)": [memory(yours), memory(reference), "of the whole process"],
        "Speed": [
            *(f"{run['tokens_per_second']:,.0f} tokens/s" for run in (yours, reference)),
            f"{ratio:.2f} times the reference's",
        ],
        "Final eval loss": [
            *(f"{run['val_loss']:.4f}" for run in (yours, reference)),
            f"after {len(yours['losses'])} steps",
        ],
    }


def as_json(result: dict) -> str:
    """What a comparison has found, without the curves."""
    runs = {
        name: {key: value for key, value in result[name].items() if key not in ("losses", "interrupted")}
        for name in ("learn", "reference")
    }
    return json_line(result | runs)
