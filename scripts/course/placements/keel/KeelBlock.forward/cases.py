"""What placements.keel.KeelBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.keel.KeelBlock")
