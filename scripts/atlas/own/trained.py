"""What a learner has trained: their runs, and what is inside the models, read by the code that they have written."""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference.gpt import GPT
from scripts.laboratory.placement import look_inside
from scripts.looking.inside import Inside, by_hand
from scripts.looking.readable import smoothed
from scripts.looking.telling import first_looks, label_of
from scripts.project import UsageError
from scripts.project.implementation import Implementation
from scripts.public.model_folders import WEIGHTS, adopt
from scripts.public.whole_models import WholeModel, read_whole
from scripts.training.log import LOG, Log, read_log
from scripts.training.loop import write_tokens
from scripts.training.plan import Schedule
from scripts.training.text.texts import read_text
from scripts.training.text.tokenizers import CharTokenizer, Tokenizer

from ..drawings.svg import Line, Panel, curves, heat_map
from ..play import exported

TEXTS = ("hannah", "emma")  # what a model is shown, where it knows the letters
NAMES, LONGEST = 12, 64
MOST_POINTS = 400  # of a curve
SEED = 42
ROUNDING = 1e-4  # by which two logits may differ


@dataclass(frozen=True)
class Run:
    """A training of the learner's code."""

    folder: Path
    log: Log

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def slug(self) -> str:
        """As an address has it."""
        return re.sub(r"[^A-Za-z0-9_-]", lambda other: f".{ord(other[0]):x}", self.name)

    @property
    def has_weights(self) -> bool:
        return (self.folder / WEIGHTS).is_file()

    @cached_property
    def whole(self) -> WholeModel:
        """Raises `UsageError`."""
        return read_whole(self.folder)

    @property
    def val_loss(self) -> float | None:
        """The last one that is known."""
        known = [*self.log.evaluations, *([self.log.end] if self.log.end else [])]
        return next((line["val_loss"] for line in reversed(known) if line.get("val_loss") is not None), None)

    def losses(self) -> tuple[list[int], list[float]]:
        """The steps and their losses, as far as these are numbers."""
        known = [(line["step"], line["loss"]) for line in self.log.steps if line["loss"] is not None]
        return [step for step, _ in known], [loss for _, loss in known]


def runs_in(folder: Path) -> tuple[list[Run], list[str]]:
    """The runs of the learner's own code, the newest first; and of what cannot be read, why."""
    found, unreadable = [], []
    for path in sorted(folder.glob(f"*/{LOG}"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            log = read_log(path.parent)
        except UsageError as error:
            unreadable.append(str(error))
            continue
        if log.run.get("impl") == "learn":
            found.append(Run(path.parent, log))
    return found, unreadable


def thinned(steps: list[int], values: list[float]) -> tuple[list[int], list[float]]:
    every = -(-len(steps) // MOST_POINTS) or 1
    return steps[::every], values[::every]


def loss_curve(run: Run) -> Panel:
    steps, losses = run.losses()
    held_out = [(line["step"], line["val_loss"]) for line in run.log.evaluations if line["val_loss"] is not None]
    lines = [
        Line("smoothed", *thinned(steps, smoothed(losses, 0.9))),
        Line("of every step", *thinned(steps, losses)),
    ]
    if len(held_out) > 1:
        lines.append(Line("on held-out text", *zip(*held_out, strict=True)))
    return curves("The loss", lines, "step", "nats per token")


def all_curves(runs: list[Run]) -> Panel:
    lines = [Line(run.name, *thinned(steps, smoothed(losses, 0.9))) for run in runs for steps, losses in [run.losses()]]
    return curves("Training losses, smoothed", lines, "step", "nats per token")


@dataclass(frozen=True)
class Model:
    """The weights of a run in somebody's code."""

    model: Any  # a GPT, of theirs
    run: Run
    code: Implementation

    @property
    def tokenizer(self) -> Tokenizer:
        return self.run.whole.tokenizer

    def names(self) -> list[str]:
        """What it writes, by their own `generate`."""
        boundary = self.tokenizer.boundary
        prompt = torch.full((NAMES, 1), self.tokenizer.beginning)
        room = min(LONGEST, self.model.config.max_seq_len - 1)
        schedule = Schedule(max_new_tokens=room, seed=SEED)
        with torch.no_grad():
            rows = list(write_tokens(self.code, self.model, prompt, schedule, boundary))
        return [self.tokenizer.decode(takewhile(lambda token: token != boundary, row)) for row in rows]

    def shown_tokens(self) -> list[int]:
        """A text that it can read, behind the boundary."""
        for text in TEXTS:
            try:
                return self.tokenizer.prompt(text)[: self.model.config.max_seq_len]
            except ValueError:
                continue
        # It was trained on other letters: the first of its vocabulary.
        return list(range(min(8, self.model.config.vocab_size, self.model.config.max_seq_len)))

    def inside(self) -> Inside:
        inside = Inside()
        inside.go_through(by_hand(self.model), self.shown_tokens())
        return inside

    def attention(self, inside: Inside) -> list[Panel]:
        """A map of every head, layer by layer; both are counted from 0, as in the code and in `looks`."""
        labels = [label_of(token, self.tokenizer) for token in inside.tokens]
        return [
            heat_map(
                f"Attention, layer {layer}",
                [(f"head {head}", weights.tolist()) for head, weights in enumerate(maps)],
                f"from token of “{''.join(labels)}” →",
                "← for token",
                square=True,
                about=f"Layer {layer}: for each of {len(maps)} heads, how much a token takes from each before",
            )
            for layer, maps in sorted(inside.weights.items())
        ]

    def looks(self, inside: Inside) -> list[str]:
        """What there is to look at first, in sentences."""
        return first_looks(inside, [label_of(token, self.tokenizer) for token in inside.tokens])

    def by_layer(self) -> list[Panel]:
        """Gradient and stream on names: with no step between, nothing is learned from them."""
        found = look_inside(self.model, self.batch())
        layers = list(range(len(found["stream"])))
        return [
            curves(
                "Gradient by layer",
                [Line("", layers[:-1], found["gradients"])],
                "layer",
                "norm of the gradient of its weights",
                marks=True,
            ),
            curves(
                "Stream by layer",
                [Line("", layers, found["stream"])],
                "layers behind it",
                "size of the stream (root mean square)",
                marks=True,
            ),
        ]

    def batch(self) -> Tensor:
        """Sixteen sequences of names, one name behind another."""
        length = min(self.model.config.max_seq_len, 16)
        tokens: list[int] = []
        for name in read_text("names").documents:
            tokens += self.tokenizer.prompt(name)
            if len(tokens) > 16 * (length + 1):
                break
        return torch.tensor(tokens[: 16 * (length + 1)]).view(16, -1)

    def export(self) -> dict[str, Any]:
        """What a browser computes from. Raises `ValueError` where it cannot."""
        if not isinstance(self.tokenizer, CharTokenizer):
            raise ValueError("its tokens are no single letters")
        return exported(self.model, self.tokenizer.characters)

    @torch.no_grad()
    def apart(self) -> float:
        """By how much its logits differ from those of the reference with the same weights."""
        tokens = torch.tensor([self.shown_tokens()])
        right = adopt(GPT, self.model.config, self.model.state_dict(), without_memory=True).eval()
        difference = (self.model(tokens) - right(tokens)).abs().max().item()
        return difference if math.isfinite(difference) else math.inf


def model_of(run: Run, code: Implementation) -> Model:
    """Raises `UsageError` where the folder cannot be read."""
    whole = run.whole
    model = adopt(code.gpt.GPT, whole.config_for("learn"), whole.weights, without_memory=False)
    return Model(model.to(torch.float32).eval(), run, code)
