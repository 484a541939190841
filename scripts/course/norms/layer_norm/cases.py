"""What norms.layer_norm is asked."""

from scripts.course.norms.shared import function_cases

function_cases("norms.layer_norm", "layer_norm")
