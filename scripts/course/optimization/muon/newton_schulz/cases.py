"""What optimization.muon.newton_schulz is asked."""

import torch

from scripts.workshop.check.cases import case, draw
from scripts.workshop.check.work import Work

SCHULZ = "optimization.muon.newton_schulz"


def schulz_case(about: str, *shape: int, size: float = 1.0, dtype=torch.float32, **steps) -> None:
    @case(about, dtype)
    def schulz(package):
        # The input is the same in every dtype, except for its size.
        G = size * draw(*shape)
        before = G.clone()
        with torch.no_grad():
            return {
                "the result": package.optimization.muon.newton_schulz(G, **steps),
                "by how much the call changes G": G - before,
            }


schulz_case("a wide matrix", 4, 9)


schulz_case("a tall matrix", 9, 4)


schulz_case("a square matrix", 5, 5)


schulz_case("a single row", 1, 6)


schulz_case("a single column", 6, 1)


schulz_case("large gradients", 4, 6, size=1000.0)


# Whether the norm is 1e-7 larger or at least 1e-7 is less than a rounding here: the field does both.
schulz_case("tiny gradients in bfloat16", 6, 4, size=2.0**-16, dtype=torch.bfloat16, steps=1)


schulz_case("zeros", 3, 5, size=0.0)


schulz_case("three steps", 4, 6, steps=3)


schulz_case("no step at all", 6, 4, steps=0)


schulz_case("bfloat16", 4, 6, dtype=torch.bfloat16)


@case("long matrices, of which only the smaller square should be made")
def long_matrices(package):
    report = {}
    for shape in ((60, 4), (4, 60)):
        with torch.no_grad(), Work() as work:
            result = package.optimization.muon.newton_schulz(draw(*shape))
        name = " x ".join(map(str, shape))
        report |= {f"the result of {name}": result, f"the larger square of {name} was made": work.largest >= 60 * 60}
    return report
