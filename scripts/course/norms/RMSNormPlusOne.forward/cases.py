"""What norms.RMSNormPlusOne.forward is asked."""

from scripts.course.norms.shared import module_cases, rounding_case

module_cases("RMSNormPlusOne")
rounding_case("RMSNormPlusOne", [-6, 4, -3, 0, 6, 2, 0, 3])
