"""Cases for muon.py."""

from functools import partial
from unittest import mock

import torch

from . import case, draw
from .descent import descend, drawn, start, with_gaps
from .work import Work

SCHULZ = "muon.newton_schulz"
STEP = "muon.Muon.step"
SHAPES = [(4, 4), (3, 6), (8, 2)]  # square, wide, tall
SETTINGS = {"lr": 0.1, "momentum": 0.7, "dtype": torch.float32}


def schulz_case(about: str, *shape: int, size: float = 1.0, dtype=torch.float32, **steps) -> None:
    @case(SCHULZ, about, dtype)
    def schulz(package):
        # What goes in is the same in every dtype, but for its size.
        G = size * draw(*shape)
        before = G.clone()
        with torch.no_grad():
            return {"the result": package.muon.newton_schulz(G, **steps), "input 1 after the call": G - before}


schulz_case("a wide matrix", 4, 9)
schulz_case("a tall matrix", 9, 4)
schulz_case("a square matrix", 5, 5)
schulz_case("a single row", 1, 6)
schulz_case("a single column", 6, 1)
schulz_case("large numbers", 4, 6, size=1000.0)
schulz_case("tiny numbers", 6, 4, size=1e-5)
schulz_case("numbers so small that the norm is below its least", 4, 6, size=1e-8)
schulz_case("zeros", 3, 5, size=0.0)
schulz_case("three rounds", 4, 6, steps=3)
schulz_case("no round at all", 6, 4, steps=0)
schulz_case("bfloat16", 4, 6, dtype=torch.bfloat16)


@case(SCHULZ, "long matrices, of which only the smaller square should be made")
def long_matrices(package):
    report = {}
    for shape in ((60, 4), (4, 60)):
        with torch.no_grad(), Work() as work:
            result = package.muon.newton_schulz(draw(*shape))
        name = " x ".join(map(str, shape))
        report |= {f"the result of {name}": result, f"the larger square of {name} was made": work.largest >= 60 * 60}
    return report


def muon(package, weights, **settings):
    """Muon, which orthogonalises in the dtype of the case."""
    return package.muon.Muon(weights, **SETTINGS | {"dtype": torch.get_default_dtype()} | settings)


def step_case(about: str, count: int, shapes=SHAPES, gradients=None, change=None, saved_after=None, **settings) -> None:
    @case(STEP, about)
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


@case(STEP, "two groups with settings of their own")
def two_groups(package):
    def make(weights):
        other = {"lr": 0.02, "momentum": 0.2}
        return muon(package, [{"params": weights[:2]}, {"params": weights[2:]} | other])

    return descend(make, start(SHAPES), drawn(SHAPES, 3))


@case(STEP, "groups that orthogonalise in bfloat16 and in float64")
def dtypes(package):
    given = []

    def schulz(G, *arguments, **settings):
        given.append(f"{' x '.join(map(str, G.shape))}: {G.dtype}")
        return G

    weights = start(SHAPES[:2])
    groups = [{"params": [weights[0]], "dtype": torch.bfloat16}, {"params": [weights[1]], "dtype": torch.float64}]
    optimizer = muon(package, groups)
    with mock.patch.object(package.muon, "newton_schulz", schulz):
        for weight in weights:
            weight.grad = torch.ones_like(weight)
        optimizer.step()
    return {
        "what newton_schulz is given": given,
        "the dtypes of the weights": [str(weight.dtype) for weight in weights],
    }
