"""Cases for schedules.py."""

from functools import partial

import torch

from scripts.workshop.check.cases import case_of


def curve(factor, points) -> torch.Tensor:
    """A factor at many points, as one tensor: where it should be zero, what counts is how large it was before."""
    return torch.tensor([factor(point) for point in points], dtype=torch.float64)


def shape_case(name: str, about: str, **settings) -> None:
    piece = f"optimization.schedules.{name}"

    @case_of(piece, f"a third of the way done{about}")
    def somewhere(package):
        return {"the result": getattr(package.optimization.schedules, name)(1 / 3, **settings)}

    @case_of(piece, f"a whole training, from p = 0 to 1{about}")
    def everywhere(package):
        return {
            "the curve": curve(
                partial(getattr(package.optimization.schedules, name), **settings), [i / 20 for i in range(21)]
            )
        }
