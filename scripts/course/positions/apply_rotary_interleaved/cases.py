"""What positions.apply_rotary_interleaved is asked."""

from scripts.course.positions.shared import turning_cases

turning_cases("apply_rotary_interleaved")
