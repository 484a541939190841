"""What encodings.scaling.linear_scaling is asked."""

from scripts.course.encodings.scaling.shared import scaling_cases

scaling_cases("linear_scaling")
