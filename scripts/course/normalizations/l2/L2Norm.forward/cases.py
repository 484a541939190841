"""What normalizations.l2.L2Norm.forward is asked."""

import torch

from scripts.course.norms.shared import module_cases
from scripts.workshop.check.cases import case, draw

module_cases("normalizations.l2.L2Norm")


@case("float16 vectors whose squares are too large for float16", dtype=torch.float16)
def float16(package):
    return {"the result": package.normalizations.l2.L2Norm(64, 1e-6)(300 * draw(4, 64))}


@case("a vector of zeros")
def zeros(package):
    return {"the result": package.normalizations.l2.L2Norm(8, 1e-4)(torch.zeros(2, 8))}
