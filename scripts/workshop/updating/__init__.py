"""A newer skeleton under what somebody has written: one file merged, pieces carried that moved, the git around it."""
