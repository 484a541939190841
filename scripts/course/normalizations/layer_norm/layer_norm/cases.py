"""What normalizations.layer_norm.layer_norm is asked."""

from scripts.course.normalizations.layer_norm.shared import function_offset_case
from scripts.course.norms.shared import function_cases

function_cases("normalizations.layer_norm.layer_norm")
function_offset_case("normalizations.layer_norm.layer_norm")
