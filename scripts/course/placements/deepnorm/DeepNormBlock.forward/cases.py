"""What placements.deepnorm.DeepNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.deepnorm.DeepNormBlock")
