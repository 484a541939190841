"""The training run, from a configuration to a trained model and what became of it."""

import contextlib
import itertools
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from reference.config import GPTConfig
from scripts.project import UsageError
from scripts.project.implementation import Implementation

from .memory import memory_now
from .plan import Run, Schedule
from .processes import SINGLE, Processes
from .text.data import Batch, Corpus
from .trainer import Trainer

if TYPE_CHECKING:
    from .checkpoints import Checkpoints
    from .log import RunLog


def choose_device(name: str) -> torch.device:
    """The device that `--device` means. Raises `UsageError` where this machine does not have it."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available[name]:
        there = ", ".join(kind for kind in available if available[kind])
        raise UsageError(f"--device {name}: torch {torch.__version__} finds none on this machine; available: {there}")
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """As its maker calls it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def use_threads_fit_for(config: GPTConfig, device: torch.device) -> None:
    """One thread for a tiny model on the CPU: splitting up microseconds of work costs more than it gains."""
    if device.type == "cpu" and config.n_embd <= 128:
        torch.set_num_threads(1)


def write_tokens(
    implementation: Implementation, model, prompt: torch.Tensor, schedule: Schedule, boundary: int
) -> Iterator[list[int]]:
    """What the model writes behind every row of the prompt, up to its last position or schedule.max_new_tokens, in the
    way of schedule.writer. boundary: with which a document ends."""
    room = model.config.max_seq_len - prompt.size(1)
    options = {
        "max_new_tokens": min(room, schedule.max_new_tokens or room),
        "generator": torch.Generator(prompt.device).manual_seed(schedule.seed),
        **schedule.sampling,
    }
    if schedule.writer == "generate":
        yield from implementation.decoding.generation.generate(model, prompt, **options)[:, prompt.size(1) :].tolist()
    elif schedule.writer == "stream":
        generate_stream = implementation.decoding.streaming.generate_stream
        steps = list(generate_stream(model, list(prompt), stop_tokens=[boundary], **options))
        yield from ([token for token in row if token >= 0] for row in torch.stack(steps, dim=1).tolist())
    else:
        from reference.attentions.settings_read import as_read

        # A draft that has learned nothing guesses badly; what is written does not depend on it.
        draft = implementation.gpt.GPT(as_read(replace(model.config, n_layer=1, n_loop=1))).to(prompt.device).eval()
        for row in prompt:
            text = implementation.decoding.speculative.speculate(model, draft, row[None], **options)
            yield text[0, prompt.size(1) :].tolist()


def flops_per_token(implementation: Implementation, model) -> int:
    """Training FLOPs per token: nanochat's count by the implementation where it is right, otherwise the general one."""
    from reference.optimization import flops
    from reference.optimization.training_flops import training_flops

    general = training_flops(model)
    nanochats = flops.estimate_flops(model)
    return implementation.optimization.flops.estimate_flops(model) if nanochats == general else general


def write_documents(
    implementation: Implementation, model, corpus: Corpus, schedule: Schedule, count: int = 10
) -> list[str]:
    """Let the model write `count` documents, each up to the next boundary, or to its last position."""
    model.eval()
    boundary = corpus.tokenizer.boundary
    prompt = torch.full((count, 1), corpus.tokenizer.beginning, device=model.get_device())
    rows = write_tokens(implementation, model, prompt, schedule, boundary)
    return [corpus.tokenizer.decode(itertools.takewhile(lambda token: token != boundary, row)) for row in rows]


def batches_of(
    step: int, corpus: Corpus, schedule: Schedule, length: int, processes: Processes = SINGLE
) -> list[Batch]:
    """This process's batches of a step: of those that all processes draw, every world_size-th."""
    first = step * schedule.accumulation * processes.world_size + processes.rank
    numbers = range(first, first + schedule.accumulation * processes.world_size, processes.world_size)
    rows = schedule.batch_size
    return [corpus.windows(number * rows, rows, length, schedule.seed) for number in numbers]


@contextlib.contextmanager
def finishing_the_step(wanted: bool) -> Iterator[threading.Event]:
    """Where it is wanted, the first Ctrl-C only sets the event, so that a step can be finished and saved; the second
    one breaks off as ever, unless it is torchrun that repeats it."""
    asked = threading.Event()

    def note(number, frame):
        if asked.is_set() and "TORCHELASTIC_RUN_ID" not in os.environ:
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
    checkpoints: "Checkpoints | None" = None,
    log: "RunLog | None" = None,
    processes: Processes = SINGLE,
    on_stage: Callable[[str], None] = lambda stage: None,
    on_step: Callable[[Run], None] = lambda run: None,
    on_optimizers: Callable[[torch.nn.Module, list[torch.optim.Optimizer]], None] = lambda model, optimizers: None,
) -> None:
    """Build, try out, train and sample a model; everything that is measured goes into `run`.

    Every part of the model is called once before the long part begins, so that its author waits for seconds, not for a
    whole training, to see it run. Ctrl-C ends the training, not the run, and so does a loss that is not finite, unless
    the scaler of float16 leaves such steps out. Whatever else ends it: `run.weights` are those of the last step.

    initial_weights: start from these instead of the initialisation; for comparing two implementations.
    checkpoints: go on from the newest of them, where there is one, and write more.
    log: where every step and every evaluation is written.
    processes: those that train together, each of which calls this.
    on_optimizers: what looks at the optimizers, and may change their settings, before the first step.
    """
    run.device = device_name(device)
    torch.manual_seed(schedule.seed)
    validation = corpus.validation(config.max_seq_len, schedule.eval_tokens)
    tokens_per_step = schedule.batch_size * schedule.accumulation * processes.world_size * config.max_seq_len

    def validate() -> None:
        run.val_loss = trainer.evaluate(validation)
        run.val_bits_per_byte = corpus.bits_per_byte(run.val_loss, validation.targets)
        run.val_accuracy = trainer.accuracy(validation) if corpus.asks else None
        if log:
            log.evaluation(len(run.losses), run.val_loss, run.val_bits_per_byte, run.val_accuracy)

    on_stage("building the model")
    model = run.model = implementation.gpt.GPT(config).to(device)
    implementation.optimization.initialization.initialise(model)
    if initial_weights is not None:
        model.load_state_dict(initial_weights)
    run.milestones["Model initialises"] = f"{sum(weight.numel() for weight in model.parameters()):,} parameters"
    trainer = Trainer(implementation, model, schedule.optimization, schedule.computation, processes, device)

    run.watched_heads = trainer.watched_heads
    # Where it cannot go on, nobody waits for the validation.
    found = checkpoints.find(trainer) if checkpoints else None

    on_stage("initial validation")
    run.init_loss = trainer.evaluate(validation)
    expected = math.log(config.vocab_size)
    run.milestones["Forward pass works"] = (
        f"loss {run.init_loss:.4f} before training; ln({config.vocab_size}) = {expected:.4f}"
    )

    on_stage("setting up the optimizers")
    trainer.set_up_optimizers()
    on_optimizers(model, trainer.optimizers)
    run.flops_per_token = flops_per_token(implementation, model)

    if math.isfinite(run.init_loss):
        on_stage("sampling before training")
        write_documents(implementation, model, corpus, schedule, count=1)

    # Every process has dropout masks of its own.
    torch.manual_seed(schedule.seed + processes.rank)
    if checkpoints and found:
        checkpoints.resume(found, trainer, run)
    begun = len(run.losses)
    if log:
        log.begin(begun)
        if not begun:
            log.evaluation(0, run.init_loss, corpus.bits_per_byte(run.init_loss, validation.targets))
    seconds = 0.0
    model.train()
    try:
        with finishing_the_step(checkpoints is not None or processes.parallel is not None) as asked_to_stop:
            on_stage("training")
            for step in range(begun, schedule.max_iters):
                started = time.perf_counter()
                learning_rate = trainer.follow_schedule(step, schedule.max_iters)
                loss, gradient_norm = trainer.step(batches_of(step, corpus, schedule, config.max_seq_len, processes))
                run.losses.append(loss)
                run.gradient_norms.append(gradient_norm)
                if trainer.qk_clip:
                    run.clipped.append(trainer.clipped)
                took = time.perf_counter() - started
                # The first step warms up; the clock starts behind it.
                if step > begun:
                    seconds += took
                    run.tokens_per_second = tokens_per_step * (step - begun) / seconds
                if log:
                    memory = memory_now(device)
                    further = trainer.extra_loss | trainer.expert_load | trainer.clipped
                    log.step(step + 1, loss, learning_rate, gradient_norm, took, memory, further)
                if step == 0:
                    run.milestones["Backward pass works"] = f"gradient norm {gradient_norm:.3g} in the first step"
                    run.milestones["Training step completes"] = f"loss {run.losses[0]:.4f}"
                on_step(run)
                if not math.isfinite(loss) and not trainer.scaler.is_enabled():
                    # No further step makes its weights finite; earlier checkpoints stay as they are.
                    break
                stop = any(processes.gathered(asked_to_stop.is_set()))
                if checkpoints and (checkpoints.due(step + 1) or stop):
                    checkpoints.save(trainer, run)
                if stop:
                    raise KeyboardInterrupt
                if schedule.eval_every and (step + 1) % schedule.eval_every == 0 and step + 1 < schedule.max_iters:
                    validate()
                    model.train()
    except KeyboardInterrupt:
        run.interrupted = True
    except Exception:
        run.interrupted = True
        # Those of several processes are gathered by all of them, which have not all failed.
        if len(run.losses) > begun and processes.parallel != "fsdp":
            run.weights = trainer.whole_weights()
        raise
    run.weights = trainer.whole_weights()

    try:
        on_stage("final validation")
        validate()
        if log:
            log.end(not run.interrupted and run.diverged is None, run.val_loss, run.val_bits_per_byte)
        if run.val_loss < run.init_loss:
            run.milestones["Loss decreases"] = f"{run.init_loss:.4f} to {run.val_loss:.4f} on held-out text"
        if math.isfinite(run.val_loss):
            on_stage("sampling")
            run.samples = write_documents(implementation, model, corpus, schedule)
            run.milestones["Generation works"] = ", ".join(run.samples[:3])
    except KeyboardInterrupt:
        run.interrupted = True
