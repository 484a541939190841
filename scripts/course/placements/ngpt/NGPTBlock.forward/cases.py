"""What placements.ngpt.NGPTBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.ngpt.NGPTBlock")
