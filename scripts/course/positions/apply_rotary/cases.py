"""What positions.apply_rotary is asked."""

from scripts.course.positions.shared import turning_cases

turning_cases("apply_rotary")
