"""What optimization.muon.Muon.step is asked."""

from functools import partial

import torch

from scripts.course.optimization.muon.shared import muon
from scripts.workshop.check.cases import case, draw
from scripts.workshop.check.descent import descend, drawn, start, with_gaps
from scripts.workshop.check.work import Work

STEP = "optimization.muon.Muon.step"


SHAPES = [(4, 4), (3, 6), (8, 2)]  # square, wide, tall


def step_case(about: str, count: int, shapes=SHAPES, gradients=None, change=None, saved_after=None, **settings) -> None:
    @case(about)
    def steps(package):
        rows = gradients() if gradients else drawn(shapes, count)
        return descend(partial(muon, package, **settings), start(shapes), rows, change, saved_after)


def warming_up(optimizer, step):
    for group in optimizer.param_groups:
        group["lr"] = 0.2 / step
        group["momentum"] = 0.5 + 0.1 * step


step_case("a single step", 1)


step_case("four steps", 4)


step_case("no momentum", 2, momentum=0.0)


step_case("zeros for a gradient", 2, SHAPES[2:], lambda: [[torch.zeros(8, 2)], [draw(8, 2)]])


step_case("gradients that are missing now and then", 4, SHAPES, partial(with_gaps, SHAPES))


step_case("settings that change from step to step", 3, change=warming_up)


step_case("a state that is saved and loaded after two steps", 4, saved_after=2)


@case("two groups with settings of their own")
def two_groups(package):
    def make(weights):
        other = {"lr": 0.02, "momentum": 0.2}
        return muon(package, [{"params": weights[:2]}, {"params": weights[2:]} | other])

    return descend(make, start(SHAPES), drawn(SHAPES, 3))


@case("groups that orthogonalise in bfloat16 and in float64")
def dtypes(package):
    report = {}
    for wanted in ([torch.bfloat16], [torch.float64], [torch.bfloat16, torch.float64]):
        weights = start(SHAPES[: len(wanted)])
        for weight in weights:
            weight.grad = torch.ones_like(weight)
        groups = [{"params": [weight], "dtype": dtype} for weight, dtype in zip(weights, wanted, strict=True)]
        optimizer = muon(package, groups)
        with Work() as work:
            optimizer.step()
        asked = " and ".join(map(str, wanted))
        report[f"the dtypes of matrix products where {asked} is asked for"] = sorted(map(str, work.dtypes))
        report[f"the dtypes of the weights where {asked} is asked for"] = [str(weight.dtype) for weight in weights]
        buffers = [optimizer.state[weight].get("momentum_buffer") for weight in weights]
        report[f"the dtypes of the momentum where {asked} is asked for"] = [
            str(buffer.dtype) if isinstance(buffer, torch.Tensor) else "none" for buffer in buffers
        ]
    return report
