"""One root for both: what the stream holds already, and one more, over how many there are then."""

import math


def depth_scaled_sum(x, added, i):
    return (math.sqrt(i - 1) * x + added) / math.sqrt(i)
