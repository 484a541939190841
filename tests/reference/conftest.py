"""What the tests of the reference share: one seed, and weights that hide nothing."""

import pytest
import torch
from torch import nn


@pytest.fixture(autouse=True)
def one_seed():
    """Modules draw their first weights from the global generator."""
    torch.manual_seed(0)


@pytest.fixture
def randomised():
    """A function that gives every weight a random value: a projection of zeros would hide all that comes before it."""

    def randomise(module: nn.Module, seed: int = 0) -> nn.Module:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in module.parameters():
                weight.normal_(std=weight.shape[-1] ** -0.5, generator=generator)
        return module

    return randomise


@pytest.fixture
def float64_by_default():
    """Tables of rotations and decays are computed in float64 too."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
