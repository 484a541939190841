"""What placements.layernorm_scaling.LayerNormScalingBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.layernorm_scaling.LayerNormScalingBlock", layer=2, n_layer=3)
