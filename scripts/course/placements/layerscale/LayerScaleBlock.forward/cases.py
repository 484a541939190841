"""What placements.layerscale.LayerScaleBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.layerscale.LayerScaleBlock")
