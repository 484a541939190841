"""Symptoms: what can be seen of a training from outside, and where two that should be alike are not."""

import itertools
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scripts.project.implementation import Implementation
from scripts.training.models import named
from scripts.training.settings import Settings, schedule_of

NO_TOKEN = -1  # no boundary at which a text would end
LAST = 0.2  # of the steps: what a curve comes to is the mean over these


@dataclass
class Symptoms:
    """What one training shows. All but `tokens_per_second` and `peak_mb` is the same each time."""

    init_loss: float = math.nan  # on held-out text, before the first step, in nats per token
    losses: list[float] = field(default_factory=list)
    val_loss: float = math.nan
    gradients: dict[str, list[float]] = field(default_factory=dict)  # by part of the model: the norm in each step
    samples: list[str] = field(default_factory=list)
    step_products: int = 0  # multiplications in the matrix products of one step
    writing_products: int = 0  # and of writing a text up to the last position
    saved_mb: float = 0.0  # what one forward pass keeps for the backward pass
    tokens_per_second: float = math.nan
    peak_mb: float | None = None
    interrupted: bool = False

    @property
    def final_loss(self) -> float:
        """The mean training loss over the last steps; no number where it has diverged."""
        return statistics.fmean(self.losses[-max(1, round(LAST * len(self.losses))) :]) if self.losses else math.nan

    def gradient(self, part: str) -> float:
        """The gradient norm of a part: its median over all steps."""
        return statistics.median(self.gradients.get(part) or [0.0])


def part_of(weight: str) -> str:
    """The part of the model that a weight belongs to: a layer, or what stands before and behind them."""
    first, _, rest = weight.partition(".")
    return f"layer {rest.partition('.')[0]}" if first == "blocks" else first


def train_and_look(
    implementation: Implementation,
    settings: Settings,
    on_stage: Callable[[str], None] = lambda stage: None,
    on_step: Callable[[Any], None] = lambda run: None,
    counted: bool = True,
) -> tuple[Symptoms, Any, Any]:
    """Train in this process, and note what shows; what a step and a text take, where it is to be `counted`. Returns
    that, the run and the corpus."""
    import torch

    from scripts.training.loop import train
    from scripts.training.plan import Run
    from scripts.training.text.data import load_corpus

    config = named(settings.model, settings.tiny, **settings.overrides)
    corpus = load_corpus(settings.data, config.max_seq_len)
    schedule, run, found = schedule_of(settings), Run(), Symptoms()

    def stage(name: str) -> None:
        on_stage(name)
        if name == "training" and run.model is not None:
            for weight, parameter in run.model.named_parameters():
                if not parameter.requires_grad:
                    continue
                parameter.register_post_accumulate_grad_hook(collector(part_of(weight)))

    sums: dict[str, float] = {}

    def collector(part: str):
        def add(parameter: torch.Tensor) -> None:
            if parameter.grad is not None:
                sums[part] = sums.get(part, 0.0) + parameter.grad.float().square().sum().item()

        return add

    def step(run: Run) -> None:
        for part, total in sums.items():
            found.gradients.setdefault(part, []).append(math.sqrt(total))
        sums.clear()
        on_step(run)

    train(implementation, config, corpus, schedule, torch.device("cpu"), run, on_stage=stage, on_step=step)
    found.init_loss, found.losses, found.val_loss = run.init_loss, run.losses, run.val_loss
    found.samples, found.tokens_per_second, found.interrupted = run.samples, run.tokens_per_second, run.interrupted
    found.peak_mb = peak_memory_mb()
    if counted and not run.interrupted:
        count_work(found, implementation, run.model, corpus, schedule)
    return found, run, corpus


def count_work(found: Symptoms, implementation: Implementation, model, corpus, schedule) -> None:
    """What a step and a text take, counted: clocks differ from one time to the next."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from scripts.training.loop import batches_of, write_tokens

    (batch, *_) = batches_of(0, corpus, schedule, model.config.max_seq_len)
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.train()
    with FlopCounterMode(display=False) as work:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = model(batch.tokens, batch.targets)
        loss.backward()
    found.step_products, found.saved_mb = work.get_total_flops() // 2, sum(kept.values()) / 2**20
    model.zero_grad(set_to_none=True)
    with FlopCounterMode(display=False) as work:
        # To the end, whatever is written: one that stops early has less to do, and is no faster.
        prompt = torch.full((1, 1), corpus.tokenizer.beginning)
        list(write_tokens(implementation, model.eval(), prompt, schedule, boundary=NO_TOKEN))
    found.writing_products = work.get_total_flops() // 2


def peak_memory_mb() -> float | None:
    """The most memory that this process has held, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


# What differs enough to be seen: by how many nats, by which factor.
NATS, FACTOR, WORK = 0.1, 1.5, 1.2


def visible(right: Symptoms, wrong: Symptoms) -> dict[str, str]:
    """Where the wrong one can be told from the right one: the symptom, and its figures."""
    return {
        name: said
        for name, look in (
            ("first loss", first_loss),
            ("training loss", training_loss),
            ("held-out loss", held_out_loss),
            ("gradients", gradients),
            ("samples", samples),
            ("speed", speed),
            ("memory", memory),
        )
        if (said := look(right, wrong))
    }


def apart(right: float, wrong: float, nats: float = NATS) -> bool:
    """Whether two losses are; one that is no number is from every other."""
    return not abs(right - wrong) <= nats


def first_loss(right: Symptoms, wrong: Symptoms) -> str:
    if not apart(right.init_loss, wrong.init_loss):
        return ""
    return f"before the first step {wrong.init_loss:.3f}, right {right.init_loss:.3f}"


def training_loss(right: Symptoms, wrong: Symptoms) -> str:
    if not apart(right.final_loss, wrong.final_loss):
        return ""
    return f"in the last steps {wrong.final_loss:.3f}, right {right.final_loss:.3f}"


def held_out_loss(right: Symptoms, wrong: Symptoms) -> str:
    """Where it does not follow the training loss."""
    if not apart(right.val_loss - right.final_loss, wrong.val_loss - wrong.final_loss):
        return ""
    return f"{wrong.val_loss:.3f} after a training loss of {wrong.final_loss:.3f}, right {right.val_loss:.3f}"


def ratio(wrong: float, right: float) -> float:
    return wrong / right if right else (math.inf if wrong else 1.0)


def gradients(right: Symptoms, wrong: Symptoms) -> str:
    parts = right.gradients | wrong.gradients
    ratios = {part: ratio(wrong.gradient(part), right.gradient(part)) for part in parts}
    found = [
        f"{part} {f'{by:.2g} times' if part in wrong.gradients else 'none'}"
        for part, by in ratios.items()
        if not 1 / FACTOR <= by <= FACTOR
    ]
    return ", ".join(found)


def samples(right: Symptoms, wrong: Symptoms) -> str:
    """Whether the texts are of another kind, or others although the same was learned."""
    if right.losses == wrong.losses and right.samples != wrong.samples:
        return "other texts, after a training that is the same to the last digit"
    ours, theirs = habits(right.samples), habits(wrong.samples)
    found = [f"{name} {theirs[name]:.2g}, right {ours[name]:.2g}" for name in ours if strange(ours[name], theirs[name])]
    return ", ".join(found)


def habits(texts: list[str]) -> dict[str, float]:
    letters = "".join(texts)
    pairs = [a == b for text in texts for a, b in itertools.pairwise(text)]
    return {
        "letters in a text": len(letters) / max(len(texts), 1),
        "different texts in ten": 10 * len(set(texts)) / max(len(texts), 1),
        "different letters": float(len(set(letters))),
        "letters that are the one before": sum(pairs) / max(len(pairs), 1),
    }


def strange(right: float, wrong: float) -> bool:
    return abs(right - wrong) > max(0.5 * right, 0.25)


def speed(right: Symptoms, wrong: Symptoms) -> str:
    found = []
    for about, ours, theirs in (
        ("a step", right.step_products, wrong.step_products),
        ("writing", right.writing_products, wrong.writing_products),
    ):
        if not 1 / WORK <= ratio(theirs, ours) <= WORK:
            found.append(f"{about} takes {ratio(theirs, ours):.2g} times the multiplications")
    return ", ".join(found)


def memory(right: Symptoms, wrong: Symptoms) -> str:
    by = ratio(wrong.saved_mb, right.saved_mb)
    if 1 / WORK <= by <= WORK:
        return ""
    return f"a forward pass keeps {wrong.saved_mb:.1f} MB for the backward pass, right {right.saved_mb:.1f} MB"
