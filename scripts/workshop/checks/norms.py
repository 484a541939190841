"""Cases for norms.py."""

import torch

from . import case, draw, outcome


@case("norms.rms_norm", "ordinary vectors")
def ordinary(package):
    return outcome(package.norms.rms_norm, draw(2, 3, 8), 1e-6)


@case("norms.rms_norm", "vectors far from zero: all numbers near 50")
def offset(package):
    return outcome(package.norms.rms_norm, 50 + draw(2, 3, 8), 1e-6)


@case("norms.rms_norm", "vectors so small that eps counts")
def near_eps(package):
    return outcome(package.norms.rms_norm, draw(2, 3, 8) / 1024, 1e-6)


@case("norms.rms_norm", "a large eps")
def large_eps(package):
    return outcome(package.norms.rms_norm, draw(2, 3, 8), 0.5)


@case("norms.rms_norm", "a vector of zeros")
def zeros(package):
    return outcome(package.norms.rms_norm, torch.zeros(2, 8), 1e-4)


@case("norms.rms_norm", "a single vector, no batch")
def single(package):
    return outcome(package.norms.rms_norm, draw(8), 1e-6)


@case("norms.rms_norm", "four axes, all of one length")
def cube(package):
    return outcome(package.norms.rms_norm, draw(4, 4, 4, 4), 1e-6)


@case("norms.rms_norm", "bfloat16 vectors", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": package.norms.rms_norm(draw(4, 64), 1e-6)}


@case("norms.rms_norm", "float16 vectors whose squares are too large for float16", dtype=torch.float16)
def float16(package):
    return {"the result": package.norms.rms_norm(300 * draw(4, 64), 1e-6)}
