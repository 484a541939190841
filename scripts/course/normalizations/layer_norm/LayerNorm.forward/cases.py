"""What normalizations.layer_norm.LayerNorm.forward is asked."""

from scripts.course.normalizations.layer_norm.shared import module_offset_case
from scripts.course.norms.shared import module_cases

module_cases("normalizations.layer_norm.LayerNorm")
module_offset_case("normalizations.layer_norm.LayerNorm")
