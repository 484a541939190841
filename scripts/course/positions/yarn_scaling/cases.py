"""What positions.yarn_scaling is asked."""

from scripts.course.positions.shared import scaling_cases

scaling_cases("yarn_scaling")
