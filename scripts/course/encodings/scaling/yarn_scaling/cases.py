"""What encodings.scaling.yarn_scaling is asked."""

from scripts.course.encodings.scaling.shared import scaling_cases

scaling_cases("yarn_scaling")
