"""Compare: train two implementations from the same weights on the same data, and see whether they agree to rounding."""

import functools
import itertools
import math
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from scripts.project import UsageError, json_line
from scripts.training.settings import Settings, schedule_of
from scripts.workshop.pieces import Track
from scripts.workshop.teach.symptoms import peak_memory_mb

if TYPE_CHECKING:
    import torch

    from scripts.project.implementation import Implementation
    from scripts.training.plan import Run

# How far apart two curves may be, in units of what the last digit of the first weights does to the reference's curve.
ALLOWANCE = 10.0
# The settings of an optimizer that its piece's check leaves to the learner: the reference is given the same.
OPEN = ("dtype",)


def plans(track: Track, first: bool, max_iters: int, seed: int) -> list[Settings]:
    """The trainings by which a track is compared: its runs, that of the first track so many steps long. Where only the
    way of writing text is another, there is nothing to train."""
    runs = [Settings(**settings | {"impl": "learn", "track": track.name, "seed": seed}) for settings in track.runs]
    if first:
        runs = [replace(run, max_iters=max_iters) for run in runs]
    return [run for run in runs if run.writer == Settings.writer]


def measured(
    impl: str, runs: list[Settings], nudges: tuple[bool, ...] = (False,), given: list[dict] | None = None
) -> list[dict] | None:
    """Train in a process of its own, so that memory is told apart. None where the learner's code stopped a run.
    nudges: all runs for each of them, whether their first weights are changed in the last digit. given: for each run,
    those of OPEN that the optimizers are to have, by parameter."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=measure_here, args=(impl, runs, nudges, given or [{}] * len(runs), theirs))
    process.start()
    theirs.close()
    try:
        found = [ours.recv() for _ in nudges for _ in runs]
    except EOFError:
        process.join()
        if process.exitcode == 0:
            return None
        raise UsageError(
            f"the process that trained {impl} ended without a word (exit status {process.exitcode})"
        ) from None
    return found


def measure_here(
    impl: str, runs: list[Settings], nudges: tuple[bool, ...], given: list[dict], connection: Connection
) -> None:
    from rich.console import Console

    from scripts.project.implementation import implementation_folder
    from scripts.training.report import ProgressReport
    from scripts.workshop.pieces.loading import load
    from scripts.workshop.teach.stops import Bug, Stop, show_bug, watch_for_stops

    console, folder = Console(stderr=True), implementation_folder(impl)
    for nudge, (settings, wanted) in itertools.product(nudges, zip(runs, given, strict=True)):
        try:
            with ProgressReport(console, settings.max_iters) as progress, watch_for_stops(folder):
                implementation = load(impl, track=settings.track)
                run, found = trained(implementation, settings, wanted, nudge, progress.on_step)
        except Bug as bug:
            show_bug(console, bug)
            return
        except Stop as stop:
            console.print(f"{stop.piece.id} is not written yet.")
            return
        if run.interrupted:
            return
        connection.send(
            {
                # One that has diverged ends early.
                "losses": run.losses + [math.nan] * (settings.max_iters - len(run.losses)),
                "val_loss": run.val_loss,
                "tokens_per_second": run.tokens_per_second,
                "peak_mb": peak_memory_mb(),
                "settings": found,
            }
        )


def trained(
    implementation: "Implementation",
    settings: Settings,
    given: dict[str, dict[str, str]],
    nudge: bool = False,
    on_step: Callable[["Run"], None] = lambda run: None,
) -> tuple["Run", dict[str, dict[str, str]]]:
    """A training from the reference's first weights: drawing the same values in another order is no difference that
    counts. Returns what it leaves behind, and what its code had set for each tensor (`settings_of`), before it was
    given anything."""
    import torch

    from scripts.training.loop import train, use_threads_fit_for
    from scripts.training.models import named
    from scripts.training.plan import Run
    from scripts.workshop.pieces.loading import load

    config = named(settings.model, settings.tiny, **settings.overrides)
    torch.manual_seed(settings.seed)
    reference = load("reference")
    first = reference.gpt.GPT(config)
    reference.optimization.initialization.initialise(first)
    weights = first.state_dict()
    if nudge:
        # Up here, down there: a change by the same factor everywhere is one that norms undo.
        for weight in weights.values():
            weight.mul_(1 + torch.finfo(weight.dtype).eps * torch.randn_like(weight).sign())
    run, found = Run(), {}

    def look(model: "torch.nn.Module", optimizers: "list[torch.optim.Optimizer]") -> None:
        found.update(settings_of(model, optimizers))
        names = {id(weight): name for name, weight in model.named_parameters()}
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            wanted = next((given[name] for W in group["params"] if (name := names.get(id(W), "")) in given), {})
            group.update({key: getattr(torch, value) for key, value in wanted.items() if key in group})

    corpus, device = corpus_of(settings.data, config.max_seq_len), torch.device("cpu")
    use_threads_fit_for(config, device)
    how = implementation, config, corpus, schedule_of(settings), device, run, weights
    train(*how, on_step=on_step, on_optimizers=look)
    return run, found


@functools.cache
def corpus_of(data: str, max_seq_len: int):
    """The text, which all trainings of a process read."""
    from scripts.training.text.data import load_corpus

    return load_corpus(data, max_seq_len)


def settings_of(model: "torch.nn.Module", optimizers: "list[torch.optim.Optimizer]") -> dict[str, dict[str, str]]:
    """By tensor of a model: its dtype, and the settings of the optimizer that has it."""
    import torch

    def told(value: Any) -> str:
        return str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else repr(value)

    tensors = {name: tensor for name, tensor in (*model.named_buffers(), *model.named_parameters())}
    facts = {name: {"dtype of the tensor": told(tensor.dtype)} for name, tensor in tensors.items()}
    names = {id(tensor): name for name, tensor in tensors.items()}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            values = {key: told(value) for key, value in group.items() if key not in ("params", *HOW)}
            for W in group["params"]:
                facts.setdefault(names.get(id(W), "no parameter"), {}).update(
                    values | {"optimizer": type(optimizer).__name__}
                )
    return facts


# By which kernel torch's optimizers compute the same.
HOW = ("fused", "foreach", "capturable", "differentiable", "maximize", "decoupled_weight_decay", "amsgrad")


def open_settings(facts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {key: values[key] for key in OPEN if key in values} for name, values in facts.items()}


def differing(result: dict, left_open: bool) -> Iterator[str]:
    """What is set otherwise in two trainings, of what is OPEN or of all else, in words: a line for each kind."""
    yours, reference = result["learn"]["settings"], result["reference"]["settings"]
    places: dict[tuple, list[str]] = {}
    for name in dict.fromkeys([*reference, *yours]):
        mine, theirs = yours.get(name, {}), reference.get(name, {})
        for key in dict.fromkeys([*theirs, *mine]):
            if mine.get(key) != theirs.get(key) and (key in OPEN) == left_open:
                places.setdefault((key, mine.get(key, "none"), theirs.get(key, "none")), []).append(name)
    for (key, mine, theirs), names in places.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"{key}: yours {mine}, the reference's {theirs} ({names[0]}{more})"


def compare(tracks: list[Track], max_iters: int, seed: int, say: Callable[[str], None]) -> list[dict] | None:
    """Train the learner's code and the reference in every way that the tracks ask for, the first track's for so many
    steps. A report for each; None where the learner's could not run to the end."""
    runs = [run for place, track in enumerate(tracks) for run in plans(track, place == 0, max_iters, seed)]
    say("training your code ...")
    learn = measured("learn", runs)
    if learn is None:
        return None
    given = [open_settings(each["settings"]) for each in learn]
    say("training the reference, and once more with its first weights changed in the last digit ...")
    twice = measured("reference", runs, (False, True), given)
    if twice is None:
        return None
    reference, rounding = twice[: len(runs)], twice[len(runs) :]
    return [report(*each) for each in zip(runs, learn, reference, rounding, strict=True)]


def report(settings: Settings, learn: dict, reference: dict, rounding: dict) -> dict:
    """One training of each beside the other."""
    yours, right, nudged = (run["losses"] for run in (learn, reference, rounding))
    gaps = [abs(a - b) for a, b in zip(yours, right, strict=True)]
    # Rounding errors grow as training goes on; what counts is how large they had ever been by then.
    allowed, worst = [], 1e-6
    for a, b in zip(nudged, right, strict=True):
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
        "allowed": allowed,
        "run": settings,
        "learn": learn,
        "reference": reference,
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


def name_of(settings: Settings) -> str:
    """What is asked for in a training, beyond the model of all of them."""
    chosen = settings.overrides | {
        name: getattr(settings, name)
        for name in ("optimizer", "schedule")
        if getattr(settings, name) != getattr(Settings, name)
    }
    return ", ".join(f"{name} {value}" for name, value in chosen.items()) or settings.model


def as_json(results: list[dict], found: dict) -> str:
    """The first track's facts, whether all agree, every training in a line, and what was found where they part."""

    def figures(run: dict) -> dict:
        return {key: run[key] for key in ("val_loss", "tokens_per_second", "peak_mb")}

    keys = ("agree", "apart_at_step", "largest_difference", "allowed_difference")
    first, lines = results[0], []
    for each in results:
        lines.append({"track": each["run"].track, "run": name_of(each["run"]), **{key: each[key] for key in keys}})
    facts = {key: first[key] for key in keys} | {name: figures(first[name]) for name in ("learn", "reference")}
    return json_line(facts | {"agree": all(each["agree"] for each in results), "runs": lines} | found)
