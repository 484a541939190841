"""Cases for feed_forwards/activations.py."""

import torch

from scripts.workshop.check.cases import case_of, draw, outcome


def activation_cases(name: str) -> None:
    piece = f"feed_forwards.activations.{name}"

    def activation(package):
        return getattr(package.feed_forwards.activations, name)

    case_of(piece, "inputs of both signs")(lambda package: outcome(activation(package), draw(2, 3, 8)))
    case_of(piece, "large inputs of both signs")(lambda package: outcome(activation(package), 30 * draw(4, 8)))
    case_of(piece, "small inputs")(lambda package: outcome(activation(package), draw(4, 8) / 64))

    @case_of(piece, "zeros")
    def zeros(package):
        # Without the gradient: at a kink, any slope between the two sides is right.
        return {"the result": activation(package)(torch.zeros(2, 3))}

    @case_of(piece, "inputs far from zero, on both sides")
    def far(package):
        # As long a way as float32 has exponentials for, and longer; what counts here is that nothing is infinite.
        return outcome(activation(package), torch.tensor([[-300.0, -95.0, -20.0], [20.0, 95.0, 300.0]]))

    @case_of(piece, "bfloat16 inputs", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": activation(package)(draw(4, 64))}
