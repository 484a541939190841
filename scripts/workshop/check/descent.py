"""Steps with an optimizer: chosen gradients go in, and what became of the weights comes out."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from scripts.workshop.check.cases import draw

Row = list[Tensor | None]  # for one step the gradient of every weight, None where it has none


def drawn(shapes: Sequence[tuple[int, ...]], count: int) -> list[Row]:
    """Gradients for `count` steps."""
    return [[draw(*shape, seed=100 * step + place) for place, shape in enumerate(shapes)] for step in range(count)]


def with_gaps(shapes: Sequence[tuple[int, ...]]) -> list[Row]:
    """Four steps: the first weight has no gradient in the second one, the second weight none before the third."""
    rows = drawn(shapes, 4)
    rows[1][0] = rows[0][1] = rows[1][1] = None
    return rows


def start(shapes: Sequence[tuple[int, ...]]) -> list[nn.Parameter]:
    return [nn.Parameter(draw(*shape, seed=9000 + place)) for place, shape in enumerate(shapes)]


def descend(
    make: Callable[[list[nn.Parameter]], torch.optim.Optimizer],
    weights: list[nn.Parameter],
    gradients: Sequence[Row],
    change: Callable[[torch.optim.Optimizer, int], None] | None = None,
    saved_after: int | None = None,
) -> dict:
    """Take a step with each row of gradients. change: what is set on the optimizer before a step, counted from 1.
    saved_after: behind this step, go on with a new optimizer, which has been given the state of the old one."""
    optimizer = make(weights)
    # The same memory as the weights', where whoever shares it would look, and a memory for each gradient that stays the
    # same from step to step, as when gradients are set to zero and not to none.
    shared, memory = [weight.detach() for weight in weights], [torch.zeros_like(weight) for weight in weights]
    names = [f"the weight of shape {tuple(weight.shape)}" for weight in weights]
    report: dict[str, Any] = {}
    for step, row in enumerate(gradients, start=1):
        for weight, gradient, place in zip(weights, row, memory, strict=True):
            weight.grad = None if gradient is None else place.copy_(gradient)
        if change:
            change(optimizer, step)
        optimizer.step()
        report |= {f"{name} after step {step}": weight.clone() for name, weight in zip(names, shared, strict=True)}
        for name, gradient, place in zip(names, row, memory, strict=True):
            if gradient is not None:
                report[f"the gradient of {name} after step {step}"] = place.clone()
        if step == saved_after:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = make(weights)
            optimizer.load_state_dict(state)
    for name, weight in zip(names, weights, strict=True):
        report |= {f'"{key}" of {name}': value for key, value in remembered(optimizer.state[weight]).items()}
    return report


def remembered(state: dict) -> dict:
    """What an optimizer keeps of a weight, under the names that its docstring gives; a count may be a tensor too."""
    kept = {key: state[key] for key in ("exp_avg", "exp_avg_sq", "momentum_buffer") if key in state}
    return kept | ({"step": float(state["step"])} if "step" in state else {})
