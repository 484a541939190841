"""How a model is changed: which optimizer, at which rates, and how these rise and fall."""

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reference import schedules
from scripts.project import UsageError, some

from .implementation import Implementation

if TYPE_CHECKING:
    import torch

# For each name: the file, the function that sets the optimizers up, and what it is called with besides the rates.
OPTIMIZERS = {
    "nanochat": ("optimizers", "setup_optimizers", {}),
    "adamw": ("adamw", "setup_adamw", {}),
    "readable_adamw": ("adamw", "setup_adamw", {"readable": True}),
    "muon": ("muon", "setup_muon", {}),
}
RATES = {
    "learning_rate": "of AdamW, at the peak",
    "matrix_lr": "Muon's, for the matrices of the blocks",
    "head_lr": "AdamW's for the head at a width of 768",
    "embedding_lr": "AdamW's for the embedding at a width of 768",
    "vector_lr": "AdamW's for norms, biases and positions at a width of 768",
    "weight_decay": "of matrices, a step and unit of learning rate",
    "beta1": "how much of the mean of the gradients is kept",
    "beta2": "how much of the mean of their squares is kept",
    "eps": "what is added to the root of the latter",
}


@dataclass(frozen=True)
class Optimization:
    """Which optimizer, at which rates. A field that is None is as the optimizer or the schedule has it."""

    optimizer: str = "nanochat"  # a name in OPTIMIZERS
    rates: dict[str, float] = field(default_factory=dict)  # those of RATES that differ from the optimizer's defaults
    schedule: str | None = None  # a name in schedules.SCHEDULES; None: trapezoidal, whoever's code is trained
    warmup_iters: int = 0
    final_lr: float = 0.0  # the share of the peak that is left at the end
    clip: float | None = None  # the largest norm that a gradient may have; None: any

    def default_rates(self, implementation: Implementation) -> dict[str, float]:
        """Those of RATES that the optimizer has, and what they are unless something else is asked for."""
        file, name, _ = OPTIMIZERS[self.optimizer]
        parameters = inspect.signature(getattr(getattr(implementation, file), name)).parameters
        return {name: parameter.default for name, parameter in parameters.items() if name in RATES}

    def set_up(self, implementation: Implementation, model: "torch.nn.Module") -> list["torch.optim.Optimizer"]:
        """The optimizers of a model. Raises `UsageError` where they have no such rate."""
        file, name, settings = OPTIMIZERS[self.optimizer]
        known = self.default_rates(implementation)
        if unknown := [rate for rate in self.rates if rate not in known]:
            raise UsageError(f"--{unknown[0]}: the optimizer {self.optimizer} has none; it has {some(known)}")
        optimizers = getattr(getattr(implementation, file), name)(model, **self.rates, **settings)
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group.setdefault("initial_lr", group["lr"])
        return optimizers

    def factor(self, implementation: Implementation, step: int, max_iters: int) -> float:
        """What the initial rates are multiplied by. Whoever asks for a schedule meets the learner's."""
        if self.schedule is None:
            return schedules.learning_rate_factor(step, max_iters, "trapezoidal", self.warmup_iters, self.final_lr)
        factor = implementation.schedules.learning_rate_factor
        return factor(step, max_iters, self.schedule, self.warmup_iters, self.final_lr)


def muon_momentum(step: int) -> float:
    """Muon's momentum: from 0.85 to 0.95 over the first 300 steps, while the gradients still turn quickly."""
    return 0.85 + (0.95 - 0.85) * min(1.0, step / 300)
