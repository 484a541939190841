"""What placements.scaled.ScaledSandwichNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.scaled.ScaledSandwichNormBlock")
