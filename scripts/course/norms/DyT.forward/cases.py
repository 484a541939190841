"""What norms.DyT.forward is asked."""

from scripts.course.norms.shared import module_cases

module_cases("DyT")
