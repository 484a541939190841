"""What placements.minimax.MiniMaxBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.minimax.MiniMaxBlock")
