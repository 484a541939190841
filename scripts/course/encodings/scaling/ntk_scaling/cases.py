"""What encodings.scaling.ntk_scaling is asked."""

from scripts.course.encodings.scaling.shared import scaling_cases

scaling_cases("ntk_scaling")
