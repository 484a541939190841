"""Cases for feed_forwards/dense.py."""

from scripts.course.feed_forwards.shared import layer_cases

layer_cases("dense", "DenseMLP")
