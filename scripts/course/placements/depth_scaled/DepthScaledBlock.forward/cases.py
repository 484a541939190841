"""What placements.depth_scaled.DepthScaledBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.depth_scaled.DepthScaledBlock", layer=1)
