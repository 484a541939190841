"""What placements.mixer.MixerBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.mixer.MixerBlock")
