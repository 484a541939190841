"""What normalizations.rms.RMSNorm.forward is asked."""

from scripts.course.normalizations.rms.shared import rounding_case
from scripts.course.norms.shared import module_cases

module_cases("normalizations.rms.RMSNorm")
rounding_case("normalizations.rms.RMSNorm", [-5, 5, -2, 1, 7, 3, 1, 4])
