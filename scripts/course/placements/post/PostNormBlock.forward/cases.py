"""What placements.post.PostNormBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.post.PostNormBlock")
