"""What norms.soft_cap is asked."""

import torch

from scripts.workshop.check.cases import case_of, draw, outcome


def cap_cases() -> None:
    piece = "norms.soft_cap"

    def apply(package, x, cap: float):
        return outcome(package.norms.soft_cap, x, cap)

    case_of(piece, "numbers far below the cap")(lambda package: apply(package, draw(2, 3, 8) / 8, 20.0))
    case_of(piece, "numbers on both sides of the cap")(lambda package: apply(package, 4 * draw(2, 3, 8), 5.0))
    case_of(piece, "a cap below one")(lambda package: apply(package, draw(2, 3, 8), 0.25))
    case_of(piece, "a cap that is a whole number")(lambda package: apply(package, 30 * draw(3, 4), 50))
    case_of(piece, "zeros")(lambda package: apply(package, torch.zeros(2, 8), 2.0))
    case_of(piece, "four axes, all of one length")(lambda package: apply(package, 8 * draw(4, 4, 4, 4), 10.0))
    case_of(piece, "a single number, without any axis")(lambda package: apply(package, 3 * draw(1)[0].detach(), 2.0))

    @case_of(piece, "numbers so large that an exponential of them is infinite")
    def far_out(package):
        # Beside them small ones, whose gradients say how large rounding errors may be.
        return apply(package, draw(4, 8) * torch.tensor([[1.0], [30.0], [1000.0], [1e6]]), 2.0)

    @case_of(piece, "bfloat16 numbers", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": package.norms.soft_cap(4 * draw(4, 64), 5.0)}

    @case_of(piece, "float16 numbers, so large that there is no float16 for twice as much", dtype=torch.float16)
    def float16(package):
        return {"the result": package.norms.soft_cap(torch.tensor([40000.0, -60000.0, 3.0, 700.0]), 30.0)}


cap_cases()
