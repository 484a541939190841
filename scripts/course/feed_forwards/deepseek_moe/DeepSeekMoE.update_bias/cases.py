"""What feed_forwards.deepseek_moe.DeepSeekMoE.update_bias is asked."""

import torch

from scripts.course.feed_forwards.deepseek_moe.shared import mixture
from scripts.workshop.check.cases import case


def updated(package, *loads: list[float], **changes) -> dict:
    module = mixture(package, **changes)
    load = torch.tensor(loads[0])
    for each in loads:
        load = torch.tensor(each)
        module.update_bias(load)
    buffers = dict(module.named_buffers())
    return {
        "the correction bias": buffers["correction_bias"],
        "its dtype is at least float32": torch.finfo(buffers["correction_bias"].dtype).bits >= 32,
        "the load after the call": load,
    }


UNEVEN = [9.0, 4.0, 3.0, 0.0, 5.0, 4.0, 6.0, 1.0]


case("an uneven load, and two experts with just the mean")(lambda package: updated(package, UNEVEN))


case("three steps")(lambda package: updated(package, UNEVEN, UNEVEN[::-1], [8.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]))


case("shares that are no whole numbers, and another speed")(
    lambda package: updated(package, [share / 64 for share in UNEVEN], bias_update_speed=0.5)
)


case("an even load")(lambda package: updated(package, [4.0] * 8))


case("a speed of zero")(lambda package: updated(package, UNEVEN, bias_update_speed=0.0))


@case("loads whose median is not their mean")
def skewed(package):
    return updated(package, [30.0, 5.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0])
