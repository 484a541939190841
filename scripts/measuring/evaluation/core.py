r"""CORE: what a model knows and understands, asked in context, without any training for it.

    centred accuracy = (accuracy - baseline) / (1 - baseline)        CORE = its mean over all tasks

A guess scores 0 on average and nothing but right answers 1, whatever the number of options. The model only ever says
how likely texts are; the text of an item stands behind those of others, solved, that show what is wanted.

    multiple choice    one question, several answers: right where the right answer has the lowest loss per token
    schema             several beginnings, one end: right where the end has it behind the right beginning
    language modelling a text to be continued: right where each token of the rest is the likeliest when its turn comes

Li et al. 2024, DataComp-LM (arXiv:2406.11794). Which tokens count, and which items stand in front, is nanochat's
(github.com/karpathy/nanochat, core_eval.py).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import fmean
from typing import NamedTuple

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from scripts.project import UsageError

from .bundle import Task


class Prompt(NamedTuple):
    """A text as tokens. Those from `start` on are the model's to say; at least one stands in front of them."""

    tokens: list[int]
    start: int


class Score(NamedTuple):
    loss: float  # nats per token, over those that are the model's to say
    greedy: bool  # each of them was the likeliest


class Answer(NamedTuple):
    right: bool
    cut: bool  # the model saw only the end of the text


@dataclass
class Result:
    """What became of a task, up to now."""

    task: Task
    answers: list[Answer] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        return fmean(answer.right for answer in self.answers)

    @property
    def centred(self) -> float:
        return (self.accuracy - self.task.baseline) / (1 - self.task.baseline)

    def as_dict(self) -> dict:
        return {
            "task": self.task.label,
            "type": self.task.kind,
            "shots": self.task.shots,
            "items": len(self.answers),
            "cut": sum(answer.cut for answer in self.answers),
            "baseline": self.task.baseline,
            "accuracy": self.accuracy,
            "centred": self.centred,
        }


def answer(model, tokenizer, task: Task, number: int) -> Answer:
    """Put an item of a task to the model. Raises `UsageError` where it cannot be written in the model's tokens."""
    longest = model.config.max_seq_len
    prompts = prompts_of(task, number, tokenizer)
    scores = score(model, [end_of(prompt, longest) for prompt in prompts])
    losses = [one.loss for one in scores]
    if any(map(math.isnan, losses)):
        raise UsageError(f"{task.label}: a loss is not a number (nan); the model's training must have gone astray")
    if task.kind == "language_modeling":
        right = scores[0].greedy
    else:
        right = losses.index(min(losses)) == task.items[number].gold
    return Answer(right, any(len(prompt.tokens) > longest for prompt in prompts))


def examples(task: Task, number: int) -> str:
    """What stands in front of an item: some of the others, with the right answers, an empty line behind each. Every
    item draws its own, and always the same."""
    others = task.items[:number] + task.items[number + 1 :]
    drawn = random.Random(1234 + number).sample(others, task.shots)
    return "".join(f"{item.options[item.gold]}\n\n" for item in drawn)


def prompts_of(task: Task, number: int, tokenizer) -> list[Prompt]:
    """A prompt for every option of an item. What is asked for begins where the options of a question part, or is what
    the options of a schema end with: tokens decide, since they do not keep to the borders of words. The last token is
    asked for always, also of an option that another begins with, and the first never."""
    item, before = task.items[number], examples(task, number)
    rows = [tokens_of(before + option, tokenizer, task.label) for option in item.options]
    if task.kind == "schema":
        shared = shared_length([row[:0:-1] for row in rows])
        return [Prompt(row, len(row) - shared) for row in rows]
    shorter = [row[:-1] for row in rows]
    if task.kind == "language_modeling":
        shorter.append(tokens_of((before + item.question).strip(), tokenizer, task.label))
    return [Prompt(row, shared_length(shorter)) for row in rows]


def tokens_of(text: str, tokenizer, label: str) -> list[int]:
    """A boundary, and the text: what a document begins with in training."""
    try:
        return [tokenizer.beginning, *tokenizer.encode(text)]
    except ValueError as error:
        raise UsageError(
            f"{label}: it cannot be written in the model's tokens ({error}); take a model that was trained on running "
            "English text, or leave the task out with --tasks"
        ) from error


def shared_length(rows: Sequence[Sequence[int]]) -> int:
    """How many tokens all rows begin with."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))


def end_of(prompt: Prompt, longest: int) -> Prompt:
    """As much of a prompt as the model has positions for: its end, where that stands which is asked for."""
    surplus = max(0, len(prompt.tokens) - longest)
    return Prompt(prompt.tokens[surplus:], max(1, prompt.start - surplus))


@torch.inference_mode()
def score(model, prompts: list[Prompt]) -> list[Score]:
    """How likely the model finds the end of each prompt, all of them in one batch.

    loss = mean of -log softmax(logits[t - 1])[token t] over t = start, start + 1, ...

    What shorter rows are filled up with stands behind them, where no token of theirs looks.
    """
    rows = [torch.tensor(prompt.tokens, device=model.get_device()) for prompt in prompts]
    scores = []
    for (tokens, start), row, logits in zip(prompts, rows, model(pad_sequence(rows, batch_first=True)), strict=True):
        predicted, target = logits[start - 1 : len(tokens) - 1], row[start:]
        loss = F.cross_entropy(predicted, target).item()
        scores.append(Score(loss, torch.equal(predicted.argmax(dim=-1), target)))
    return scores
