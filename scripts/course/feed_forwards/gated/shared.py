"""Cases for feed_forwards/gated.py."""

from scripts.course.feed_forwards.shared import layer_cases

layer_cases("gated", "GatedMLP")
