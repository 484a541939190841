"""Optimizers by name, their learning rates, and the schedule of these."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reference.optimization import schedules
from scripts.project import UsageError, some
from scripts.project.implementation import Implementation

from .plan import Optimization

if TYPE_CHECKING:
    import torch

# For each name: the file, the function that sets the optimizers up, and what it is called with besides the rates.
OPTIMIZERS = {
    "nanochat": ("optimizers", "setup_nanochat", {}),
    "nanochat_2026": ("nanochat_2026", "setup_nanochat_2026", {}),
    "adamw": ("adamw", "setup_adamw", {}),
    "readable_adamw": ("adamw", "setup_adamw", {"readable": True}),
    "muon": ("muon", "setup_muon", {}),
}
RATES = {
    "learning_rate": "AdamW's peak learning rate",
    "matrix_lr": "Muon's learning rate, for the matrices of the blocks",
    "head_lr": "AdamW's learning rate for the head at n_embd = 768",
    "embedding_lr": "AdamW's learning rate for the embedding at n_embd = 768",
    "vector_lr": "AdamW's learning rate for norms, biases and positions at n_embd = 768",
    "scalar_lr": "AdamW's learning rate for x0_lambda; that for resid_lambda is a hundredth of it",
    "weight_decay": "weight decay of matrices, times the learning rate in each step",
    "beta1": "decay of the first moment, the moving average of the gradients",
    "beta2": "decay of the second moment, the moving average of their squares",
    "eps": "added to the root of the second moment",
}
UNASKED = "wsd"  # the schedule where none is asked for
# Settings and values that were renamed: command lines, saved runs and checkpoints may have the old names.
OLD_NAMES = {"final_lr": "min_lr_ratio", "trapezoidal": "wsd"}
# Settings that older runs do not know: they have what these mean.
SINCE = {"qk_clip": None, "index_warmup_iters": 0}
# What the optimizers of older versions called the tensors that they keep of a weight.
OLD_STATE = {"mean": "exp_avg", "mean_square": "exp_avg_sq", "momentum": "momentum_buffer"}


def with_new_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of an `Optimization` in the names of today, with those that have come since; a schedule that nobody has
    asked for has a name too."""
    named = SINCE | {
        OLD_NAMES.get(name, name): OLD_NAMES.get(value, value) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    return named | {"schedule": named["schedule"] or UNASKED} if "schedule" in named else named


def default_rates(optimization: Optimization, implementation: Implementation) -> dict[str, float]:
    """Those of RATES that the optimizer has, and what they are unless something else is asked for."""
    file, name, _ = OPTIMIZERS[optimization.optimizer]
    parameters = inspect.signature(getattr(getattr(implementation.optimization, file), name)).parameters
    return {name: parameter.default for name, parameter in parameters.items() if name in RATES}


def require_known_rates(optimization: Optimization, implementation: Implementation) -> None:
    """Raises `UsageError` where the optimizer has no such rate."""
    known = default_rates(optimization, implementation)
    if unknown := [rate for rate in optimization.rates if rate not in known]:
        raise UsageError(f"--{unknown[0]}: the optimizer {optimization.optimizer} has none; it has {some(known)}")


def set_up_optimizers(
    optimization: Optimization, implementation: Implementation, model: "torch.nn.Module"
) -> list["torch.optim.Optimizer"]:
    """The optimizers of a model. Raises `UsageError` where they have no such rate."""
    file, name, settings = OPTIMIZERS[optimization.optimizer]
    require_known_rates(optimization, implementation)
    optimizers = getattr(getattr(implementation.optimization, file), name)(model, **optimization.rates, **settings)
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group.setdefault("initial_lr", group["lr"])
    return optimizers


def rate_factor(optimization: Optimization, implementation: Implementation, step: int, max_iters: int) -> float:
    """The factor of the initial rates. A schedule that is asked for is the implementation's."""
    if optimization.schedule is None:
        return schedules.learning_rate_factor(
            step, max_iters, UNASKED, optimization.warmup_iters, optimization.min_lr_ratio
        )
    factor = implementation.optimization.schedules.learning_rate_factor
    return factor(step, max_iters, optimization.schedule, optimization.warmup_iters, optimization.min_lr_ratio)


def muon_momentum(step: int) -> float:
    """Muon's momentum: from 0.85 to 0.95 over the first 300 steps, while gradients still change quickly."""
    return 0.85 + (0.95 - 0.85) * min(1.0, step / 300)
