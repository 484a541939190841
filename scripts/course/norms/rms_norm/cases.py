"""What norms.rms_norm is asked."""

from scripts.course.norms.shared import function_cases

function_cases("norms.rms_norm")
