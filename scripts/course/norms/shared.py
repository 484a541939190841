"""What norms are asked, in whichever file they stand."""

import operator

import torch

from scripts.workshop.check.cases import case_of, draw, fill, outcome


def function_cases(piece: str) -> None:
    """What every norm is asked that is a plain function of a vector and eps."""
    norm = operator.attrgetter(piece)

    def apply(package, x, eps):
        return outcome(norm(package), x, eps)

    case_of(piece, "ordinary vectors")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case_of(piece, "vectors far from zero: all elements near 8")(
        lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6)
    )
    case_of(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 1024, 1e-6))
    case_of(piece, "a large eps")(lambda package: apply(package, draw(2, 3, 8), 0.5))
    case_of(piece, "a vector of zeros")(lambda package: apply(package, torch.zeros(2, 8), 1e-4))
    case_of(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 1e-6))
    case_of(piece, "four axes, all of one length")(lambda package: apply(package, draw(4, 4, 4, 4), 1e-6))

    @case_of(piece, "bfloat16 vectors", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": norm(package)(draw(4, 64), 1e-6)}

    @case_of(piece, "float16 vectors whose squares are too large for float16", dtype=torch.float16)
    def float16(package):
        return {"the result": norm(package)(300 * draw(4, 64), 1e-6)}


def module_cases(norm: str) -> None:
    """What every norm is asked that is a module: weights that differ in every channel, small inputs, bfloat16. norm:
    its file and class, `normalizations.rms.RMSNorm`."""
    piece, kind = f"{norm}.forward", operator.attrgetter(norm)

    def apply(package, x, eps):
        module = fill(kind(package)(8, eps))
        return outcome(module, x, module=module)

    case_of(piece, "weights of its own for every channel")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case_of(piece, "as many tokens as channels")(lambda package: apply(package, draw(8, 8, 8), 1e-6))
    # Where a tanh is flat, its gradient is nothing but rounding errors.
    if not norm.endswith("DyT"):
        case_of(piece, "vectors far from zero: all elements near 8")(
            lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6)
        )
    case_of(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 64, 1e-3))
    case_of(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 0.5))

    @case_of(piece, "bfloat16 weights and vectors, the weights small", dtype=torch.bfloat16)
    def bfloat16(package):
        module = fill(kind(package)(64, 1e-6), std=1 / 256)
        return {"the result": module(draw(4, 64)).detach()}
