"""What placements.sandwich.SandwichNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.sandwich.SandwichNormBlock")
