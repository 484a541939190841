"""The norm-placement experiment: the same small model of names, with its norms in different places.

Eight layers of four heads, 16 wide, read one name a step. AdamW's learning rate falls linearly, and nothing warms up
unless that is asked for. Everything but the place of the norms is the same, the first weights too as far as they are
there.
"""

import functools
import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.optimization.schedules import learning_rate_factor
from scripts.looking.inside import stream_in
from scripts.project import UsageError
from scripts.project.implementation import Implementation
from scripts.training.text.texts import read_text
from scripts.workshop.pieces.loading import load

from .grid import Advance, Result, Trial

PLACEMENTS = (
    *("pre", "post", "none", "sandwich", "output", "parallel", "parallel_two_norms", "deepnorm"),
    *("keel", "minimax", "layernorm_scaling", "depth_scaled", "layerscale", "rezero"),
    "post,pre,pre,pre",  # Mix-LN: a quarter of the layers with post-norm
)
SIZES = {"n_layer": 8, "n_head": 4, "n_embd": 16, "max_seq_len": 16}
SAMPLES, TEMPERATURE = 5, 0.5
MOMENTS = (0, 0.01, 0.1, 1)  # of the training, at which one looks inside
PROBED = 32  # sequences


@dataclass(frozen=True)
class Names:
    """Short documents and their characters as tokens: the letters in their order, then the boundary between names."""

    documents: list[str]

    @cached_property
    def token_of(self) -> dict[str, int]:
        return {letter: token for token, letter in enumerate(sorted(set("".join(self.documents))))}

    @property
    def boundary(self) -> int:
        return len(self.token_of)

    def tokens(self, name: str) -> list[int]:
        return [self.boundary, *(self.token_of[letter] for letter in name), self.boundary]

    def read_in(self, step: int) -> list[int]:
        """The tokens of a step's name, cut to what the model reads and the token behind it."""
        return self.tokens(self.documents[step % len(self.documents)])[: SIZES["max_seq_len"] + 1]

    def text(self, tokens: list[int]) -> str:
        letters = list(self.token_of)
        return "".join(letters[token] for token in itertools.takewhile(lambda token: token != self.boundary, tokens))

    def probe(self, count: int, length: int) -> Tensor:
        """The first names, one behind another, as `count` sequences of `length` + 1 tokens."""
        tokens = (token for name in itertools.cycle(self.documents) for token in self.tokens(name)[:-1])
        return torch.tensor(list(itertools.islice(tokens, count * (length + 1)))).view(count, length + 1)


@functools.cache
def read_names(data: str, seed: int) -> Names:
    """The names of `--data`, in the order that the seed gives. Raises `UsageError` where they are no lines."""
    text = read_text(data)
    if text.running:
        raise UsageError(f"--data {data}: this experiment reads short lines, names say; this is running text")
    documents = list(text.documents)
    random.Random(seed).shuffle(documents)
    return Names(documents)


def configuration(placement: str, vocab_size: int, n_layer: int, normalization: str = "rmsnorm") -> GPTConfig:
    return GPTConfig(
        **SIZES | {"n_layer": n_layer},
        vocab_size=vocab_size,
        norm_position=placement,
        normalization=normalization,
        norm_eps=1e-5,
        position_encoding="learned_absolute",
        activation="relu",
        attention_backend="sdpa",
        qk_norm="off",
        embedding_norm=False,
        logit_softcap=None,
        init="deepnorm" if placement == "deepnorm" else "torch",
    )


def configuration_of(trial: Trial, names: Names) -> GPTConfig:
    others = {name: trial[name] for name in ("normalization",) if name in trial}
    return configuration(trial["placement"], names.boundary + 1, trial["n_layer"], **others)


def draw_weights(model: GPT, seed: int) -> None:
    """First weights, drawn in the order in which tokens go through the model: so all placements begin with the same.

    DeepNorm has a way of its own, which is half of what it is.
    """
    torch.manual_seed(seed)
    if model.config.init == "deepnorm":
        initialise(model)
        return
    for part in (model.embedding, model.blocks, model.head):
        for module in part.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                module.reset_parameters()


def look_inside(model: GPT, probe: Tensor) -> dict[str, list[float]]:
    """What is inside, layer by layer, on a batch that it does not learn from. `model` keeps no gradient of it.

    stream: the root mean square of the residual stream; first of what enters the first block, then of what leaves each.
    gradients: the norm of the loss's gradient with respect to all weights of each block that it depends on.
    """
    sizes: list[float] = []

    def measure(carried: Any) -> None:
        sizes.append(stream_in(carried).square().mean().sqrt().item())

    hooks = [model.blocks[0].register_forward_pre_hook(lambda block, args: measure(args[0]))]
    hooks += [block.register_forward_hook(lambda block, args, stream: measure(stream)) for block in model.blocks]
    model(probe[:, :-1], probe[:, 1:]).backward()
    for hook in hooks:
        hook.remove()
    found = [[weight.grad for weight in block.parameters() if weight.grad is not None] for block in model.blocks]
    gradients = [math.hypot(*(gradient.norm().item() for gradient in block)) for block in found]
    model.zero_grad(set_to_none=True)
    return {"stream": sizes, "gradients": gradients}


def train(trial: Trial, advance: Advance, implementation: Implementation | None = None) -> Result:
    """One training, of the reference unless another implementation is given.

    A trial has data, seed, placement, n_layer, learning_rate, warmup_iters and max_iters; and normalization, where it
    is another than RMS norm with weights.
    """
    implementation = implementation or load("reference")
    names = read_names(trial["data"], trial["seed"])
    model = implementation.gpt.GPT(configuration_of(trial, names))
    draw_weights(model, trial["seed"])
    optimizer = optimizer_of(model.parameters())
    record = Record(trial, names, model, implementation)
    for step in range(trial["max_iters"]):
        tokens = torch.tensor([names.read_in(step)])
        loss = model(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        follow_schedule(optimizer, trial, step)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        record.add(loss.item())
        advance(1)
    return record.result()


def train_together(trials: list[Trial], advance: Advance) -> list[Result]:
    """Trainings that differ in nothing but the seed, as one: every weight is a stack of theirs, and all of them take
    each step at once. Of models so small, the calls into torch cost more than the numbers, and here they are shared.

    Names are filled up to one length; what is behind their end is no target, and nothing before it can see it.
    """
    if len(trials) == 1:
        return [train(trials[0], advance)]
    from torch.func import functional_call, grad_and_value, stack_module_state, vmap
    from torch.fx.experimental.proxy_tensor import make_fx

    records = []
    for trial in trials:
        names = read_names(trial["data"], trial["seed"])
        # Where PyTorch's own kernel stands for attention, there is no stacked one.
        config = configuration_of(trial, names)
        model = GPT(replace(config, attention_backend="manual"))
        draw_weights(model, trial["seed"])
        records.append(Record(trial, names, model, load("reference")))
    models = [record.model for record in records]
    stacked = {name: nn.Parameter(weight.detach()) for name, weight in stack_module_state(models)[0].items()}
    optimizer = optimizer_of(stacked.values())

    def loss_of(weights: dict[str, Tensor], tokens: Tensor, targets: Tensor) -> Tensor:
        return functional_call(models[0], weights, (tokens, targets))

    def batch_of(step: int) -> tuple[Tensor, Tensor]:
        rows = torch.full((len(trials), 1, SIZES["max_seq_len"] + 1), -1)
        for row, record in zip(rows, records, strict=True):
            name = torch.tensor(record.names.read_in(step))
            row[0, : len(name)] = name
        return rows[..., :-1].clamp(min=0), rows[..., 1:]

    # What torch does in one step, written down once, without the search for it in every step.
    gradients_and_losses = make_fx(vmap(grad_and_value(loss_of)))(stacked, *batch_of(0))
    for step in range(trials[0]["max_iters"]):
        with torch.no_grad():
            gradients, losses = gradients_and_losses(stacked, *batch_of(step))
        for name, weight in stacked.items():
            # The fused AdamW reads its numbers in the order in which those of the weight lie in memory.
            weight.grad = gradients[name].contiguous()
        follow_schedule(optimizer, trials[0], step)
        optimizer.step()
        for index, (record, loss) in enumerate(zip(records, losses.tolist(), strict=True)):
            record.add(loss, {name: weight[index].detach() for name, weight in stacked.items()})
        advance(len(trials))
    return [record.result() for record in records]


def optimizer_of(weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(weights, betas=(0.85, 0.99), eps=1e-8, weight_decay=0.01, fused=True)


def follow_schedule(optimizer: torch.optim.Optimizer, trial: Trial, step: int) -> None:
    """Set the learning rate of this step."""
    for group in optimizer.param_groups:
        factor = learning_rate_factor(step, trial["max_iters"], "linear", trial["warmup_iters"])
        group["lr"] = trial["learning_rate"] * factor


class Record:
    """What is kept of one training."""

    def __init__(self, trial: Trial, names: Names, model: GPT, implementation: Implementation):
        self.trial, self.names, self.model, self.implementation = trial, names, model, implementation
        self.probe = names.probe(PROBED, SIZES["max_seq_len"])
        self.moments = {round(share * trial["max_iters"]) for share in MOMENTS}
        self.losses: list[float] = []
        self.inside = {0: look_inside(model, self.probe)}

    def add(self, loss: float, weights: dict[str, Tensor] | None = None) -> None:
        """The loss of the next step, and what is inside behind it where one looks; `weights` where they are not the
        model's own."""
        self.losses.append(loss)
        if len(self.losses) in self.moments:
            if weights:
                self.model.load_state_dict(weights)
            self.inside[len(self.losses)] = look_inside(self.model, self.probe)

    def result(self) -> Result:
        return {
            "params": sum(weight.numel() for weight in self.model.parameters()),
            "losses": self.losses,
            "samples": written(self.implementation, self.model, self.names, self.trial["seed"]),
            "inside": self.inside,
        }


def written(implementation: Implementation, model: GPT, names: Names, seed: int) -> list[str]:
    """A few names of the model's own; none where its weights are no numbers any more."""
    if not all(weight.isfinite().all() for weight in model.parameters()):
        return []
    prompt = torch.full((SAMPLES, 1), names.boundary)
    generator = torch.Generator().manual_seed(seed)
    length = SIZES["max_seq_len"] - 1
    rows = implementation.decoding.generation.generate(model.eval(), prompt, length, TEMPERATURE, generator=generator)
    return [names.text(row) for row in rows[:, 1:].tolist()]


def figures(losses: list[float]) -> dict[str, float | None]:
    """What is told of a training's losses, in nats per token; None for what is no number any more."""
    told = {
        "first50": mean(losses[:50]),
        "last100": mean(losses[-100:]),
        "max20": max(losses[:20]),
        "min": min(losses),
    }
    return {name: value if math.isfinite(value) else None for name, value in told.items()}


def diverged(run: dict, vocab_size: int) -> bool:
    """Whether it ends worse than by guessing, every token as likely as the others."""
    return run["last100"] is None or run["last100"] > math.log(vocab_size)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)
