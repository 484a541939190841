"""What placements.parallel.ParallelBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.parallel.ParallelBlock")
