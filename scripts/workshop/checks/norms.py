"""Cases for norms.py."""

import torch

from . import case, draw, fill, outcome


def function_cases(piece: str, function: str) -> None:
    """What both norms are asked that are plain functions of a vector and eps."""

    def apply(package, x, eps):
        return outcome(getattr(package.norms, function), x, eps)

    case(piece, "ordinary vectors")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case(piece, "vectors far from zero: all numbers near 8")(lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6))
    case(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 1024, 1e-6))
    case(piece, "a large eps")(lambda package: apply(package, draw(2, 3, 8), 0.5))
    case(piece, "a vector of zeros")(lambda package: apply(package, torch.zeros(2, 8), 1e-4))
    case(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 1e-6))
    case(piece, "four axes, all of one length")(lambda package: apply(package, draw(4, 4, 4, 4), 1e-6))

    @case(piece, "bfloat16 vectors", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.norms, function)(draw(4, 64), 1e-6)}

    @case(piece, "float16 vectors whose squares are too large for float16", dtype=torch.float16)
    def float16(package):
        return {"the result": getattr(package.norms, function)(300 * draw(4, 64), 1e-6)}


function_cases("norms.rms_norm", "rms_norm")
function_cases("norms.layer_norm", "layer_norm")


def cap_cases() -> None:
    piece = "norms.soft_cap"

    def apply(package, x, cap: float):
        return outcome(package.norms.soft_cap, x, cap)

    case(piece, "numbers far below the cap")(lambda package: apply(package, draw(2, 3, 8) / 8, 20.0))
    case(piece, "numbers on both sides of the cap")(lambda package: apply(package, 4 * draw(2, 3, 8), 5.0))
    case(piece, "a cap below one")(lambda package: apply(package, draw(2, 3, 8), 0.25))
    case(piece, "a cap that is a whole number")(lambda package: apply(package, 30 * draw(3, 4), 50))
    case(piece, "zeros")(lambda package: apply(package, torch.zeros(2, 8), 2.0))
    case(piece, "four axes, all of one length")(lambda package: apply(package, 8 * draw(4, 4, 4, 4), 10.0))
    case(piece, "a single number, without any axis")(lambda package: apply(package, 3 * draw(1)[0].detach(), 2.0))

    @case(piece, "numbers so large that an exponential of them is infinite")
    def far_out(package):
        # Beside them small ones, whose gradients say how large rounding errors may be.
        return apply(package, draw(4, 8) * torch.tensor([[1.0], [30.0], [1000.0], [1e6]]), 2.0)

    @case(piece, "bfloat16 numbers", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": package.norms.soft_cap(4 * draw(4, 64), 5.0)}

    @case(piece, "float16 numbers, so large that there is no float16 for twice as much", dtype=torch.float16)
    def float16(package):
        return {"the result": package.norms.soft_cap(torch.tensor([40000.0, -60000.0, 3.0, 700.0]), 30.0)}


cap_cases()


def module_cases(name: str) -> None:
    """What every norm is asked that is a module: weights that differ in every channel, small inputs, bfloat16."""
    piece = f"norms.{name}.forward"

    def made(package, eps: float):
        return fill(getattr(package.norms, name)(8, eps))

    def apply(package, x, eps):
        module = made(package, eps)
        return outcome(module, x, module=module)

    case(piece, "weights of its own for every channel")(lambda package: apply(package, draw(2, 3, 8), 1e-6))
    case(piece, "as many tokens as channels")(lambda package: apply(package, draw(8, 8, 8), 1e-6))
    # Where a tanh is flat, its gradient is nothing but rounding errors.
    if name != "DyT":
        case(piece, "vectors far from zero: all numbers near 8")(
            lambda package: apply(package, 8 + draw(2, 3, 8), 1e-6)
        )
    case(piece, "vectors so small that eps counts")(lambda package: apply(package, draw(2, 3, 8) / 64, 1e-3))
    case(piece, "a single vector, no batch")(lambda package: apply(package, draw(8), 0.5))

    @case(piece, "bfloat16 weights and vectors, the weights small", dtype=torch.bfloat16)
    def bfloat16(package):
        module = fill(getattr(package.norms, name)(64, 1e-6), spread=1 / 256)
        return {"the result": module(draw(4, 64)).detach()}


for name in ("LayerNorm", "LayerNormNoBias", "LayerNormNoParam", "RMSNorm", "RMSNormPlusOne", "DyT"):
    module_cases(name)


def rounding_case(name: str, weight: list[float]) -> None:
    """Vectors of length 3 times the root of 8: many of their normed numbers are no bfloat16, but most of those times
    the factor are. So it shows which of the two is rounded."""

    @case(f"norms.{name}.forward", "bfloat16 numbers that show what is rounded, and when", dtype=torch.bfloat16)
    def rounded(package):
        module = getattr(package.norms, name)(8, 1e-6)
        with torch.no_grad():
            module.weight.copy_(torch.tensor(weight))
            # As a list: here every digit counts.
            return {"the result": module(torch.tensor([-1.0, -7.0, -3.0, 1.0, 1.0, 1.0, 1.0, 3.0])).tolist()}


rounding_case("RMSNorm", [-5, 5, -2, 1, 7, 3, 1, 4])
rounding_case("RMSNormPlusOne", [-6, 4, -3, 0, 6, 2, 0, 3])
