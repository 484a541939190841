"""What blocks.Block.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("blocks.Block")
