"""What norms.RMSNorm.forward is asked."""

from scripts.course.norms.shared import module_cases, rounding_case

module_cases("RMSNorm")
rounding_case("RMSNorm", [-5, 5, -2, 1, 7, 3, 1, 4])
