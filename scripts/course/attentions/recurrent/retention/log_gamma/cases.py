"""What attentions.recurrent.retention.log_gamma is asked."""

import torch

from scripts.workshop.check.cases import case


def decays(package, n_head: int) -> dict:
    return {"the logarithms": package.attentions.recurrent.retention.log_gamma(n_head)}


case("four heads")(lambda package: decays(package, 4))


case("a single head")(lambda package: decays(package, 1))


case("bfloat16 as torch's default", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(package.attentions.recurrent.retention.log_gamma(3).dtype)}
)
