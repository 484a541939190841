"""What positions.linear_scaling is asked."""

from scripts.course.positions.shared import scaling_cases

scaling_cases("linear_scaling")
