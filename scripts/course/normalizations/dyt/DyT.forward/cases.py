"""What normalizations.dyt.DyT.forward is asked."""

from scripts.course.norms.shared import module_cases

module_cases("normalizations.dyt.DyT")
