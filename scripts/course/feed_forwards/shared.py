"""Cases for the files of feed_forwards/."""

import torch
from torch import nn

from scripts.project.implementation import Implementation
from scripts.workshop.check.cases import (
    attributes,
    case_of,
    draw,
    fill,
    growth,
    outcome,
    parameters,
    share_of_zeros,
    small,
)


def layer_cases(module: str, kind: str) -> None:
    """What both MLPs are asked that obey the configuration."""
    init, forward = (f"feed_forwards.{module}.{kind}.{method}" for method in ("__init__", "forward"))

    def build(package: Implementation, **changes) -> nn.Module:
        return getattr(getattr(package.feed_forwards, module), kind)(small(**changes))

    def made(package, **changes) -> dict:
        built = build(package, **changes)
        activation = getattr(built, "activation", None)
        return {
            "the parameters": parameters(built),
            "what the activation gives": activation(draw(8)) if callable(activation) else "not set",
            "the dropout": attributes(getattr(built, "dropout", None), "p"),
        }

    def applied(package, *shape: int, **changes) -> dict:
        filled = fill(build(package, **changes))
        return outcome(filled, draw(*shape, 24), module=filled)

    case_of(init, "a width of 8")(lambda package: made(package, n_embd=8))
    case_of(init, "a width of 24")(lambda package: made(package) | applied(package, 2, 5))
    case_of(init, "biases, another activation, dropout")(
        lambda package: made(package, bias=True, activation="silu", dropout=0.25)
    )
    case_of(init, "a hidden width that was asked for, another activation, dropout")(
        lambda package: made(package, ffn_hidden=20, activation="gelu", dropout=0.5)
    )
    case_of(forward, "inputs of both signs")(lambda package: applied(package, 2, 5))
    case_of(forward, "another activation, and biases")(
        lambda package: applied(package, 2, 5, activation="gelu", bias=True)
    )

    case_of(forward, "bfloat16 weights and inputs", torch.bfloat16)(
        lambda package: {"the dtype": str(applied(package, 2, 5)["the result"].dtype)}
    )

    def dropped(package, **changes):
        torch.manual_seed(0)
        filled, x = fill(build(package, dropout=0.25, **changes)), draw(50, 20, 24)
        with torch.no_grad():
            trained, evaluated = filled.train()(x), filled.eval()(x)
        return {
            "the fraction of outputs dropped": share_of_zeros(trained, 0.25),
            # Whatever is not dropped is enlarged by 4/3.
            "what the rest is multiplied by": growth(trained, evaluated),
            "the result in evaluation": evaluated,
        }

    case_of(forward, "dropout, in training and in evaluation")(dropped)
    case_of(forward, "dropout, biases and another activation, in training and in evaluation")(
        lambda package: dropped(package, bias=True, activation="silu")
    )

    @case_of(forward, "an input of one token")
    def single(package):
        filled = fill(build(package), std=1.0)
        return outcome(filled, draw(1, 1, 24, seed=5), module=filled)
