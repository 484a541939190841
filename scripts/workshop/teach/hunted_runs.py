"""What is run for a hunt, each in a process of its own: trainings, the draw of a mistake, both models side by side."""

import contextlib
import dataclasses
import functools
import multiprocessing
import shutil
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from scripts.project import UsageError
from scripts.training.models import named
from scripts.training.settings import Settings, schedule_of
from scripts.workshop.diagnose import Mistake
from scripts.workshop.pieces import BY_ID, TRACKS, Piece
from scripts.workshop.teach.hunts import TRIAL, Hunt, candidates, level_of, stub_of, wrong_text
from scripts.workshop.teach.symptoms import Symptoms, part_of, train_and_look, visible

TRIES = 8  # mistakes that are tried out before a draw gives up
ALIKE = 1e-4  # how far apart, for their size, two results are that differ by rounding alone


def in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` returns, done in a new process: whatever the code does to it, this one goes on. Raises the
    `UsageError` that it raises, and one where the process ended without a word."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=answer, args=(work, arguments, theirs))
    process.start()
    theirs.close()
    try:
        result = ours.recv()
    except EOFError:
        process.join()
        raise UsageError(f"the process that ran it ended without a word (exit status {process.exitcode})") from None
    finally:
        # Ctrl-C reaches both.
        process.join()
    if isinstance(result, UsageError):
        raise result
    return result


def answer(work: Callable[..., Any], arguments: tuple, connection: Connection) -> None:
    import torch

    # Two run beside each other: threads that wait for their turn on a core take many times as long as one thread each.
    torch.set_num_threads(1)
    # What the code prints is no part of what the command answers.
    try:
        with contextlib.redirect_stdout(sys.stderr):
            connection.send(work(*arguments))
    except UsageError as error:
        connection.send(error)
    except KeyboardInterrupt:
        # The parent has heard it too, and says so.
        sys.exit(130)


def train_here(hunt: Hunt, name: str, quiet: bool = False) -> Symptoms:
    """Train the reference (`right`) or the copy of a hunt, and keep the run in its folder. Raises `UsageError` where
    the code does not get through, which is shown. quiet: show no progress."""
    from rich.console import Console

    from scripts.project.implementation import implementation_folder
    from scripts.training.report import ProgressReport, facts_of, save_run
    from scripts.workshop.pieces.board import read_board
    from scripts.workshop.pieces.loading import load
    from scripts.workshop.teach.stops import code_of, require_readable

    console = Console(stderr=True, quiet=quiet)
    settings = hunt.run_settings("reference" if name == "right" else str(hunt.model))
    folder = implementation_folder(settings.impl)
    console.print(f"training {'the right one' if name == 'right' else 'the copy'} ...", style="dim", highlight=False)
    with code_of(settings.impl), ProgressReport(console, settings.max_iters) as progress:
        require_readable(read_board(folder), folder)
        progress.bar.update(progress.task, visible=True)
        found, run, corpus = train_and_look(load(settings.impl), settings, on_step=progress.on_step)
    if found.interrupted:
        raise KeyboardInterrupt
    config, schedule = run.model.config, schedule_of(settings)
    place = hunt.folder / ("right" if name == "right" else "trained")
    # What an earlier training of this hunt has left.
    shutil.rmtree(place, ignore_errors=True)
    save_run(place, run, facts_of(settings.impl, config, schedule, settings.data, run.device), config, corpus.tokenizer)
    return found


def draw_here(seed: int, level: str | None, track: str) -> tuple[str, str, dict, str, tuple[str, ...]] | None:
    """The piece and name of a mistake of a track that runs, and shows; the settings of the run, its level, and what it
    shows. Mistakes are tried out for a few steps, in an order that follows from the seed; where none of the first is of
    the level that is asked for, one of another is taken. None where nothing shows."""
    from rich.console import Console

    from scripts.workshop.pieces.swap import workbench

    console = Console(stderr=True)
    (runs,) = (each.runs for each in TRACKS if each.name == track)
    rights: dict[int, Symptoms] = {}
    other = None
    for number, mistake in enumerate(candidates(seed, track, level)):
        if number == TRIES:
            break
        console.print(f"  hiding something, attempt {number + 1} ...", style="dim", highlight=False)
        piece = BY_ID[mistake.piece]
        place = next((place for place in range(len(runs)) if asks_for(piece, track, place)), None)
        if place is None:
            continue
        trial = Settings(**runs[place] | TRIAL)
        if place not in rights:
            rights[place] = train_and_look(workbench(), trial)[0]
        copy = tried(mistake, trial)
        if copy is None:
            continue
        shows = visible(rights[place], copy)
        found = level_of(shows)
        if found:
            settings = {name: value for name, value in runs[place].items() if name not in TRIAL}
            other = piece.id, mistake.name, settings, found, tuple(shows)
            if level in (None, found):
                return other
    return other


@functools.cache
def asks_for(piece: Piece, track: str, place: int) -> bool:
    """Whether a run of a track calls the piece."""
    from scripts.workshop.pieces.swap import swapped

    (run,) = (each.runs[place] for each in TRACKS if each.name == track)
    try:
        with swapped(piece, stub_of(piece)) as package:
            train_and_look(package, Settings(**run | TRIAL | {"max_iters": 1}), counted=False)
    except NotImplementedError:
        return True
    return False


def tried(mistake: Mistake, settings: Settings) -> Symptoms | None:
    """What a mistake shows; None where nothing runs with it."""
    from scripts.workshop.pieces.swap import swapped

    try:
        with swapped(BY_ID[mistake.piece], wrong_text(mistake)) as package:
            return train_and_look(package, settings)[0]
    except Exception:
        # Whatever it is: a mistake that stops the run is none to be hunted.
        return None


@dataclasses.dataclass(frozen=True)
class Row:
    """One thing of both models: in the copy, in the right one, and how far apart they are for their size."""

    stage: str
    name: str
    copy: str
    right: str
    apart: float  # 0 where they are the same; infinite where they cannot be compared

    @property
    def alike(self) -> bool:
        return self.apart <= ALIKE

    @property
    def same_shape(self) -> bool:
        """Whether both begin with the same sizes, "64x256 rms 0.1"; what has none is no tensor with axes."""
        sizes = [text.split(" ")[0] for text in (self.copy, self.right) if " rms " in text]
        return len(set(sizes)) <= 1


def side_by_side(hunt: Hunt) -> list[Row]:
    """Both models, stage by stage, each from the same: how they begin; what flows through, from the weights that the
    right one has learned; what flows back; what a step changes; what is written. Raises `UsageError` where the code
    does not get through, which is shown."""
    from scripts.workshop.teach.stops import code_of

    with code_of(str(hunt.model)):
        return list(stages(hunt))


def stages(hunt: Hunt) -> Iterator[Row]:
    import torch

    from scripts.public.model_folders import BadCheckpoint, load_into, read_folder
    from scripts.training.loop import batches_of, use_threads_fit_for, write_documents
    from scripts.training.processes import SINGLE
    from scripts.training.text.data import load_corpus
    from scripts.training.trainer import Trainer
    from scripts.workshop.pieces.loading import load

    settings = hunt.run_settings("reference")
    config = named(settings.model, settings.tiny, **settings.overrides)
    corpus, schedule = load_corpus(settings.data, config.max_seq_len), schedule_of(settings)
    device = torch.device("cpu")
    use_threads_fit_for(config, device)
    _, learned = read_folder(hunt.folder / "right")
    (batch,) = batches_of(0, corpus, schedule, config.max_seq_len)
    implementations = {"copy": load(str(hunt.model)), "right": load("reference")}
    models: dict[str, torch.nn.Module] = {}
    results: dict[str, dict[str, dict[str, torch.Tensor]]] = {}
    written: dict[str, str] = {}
    for name, implementation in implementations.items():
        torch.manual_seed(settings.seed)
        models[name] = implementation.gpt.GPT(config)
        implementation.optimization.initialization.initialise(models[name])
    weights = {name: dict(model.named_parameters()) for name, model in models.items()}
    yield from rows("first weights", *weights.values())
    for name, model in models.items():
        try:
            load_into(model, learned)
        except BadCheckpoint:
            yield Row("learned weights", "those of the right one", "do not fit: other shapes", "", float("inf"))
            return
        outputs: dict[str, torch.Tensor] = {}
        hooks = [module.register_forward_hook(keeper(outputs, path)) for path, module in model.named_modules()]
        trainer = Trainer(implementations[name], model, schedule.optimization, schedule.computation, SINGLE, device)
        trainer.set_up_optimizers()
        trainer.follow_schedule(0, settings.max_iters)
        model(batch.tokens)
        for hook in hooks:
            hook.remove()
        before = {path: weight.detach().clone() for path, weight in model.named_parameters()}
        loss = trainer.loss(batch)
        loss.backward()
        gradients = {path: weight.grad for path, weight in model.named_parameters()}
        gradients = {path: grad.clone() for path, grad in gradients.items() if grad is not None}
        model.zero_grad(set_to_none=True)
        trainer.step([batch])
        steps = {path: weight.detach() - before[path] for path, weight in model.named_parameters()}
        load_into(model, learned)
        texts = write_documents(implementations[name], model, corpus, schedule, count=5)
        found = {"forward": outputs, "loss": {"loss": loss.detach()}, "backward": gradients, "step": steps}
        results[name], written[name] = found, ", ".join(texts)
    for stage, theirs in results["right"].items():
        yield from rows(stage, results["copy"][stage], theirs)
    same = written["copy"] == written["right"]
    yield Row("writing", "texts", written["copy"], written["right"], 0.0 if same else float("inf"))


def keeper(outputs: dict, path: str) -> Callable:
    def keep(module, arguments, output) -> None:
        if hasattr(output, "detach"):
            outputs[path or "the model"] = output.detach()

    return keep


def rows(stage: str, copy: dict, right: dict) -> Iterator[Row]:
    """Tensors of the same names, beside each other."""
    for name in [*right, *(name for name in copy if name not in right)]:
        ours, theirs = copy.get(name), right.get(name)
        missing = "no gradient" if stage == "backward" else "not there"
        yield Row(stage, name, described(ours, missing), described(theirs, missing), distance(ours, theirs))


def described(tensor, missing: str) -> str:
    """Its shape, and the root of its mean square; a single number as it is."""
    if tensor is None:
        return missing
    if tensor.dim() == 0:
        return f"{tensor.item():.4f}"
    return f"{'x'.join(map(str, tensor.shape))} rms {tensor.float().square().mean().sqrt().item():.3g}"


def distance(ours, theirs) -> float:
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return float("inf")
    ours, theirs = ours.detach().double(), theirs.detach().double()
    gap, size = (ours - theirs).norm().item(), theirs.norm().item()
    return gap / size if size else (0.0 if gap == 0 else float("inf"))


def by_part(found: list[Row]) -> dict[tuple[str, str], list[Row]]:
    """The rows of each stage, by the parts of the model."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        grouped.setdefault((row.stage, part_of(row.name)), []).append(row)
    return grouped
