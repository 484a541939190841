"""A newer skeleton under what somebody has written: merging one file, carrying pieces that moved, and the git around it."""
