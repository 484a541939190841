"""Cases for norms.py."""

import torch

from scripts.workshop.check.cases import case_of, draw, fill, outcome


def function_cases(piece: str, function: str) -> None:
    """What both norms are asked that are plain functions of a vector and eps."""

    def apply(package, x, eps):
        return outcome(getattr(package.norms, function), x, eps)

    case_of(piece, "ordinary vectors")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case_of(piece, "vectors far from zero: all numbers near 8")(lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6))
    case_of(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 1024, 1e-6))
    case_of(piece, "a large eps")(lambda package: apply(package, draw(2, 3, 8), 0.5))
    case_of(piece, "a vector of zeros")(lambda package: apply(package, torch.zeros(2, 8), 1e-4))
    case_of(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 1e-6))
    case_of(piece, "four axes, all of one length")(lambda package: apply(package, draw(4, 4, 4, 4), 1e-6))

    @case_of(piece, "bfloat16 vectors", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.norms, function)(draw(4, 64), 1e-6)}

    @case_of(piece, "float16 vectors whose squares are too large for float16", dtype=torch.float16)
    def float16(package):
        return {"the result": getattr(package.norms, function)(300 * draw(4, 64), 1e-6)}


def module_cases(name: str) -> None:
    """What every norm is asked that is a module: weights that differ in every channel, small inputs, bfloat16."""
    piece = f"norms.{name}.forward"

    def made(package, eps: float):
        return fill(getattr(package.norms, name)(8, eps))

    def apply(package, x, eps):
        module = made(package, eps)
        return outcome(module, x, module=module)

    case_of(piece, "weights of its own for every channel")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case_of(piece, "as many tokens as channels")(lambda package: apply(package, draw(8, 8, 8), 1e-6))
    # Where a tanh is flat, its gradient is nothing but rounding errors.
    if name != "DyT":
        case_of(piece, "vectors far from zero: all numbers near 8")(
            lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6)
        )
    case_of(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 64, 1e-3))
    case_of(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 0.5))

    @case_of(piece, "bfloat16 weights and vectors, the weights small", dtype=torch.bfloat16)
    def bfloat16(package):
        module = fill(getattr(package.norms, name)(64, 1e-6), spread=1 / 256)
        return {"the result": module(draw(4, 64)).detach()}


def rounding_case(name: str, weight: list[float]) -> None:
    """Vectors of length 3 times the root of 8: many of their normed numbers are no bfloat16, but most of those times
    the factor are. So it shows which of the two is rounded."""

    @case_of(f"norms.{name}.forward", "bfloat16 numbers that show what is rounded, and when", dtype=torch.bfloat16)
    def rounded(package):
        module = getattr(package.norms, name)(8, 1e-6)
        with torch.no_grad():
            module.weight.copy_(torch.tensor(weight))
            # As a list: here every digit counts.
            return {"the result": module(torch.tensor([-1.0, -7.0, -3.0, 1.0, 1.0, 1.0, 1.0, 3.0])).tolist()}
