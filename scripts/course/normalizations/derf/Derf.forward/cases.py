"""What normalizations.derf.Derf.forward is asked."""

from scripts.course.norms.shared import module_cases

module_cases("normalizations.derf.Derf")
