"""What positions.ntk_scaling is asked."""

from scripts.course.positions.shared import scaling_cases

scaling_cases("ntk_scaling")
