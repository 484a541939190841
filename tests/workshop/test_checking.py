"""Checking: how far off an answer may be."""

import pytest
import torch

from scripts.workshop.check.cases import NO_GRADIENT, Case
from scripts.workshop.check.checking import Difference, compare, compare_case
from scripts.workshop.pieces.splice import forget, splice


@pytest.fixture
def package():
    package = splice([], {})
    yield package
    forget(package)


def case_with(rounding: float, size: float = 1.0) -> Case:
    """A case in which one gradient cancels to nothing. The reference happens to hit it; somebody else is off by
    `rounding`, where what was summed has the size `size`."""

    def run(package):
        off = 0.0 if package.package == "reference" else rounding
        large = size * torch.tensor([0.25, -1.0, 0.5])
        return {"the gradient to the router": torch.zeros(3) + off, "the gradient to the experts": large}

    return Case("norms.rms_norm", "terms that cancel", run, torch.float32)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
def test_fault_4k_rounding_is_measured_by_what_was_summed_and_not_by_what_it_cancels_to(package, size):
    compare_case(case_with(2e-7 * size, size), package)
    with pytest.raises(Difference, match="to the router"):
        compare_case(case_with(1e-5 * size, size), package)


@pytest.mark.parametrize("found", [["a"], [3], torch.tensor([3, 4]), None, "3"], ids=repr)
def test_an_answer_of_another_kind_is_a_difference_and_no_error_of_the_check(found):
    with pytest.raises(Difference):
        compare(found, 3, 3, 20.0)


def test_no_gradient_is_one_of_zeros_and_nothing_else():
    compare(NO_GRADIENT, torch.zeros(2), torch.zeros(2), 0.0)
    with pytest.raises(Difference, match="does not depend on it"):
        compare(NO_GRADIENT, torch.ones(2), torch.ones(2), 20.0)
