"""What positions.apply_rotary is asked."""

from scripts.course.positions.shared import rotation_cases

rotation_cases("positions.apply_rotary")
