"""What encodings.rotary.apply_rotary_interleaved is asked."""

from scripts.course.positions.shared import rotation_cases

rotation_cases("encodings.rotary.apply_rotary_interleaved")
