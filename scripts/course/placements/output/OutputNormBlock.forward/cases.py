"""What placements.output.OutputNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.output.OutputNormBlock")
