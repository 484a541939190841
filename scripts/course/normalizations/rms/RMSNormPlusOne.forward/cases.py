"""What normalizations.rms.RMSNormPlusOne.forward is asked."""

import torch

from scripts.course.normalizations.rms.shared import rounding_case
from scripts.course.norms.shared import module_cases
from scripts.workshop.check.cases import case, draw

module_cases("normalizations.rms.RMSNormPlusOne")
rounding_case("normalizations.rms.RMSNormPlusOne", [-6, 4, -3, 0, 6, 2, 0, 3])


@case("bfloat16 weights so small that one plus the weight is no bfloat16", dtype=torch.bfloat16)
def lost_weights(package):
    """The factor is 1.0037, and 1 where it is rounded. A single element does not show that, but the size of all does:
    their roundings cancel."""
    module = package.normalizations.rms.RMSNormPlusOne(64, 1e-6)
    torch.nn.init.constant_(module.weight, 2**-8 - 2**-12)
    result = module(draw(256, 64)).detach()
    return {"the root mean square of the result": result.double().pow(2).mean().sqrt().item()}
