"""The training run, from a configuration to a trained model and what became of it."""

import contextlib
import itertools
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch

from reference.config import GPTConfig
from scripts.project import UsageError

from .checkpoints import Checkpoints, random_states, set_random_states
from .data import Batch, Corpus
from .implementation import Implementation


@dataclass(frozen=True)
class Schedule:
    """How long, how much at a time, and from which random numbers."""

    max_iters: int = 200
    batch_size: int = 16  # sequences per forward pass
    accumulation: int = 1  # forward passes per optimizer step
    seed: int = 42
    eval_tokens: int | None = None  # how many held-out tokens to validate on; None for all
    writer: str = "generate"  # how documents are written: generate, stream (with a cache) or speculate (with a draft)
    sampling: dict = field(default_factory=dict)  # temperature, top_k, top_p, min_p


@dataclass
class Run:
    """What a run leaves behind. Filled in as it goes, so that an interrupted run has what there is."""

    model: torch.nn.Module | None = None
    init_loss: float = math.nan  # on the held-out text, before the first step
    losses: list[float] = field(default_factory=list)  # per step, in nats per token
    gradient_norms: list[float] = field(default_factory=list)  # per step, over all weights, before the optimizer acts
    tokens_per_second: float = math.nan  # over all steps but the first
    flops_per_token: int = 0
    device: str = "cpu"  # as its maker calls it
    val_loss: float = math.nan  # on the held-out text, at the end
    val_bits_per_byte: float = math.nan  # the same, independent of the tokenizer
    samples: list[str] = field(default_factory=list)
    interrupted: bool = False
    milestones: dict[str, str] = field(default_factory=dict)  # what happened, with the figure that shows it


def choose_device(name: str) -> torch.device:
    """The device that `--device` means. Raises `UsageError` where it is not there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available[name]:
        there = ", ".join(kind for kind in available if available[kind])
        raise UsageError(f"--device {name}: torch {torch.__version__} finds none on this machine; there is: {there}")
    return torch.device(name)


def use_threads_fit_for(config: GPTConfig, device: torch.device) -> None:
    """One thread for a tiny model on the CPU: splitting up microseconds of work costs more than it gains."""
    if device.type == "cpu" and config.n_embd <= 128:
        torch.set_num_threads(1)


@torch.no_grad()
def evaluate(model, windows: Batch, device: torch.device, batch_size: int = 256) -> float:
    """The mean loss over all windows, in nats per token. The model is left in evaluation mode."""
    model.eval()
    total = 0.0
    for tokens, targets in zip(windows.tokens.split(batch_size), windows.targets.split(batch_size), strict=True):
        total += model(tokens.to(device), targets.to(device)).item() * targets.numel()
    return total / windows.targets.numel()


def write_tokens(
    implementation: Implementation, model, prompt: torch.Tensor, schedule: Schedule
) -> Iterator[list[int]]:
    """What the model writes behind every row of the prompt, up to its last position, in the way of schedule.writer."""
    generation = implementation.generation
    options = {
        "max_new_tokens": model.config.max_seq_len - prompt.size(1),
        "generator": torch.Generator(prompt.device).manual_seed(schedule.seed),
        **schedule.sampling,
    }
    if schedule.writer == "generate":
        yield from generation.generate(model, prompt, **options)[:, prompt.size(1) :].tolist()
    elif schedule.writer == "stream":
        boundary = int(prompt[0, 0])
        steps = list(generation.stream(model, list(prompt), stop_tokens=[boundary], **options))
        yield from ([token for token in row if token >= 0] for row in torch.stack(steps, dim=1).tolist())
    else:
        # A draft that has learned nothing guesses badly; what is written does not depend on it.
        draft = implementation.gpt.GPT(replace(model.config, n_layer=1)).to(prompt.device).eval()
        for row in prompt:
            yield generation.speculate(model, draft, row[None], **options)[0, prompt.size(1) :].tolist()


def write_documents(
    implementation: Implementation, model, corpus: Corpus, schedule: Schedule, count: int = 10
) -> list[str]:
    """Let the model write `count` documents, each from a boundary token to the next, or to its last position."""
    model.eval()
    prompt = torch.full((count, 1), corpus.tokenizer.boundary, device=model.get_device())
    rows = write_tokens(implementation, model, prompt, schedule)
    boundary = corpus.tokenizer.boundary
    return [corpus.tokenizer.decode(itertools.takewhile(lambda token: token != boundary, row)) for row in rows]


def learning_rate_factor(step: int, max_iters: int) -> float:
    """What the initial learning rates are multiplied by: one at first, falling to zero over the last two fifths."""
    return min(1.0, (max_iters - step) / (0.4 * max_iters))


def muon_momentum(step: int) -> float:
    """Muon's momentum: from 0.85 to 0.95 over the first 300 steps, while the gradients still turn quickly."""
    return 0.85 + (0.95 - 0.85) * min(1.0, step / 300)


def train_step(
    model, optimizers: list[torch.optim.Optimizer], batches: list[Batch], device: torch.device
) -> tuple[float, float]:
    """One optimizer step on the mean gradient of the batches. Returns their mean loss, and that gradient's norm."""
    total = 0.0
    for tokens, targets in batches:
        loss = model(tokens.to(device), targets.to(device)) / len(batches)
        loss.backward()
        total += loss.item()
    norm = torch.nn.utils.get_total_norm([weight.grad for weight in model.parameters() if weight.grad is not None])
    for optimizer in optimizers:
        optimizer.step()
    model.zero_grad(set_to_none=True)
    return total, norm.item()


def state_of(optimizers: list[torch.optim.Optimizer], run: Run) -> dict:
    """What changes in a training, but for the weights. Which data comes next follows from the number of steps."""
    return {
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "random": random_states(),
        "run": {name: getattr(run, name) for name in ("init_loss", "losses", "gradient_norms")},
        "milestones": run.milestones,
    }


def restore(
    weights: dict[str, torch.Tensor],
    state: dict,
    model: torch.nn.Module,
    optimizers: list[torch.optim.Optimizer],
    run: Run,
) -> None:
    """Put everything back to where `state_of` found it."""
    model.load_state_dict(weights)
    for optimizer, of_optimizer in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(of_optimizer)
    set_random_states(state["random"])
    for name, value in state["run"].items():
        setattr(run, name, value)
    run.milestones.update(state["milestones"])


@contextlib.contextmanager
def finishing_the_step(wanted: bool) -> Iterator[threading.Event]:
    """Where it is wanted, the first Ctrl-C only sets the event, so that a step can be finished and saved; the second
    one breaks off as ever."""
    asked = threading.Event()

    def note(number, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if not wanted or threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def train(
    implementation: Implementation,
    config: GPTConfig,
    corpus: Corpus,
    schedule: Schedule,
    device: torch.device,
    run: Run,
    initial_weights: dict[str, torch.Tensor] | None = None,
    checkpoints: Checkpoints | None = None,
    on_stage: Callable[[str], None] = lambda stage: None,
    on_model: Callable[[torch.nn.Module], None] = lambda model: None,
    on_step: Callable[[Run], None] = lambda run: None,
) -> None:
    """Build, try out, train and sample a model; everything measured goes into `run`.

    Every part of the model is called once before the long part begins, so that whoever is writing one waits for
    seconds, not for a whole training, to see it run. Ctrl-C ends the training, not the run.

    initial_weights: start from these instead of what init_weights drew; for comparing two implementations.
    checkpoints: go on from the newest of them, where there is one, and write more.
    """
    use_threads_fit_for(config, device)
    run.device = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    torch.manual_seed(schedule.seed)
    validation = corpus.validation(config.max_seq_len, schedule.eval_tokens)

    def draw(step: int) -> list[Batch]:
        rows, first = schedule.batch_size, step * schedule.accumulation * schedule.batch_size
        starts = range(first, first + schedule.accumulation * rows, rows)
        return [corpus.windows(start, rows, config.max_seq_len, schedule.seed) for start in starts]

    on_stage("building the model")
    model = run.model = implementation.gpt.GPT(config).to(device)
    model.init_weights()
    if initial_weights is not None:
        model.load_state_dict(initial_weights)
    on_model(model)
    run.milestones["Model initialises"] = f"{sum(weight.numel() for weight in model.parameters()):,} parameters"

    on_stage("first look at the held-out text")
    run.init_loss = evaluate(model, validation, device)
    expected = math.log(config.vocab_size)
    run.milestones["Forward pass works"] = (
        f"loss {run.init_loss:.4f} before training; ln({config.vocab_size}) = {expected:.4f}"
    )

    on_stage("setting up the optimizers")
    optimizers = implementation.optimizers.setup_optimizers(model)
    run.flops_per_token = implementation.flops.estimate_flops(model)

    on_stage("first words of an untrained model")
    write_documents(implementation, model, corpus, schedule, count=1)

    saved = checkpoints and checkpoints.load()
    if saved:
        restore(*saved, model, optimizers, run)
    started, begun = 0.0, len(run.losses)
    model.train()
    try:
        with finishing_the_step(checkpoints is not None) as asked_to_stop:
            on_stage("training")
            for step in range(begun, schedule.max_iters):
                for group in (group for optimizer in optimizers for group in optimizer.param_groups):
                    group["lr"] = group["initial_lr"] * learning_rate_factor(step, schedule.max_iters)
                    if "momentum" in group:
                        group["momentum"] = muon_momentum(step)
                loss, gradient_norm = train_step(model, optimizers, draw(step), device)
                run.losses.append(loss)
                run.gradient_norms.append(gradient_norm)
                # The first step warms up; the clock starts behind it.
                started = started or time.perf_counter()
                seconds = time.perf_counter() - started
                tokens = (step - begun) * schedule.batch_size * schedule.accumulation * config.max_seq_len
                run.tokens_per_second = tokens / seconds if step > begun else math.nan
                if step == 0:
                    run.milestones["Backward pass works"] = f"gradient norm {gradient_norm:.3g} in the first step"
                    run.milestones["Training step completes"] = f"loss {run.losses[0]:.4f}"
                on_step(run)
                if checkpoints and (checkpoints.due(step + 1) or asked_to_stop.is_set()):
                    checkpoints.save(step + 1, model.state_dict(), state_of(optimizers, run))
                if asked_to_stop.is_set():
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        run.interrupted = True

    on_stage("last look at the held-out text")
    run.val_loss = evaluate(model, validation, device)
    run.val_bits_per_byte = corpus.bits_per_byte(run.val_loss, validation.targets)
    if run.val_loss < run.init_loss:
        run.milestones["Loss decreases"] = f"{run.init_loss:.4f} to {run.val_loss:.4f} on held-out text"
    on_stage("writing")
    run.samples = write_documents(implementation, model, corpus, schedule)
    run.milestones["Generation works"] = ", ".join(run.samples[:3])
