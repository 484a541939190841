"""What placements.rezero.ReZeroBlock.forward is asked."""

from scripts.course.blocks.shared import forward_cases

forward_cases("placements.rezero.ReZeroBlock", init="torch")
