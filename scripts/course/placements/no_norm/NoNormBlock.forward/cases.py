"""What placements.no_norm.NoNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.no_norm.NoNormBlock")
